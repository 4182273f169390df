import JSON
import MerchantAPI
import Money
import Payments
import Testing

/// What merchants see of what is stored.
@Suite struct RenderingTests {
    private let renderer = ResourceRenderer()

    private func absent(_ fields: [String], in object: JSON?) -> [String] {
        fields.filter { object?[$0] == nil }
    }

    @Test("a payment intent has every documented field, whatever has become of it")
    func paymentIntentIsWhole() throws {
        for payment in [
            try SamplePayments.payment(SamplePayments.created),
            try SamplePayments.captured(), try SamplePayments.refunded(),
            try SamplePayments.declined(),
        ] {
            let object = renderer.paymentIntent(payment)
            #expect(absent(DocumentedFields.paymentIntent, in: object) == [])
            #expect(object["object"] == "payment_intent")
        }
    }

    @Test("a charge and its card have every documented field")
    func chargeIsWhole() throws {
        for payment in [try SamplePayments.captured(), try SamplePayments.declined()] {
            let attempt = try #require(payment.latestAttempt)
            let object = renderer.charge(attempt, of: payment)
            #expect(absent(DocumentedFields.charge, in: object) == [])
            let card = object["payment_method_details"]?["card"]
            #expect(absent(DocumentedFields.chargeCard, in: card) == [])
            #expect(absent(DocumentedFields.outcome, in: object["outcome"]) == [])
            let address = object["billing_details"]?["address"]
            #expect(absent(DocumentedFields.address, in: address) == [])
        }
    }

    @Test("disputes and early fraud warnings have every documented field")
    func disputesAreWhole() throws {
        let payment = try SamplePayments.disputed()
        let dispute = try #require(payment.disputes.first)
        let object = renderer.dispute(dispute, of: payment)
        #expect(absent(DocumentedFields.dispute, in: object) == [])
        #expect(absent(DocumentedFields.disputeEvidence, in: object["evidence"]) == [])
        #expect(object["evidence_details"]?["past_due"] == false)
        let taken = object["balance_transactions"]?.asArray ?? []
        #expect(taken.count == 1)
        #expect(absent(DocumentedFields.balanceTransaction, in: taken.first) == [])
        #expect(taken.first?["net"] == -101_500)
        let warning = try #require(payment.fraudWarnings.first)
        let shown = renderer.earlyFraudWarning(warning, of: payment)
        #expect(absent(DocumentedFields.earlyFraudWarning, in: shown) == [])
        #expect(shown["actionable"] == false)
        let attempt = try #require(payment.latestAttempt)
        let expansion = Expansion(paths: ["dispute.charge"])
        let charge = renderer.charge(attempt, of: payment, expand: expansion)
        #expect(charge["disputed"] == true)
        #expect(charge["dispute"]?["charge"]?["id"] == charge["id"])
        #expect(charge["lifecycle_state"] == "disputed")
    }

    @Test("refunds, payment methods, tokens and balances have every documented field")
    func othersAreWhole() throws {
        let payment = try SamplePayments.refunded()
        let refund = try #require(payment.refunds.first)
        #expect(absent(DocumentedFields.refund, in: renderer.refund(refund, of: payment)) == [])
        let method = renderer.paymentMethod(SamplePayments.method)
        #expect(absent(DocumentedFields.paymentMethod, in: method) == [])
        #expect(absent(DocumentedFields.paymentMethodCard, in: method["card"]) == [])
        let token = renderer.token(SamplePayments.token)
        #expect(absent(DocumentedFields.token, in: token) == [])
        #expect(absent(DocumentedFields.tokenCard, in: token["card"]) == [])
        let balance = renderer.balance(
            available: [.zero(.inr)],
            pending: [Money(minorUnits: 5, currency: .inr)],
            livemode: false
        )
        #expect(absent(DocumentedFields.balance, in: balance) == [])
        #expect(
            balance["pending"] == [["amount": 5, "currency": "inr", "source_types": ["card": 5]]]
        )
    }

    @Test("a captured payment shows its lifecycle, its charge and what came in")
    func capturedPayment() throws {
        let payment = try SamplePayments.captured()
        let intent = renderer.paymentIntent(payment)
        #expect(intent["status"] == "succeeded")
        #expect(intent["amount_received"] == 100_000)
        #expect(intent["lifecycle_state"] == "captured")
        let states = intent["lifecycle"]?.asArray?.compactMap { $0["state"]?.asString }
        #expect(states == ["created", "authorized", "capture_pending", "captured"])
        #expect(intent["latest_charge"] == .string(SamplePayments.chargeID.rawValue))
    }

    @Test("a balance transaction is the amount less the fee, and a refund takes money out")
    func balanceTransactions() throws {
        let payment = try SamplePayments.refunded()
        let charge = try #require(BalanceTransaction(version: 4, of: payment))
        let shown = renderer.balanceTransaction(charge, of: payment)
        #expect(absent(DocumentedFields.balanceTransaction, in: shown) == [])
        #expect(shown["amount"] == 100_000 && shown["fee"] == 3_000 && shown["net"] == 97_000)
        let refund = try #require(BalanceTransaction(version: 5, of: payment))
        let out = renderer.balanceTransaction(refund, of: payment)
        #expect(out["type"] == "refund" && out["net"] == -40_000 && out["fee_details"] == [])
        #expect(BalanceTransaction(version: 1, of: payment) == nil)
        #expect(BalanceTransaction(version: 6, of: payment) == nil)
    }

    @Test("expanding shows objects in full, four levels deep, and nothing else")
    func expanding() throws {
        let payment = try SamplePayments.captured()
        let paths = [
            "latest_charge.balance_transaction.source", "latest_charge.refunds", "payment_method",
        ]
        let expansion = try Expansion(paths: paths, from: .paymentIntent)
        let intent = renderer.paymentIntent(payment, expand: expansion)
        let charge = intent["latest_charge"]
        #expect(charge?["object"] == "charge")
        #expect(charge?["balance_transaction"]?["source"]?["object"] == "charge")
        #expect(charge?["refunds"]?["object"] == "list")
        #expect(intent["payment_method"]?["card"]?["last4"] == "4242")
        #expect(charge?["payment_intent"] == .string(SamplePayments.paymentID.rawValue))
    }

    @Test(
        "a path that leads nowhere is refused by name",
        arguments: [
            "status", "latest_charge.amount", "latest_charge.", "data.latest_charge", "",
            "customer.default_source",
            "latest_charge.payment_intent.latest_charge.payment_intent.latest_charge",
        ]
    )
    func badPaths(path: String) throws {
        let error = #expect(throws: APIError.self) {
            try Expansion(paths: [path], from: .paymentIntent)
        }
        #expect(error?.message == "This property cannot be expanded (\(path)).")
        #expect(error?.status == 400)
    }

    @Test("a list expands through data, and only through data")
    func listPaths() throws {
        let expansion = try Expansion(
            paths: ["data.latest_charge"],
            from: .paymentIntent,
            inList: true
        )
        #expect(expansion["data"]?["latest_charge"] != nil)
        #expect(throws: APIError.self) {
            try Expansion(paths: ["latest_charge"], from: .paymentIntent, inList: true)
        }
    }

    @Test("before 2022-11-15 a payment intent lists its charges and a charge its refunds")
    func olderVersion() throws {
        let payment = try SamplePayments.refunded()
        let older = ResourceRenderer(version: .chargesInline).paymentIntent(payment)
        #expect(older["charges"]?["data"]?.asArray?.count == 1)
        let charge = older["charges"]?["data"]?.asArray?.first
        #expect(charge?["refunds"]?["data"]?.asArray?.count == 1)
        let newer = ResourceRenderer(version: .latestChargeOnly).paymentIntent(payment)
        #expect(newer["charges"] == nil)
    }

    @Test("an event shows its object as it was, and an update what it was before")
    func events() throws {
        let before = try SamplePayments.payment(
            SamplePayments.created,
            SamplePayments.authorized,
            SamplePayments.captureRequested,
            SamplePayments.capturedEvent,
            SamplePayments.refundRequested
        )
        let after = try SamplePayments.refunded()
        let all = apiEvents(for: SamplePayments.refundIssued, after: after)
        let rendered = all.map { event in
            renderer.event(
                EventSource(
                    event: event,
                    subject: .payment(after),
                    before: .payment(before),
                    recordedAt: SamplePayments.time,
                    requestID: "req_1",
                    idempotencyKey: nil
                )
            )
        }
        #expect(rendered.map { $0["type"] } == ["refund.updated", "refund.issued"])
        for event in rendered {
            #expect(absent(DocumentedFields.event, in: event) == [])
            #expect(event["data"]?["object"]?["status"] == "succeeded")
        }
        #expect(rendered[0]["data"]?["previous_attributes"]?["status"] == "pending")
        #expect(rendered[1]["data"]?["previous_attributes"] == nil)
        let sequences = rendered.compactMap { $0["sequence"]?.asInteger }
        #expect(sequences == sequences.sorted() && Set(sequences).count == 2)
    }

    @Test("a journal shows debits and credits, and the event that tells of it")
    func journal() throws {
        let id = JournalID(paymentID: SamplePayments.paymentID, version: 4)
        let journal = renderer.journal(
            JournalView(
                id: id,
                kind: "payment_captured",
                currency: .inr,
                sourceID: SamplePayments.chargeID.rawValue,
                occurredAt: SamplePayments.time,
                legs: [
                    .init(account: "a:inr", debitMinorUnits: 10, creditMinorUnits: 0),
                    .init(account: "b:inr", debitMinorUnits: 0, creditMinorUnits: 10),
                ]
            )
        )
        #expect(absent(DocumentedFields.journal, in: journal) == [])
        #expect(
            journal["entries"]?.asArray?.first == ["account": "a:inr", "debit": 10, "credit": 0]
        )
        let event = try #require(journal["event"]?.asString)
        #expect(APIEventID(rawValue: event)?.version == 4)
    }
}
