import Foundation
import Logging

enum DatabaseTasks {
    static func migrate(_ url: String, logger: Logger) async throws -> String { "" }
    static func examine(_ url: String) async throws -> String { "" }
    static func url(of layout: StackLayout) throws -> String { "" }
}
