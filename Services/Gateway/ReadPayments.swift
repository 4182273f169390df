import JSON
import MerchantAPI
import Payments
import Projections

/// Payments, charges and refunds.
extension MerchantAPIHandlers {
    func listPayments(_ call: APICall) async throws -> APIAnswer {
        let expand = try call.expansion()["data"] ?? .none
        let reader = try reader(for: call)
        let request = try call.page()
        let page = try await call.naming { try await reader.payments(request) }
        let renderer = call.renderer
        return call.list(
            page.items.map { renderer.paymentIntent($0, expand: expand) },
            hasMore: page.hasMore
        )
    }

    func retrievePayment(_ call: APICall) async throws -> APIAnswer {
        let expand = try call.expansion()
        let payment = try await payment(named: "intent", call)
        if let caller = call.caller {
            try AccessRules.checkSecret(
                call.parameters.text("client_secret"),
                of: payment,
                caller: caller
            )
        }
        return APIAnswer(JSONBody(call.renderer.paymentIntent(payment, expand: expand)))
    }

    /// The payment that the path names.
    func payment(named variable: String, _ call: APICall) async throws -> Payment {
        let text = call.variable(variable)
        guard let id = PaymentID(rawValue: text),
            let payment = try await reader(for: call).payment(id)
        else { throw APIError.noSuch("payment_intent", text, parameter: variable) }
        return payment
    }

    func listCharges(_ call: APICall) async throws -> APIAnswer {
        let expand = try call.expansion()["data"] ?? .none
        let renderer = call.renderer
        if let payment = try await filterPayment(call) {
            let cut = try call.cut(
                payment.attempts.reversed(),
                id: { $0.id.rawValue },
                createdAt: { $0.createdAt }
            )
            return call.list(
                cut.items.map { renderer.charge($0, of: payment, expand: expand) },
                hasMore: cut.hasMore
            )
        }
        let reader = try reader(for: call)
        let request = try call.page()
        let page = try await call.naming { try await reader.charges(request) }
        return call.list(
            page.items.compactMap { part in
                ChargeID(rawValue: part.id).flatMap { part.payment.attempt($0) }
                    .map { renderer.charge($0, of: part.payment, expand: expand) }
            },
            hasMore: page.hasMore
        )
    }

    func retrieveCharge(_ call: APICall) async throws -> APIAnswer {
        let expand = try call.expansion()
        let (attempt, payment) = try await charge(call)
        let body = call.renderer.charge(attempt, of: payment, expand: expand)
        return APIAnswer(JSONBody(body))
    }

    private func charge(_ call: APICall) async throws -> (Attempt, Payment) {
        let text = call.variable("charge")
        guard let id = ChargeID(rawValue: text),
            let payment = try await reader(for: call).payment(of: id),
            let attempt = payment.attempt(id)
        else { throw APIError.noSuch("charge", text, parameter: "id") }
        return (attempt, payment)
    }

    func listRefundsOfCharge(_ call: APICall) async throws -> APIAnswer {
        let (attempt, payment) = try await charge(call)
        return try refunds(of: payment, only: attempt.id, call)
    }

    func listRefunds(_ call: APICall) async throws -> APIAnswer {
        if let text = call.parameters.text("charge") {
            guard let id = ChargeID(rawValue: text),
                let payment = try await reader(for: call).payment(of: id)
            else { throw APIError.noSuch("charge", text, parameter: "charge", status: 400) }
            return try refunds(of: payment, only: id, call)
        }
        if let payment = try await filterPayment(call) {
            return try refunds(of: payment, only: nil, call)
        }
        let expand = try call.expansion()["data"] ?? .none
        let reader = try reader(for: call)
        let request = try call.page()
        let page = try await call.naming { try await reader.refunds(request) }
        let renderer = call.renderer
        return call.list(
            page.items.compactMap { part in
                RefundID(rawValue: part.id).flatMap { part.payment.refund($0) }
                    .map { renderer.refund($0, of: part.payment, expand: expand) }
            },
            hasMore: page.hasMore
        )
    }

    private func refunds(
        of payment: Payment,
        only charge: ChargeID?,
        _ call: APICall
    ) throws -> APIAnswer {
        let expand = try call.expansion()["data"] ?? .none
        let renderer = call.renderer
        let all = payment.refunds.reversed().filter { charge == nil || $0.chargeID == charge }
        let cut = try call.cut(all, id: { $0.id.rawValue }, createdAt: { $0.createdAt })
        return call.list(
            cut.items.map { renderer.refund($0, of: payment, expand: expand) },
            hasMore: cut.hasMore
        )
    }

    /// The payment that a list is limited to, if it is.
    private func filterPayment(_ call: APICall) async throws -> Payment? {
        guard let text = call.parameters.text("payment_intent") else { return nil }
        guard let id = PaymentID(rawValue: text),
            let payment = try await reader(for: call).payment(id)
        else {
            throw APIError.noSuch(
                "payment_intent",
                text,
                parameter: "payment_intent",
                status: 400
            )
        }
        return payment
    }

    func retrieveRefund(_ call: APICall) async throws -> APIAnswer {
        let expand = try call.expansion()
        let text = call.variable("refund")
        guard let id = RefundID(rawValue: text),
            let payment = try await reader(for: call).payment(of: id),
            let refund = payment.refund(id)
        else { throw APIError.noSuch("refund", text, parameter: "id") }
        return APIAnswer(JSONBody(call.renderer.refund(refund, of: payment, expand: expand)))
    }

    func retrievePaymentMethod(_ call: APICall) async throws -> APIAnswer {
        let expand = try call.expansion()
        let text = call.variable("payment_method")
        guard let id = PaymentMethodID(rawValue: text),
            let method = try await reader(for: call).paymentMethod(id)
        else { throw APIError.noSuch("PaymentMethod", text, parameter: "payment_method") }
        return APIAnswer(JSONBody(call.renderer.paymentMethod(method, expand: expand)))
    }

    func retrieveToken(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let text = call.variable("token")
        guard let id = CardTokenID(rawValue: text),
            let token = try await reader(for: call).cardToken(id)
        else { throw APIError.noSuch("token", text, parameter: "token") }
        return APIAnswer(JSONBody(call.renderer.token(token)))
    }
}
