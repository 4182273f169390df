import Logging

enum DatabaseTasks {
    static func migrate(_ url: String, logger: Logger) async throws -> String { "" }
}
