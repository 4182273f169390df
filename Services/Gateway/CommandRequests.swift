import JSON
import MerchantAPI
import Money
import Payments
import Projections
import ServiceKit

/// Turns calls into the requests of commands; identifiers are made here, once.
struct CommandRequests: Sendable {
    let call: APICall
    let handlers: MerchantAPIHandlers

    var parameters: ValidatedParameters { call.parameters }
    private var expand: [String] { parameters.texts("expand") }

    /// A new identifier of this moment.
    func newID<ID: Identifier>(_ type: ID.Type = ID.self) -> ID {
        var generator = SecureRandomNumbers()
        return ID.generate(at: handlers.clock(), using: &generator)
    }

    /// The first version in which money is taken asynchronously unless a request says otherwise.
    private static let asynchronousByDefault = APIVersion(rawValue: "2024-04-10") ?? .current

    // MARK: - Payments

    func createPayment() async throws -> CreatePayment {
        let amount = try amount()
        let confirms = parameters.boolean("confirm") ?? false
        try checkConfirmation(confirms)
        let id = newID(PaymentID.self)
        let byDefault: CaptureMethod =
            call.version < Self.asynchronousByDefault ? .automatic : .automaticAsync
        return CreatePayment(
            paymentID: id,
            amount: amount,
            captureMethod: captureMethod() ?? byDefault,
            clientSecret: "\(id)_secret_\(RandomText.letters(24))",
            details: try details(),
            paymentMethod: try await paymentMethod(),
            confirmAs: confirms ? newID() : nil,
            expand: expand
        )
    }

    func amount() throws(APIError) -> Money {
        guard let minorUnits = parameters.integer("amount") else { throw .missing("amount") }
        guard let code = parameters.text("currency"), let currency = try? Currency(code) else {
            throw .missing("currency")
        }
        let amount = Money(minorUnits: minorUnits, currency: currency)
        try AmountRules.check(amount)
        return amount
    }

    private func checkConfirmation(_ confirms: Bool) throws(APIError) {
        guard !confirms else { return }
        for name in ["off_session", "error_on_requires_action"] where parameters.has(name) {
            throw .invalid(
                "You cannot set `\(name)` without also setting `confirm` to `true`.",
                parameter: name
            )
        }
    }

    func updatePayment() async throws -> UpdatePayment {
        UpdatePayment(
            paymentID: try paymentID(),
            changes: try changes(),
            paymentMethod: try await paymentMethod(),
            expand: expand
        )
    }

    func confirmPayment() async throws -> ConfirmPayment {
        let id = try paymentID()
        if let caller = call.caller,
            caller.kind == .publishable || parameters.has("client_secret")
        {
            let payment = try await handlers.payment(named: "intent", call)
            try AccessRules.checkSecret(
                parameters.text("client_secret"),
                of: payment,
                caller: caller
            )
        }
        return ConfirmPayment(
            paymentID: id,
            chargeID: newID(),
            changes: try changes(),
            paymentMethod: try await paymentMethod(),
            expand: expand
        )
    }

    func capturePayment() throws -> CapturePayment {
        if parameters.boolean("final_capture") == false {
            throw APIError.unsupported(
                "final_capture",
                "A payment is captured once here; what is not captured is let go."
            )
        }
        return CapturePayment(
            paymentID: try paymentID(),
            amountMinorUnits: parameters.integer("amount_to_capture"),
            remainderRefundID: newID(),
            details: DetailsChange(
                statementDescriptor: change("statement_descriptor"),
                statementDescriptorSuffix: change("statement_descriptor_suffix"),
                metadata: metadataChange()
            ),
            expand: expand
        )
    }

    func cancelPayment() throws -> CancelPayment {
        CancelPayment(
            paymentID: try paymentID(),
            reason: parameters.text("cancellation_reason")
                .flatMap { CancellationReason(rawValue: $0) },
            remainderRefundID: newID(),
            expand: expand
        )
    }

    private func paymentID() throws(APIError) -> PaymentID {
        let text = call.variable("intent")
        guard let id = PaymentID(rawValue: text) else {
            throw .noSuch("payment_intent", text, parameter: "intent")
        }
        return id
    }

    // MARK: - Refunds

    func createRefund() async throws -> CreateRefund {
        let payment = try await refundedPayment()
        if let code = parameters.text("currency"), code != payment.amount.currency.code {
            throw APIError.invalid(
                "The currency of a refund is that of its charge.",
                parameter: "currency"
            )
        }
        return CreateRefund(
            refundID: newID(),
            paymentID: payment.id,
            chargeID: parameters.text("charge").flatMap { ChargeID(rawValue: $0) },
            amountMinorUnits: parameters.integer("amount"),
            reason: parameters.text("reason").flatMap { RefundReason(rawValue: $0) },
            metadata: metadata(),
            expand: expand
        )
    }

    private func refundedPayment() async throws -> Payment {
        let reader = try handlers.reader(for: call)
        let intent = parameters.text("payment_intent")
        if let text = parameters.text("charge") {
            guard let id = ChargeID(rawValue: text), let payment = try await reader.payment(of: id)
            else { throw APIError.noSuch("charge", text, parameter: "charge", status: 400) }
            if let intent, intent != payment.id.rawValue {
                throw APIError.invalid(
                    "The charge does not belong to the PaymentIntent.",
                    parameter: "payment_intent"
                )
            }
            return payment
        }
        guard let intent else {
            throw APIError.invalid(
                "One of the following params should be provided for this request: payment_intent "
                    + "or charge.",
                code: "parameter_missing"
            )
        }
        guard let id = PaymentID(rawValue: intent), let payment = try await reader.payment(id)
        else {
            throw APIError.noSuch(
                "payment_intent",
                intent,
                parameter: "payment_intent",
                status: 400
            )
        }
        return payment
    }

    func updateRefund() async throws -> UpdateRefund {
        let (id, paymentID) = try await namedRefund()
        return UpdateRefund(
            refundID: id,
            paymentID: paymentID,
            metadata: metadataChange() ?? MetadataChange(),
            expand: expand
        )
    }
}

extension CommandRequests {
    /// The end of a refund that waits.
    func endRefund() async throws -> EndRefund {
        let (id, paymentID) = try await namedRefund()
        return EndRefund(refundID: id, paymentID: paymentID, expand: parameters.texts("expand"))
    }

    /// The refund that the path names, with its payment.
    private func namedRefund() async throws -> (RefundID, PaymentID) {
        let text = call.variable("refund")
        guard let id = RefundID(rawValue: text),
            let payment = try await handlers.reader(for: call).payment(of: id)
        else { throw APIError.noSuch("refund", text, parameter: "id") }
        return (id, payment.id)
    }
}

/// Bounds of a payment's amount, checked before anything is stored.
enum AmountRules {
    static func check(_ amount: Money) throws(APIError) {
        let currency = amount.currency
        let least = Money(
            minorUnits: max(1, currency.minimumChargeMinorUnits ?? 1),
            currency: currency
        )
        guard amount.minorUnits >= least.minorUnits else { throw .amountTooSmall(least: least) }
        let most = Money(minorUnits: currency.maximumChargeMinorUnits, currency: currency)
        guard amount.minorUnits <= most.minorUnits else { throw .amountTooLarge(most: most) }
        let step = currency.chargeStepMinorUnits
        guard amount.minorUnits.isMultiple(of: step) else {
            throw .amountNotMultiple(of: Money(minorUnits: step, currency: currency))
        }
    }
}
