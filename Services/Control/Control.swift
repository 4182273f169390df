import ArgumentParser
import Foundation

/// The operator's command.
@main
struct Control: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "control",
        abstract: "Runs and examines a payment gateway.",
        subcommands: [
            UpCommand.self, DownCommand.self, StatusCommand.self, SuperviseCommand.self,
            DoctorCommand.self,
            MigrateCommand.self, RebuildCommand.self, InspectCommand.self,

        ]
    )
}
