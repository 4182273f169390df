import ArgumentParser
import Logging
import Projections

/// `control rebuild`: makes all projections again from events and compares them with the live ones.
struct RebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Fold all events again beside the live projections, compare, and repair.",
        discussion: """
            The system goes on meanwhile. Exit status 0 if what was live was exactly what the events \
            say, 2 if it was not.
            """
    )

    @OptionGroup var place: StateOption

    @Flag(help: "Only say what differs; change nothing.")
    var compareOnly = false

    func run() async throws {
        let console = Console()
        let report = try await DatabaseAccess(place.layout).withPool { pool in
            try await Rebuild(
                pool: pool,
                logger: Logger(label: "rebuild") { _ in SwiftLogNoOpLogHandler() }
            )
            .run(repair: compareOnly ? .none : .swap) { progress in
                console.complain(
                    "\(progress.phase.rawValue): \(progress.events) events of about "
                        + "\(progress.estimatedEvents), \(progress.streams) streams"
                )
            }
        }
        for table in report.tables {
            console.say(
                "\(table.table): \(table.rows) rows; \(table.missing) missing, "
                    + "\(table.surplus) surplus, \(table.different) different"
            )
        }
        guard !report.isIdentical else {
            console.say("identical: \(report.streams) streams, \(report.events) events")
            return
        }
        console.say(
            compareOnly ? "different; nothing was changed" : "different; rows were replaced"
        )
        throw ExitCode(2)
    }
}
