import CPostgres

// Sending: by the calling task.
extension SessionState {
    mutating func begin(
        _ work: Work,
        _ ticket: UInt64,
        _ continuation: CheckedContinuation<Request.Outcome, Never>
    ) -> Effects {
        if let refusal = refusal(of: work) {
            return Effects(completion: (continuation, .failure(refusal)))
        }
        var request = Request(
            ticket: ticket,
            mayCommit: work.mayCommit,
            isScript: false,
            continuation: continuation
        )
        var isSent = true
        switch work.form {
        case .pipeline(let queries):
            let batch = statements.beginBatch()
            for query in queries where isSent {
                isSent = send(query, batch, &request.steps)
            }
            isSent = isSent && PQpipelineSync(connection) == 1
        case .script(let text):
            request.isScript = true
            isSent = PQexitPipelineMode(connection) == 1 && PQsendQuery(connection, text) == 1
        }
        self.request = request
        transactionDeadline = work.transactionDeadline ?? transactionDeadline
        return isSent && flush() ? Effects() : closeLost()
    }

    private func refusal(of work: Work) -> PostgresError? {
        if var closure {
            closure.outcomeIsUnknown = false
            return closure
        }
        guard request == nil else {
            return PostgresError(.invalidRequest, "a connection runs one request at a time")
        }
        switch work.form {
        case .pipeline(let queries):
            for case let problem? in queries.lazy.map(\.binds.problem) {
                return PostgresError(.invalidRequest, problem)
            }
        case .script(let text):
            if text.utf8.contains(0) {
                return PostgresError(.invalidRequest, "a script must not contain a NUL")
            }
        }
        return nil
    }

    private mutating func send(
        _ query: Query,
        _ batch: UInt64,
        _ steps: inout [Request.Step]
    ) -> Bool {
        guard query.isPrepared else {
            steps.append(.run(nil))
            return sendUnnamed(query)
        }
        let key = StatementKey(sql: query.sql, types: query.binds.types)
        switch statements.plan(key, batch: batch) {
        case .use(let name):
            steps.append(.run(key))
            return send(query, named: name)
        case .prepare(let name, let discarded):
            if let discarded {
                steps.append(.discard)
                let discard = Query(unprepared: "DEALLOCATE \(discarded)")
                guard sendUnnamed(discard) else { return false }
            }
            steps.append(.prepare(key))
            steps.append(.run(key))
            let count = Int32(key.types.count)
            return PQsendPrepare(connection, name, query.sql, count, key.types) == 1
                && send(query, named: name)
        case .unnamed:
            steps.append(.run(nil))
            return sendUnnamed(query)
        }
    }

    private func send(_ query: Query, named name: String) -> Bool {
        query.binds.withPointers { values, lengths, formats in
            PQsendQueryPrepared(
                connection,
                name,
                Int32(query.binds.count),
                values,
                lengths,
                formats,
                Self.binaryResults
            ) == 1
        }
    }

    private func sendUnnamed(_ query: Query) -> Bool {
        query.binds.withPointers { values, lengths, formats in
            PQsendQueryParams(
                connection,
                query.sql,
                Int32(query.binds.count),
                query.binds.types,
                values,
                lengths,
                formats,
                Self.binaryResults
            ) == 1
        }
    }

    private static let binaryResults: Int32 = 1

    /// Writes what the socket takes; the reactor goes on when it takes more.
    mutating func flush() -> Bool {
        let left = PQflush(connection)
        guard left >= 0 else { return false }
        if (left == 1) != isWritePending {
            isWritePending = left == 1
            Reactor.shared.watch(descriptor, id, isWriting: isWritePending)
        }
        return true
    }
}
