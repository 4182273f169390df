import CommandQueue
import JSON
import MerchantAPI
import Money
import Payments
import Projections

/// What is answered when the network's answer is not known in time: `processing`, never a failure.
///
/// The reply is stored like any other, so that one key has one answer for ever; the outcome comes as
/// an event. Only what was accepted is answered so, and its own events show that: a request that
/// nobody has decided yet may still be refused, and a caller who had been told `processing` would
/// never hear of it. Such a caller is asked to try again, and gets the outcome then.
extension MerchantAPIHandlers {
    func lateReply(
        to command: Command,
        commandID: Int64,
        _ call: APICall
    ) async throws -> StoredReply {
        guard let body = try await processing(command, commandID: commandID, call) else {
            throw APIError.unavailable("The request takes longer than usual. Please try again.")
        }
        return StoredReply(status: 200, body: body.serialized())
    }

    private func processing(
        _ command: Command,
        commandID: Int64,
        _ call: APICall
    ) async throws -> JSON? {
        let expand = Expansion(paths: command.expand)
        switch command {
        case .createPayment(let request):
            return try await processing(request.paymentID, commandID, expand, call)
        case .confirmPayment(let request):
            return try await processing(request.paymentID, commandID, expand, call)
        case .capturePayment(let request):
            return try await processing(request.paymentID, commandID, expand, call)
        case .cancelPayment(let request):
            return try await processing(request.paymentID, commandID, expand, call)
        case .createRefund(let request):
            guard let payment = try await reader(for: call).payment(request.paymentID),
                let refund = payment.refund(request.refundID)
            else { return nil }
            return call.renderer.refund(refund, of: payment, expand: expand)
        case .updatePayment, .updateRefund, .cancelRefund, .expireRefund, .createPaymentMethod,
            .createCardToken,
            .createMerchant, .expirePayment, .webhook, .payout, .advanceClock, .dispute:
            return nil
        }
    }

    private func processing(
        _ id: PaymentID,
        _ commandID: Int64,
        _ expand: Expansion,
        _ call: APICall
    ) async throws -> JSON? {
        guard let payment = try await reader(for: call).payment(id),
            payment.openCommands.contains(commandID)
        else { return nil }
        return call.renderer.paymentIntent(payment, expand: expand, shownAs: .processing)
    }
}
