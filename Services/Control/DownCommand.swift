import ArgumentParser
import Foundation
import Glibc

/// `control down`: nothing of the stack runs at the end.
struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Stop the stack: the gateway first, the database last."
    )

    /// The supervisor's own bound, and a little more.
    private static let timeoutSeconds = 170

    @OptionGroup var place: StateOption

    func run() async throws {
        let layout = place.layout
        let console = Console()
        let isSupervised = StackLock.isHeld(layout)
        if isSupervised, let supervisor = StackState.load(from: layout)?.supervisor {
            kill(supervisor.processID, SIGTERM)
            let deadline = ContinuousClock.now.advanced(by: .seconds(Self.timeoutSeconds))
            while StackLock.isHeld(layout), ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(50))
            }
            if StackLock.isHeld(layout) { kill(supervisor.processID, SIGKILL) }
        }
        // A supervisor that was killed leaves its processes behind.
        try await Leftovers.end(layout)
        console.say(isSupervised ? "stopped" : "nothing was running")
    }
}
