import JSON
import MerchantAPI
import Money
import Payments
import Projections

/// Disputes and early fraud warnings.
extension MerchantAPIHandlers {
    func listDisputes(_ call: APICall) async throws -> APIAnswer {
        let renderer = call.renderer
        return try await list(
            call,
            parts: { $0.disputes },
            charge: { $0.chargeID },
            id: { $0.id.rawValue },
            createdAt: { $0.createdAt },
            page: { try await $0.disputes($1) },
            part: { id, payment in DisputeID(rawValue: id).flatMap { payment.dispute($0) } },
            render: { renderer.dispute($0, of: $1, expand: $2) }
        )
    }

    func retrieveDispute(_ call: APICall) async throws -> APIAnswer {
        let expand = try call.expansion()
        let (dispute, payment) = try await dispute(call)
        return APIAnswer(JSONBody(call.renderer.dispute(dispute, of: payment, expand: expand)))
    }

    /// The dispute that the path names.
    func dispute(_ call: APICall) async throws -> (Dispute, Payment) {
        let text = call.variable("dispute")
        guard let id = DisputeID(rawValue: text),
            let payment = try await reader(for: call).payment(of: id),
            let dispute = payment.dispute(id)
        else { throw APIError.noSuch("dispute", text, parameter: "id") }
        return (dispute, payment)
    }

    func listEarlyFraudWarnings(_ call: APICall) async throws -> APIAnswer {
        let renderer = call.renderer
        return try await list(
            call,
            parts: { $0.fraudWarnings },
            charge: { $0.chargeID },
            id: { $0.id.rawValue },
            createdAt: { $0.createdAt },
            page: { try await $0.fraudWarnings($1) },
            part: { id, payment in
                EarlyFraudWarningID(rawValue: id).flatMap { payment.fraudWarning($0) }
            },
            render: { renderer.earlyFraudWarning($0, of: $1, expand: $2) }
        )
    }

    func retrieveEarlyFraudWarning(_ call: APICall) async throws -> APIAnswer {
        let expand = try call.expansion()
        let text = call.variable("early_fraud_warning")
        guard let id = EarlyFraudWarningID(rawValue: text),
            let payment = try await reader(for: call).payment(of: id),
            let warning = payment.fraudWarning(id)
        else { throw APIError.noSuch("radar.early_fraud_warning", text, parameter: "id") }
        return APIAnswer(
            JSONBody(call.renderer.earlyFraudWarning(warning, of: payment, expand: expand))
        )
    }

    /// A list of parts of payments: all of the merchant's, or those of one payment or charge.
    private func list<Part>(
        _ call: APICall,
        parts: (Payment) -> [Part],
        charge: (Part) -> ChargeID,
        id: (Part) -> String,
        createdAt: (Part) -> Timestamp,
        page: (MerchantReader, PageRequest) async throws -> Page<MerchantReader.ListedPart>,
        part: (String, Payment) -> Part?,
        render: (Part, Payment, Expansion) -> JSON
    ) async throws -> APIAnswer {
        let expand = try call.expansion()["data"] ?? .none
        let reader = try reader(for: call)
        if let (payment, only) = try await disputedPayment(call, by: reader) {
            let all = parts(payment).reversed().filter { only == nil || charge($0) == only }
            let cut = try call.cut(all, id: id, createdAt: createdAt)
            return call.list(
                cut.items.map { render($0, payment, expand) },
                hasMore: cut.hasMore
            )
        }
        let request = try call.page()
        let found = try await call.naming { try await page(reader, request) }
        return call.list(
            found.items.compactMap { item in
                part(item.id, item.payment).map { render($0, item.payment, expand) }
            },
            hasMore: found.hasMore
        )
    }

    /// The payment, and perhaps the charge, that a list is limited to.
    private func disputedPayment(
        _ call: APICall,
        by reader: MerchantReader
    ) async throws -> (Payment, ChargeID?)? {
        if let text = call.parameters.text("charge") {
            guard let id = ChargeID(rawValue: text), let payment = try await reader.payment(of: id)
            else { throw APIError.noSuch("charge", text, parameter: "charge", status: 400) }
            return (payment, id)
        }
        guard let text = call.parameters.text("payment_intent") else { return nil }
        guard let id = PaymentID(rawValue: text), let payment = try await reader.payment(id) else {
            throw APIError.noSuch(
                "payment_intent",
                text,
                parameter: "payment_intent",
                status: 400
            )
        }
        return (payment, nil)
    }
}

extension CommandRequests {
    /// What a request says about a dispute; evidence is submitted unless it says otherwise.
    func updateDispute() async throws -> DisputeCommand {
        let (dispute, payment) = try await handlers.dispute(call)
        let evidence = parameters.object("evidence").map { Self.json($0) }
        let submits = parameters.boolean("submit") ?? (evidence != nil)
        return .update(
            UpdateDispute(
                disputeID: dispute.id,
                paymentID: payment.id,
                evidence: evidence,
                metadata: metadataChange(),
                submits: submits,
                expand: parameters.texts("expand")
            )
        )
    }

    /// The merchant gives a dispute up.
    func closeDispute() async throws -> DisputeCommand {
        let (dispute, payment) = try await handlers.dispute(call)
        return .close(
            EndDispute(
                disputeID: dispute.id,
                paymentID: payment.id,
                expand: parameters.texts("expand")
            )
        )
    }
}
