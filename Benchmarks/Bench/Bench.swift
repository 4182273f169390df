import ArgumentParser

/// Measures a stack of its own.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures the payment gateway as ratios to pgbench's tpcb-like.",
        subcommands: [RunCommand.self, PeersCommand.self, LoadCommand.self],
        defaultSubcommand: RunCommand.self
    )
}
