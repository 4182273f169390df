import ArgumentParser
import Foundation

/// `control status`: what runs, and whether it is ready; the exit status says the same.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the processes; exit status 0 only if all are ready."
    )

    @OptionGroup var place: StateOption

    func run() async throws {
        let health = await StackHealth.observe(place.layout)
        let console = Console()
        guard health.isSupervised else {
            console.say("nothing runs in \(place.layout.state)")
            throw ExitCode(3)
        }
        console.say(health.text)
        if !health.isHealthy { throw ExitCode(1) }
    }
}
