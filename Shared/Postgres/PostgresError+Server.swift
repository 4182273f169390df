import CPostgres

extension PostgresError {
    /// What the server said in a failed result.
    init(result: OpaquePointer) {
        func field(_ code: Int32) -> String? {
            PQresultErrorField(result, code).map { String(cString: $0) }
        }
        let sqlState = field(postgres_field_sqlstate)
        let message = field(postgres_field_message) ?? Self.text(PQresultErrorMessage(result))
        let kind: Kind =
            switch sqlState {
            case SQLState.queryCanceled: message.contains("user request") ? .canceled : .timeout
            case SQLState.idleInTransaction: .timeout
            case nil: .closed
            default: .server
            }
        self.init(
            kind,
            Self.withoutData(message, sqlState: sqlState),
            sqlState: sqlState,
            constraintName: field(postgres_field_constraint)
        )
    }

    /// What libpq last said about a connection.
    static func connectionMessage(_ connection: OpaquePointer) -> String {
        text(PQerrorMessage(connection))
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        guard let pointer else { return "no reason given" }
        var text = String(cString: pointer)
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }

    /// Cuts the quoted input off messages about bad data, such as
    /// `invalid input syntax for type integer: "4242"`.
    private static func withoutData(_ message: String, sqlState: String?) -> String {
        guard let sqlState, sqlState.hasPrefix("22"), let quote = message.firstIndex(of: "\"")
        else {
            return message
        }
        return message[..<quote] + "…"
    }
}
