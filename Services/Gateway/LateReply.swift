import CommandQueue
import JSON
import MerchantAPI
import Money
import Payments
import Projections

/// What is answered when a command's outcome is not known in time: `processing`, never a failure.
///
/// The reply is stored like any other, so that one key has one answer for ever; the outcome comes as
/// an event. Commands that never need the network have no such answer: the caller is asked to try
/// again, and gets the outcome then.
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
            let stored = try await reader(for: call).payment(request.paymentID)
            guard let payment = try stored ?? newPayment(request, call) else { return nil }
            return shownAsProcessing(payment, expand, call)
        case .confirmPayment(let request):
            return try await shownAsProcessing(request.paymentID, expand, call)
        case .capturePayment(let request):
            return try await shownAsProcessing(request.paymentID, expand, call)
        case .cancelPayment(let request):
            return try await shownAsProcessing(request.paymentID, expand, call)
        case .createRefund(let request):
            return try await pendingRefund(request, commandID: commandID, expand, call)
        case .updatePayment, .updateRefund, .createPaymentMethod, .createCardToken,
            .createMerchant, .expirePayment:
            return nil
        }
    }

    private func shownAsProcessing(
        _ id: PaymentID,
        _ expand: Expansion,
        _ call: APICall
    ) async throws -> JSON? {
        guard let payment = try await reader(for: call).payment(id) else { return nil }
        return shownAsProcessing(payment, expand, call)
    }

    private func shownAsProcessing(
        _ payment: Payment,
        _ expand: Expansion,
        _ call: APICall
    ) -> JSON {
        call.renderer.paymentIntent(payment, expand: expand, shownAs: .processing)
    }

    /// A payment whose first event nobody has stored yet, as that event will make it.
    private func newPayment(_ request: CreatePayment, _ call: APICall) throws -> Payment? {
        let merchant = try call.merchant()
        return try Payment.evolve(
            nil,
            by: .created(
                PaymentCreated(
                    paymentID: request.paymentID,
                    merchantID: merchant.id,
                    livemode: merchant.livemode,
                    amount: request.amount,
                    captureMethod: request.captureMethod,
                    clientSecret: request.clientSecret,
                    details: request.details,
                    feePolicy: merchant.feePolicy,
                    refundFeePolicy: merchant.refundFeePolicy
                )
            ),
            version: 1,
            at: clock()
        )
    }

    /// A refund that is stored, or as its first event will make it.
    private func pendingRefund(
        _ request: CreateRefund,
        commandID: Int64,
        _ expand: Expansion,
        _ call: APICall
    ) async throws -> JSON? {
        guard let payment = try await reader(for: call).payment(request.paymentID) else {
            return nil
        }
        if let refund = payment.refund(request.refundID) {
            return call.renderer.refund(refund, of: payment, expand: expand)
        }
        guard let attempt = payment.capturedAttempt, let capture = attempt.capture else {
            return nil
        }
        let remaining = capture.amount.minorUnits - payment.refundedMinorUnits
        let amount = request.amountMinorUnits ?? remaining
        guard (1...max(1, remaining)).contains(amount) else { return nil }
        let asked = PaymentEvent.refundRequested(
            RefundRequested(
                refundID: request.refundID,
                chargeID: attempt.id,
                amount: .init(minorUnits: amount, currency: capture.amount.currency),
                feeReturned: .zero(capture.amount.currency),
                reason: request.reason,
                metadata: request.metadata,
                command: NetworkReference(commandID: commandID),
                sentAt: clock()
            )
        )
        let after = try Payment.evolve(
            payment,
            by: asked,
            version: payment.version + 1,
            at: clock()
        )
        return after.refund(request.refundID).map {
            call.renderer.refund($0, of: after, expand: expand)
        }
    }
}
