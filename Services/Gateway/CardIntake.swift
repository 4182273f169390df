import CardNetwork
import JSON
import MerchantAPI
import Payments

/// Cards on their way in: numbers go straight to the vault, and what comes back may be kept.
///
/// Nothing here logs, and no error quotes what was given.
extension CommandRequests {
    /// What a payment is to charge: stored, brought along, or one of the test cards by its name.
    func paymentMethod() async throws -> PaymentMethodSource? {
        let data = parameters.object("payment_method_data")
        guard let name = parameters.text("payment_method") else {
            guard let data else { return nil }
            return .new(try await newMethod(data, at: "payment_method_data"))
        }
        guard data == nil else {
            throw APIError.exclusive("payment_method", "payment_method_data")
        }
        if let id = PaymentMethodID(rawValue: name) { return .existing(id) }
        guard let card = try await handlers.vault.resolve(name) else {
            throw APIError.noSuch(
                "PaymentMethod",
                name,
                parameter: "payment_method",
                status: 400
            )
        }
        return .new(NewPaymentMethod(id: newID(), card: .card(card), billingDetails: [:]))
    }

    func createMethod() async throws -> CreatePaymentMethod {
        CreatePaymentMethod(
            method: try await newMethod(parameters, at: ""),
            expand: parameters.texts("expand")
        )
    }

    func createToken() async throws -> CreateCardToken {
        guard let card = parameters.object("card") else { throw APIError.missing("card") }
        let billing = Self.billingDetails(ofTokenCard: card)
        return CreateCardToken(
            tokenID: newID(),
            card: try await tokenized(card, billing: billing, at: "card"),
            billingDetails: billing,
            clientAddress: call.clientAddress,
            expand: []
        )
    }

    private func newMethod(
        _ fields: ValidatedParameters,
        at path: String
    ) async throws -> NewPaymentMethod {
        let name = path.isEmpty ? "card" : "\(path)[card]"
        guard let card = fields.object("card") else { throw APIError.missing(name) }
        let billing = fields.object("billing_details").map { Self.json($0) } ?? [:]
        return NewPaymentMethod(
            id: newID(),
            card: try await source(of: card, billing: billing, at: name),
            billingDetails: billing,
            metadata: Self.metadata(fields),
            allowRedisplay: fields.text("allow_redisplay") ?? "unspecified"
        )
    }

    /// A card in clear, or a token that holds one.
    private func source(
        of card: ValidatedParameters,
        billing: JSON,
        at path: String
    ) async throws -> CardSource {
        guard let token = card.text("token") else {
            return .card(try await tokenized(card, billing: billing, at: path))
        }
        guard !card.has("number") else {
            throw APIError.exclusive("\(path)[token]", "\(path)[number]")
        }
        if let id = CardTokenID(rawValue: token) { return .token(id) }
        guard let known = try await handlers.vault.resolve(token) else {
            throw APIError.noSuch("token", token, parameter: "\(path)[token]", status: 400)
        }
        return .card(known)
    }

    private func tokenized(
        _ card: ValidatedParameters,
        billing: JSON,
        at path: String
    ) async throws -> CardDetails {
        for name in ["number", "exp_month", "exp_year"] where card.text(name) == nil {
            throw APIError.missing("\(path)[\(name)]")
        }
        let data = CardData(
            number: card.text("number") ?? "",
            // A month or year that is no number is none: the vault says which is wrong.
            expirationMonth: Int(card.text("exp_month") ?? "") ?? 0,
            expirationYear: Int(card.text("exp_year") ?? "") ?? 0,
            cvc: card.text("cvc"),
            hasAddressLine1: Self.isGiven(billing, "line1"),
            hasPostalCode: Self.isGiven(billing, "postal_code")
        )
        do throws(VaultError) {
            return try await handlers.vault.tokenize(data)
        } catch {
            switch error {
            case .refused(let refusal): throw RefusedCard(refusal)
            case .unavailable: throw error
            }
        }
    }

    private static func isGiven(_ billing: JSON, _ key: String) -> Bool {
        guard let text = billing["address"]?[key]?.asString else { return false }
        return !text.isEmpty
    }

    /// Tokens take the address flat; it is stored as payment methods have it.
    private static func billingDetails(ofTokenCard card: ValidatedParameters) -> JSON {
        func text(_ name: String) -> JSON { card.text(name).map { .string($0) } ?? .null }
        return [
            "address": [
                "city": text("address_city"), "country": text("address_country"),
                "line1": text("address_line1"), "line2": text("address_line2"),
                "postal_code": text("address_zip"), "state": text("address_state"),
            ],
            "name": text("name"),
        ]
    }
}

/// A card that the vault refused: the request has begun, so its answer is stored under its key.
struct RefusedCard: Error {
    private let error: PaymentError

    init(_ refusal: CardRefusal) {
        error = PaymentError(
            code: refusal.code,
            declineCode: refusal.declineCode,
            message: refusal.message,
            parameter: refusal.parameter
        )
    }

    /// A command that does nothing but fail with the refusal.
    func command(_ id: PaymentMethodID) -> Command {
        .createPaymentMethod(
            CreatePaymentMethod(
                method: NewPaymentMethod(id: id, card: .refused(error), billingDetails: [:])
            )
        )
    }
}
