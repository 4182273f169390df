import Foundation
import ServiceKit

/// What a stack was asked to be.
struct StackSettings: Sendable, Equatable, Codable {
    /// The gateway's port and those that belong to it.
    var ports: StackPorts

    /// The database to use; a private cluster under STATE where there is none.
    var databaseURL: String?

    /// The lowest level logged by the services.
    var logLevel: String

    /// Where the services' executables are.
    var binaries: String

    /// Saves them for the supervisor, readable by nobody else.
    func save(in layout: StackLayout) throws {
        try PrivateFile.write(JSONEncoder().encode(self), to: layout.settingsFile)
    }

    /// The settings with which the stack was last started.
    static func load(from layout: StackLayout) -> StackSettings? {
        guard let data = FileManager.default.contents(atPath: layout.settingsFile) else {
            return nil
        }
        return try? JSONDecoder().decode(StackSettings.self, from: data)
    }
}
