import CPostgres

// Receiving: by the reactor.
extension SessionState {
    mutating func receive() -> Effects {
        guard closure == nil else { return Effects() }
        // With TLS a read can leave bytes in OpenSSL's buffer, for which the socket stays quiet.
        var isAlive = PQconsumeInput(connection) == 1
        while isAlive && postgres_pending_tls_bytes(connection) > 0 {
            isAlive = PQconsumeInput(connection) == 1
        }
        let notified = takeNotifications()
        var effects = takeResults()
        // A dead server's first read may still succeed; the socket tells.
        if closure == nil && (!isAlive || PQsocket(connection) < 0) {
            let completion = effects.completion
            effects = closeLost()
            effects.completion = effects.completion ?? completion
        } else if closure == nil && isWritePending && !flush() {
            let completion = effects.completion
            effects = closeLost()
            effects.completion = effects.completion ?? completion
        }
        effects.notified = notified
        return effects
    }

    private func takeNotifications() -> [String] {
        var channels: [String] = []
        // Parses what was read while no request waits.
        _ = PQisBusy(connection)
        while let notification = PQnotifies(connection) {
            channels.append(String(cString: notification.pointee.relname))
            PQfreemem(notification)
        }
        return channels
    }

    private mutating func takeResults() -> Effects {
        var endsInARow = 0
        while request?.hasAllResults == false, PQisBusy(connection) == 0 {
            guard let result = PQgetResult(connection) else {
                endsInARow += 1
                if request?.isScript == true { return finishScript() }
                // One end follows each statement; two mean that libpq expects nothing more.
                if endsInARow > 1 { return Effects() }
                continue
            }
            endsInARow = 0
            if let problem = take(result) { return close(problem) }
        }
        guard request?.hasAllResults == true, request?.isHeldByCancel == false else {
            return Effects()
        }
        return complete()
    }

    /// Files one result; returns the reason to cut the connection, if there is one.
    private mutating func take(_ result: OpaquePointer) -> PostgresError? {
        switch PQresultStatus(result) {
        case PGRES_PIPELINE_SYNC:
            PQclear(result)
            request?.hasAllResults = true
            return nil
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            keep(ResultHandle(result))
        case PGRES_FATAL_ERROR:
            fail(PostgresError(result: result))
            PQclear(result)
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
        default:
            PQclear(result)
            return PostgresError(.protocolViolation, "COPY is not part of this client")
        }
        request?.nextStep += 1
        return nil
    }

    private var currentStep: Request.Step? {
        guard let request, request.steps.indices.contains(request.nextStep) else { return nil }
        return request.steps[request.nextStep]
    }

    private mutating func keep(_ result: ResultHandle) {
        guard let step = currentStep else { return }
        switch step {
        case .prepare(let key): statements.confirm(key)
        case .discard: break
        case .run: request?.rows.append(Rows(result))
        }
    }

    private mutating func fail(_ error: PostgresError) {
        if case .run(let key?) = currentStep, error.sqlState == SQLState.cachedPlanChanged {
            statements.forget(key)
        }
        if error.sqlState == SQLState.unknownStatement { statements.forgetAll() }
        if request?.failure == nil { request?.failure = error }
    }

    private mutating func finishScript() -> Effects {
        guard PQenterPipelineMode(connection) == 1 else { return closeLost() }
        request?.hasAllResults = true
        return request?.isHeldByCancel == true ? Effects() : complete()
    }

    /// Hands the results to the task that waits for them.
    mutating func complete() -> Effects {
        guard let request else { return Effects() }
        self.request = nil
        statements.forgetUnconfirmed()
        if PQtransactionStatus(connection) == PQTRANS_IDLE { transactionDeadline = nil }
        guard var failure = request.failure else {
            return Effects(completion: (request.continuation, .success(request.rows)))
        }
        if request.wasCanceled && failure.sqlState == SQLState.queryCanceled {
            failure.kind = .canceled
        }
        return Effects(completion: (request.continuation, .failure(failure)))
    }
}
