import CommandQueue
import JSON
import MerchantAPI
import Payments
import Testing

@testable import Gateway

/// Idempotency keys, to the letter of the contract.
@Suite struct IdempotencyTests {
    private let bench = Bench()
    private let path = "/v1/payment_intents"
    private let form = "amount=5000&currency=inr"

    @Test("the same request again gets the same bytes, marked as replayed, and no second command")
    func replay() async throws {
        let first = try await bench.post(path, form, idempotencyKey: "k")
        let second = try await bench.post(path, "currency=inr&amount=5000", idempotencyKey: "k")
        #expect(first.status == 200 && second.status == 200)
        #expect(first.text == second.text)
        #expect(first.header("Idempotent-Replayed") == nil)
        #expect(second.header("Idempotent-Replayed") == "true")
        #expect(second.header("Original-Request") == first.header("Request-Id"))
        #expect(first.header("Original-Request") == first.header("Request-Id"))
        #expect(second.header("Request-Id") != first.header("Request-Id"))
        #expect(bench.desk.submissions.count == 1)
    }

    @Test("failures are replayed too, and a stored 500 tells the client to stop trying")
    func storedFailures() async throws {
        for (status, retry) in [(402, nil), (400, nil), (500, "false")] as [(Int16, String?)] {
            bench.desk.answer { _ in StoredReply(status: status, body: Array("{}".utf8)) }
            let key = "k\(status)"
            let first = try await bench.post(path, form, idempotencyKey: key)
            bench.desk.answer { _ in StoredReply(status: 200, body: Array("{}".utf8)) }
            let second = try await bench.post(path, form, idempotencyKey: key)
            #expect(first.status == Int(status) && second.status == Int(status))
            #expect(second.header("Idempotent-Replayed") == "true")
            #expect(first.header("Stripe-Should-Retry") == retry)
            #expect(second.header("Stripe-Should-Retry") == retry)
        }
    }

    @Test("a key belongs to its parameters and its endpoint")
    func reuse() async throws {
        _ = try await bench.post(path, form, idempotencyKey: "k")
        let other = try await bench.post(path, "amount=5001&currency=inr", idempotencyKey: "k")
        #expect(other.status == 400)
        #expect(other.error?["type"] == "idempotency_error")
        #expect(
            other.error?["message"]?.asString?.hasPrefix(
                "Keys for idempotent requests can only be used with the same parameters"
            ) == true
        )
        let elsewhere = try await bench.post(
            path + "/pi_000000000000000000000001/cancel",
            form: "",
            idempotencyKey: "k"
        )
        #expect(elsewhere.status == 400)
        #expect(elsewhere.error?["type"] == "idempotency_error")
        #expect(
            elsewhere.error?["message"]?.asString?.contains(
                "('/v1/payment_intents/pi_000000000000000000000001/cancel' vs "
                    + "'/v1/payment_intents')"
            ) == true
        )
    }

    @Test("two merchants may use the same key")
    func merchants() async throws {
        _ = try await bench.post(path, form, idempotencyKey: "k")
        let other = try await bench.post(path, form, key: Bench.otherKey, idempotencyKey: "k")
        #expect(other.status == 200)
        #expect(other.header("Idempotent-Replayed") == nil)
    }

    @Test("while the first is under way a second is told to come back")
    func inProgress() async throws {
        let parameters = try FormParameters(parsing: form.utf8)
        _ = try await bench.desk.submit(
            Submission(
                merchantID: Bench.merchant("acct_000000000000000000000001").id,
                idempotencyKey: "k",
                fingerprint: bench.responder.handlers.fingerprint.bytes(of: parameters),
                endpoint: path,
                command: .cancelPayment(
                    .init(
                        paymentID: .init(checked: "pi_000000000000000000000001"),
                        remainderRefundID: .init(checked: "re_000000000000000000000001")
                    )
                ),
                requestID: "req_first",
                apiVersion: APIVersion.current.rawValue
            )
        )
        let second = try await bench.post(path, form, idempotencyKey: "k")
        #expect(second.status == 409)
        #expect(second.error?["type"] == "idempotency_error")
        #expect(second.error?["code"] == "idempotency_key_in_use")
        #expect(second.header("Stripe-Should-Retry") == "true")
    }

    @Test("what is refused before it begins is not stored: the key can be used again")
    func notStored() async throws {
        for wrong in [
            "amount=5000&currency=inr&bogus=1", "amount=x&currency=inr", "currency=inr",
            "amount=10&currency=inr", "amount=5000&currency=inr&expand[]=nope",
            "amount=5000&currency=inr&payment_method=pm_card_unheard",
        ] {
            let refused = try await bench.post(path, wrong, idempotencyKey: "k")
            #expect(refused.status == 400, "\(wrong)")
        }
        let unauthorized = try await bench.post(path, form, key: nil, idempotencyKey: "k")
        #expect(unauthorized.status == 401)
        #expect(bench.desk.submissions.isEmpty)
        let right = try await bench.post(path, form, idempotencyKey: "k")
        #expect(right.status == 200)
        #expect(right.header("Idempotent-Replayed") == nil)
    }

    @Test("a key has 1 to 255 characters; a request without one is its own")
    func keyLength() async throws {
        let longest = String(repeating: "k", count: 255)
        #expect(try await bench.post(path, form, idempotencyKey: longest).status == 200)
        #expect(try await bench.post(path, form, idempotencyKey: longest + "k").status == 400)
        #expect(try await bench.post(path, form).status == 200)
        #expect(try await bench.post(path, form).status == 200)
        #expect(bench.desk.submissions.count == 3)
        let keys = bench.desk.submissions.dropFirst().map(\.idempotencyKey)
        #expect(keys == bench.desk.submissions.dropFirst().map(\.requestID))
    }
}

extension Bench {
    fileprivate func post(
        _ path: String,
        form: String,
        idempotencyKey: String
    ) async throws -> Answer {
        try await post(path, form, idempotencyKey: idempotencyKey)
    }
}
