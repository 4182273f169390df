public import JSON
import Money
public import Payments

/// An HTTP status with its body: what is stored as the answer to a command.
public struct RenderedReply: Sendable, Equatable {
    /// The HTTP status.
    public let status: Int
    /// The body.
    public let body: JSON

    /// Pairs a status with a body.
    public init(status: Int, body: JSON) {
        self.status = status
        self.body = body
    }

    /// An error as an answer.
    public init(_ error: APIError) {
        self.init(status: error.status, body: error.body)
    }
}

/// Renders the answers of finished commands.
extension ResourceRenderer {
    /// The answer to a command, from the aggregates as they stand after its events.
    ///
    /// A decline is a 402 with the whole payment intent inside. An object that the reply names and
    /// the aggregates lack is our own mistake and becomes a 500.
    public func reply(
        _ reply: Reply,
        given aggregates: Aggregates,
        expand: [String]
    ) -> RenderedReply {
        let expansion = Expansion(paths: expand)
        if case .refused(let refusal) = reply {
            return RenderedReply(error(for: refusal, payment: aggregates.payment))
        }
        guard let body = object(of: reply, given: aggregates, expand: expansion) else {
            return RenderedReply(.unexpected)
        }
        return RenderedReply(status: 200, body: body)
    }

    private func object(
        of reply: Reply,
        given aggregates: Aggregates,
        expand: Expansion
    ) -> JSON? {
        switch reply {
        case .payment(let id):
            aggregates.payment.flatMap { $0.id == id ? $0 : nil }
                .map { paymentIntent($0, expand: expand) }
        case .refund(let id, _):
            aggregates.payment.flatMap { payment in
                payment.refund(id).map { refund($0, of: payment, expand: expand) }
            }
        case .dispute(let id, _):
            aggregates.payment.flatMap { payment in
                payment.dispute(id).map { dispute($0, of: payment, expand: expand) }
            }
        case .paymentMethod(let id):
            aggregates.paymentMethod.flatMap { $0.id == id ? $0 : nil }
                .map { paymentMethod($0, expand: expand) }
        case .cardToken(let id):
            aggregates.cardToken.flatMap { $0.id == id ? $0 : nil }.map { token($0) }
        case .merchant(let id):
            aggregates.merchant.flatMap { $0.id == id ? $0 : nil }.map { demoMerchant($0) }
        case .webhookEndpoint(let id):
            aggregates.webhookEndpoint.flatMap { $0.id == id ? $0 : nil }
                .map { $0.isDeleted ? deletedWebhookEndpoint($0.id) : webhookEndpoint($0) }
        case .webhookReplay(let id):
            aggregates.webhookReplay.flatMap { $0.id == id ? $0 : nil }.map { webhookReplay($0) }
        case .payout(let id):
            aggregates.payout.flatMap { $0.id == id ? $0 : nil }.map { payout($0, expand: expand) }
        case .balanceSettings:
            aggregates.merchant.map { merchant in
                balanceSettings(
                    aggregates.balanceSettings ?? BalanceSettings(of: merchant),
                    currency: merchant.defaultCurrency.code
                )
            }
        case .testClock(let moment): testClock(at: moment)
        case .refused: nil
        }
    }
}
