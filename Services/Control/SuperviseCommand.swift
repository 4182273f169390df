import ArgumentParser
import ServiceKit

/// `control supervise`: what `up` starts in the background.
struct SuperviseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supervise",
        abstract: "Run a stack until told to end; `up` starts this in the background."
    )

    @OptionGroup var place: StateOption

    func run() async throws {
        throw ExitCode(try await Supervisor.run(place.layout).rawValue)
    }
}
