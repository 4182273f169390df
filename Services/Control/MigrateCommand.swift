import ArgumentParser

/// `control migrate`: brings a database up to date, which `up` does by itself.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database of DATABASE_URL, or of the stack, up to date."
    )

    @OptionGroup var place: StateOption

    @Flag(help: "Wait for a database that is away.")
    var wait = false

    func run() async throws {
        let database = try DatabaseAccess(place.layout)
        let summary =
            try await wait
            ? MigrationStep.waitAndMigrate(database, logger: nil) : DatabaseTasks.migrate(database)
        Console().say(summary)
    }
}
