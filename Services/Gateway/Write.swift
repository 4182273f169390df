import CommandQueue
import JSON
import MerchantAPI
import Payments
import ServiceKit

/// Writes: each POST becomes one command, and its idempotency key is the command's key.
extension MerchantAPIHandlers {
    func write(_ call: APICall) async throws -> APIAnswer {
        // Checked here so that a wrong path is not stored as the key's answer.
        _ = try call.expansion()
        let merchant = try call.merchant()
        let command = try await command(for: call)
        return try await submit(command, for: merchant.id, call)
    }

    private func command(for call: APICall) async throws -> Command {
        let requests = CommandRequests(call: call, handlers: self)
        do {
            return try await requests.command()
        } catch let refused as RefusedCard {
            return refused.command(requests.newID())
        }
    }

    /// Puts a command into the queue and answers with its stored reply, this one or an earlier one.
    func submit(
        _ command: Command,
        for merchantID: MerchantID,
        _ call: APICall
    ) async throws -> APIAnswer {
        // A request without a key has itself for a key: it is unique.
        let key = call.idempotencyKey ?? call.requestID
        let digest = fingerprint.bytes(of: call.form)
        var stages = call.stages
        let result = try await desk.submit(
            Submission(
                merchantID: merchantID,
                idempotencyKey: key,
                fingerprint: digest,
                endpoint: call.path,
                command: command,
                requestID: call.requestID,
                apiVersion: call.version.rawValue
            )
        )
        stages.reached(.submitted)
        switch result {
        case .accepted(let commandID):
            let reply = try await desk.reply(
                to: commandID,
                within: call.deadline - .now,
                orElse: { try await lateReply(to: command, commandID: commandID, call) }
            )
            stages.reached(.replied)
            var answer = APIAnswer(status: Int(reply.status), body: reply.body)
            answer.originalRequestID = call.idempotencyKey == nil ? nil : call.requestID
            return Self.final(answer)
        case .duplicate(let earlier):
            return try replay(earlier, key: key, digest: digest, call)
        }
    }

    private func replay(
        _ earlier: EarlierSubmission,
        key: String,
        digest: [UInt8],
        _ call: APICall
    ) throws(APIError) -> APIAnswer {
        guard earlier.endpoint == call.path else {
            throw .otherEndpoint(key: key, first: earlier.endpoint, now: call.path)
        }
        guard earlier.fingerprint == digest else { throw .otherParameters(key: key) }
        guard let reply = earlier.reply else { throw .keyInUse }
        var answer = APIAnswer(status: Int(reply.status), body: reply.body)
        answer.isReplayed = true
        answer.originalRequestID = earlier.requestID
        return Self.final(answer)
    }

    /// A stored failure of ours will be replayed for ever: trying again with its key cannot help.
    private static func final(_ answer: APIAnswer) -> APIAnswer {
        var answer = answer
        if answer.status >= 500 { answer.shouldRetry = false }
        return answer
    }
}

extension CommandRequests {
    /// The command of the call's operation.
    fileprivate func command() async throws -> Command {
        switch call.endpoint.operation {
        case .createPaymentIntent: .createPayment(try await createPayment())
        case .updatePaymentIntent: .updatePayment(try await updatePayment())
        case .confirmPaymentIntent: .confirmPayment(try await confirmPayment())
        case .capturePaymentIntent: .capturePayment(try capturePayment())
        case .cancelPaymentIntent: .cancelPayment(try cancelPayment())
        case .createRefund: .createRefund(try await createRefund())
        case .updateRefund: .updateRefund(try await updateRefund())
        case .cancelRefund: .cancelRefund(try await endRefund())
        case .expireRefund: .expireRefund(try await endRefund())
        case .createPaymentMethod: .createPaymentMethod(try await createMethod())
        case .createToken: .createCardToken(try await createToken())
        case .createPayout: .payout(try createPayout())
        case .updatePayout: .payout(try updatePayout())
        case .cancelPayout: .payout(try cancelPayout())
        case .updateBalanceSettings: .payout(try updateBalanceSettings())
        case .advanceTestClock: .advanceClock(try advanceClock())
        case .updateDispute: .dispute(try await updateDispute())
        case .closeDispute: .dispute(try await closeDispute())
        case .listDisputes, .retrieveDispute, .listEarlyFraudWarnings,
            .retrieveEarlyFraudWarning, .createDemoMerchant, .listPaymentIntents,
            .retrievePaymentIntent, .listCharges,
            .retrieveCharge, .listRefundsOfCharge, .listRefunds, .retrieveRefund,
            .retrievePaymentMethod, .retrieveToken, .retrieveBalance, .listBalanceTransactions,
            .retrieveBalanceTransaction, .listEvents, .retrieveEvent, .listJournals,
            .retrieveJournal, .retrieveJournalProof, .listAccounts, .retrieveAccountBalance,
            .listPayouts, .retrievePayout, .reversePayout, .listPayoutTransactions,
            .retrieveBalanceSettings,
            .listVersions, .listSettlements, .retrieveSettlement, .listSettlementItems,
            .createWebhookEndpoint,
            .listWebhookEndpoints, .retrieveWebhookEndpoint, .updateWebhookEndpoint,
            .deleteWebhookEndpoint, .rotateWebhookSecret, .replayWebhooks,
            .listWebhookDeliveries, .retrieveWebhookDelivery, .retryWebhookDelivery:
            throw APIError.unexpected
        }
    }
}
