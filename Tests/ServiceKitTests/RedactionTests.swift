import ServiceKit
import Testing

@Suite("Redaction")
struct RedactionTests {
    @Test(
        "hides card numbers of every network, grouped or not",
        arguments: [
            "4242424242424242", "4242 4242 4242 4242", "5555-5555-5555-4444", "378282246310005",
            "6011111111111117", "30569309025904", "3566002020360505", "2223003122003222",
        ]
    )
    func cardNumbers(number: String) {
        let text = "paid with \(number)."
        #expect(Redaction.redact(text) == "paid with [card number].")
        #expect(Redaction.isSensitive(text))
    }

    @Test("hides a card number between letters")
    func embedded() {
        #expect(Redaction.redact("x4242424242424242y") == "x[card number]y")
    }

    @Test("hides a run of digits that could hold a card number anywhere")
    func longRun() {
        let message = "0100" + "4242424242424242" + "000000000000100000"
        #expect(Redaction.redact(message) == "[digits]")
    }

    @Test(
        "leaves numbers that are no card numbers",
        arguments: [
            "4242424242424241", "1764000000000000", "amount 100000", "2026-11-23T10:11:12.123456Z",
            "pi_0B7kQ2aZ4242", "2026-11-23 10:11:12",
        ]
    )
    func otherNumbers(text: String) {
        #expect(Redaction.redact(text) == text)
        #expect(!Redaction.isSensitive(text))
    }

    @Test("keeps a secret key's kind and hides the rest")
    func keys() {
        #expect(
            Redaction.redact("key sk_test_4eC39HqLyj is wrong") == "key sk_test_[redacted] is wrong"
        )
        #expect(Redaction.redact("Bearer abc.def==") == "Bearer [redacted]")
        #expect(Redaction.redact("pi_1_secret_abc") == "pi_1_secret_[redacted]")
        #expect(Redaction.redact("whsec_MfKQ9r/8+x=") == "whsec_[redacted]")
    }

    @Test("hides the password in an address, and nothing else of it")
    func addresses() {
        #expect(
            Redaction.redact("postgresql://me:hun:ter2@db:5432/payments")
                == "postgresql://me:[redacted]@db:5432/payments"
        )
        #expect(Redaction.redact("https://127.0.0.1:8443/a@b") == "https://127.0.0.1:8443/a@b")
    }

    @Test("removes everything of several findings in one text")
    func several() {
        let text = "4242424242424242 and sk_live_abc and 5555555555554444"
        #expect(
            Redaction.redact(text) == "[card number] and sk_live_[redacted] and [card number]"
        )
    }

    @Test(
        "knows the fields that are never written",
        arguments: [
            "cvc", "card[number]", "payment_method_data[card][cvc]", "Authorization", "card.number",
        ]
    )
    func hiddenFields(name: String) {
        #expect(Redaction.hidesField(named: name))
    }

    @Test(
        "writes ordinary fields",
        arguments: ["number_of_rows", "request_id", "card[exp_month]", "pid"]
    )
    func openFields(name: String) {
        #expect(!Redaction.hidesField(named: name))
    }
}
