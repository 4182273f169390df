import ArgumentParser
import Foundation

/// Proves that events, books, projections and the network agree, and says where they do not.
@main
struct Reconciliation: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconciliation",
        abstract: "Checks the books against events, projections and the network, and seals them.",
        discussion: """
            Exit status: 0 clean, 1 discrepancies found, 2 usage, 3 an input could not be read, \
            4 internal error, 5 another run holds the lock.
            """,
        subcommands: [
            RunCommand.self, WatchCommand.self, ListCommand.self, ExplainCommand.self,
            ProposeCommand.self, ApproveCommand.self, PostCommand.self, WithdrawCommand.self,
            CloseCommand.self, SelftestCommand.self, SealCommand.self,
        ],
        defaultSubcommand: WatchCommand.self
    )

    static func main() async {
        let status = await run(arguments: Array(CommandLine.arguments.dropFirst()))
        Foundation.exit(status.rawValue)
    }

    /// Runs a command line and says how it ended.
    static func run(arguments: [String], console: Console = Console()) async -> ExitStatus {
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return .clean
        } catch let ended as Ended {
            if let reason = ended.reason { console.complain(reason) }
            return ended.status
        } catch {
            let message = fullMessage(for: error)
            switch exitCode(for: error) {
            case .success:
                console.say(message)
                return .clean
            case .validationFailure:
                console.complain(message)
                return .usage
            case _:
                let status = ExitStatus(of: error)
                console.complain("\(error)")
                return status
            }
        }
    }
}
