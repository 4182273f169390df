import CommandQueue
import JSON
import Logging
import MerchantAPI
import Postgres
import TestKit
import Testing

@testable import Gateway

/// Answers to requests whose outcome does not come in time, and reads in the gateway's own role.
@Suite struct LateReplyTests {
    private func bench(_ database: TestDatabase) throws -> Bench {
        let pool = PostgresPool(
            configuration: try database.configuration(role: "gateway"),
            limits: PoolLimits(maximumConnections: 2),
            logger: Bench.silent
        )
        return Bench(database: pool, desk: TestDesk(answers: { _ in nil }))
    }

    /// It may still be refused; whoever was told `processing` would never hear of that.
    @Test(
        "a request that nobody has decided yet is never said to be processing",
        arguments: [
            "/v1/payment_intents", "/v1/payment_intents/pi_000000000000000000000009/confirm",
        ]
    )
    func undecided(path: String) async throws {
        let database = try await TestDatabase.migrated()
        let bench = try bench(database)
        let form =
            path.hasSuffix("confirm") ? "" : "amount=5000&currency=inr&payment_method=pm_card_visa"
        let first = try await bench.post(path, form, idempotencyKey: "k")
        #expect(first.status == 503)
        #expect(first.header("Stripe-Should-Retry") == "true")
        // Nothing was stored under the key: it still waits for the outcome.
        let second = try await bench.post(path, form, idempotencyKey: "k")
        #expect(second.status == 409)
        #expect(second.error?["code"] == "idempotency_key_in_use")
        #expect(second.header("Stripe-Should-Retry") == "true")
        try await database.drop()
    }

    @Test("a card that cannot be stored in time is no lie: the caller is asked to try again")
    func token() async throws {
        let database = try await TestDatabase.migrated()
        let bench = try bench(database)
        let answer = try await bench.post(
            "/v1/tokens",
            "card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034"
        )
        #expect(answer.status == 503)
        #expect(answer.header("Stripe-Should-Retry") == "true")
        #expect(answer.error?["type"] == "api_error")
        try await database.drop()
    }

    @Test("what a merchant does not have answers 404, lists are empty, the balance is zero")
    func emptyReads() async throws {
        let database = try await TestDatabase.migrated()
        let bench = try bench(database)
        let missing: [(String, String)] = [
            ("/v1/payment_intents/pi_000000000000000000000009", "payment_intent"),
            ("/v1/charges/ch_000000000000000000000009", "charge"),
            ("/v1/refunds/re_000000000000000000000009", "refund"),
            ("/v1/payment_methods/pm_000000000000000000000009", "PaymentMethod"),
            ("/v1/tokens/tok_000000000000000000000009", "token"),
            ("/v1/balance_transactions/txn_00000000000000000000000901", "balance_transaction"),
            ("/v1/events/evt_p00000000000000000000000901a", "event"),
            ("/v1/ledger/journals/jrn_00000000000000000000000901", "ledger.journal"),
            ("/v1/payment_intents/4242424242424242", "payment_intent"),
        ]
        for (path, kind) in missing {
            let answer = try await bench.send("GET", path)
            #expect(answer.status == 404, "\(path)")
            #expect(answer.error?["code"] == "resource_missing")
            #expect(answer.error?["message"]?.asString?.hasPrefix("No such \(kind): '") == true)
            #expect(!answer.text.contains("4242"))
        }
        for path in [
            "payment_intents", "charges", "refunds", "balance_transactions", "events",
            "ledger/journals", "ledger/accounts",
        ] {
            let answer = try await bench.send("GET", "/v1/\(path)?limit=100")
            #expect(answer.status == 200, "\(path): \(answer.text)")
            #expect(answer.body["data"] == [])
            #expect(answer.body["has_more"] == false)
            #expect(answer.body["url"] == .string("/v1/\(path)"))
        }
        let balance = try await bench.send("GET", "/v1/balance")
        #expect(balance.body["pending"]?.asArray?.first?["amount"] == 0, "\(balance.text)")
        let cursor = try await bench.send("GET", "/v1/charges?starting_after=ch_nope")
        #expect(cursor.status == 400)
        #expect(cursor.error?["param"] == "starting_after")
        let after = try await bench.send("GET", "/v1/events?after=")
        #expect(after.body["next_cursor"]?.asString != nil)
        try await database.drop()
    }
}
