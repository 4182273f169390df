import CPostgres

/// Makes connections.
///
/// Blocking, on a thread of its own: libpq looks names up with a blocking call in any case, and
/// this way it also walks through several hosts, their addresses and `target_session_attrs`.
enum Connector {
    /// Calls back on the connecting thread.
    static func open(
        _ configuration: PostgresConfiguration,
        observer: SessionObserver,
        _ completion: @escaping @Sendable (Result<Session, PostgresError>) -> Void
    ) {
        DedicatedThread.start { completion(connect(configuration, observer)) }
    }

    /// Suspends the task until the connection is made or has failed.
    static func open(
        _ configuration: PostgresConfiguration,
        observer: SessionObserver = SessionObserver()
    ) async throws(PostgresError) -> Session {
        let result = await withCheckedContinuation { continuation in
            open(configuration, observer: observer) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    private static func connect(
        _ configuration: PostgresConfiguration,
        _ observer: SessionObserver
    ) -> Result<Session, PostgresError> {
        let parameters = configuration.connectionParameters
        let made = withCStrings(parameters.map(\.key)) { keys in
            withCStrings(parameters.map(\.value)) { values in
                PQconnectdbParams(keys, values, 0)
            }
        }
        guard let connection = made else {
            return .failure(PostgresError(.connectionFailed, "there is no memory left"))
        }
        guard
            PQstatus(connection) == CONNECTION_OK,
            PQsetnonblocking(connection, 1) == 0,
            PQenterPipelineMode(connection) == 1
        else {
            let message = PostgresError.connectionMessage(connection)
            PQfinish(connection)
            return .failure(PostgresError(.connectionFailed, message))
        }
        postgres_ignore_notices(connection)
        let session = Session(
            connection: connection,
            preparedStatementLimit: configuration.preparedStatementLimit,
            observer: observer
        )
        return Result { () throws(PostgresError) in
            try session.watch()
            return session
        }
    }

    /// Hands a list of strings, ended by a null pointer, to a C call.
    private static func withCStrings<Output>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Output
    ) -> Output {
        var bytes: [CChar] = []
        var offsets: [Int] = []
        for string in strings {
            offsets.append(bytes.count)
            bytes.append(contentsOf: string.utf8CString)
        }
        return bytes.withUnsafeBufferPointer { buffer in
            var pointers = offsets.map { offset in buffer.baseAddress.map { $0 + offset } }
            pointers.append(nil)
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }
}
