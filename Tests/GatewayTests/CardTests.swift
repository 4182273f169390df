import CommandQueue
import JSON
import MerchantAPI
import Money
import Payments
import Testing

@testable import Gateway

/// Cards: what goes to the vault, and what must not go anywhere else.
@Suite struct CardTests {
    private let bench = Bench()
    private let card =
        "card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034&card[cvc]=917"

    @Test("a card number reaches the vault and no command, key or answer")
    func number() async throws {
        let entrances = [
            ("/v1/payment_methods", "type=card&" + card),
            ("/v1/tokens", card),
            (
                "/v1/payment_intents",
                "amount=5000&currency=inr&confirm=true&payment_method_data[type]=card&"
                    + card.replacing("card[", with: "payment_method_data[card][")
            ),
        ]
        for (path, form) in entrances {
            let answer = try await bench.post(path, form, idempotencyKey: path)
            #expect(answer.status == 200, "\(path): \(answer.text)")
        }
        #expect(bench.vault.received == Array(repeating: "4242424242424242", count: 3))
        #expect(bench.desk.submissions.count == 3)
        for submission in bench.desk.submissions {
            let body = String(decoding: submission.command.body.serialized(), as: UTF8.self)
            #expect(!body.contains("4242424242424242") && !body.contains("917"))
            #expect(body.contains("vault-token"))
            #expect(submission.fingerprint.count == 32)
        }
    }

    @Test("a publishable key may store a card")
    func publishable() async throws {
        let answer = try await bench.post("/v1/tokens", card, key: Bench.publishableKey)
        #expect(answer.status == 200)
    }

    private var wrong: String {
        card.replacing("4242424242424242", with: "4242424242424241")
    }

    private func asPaymentData(_ card: String) -> String {
        "payment_method_data[type]=card&"
            + card.replacing("card[", with: "payment_method_data[card][")
    }

    @Test("a refused card is a card error, stored under its key, that does not name the number")
    func refused() async throws {
        bench.desk.answer(with: Bench.decided)
        let payment = "/v1/payment_intents"
        let entrances = [
            ("/v1/payment_methods", "type=card&" + wrong),
            ("/v1/tokens", wrong),
            (payment, "amount=5000&currency=inr&confirm=true&" + asPaymentData(wrong)),
            (payment + "/pi_000000000000000000000001", asPaymentData(wrong)),
            (payment + "/pi_000000000000000000000001/confirm", asPaymentData(wrong)),
        ]
        for (path, form) in entrances {
            let answer = try await bench.post(path, form, idempotencyKey: path)
            #expect(answer.status == 402, "\(path)")
            #expect(answer.error?["type"] == "card_error")
            #expect(answer.error?["code"] == "incorrect_number")
            #expect(answer.error?["param"] == "number")
            #expect(!answer.text.contains("4242"))
            let again = try await bench.post(path, form, idempotencyKey: path)
            #expect(again.status == 402, "\(path)")
            #expect(again.text == answer.text)
            #expect(again.header("Idempotent-Replayed") == "true")
        }
        #expect(bench.desk.submissions.count == entrances.count)
        for submission in bench.desk.submissions {
            let body = String(decoding: submission.command.body.serialized(), as: UTF8.self)
            #expect(!body.contains("4242"))
        }
    }

    @Test("a wrong parameter beside a refused card is what is answered, and is not stored")
    func wrongBesideRefused() async throws {
        let form = "amount=10&currency=inr&confirm=true&" + asPaymentData(wrong)
        let answer = try await bench.post("/v1/payment_intents", form, idempotencyKey: "k")
        #expect(answer.status == 400)
        #expect(answer.error?["code"] == "amount_too_small")
        #expect(bench.desk.submissions.isEmpty)
    }

    @Test("while the vault is away nothing is stored, and the same key succeeds afterwards")
    func vaultAway() async throws {
        bench.vault.isAway = true
        let away = try await bench.post("/v1/tokens", card, idempotencyKey: "k")
        #expect(away.status == 503)
        #expect(away.header("Stripe-Should-Retry") == "true")
        #expect(bench.desk.submissions.isEmpty)
        bench.vault.isAway = false
        let back = try await bench.post("/v1/tokens", card, idempotencyKey: "k")
        #expect(back.status == 200)
        #expect(back.header("Idempotent-Replayed") == nil)
    }

    @Test("a number without its expiry is asked for by name, before the vault is")
    func incomplete() async throws {
        let answer = try await bench.post(
            "/v1/payment_methods",
            "type=card&card[number]=4242424242424242&card[exp_month]=12"
        )
        #expect(answer.error?["param"] == "card[exp_year]")
        #expect(answer.error?["code"] == "parameter_missing")
        #expect(bench.vault.received.isEmpty)
    }

    @Test("a test card's name becomes a payment method of its own at each use")
    func magicNames() async throws {
        let form = "amount=5000&currency=inr&payment_method=pm_card_visa&confirm=true"
        _ = try await bench.post("/v1/payment_intents", form)
        _ = try await bench.post("/v1/payment_intents", form)
        let ids = bench.desk.submissions.compactMap { submission -> PaymentMethodID? in
            guard case .createPayment(let request) = submission.command,
                case .new(let method)? = request.paymentMethod
            else { return nil }
            #expect(method.card == .card(TestVault.card))
            return method.id
        }
        #expect(Set(ids).count == 2)
    }

    @Test("other ways to pay are refused in a sentence")
    func otherMethods() async throws {
        let answer = try await bench.post("/v1/payment_methods", "type=card&klarna[x]=1")
        #expect(answer.status == 400)
        #expect(answer.error?["message"] == "Only cards are accepted here, not 'klarna'.")
    }

    @Test("one address may store only so many cards a minute")
    func limit() async throws {
        let bench = Bench(tokenizationsPerMinute: 2)
        #expect(try await bench.post("/v1/tokens", card).status == 200)
        #expect(try await bench.post("/v1/tokens", card).status == 200)
        let third = try await bench.post("/v1/tokens", card)
        #expect(third.status == 429)
        #expect(third.error?["code"] == "rate_limit")
        #expect(third.header("Retry-After") == "30")
        #expect(bench.vault.received.count == 2)
    }

    @Test("a demo merchant's keys are shown once, and only their hashes are stored")
    func demoMerchant() async throws {
        let answer = try await bench.post("/v1/demo/merchants", "fee_bps=250", key: nil)
        #expect(answer.status == 200)
        let secret = try #require(answer.body["secret_key"]?.asString)
        let publishable = try #require(answer.body["publishable_key"]?.asString)
        #expect(secret.hasPrefix("sk_test_") && publishable.hasPrefix("pk_test_"))
        let submission = try #require(bench.desk.submissions.first)
        guard case .createMerchant(let request) = submission.command else {
            Issue.record("another command was stored")
            return
        }
        #expect(answer.body["id"] == .string(request.merchant.id.rawValue))
        #expect(request.merchant.feePolicy.basisPoints == 250)
        #expect(request.merchant.keys.map(\.kind) == [.secret, .publishable])
        #expect(request.merchant.keys.first?.hash == KeyRing.hexadecimalHash(secret))
        let body = String(decoding: submission.command.body.serialized(), as: UTF8.self)
        #expect(!body.contains(secret) && !body.contains(publishable))
    }

    @Test("a demo merchant's own secret key must look like one and be new")
    func demoKey() async throws {
        for wrong in ["sk_live_abcdefgh", "sk_test_", "abc", Bench.secretKey] {
            let answer = try await bench.post(
                "/v1/demo/merchants",
                "secret_key=\(wrong)",
                key: nil
            )
            #expect(answer.status == 400, "\(wrong)")
            #expect(answer.error?["param"] == "secret_key")
        }
        let right = try await bench.post(
            "/v1/demo/merchants",
            "secret_key=sk_test_mine",
            key: nil
        )
        #expect(right.body["secret_key"] == "sk_test_mine")
    }

    @Test("one address may make only so many merchants a minute")
    func demoLimit() async throws {
        let bench = Bench(demoMerchantsPerMinute: 1)
        #expect(try await bench.post("/v1/demo/merchants", key: nil).status == 200)
        #expect(try await bench.post("/v1/demo/merchants", key: nil).status == 429)
    }
}
