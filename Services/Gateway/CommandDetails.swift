import JSON
import MerchantAPI
import Money
import Payments

/// What describes a payment: taken from parameters, stored with it.
extension CommandRequests {
    func details() throws(APIError) -> PaymentDetails {
        let future = parameters.text("setup_future_usage")
        return PaymentDetails(
            description: parameters.text("description"),
            receiptEmail: parameters.text("receipt_email"),
            statementDescriptor: try descriptor("statement_descriptor"),
            statementDescriptorSuffix: try descriptor("statement_descriptor_suffix"),
            setupFutureUsage: future == "none" ? nil : future,
            shipping: parameters.object("shipping").map { Self.json($0) },
            metadata: metadata(),
            presentation: try newPresentation()
        )
    }

    func changes() throws(APIError) -> PaymentChanges {
        var currency: Currency?
        if let code = parameters.text("currency") { currency = try? Currency(code) }
        _ = try descriptor("statement_descriptor")
        return PaymentChanges(
            amountMinorUnits: parameters.integer("amount"),
            currency: currency,
            captureMethod: captureMethod(),
            details: DetailsChange(
                description: change("description"),
                receiptEmail: change("receipt_email"),
                statementDescriptor: change("statement_descriptor"),
                statementDescriptorSuffix: change("statement_descriptor_suffix"),
                setupFutureUsage: parameters.text("setup_future_usage") == "none"
                    ? .clear : change("setup_future_usage"),
                shipping: change("shipping"),
                metadata: metadataChange(),
                presentation: presentationChange()
            )
        )
    }

    /// What cardholders read has at least one letter.
    private func descriptor(_ name: String) throws(APIError) -> String? {
        guard let text = parameters.text(name) else { return nil }
        guard text.contains(where: \.isLetter), !text.contains(where: { "<>\\'\"*".contains($0) })
        else {
            throw .invalid(
                "The statement descriptor must contain at least one letter and none of <>\\'\"*.",
                parameter: name
            )
        }
        return text
    }

    func captureMethod() -> CaptureMethod? {
        let ofCard = parameters.object("payment_method_options")?.object("card")?
            .text("capture_method")
        return (ofCard ?? parameters.text("capture_method"))
            .flatMap { CaptureMethod(rawValue: $0) }
    }

    // MARK: - Presentation

    private func newPresentation() throws(APIError) -> JSON {
        let types = parameters.texts("payment_method_types")
        let automatic = parameters.object("automatic_payment_methods")
        let isAutomatic = automatic?.boolean("enabled") ?? false
        if !types.isEmpty, isAutomatic {
            throw .exclusive("automatic_payment_methods", "payment_method_types")
        }
        let showsAutomatic = isAutomatic || (automatic == nil && types.isEmpty)
        let redirects = automatic?.text("allow_redirects") ?? "always"
        return [
            "automatic_payment_methods": showsAutomatic
                ? ["allow_redirects": .string(redirects), "enabled": true] : .null,
            "confirmation_method": .string(
                parameters.text("confirmation_method") ?? "automatic"
            ),
            "payment_method_options": options(),
            "payment_method_types": ["card"],
        ]
    }

    private func presentationChange() -> JSON? {
        var members: [JSON.Member] = []
        if parameters.has("payment_method_options") {
            members.append(.init(key: "payment_method_options", value: options()))
        }
        if parameters.has("payment_method_types") {
            members.append(.init(key: "payment_method_types", value: ["card"]))
        }
        return members.isEmpty ? nil : .object(members)
    }

    private func options() -> JSON {
        let card = parameters.object("payment_method_options")?.object("card")
        var members: [JSON.Member] = [
            .init(key: "installments", value: .null),
            .init(key: "mandate_options", value: .null),
            .init(key: "network", value: .null),
            .init(
                key: "request_three_d_secure",
                value: .string(card?.text("request_three_d_secure") ?? "automatic")
            ),
        ]
        for name in ["capture_method", "setup_future_usage"] {
            if let text = card?.text(name) {
                members.append(.init(key: name, value: .string(text)))
            }
        }
        return ["card": .object(members)]
    }

    // MARK: - Values

    /// What a request says about a field: nothing, unset it, or set it.
    func change(_ name: String) -> FieldChange {
        guard let value = parameters[name] else { return .keep }
        let json = Self.json(value)
        return json == .null ? .clear : .set(json)
    }

    func metadata() -> Metadata {
        Self.metadata(parameters)
    }

    static func metadata(_ parameters: ValidatedParameters) -> Metadata {
        Metadata(
            (parameters.metadata()?.steps ?? []).compactMap { step in
                step.value.map { Metadata.Entry(key: step.key, value: $0) }
            }
        )
    }

    func metadataChange() -> MetadataChange? {
        parameters.metadata().map { input in
            MetadataChange(
                clearsFirst: input.clearsFirst,
                steps: input.steps.map { MetadataChange.Step(key: $0.key, value: $0.value) }
            )
        }
    }

    static func json(_ parameters: ValidatedParameters) -> JSON {
        .object(
            parameters.names.compactMap { name in
                parameters[name].map { JSON.Member(key: name, value: json($0)) }
            }
        )
    }

    static func json(_ value: ParameterValue) -> JSON {
        switch value {
        case .unset: .null
        case .text(let text): .string(text)
        case .integer(let number): .integer(number)
        case .boolean(let flag): .bool(flag)
        case .list(let elements): .array(elements.map { json($0) })
        case .object(let object): json(object)
        case .metadata(let input):
            .object(
                input.steps.map {
                    JSON.Member(key: $0.key, value: $0.value.map { .string($0) } ?? .null)
                }
            )
        case .timeFilter: .null
        }
    }
}
