import ArgumentParser
import Foundation
import Glibc

/// Which stack is meant.
struct StateOption: ParsableArguments {
    @Option(help: "Folder for the stack's files; the environment's STATE, or .local.")
    var state: String = ProcessInfo.processInfo.environment["STATE"] ?? ".local"

    var layout: StackLayout { StackLayout(state: state) }
}

/// Which stack is meant, and what it shall be.
struct StackOptions: ParsableArguments {
    @OptionGroup var place: StateOption

    @Option(
        name: .customLong("port"),
        help: "The gateway's port, below 32768; the environment's PORT, or 8080."
    )
    var portText: String = ProcessInfo.processInfo.environment["PORT"] ?? "8080"

    @Option(help: "The lowest level logged by the services; the environment's LOG_LEVEL, or info.")
    var logLevel: String = ProcessInfo.processInfo.environment["LOG_LEVEL"] ?? "info"

    var layout: StackLayout { place.layout }

    var port: Int { Int(portText) ?? 0 }

    func validate() throws {
        guard (1...StackPorts.highest).contains(port) else {
            throw ValidationError("The port must be from 1 to \(StackPorts.highest).")
        }
    }

    /// The database asked for, if any; it is no flag, because it may hold a password.
    var databaseURL: String? {
        let text = ProcessInfo.processInfo.environment["DATABASE_URL"] ?? ""
        return text.isEmpty ? nil : text
    }

    /// The settings asked for, with ports that are free now.
    func settings() throws -> StackSettings {
        StackSettings(
            ports: try StackPorts.available(gateway: port),
            databaseURL: databaseURL,
            logLevel: logLevel,
            binaries: (try Self.ownExecutable() as NSString).deletingLastPathComponent
        )
    }

    /// The services' executables lie beside this one.
    static func ownExecutable() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }
}
