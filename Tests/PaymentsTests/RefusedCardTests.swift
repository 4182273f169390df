import JSON
import Money
import Payments
import Testing

/// Cards that the vault refused.
@Suite struct RefusedCardTests {
    private let merchantID = MerchantID(checked: "acct_000000000000000000000001")
    private let now = Timestamp(secondsSinceEpoch: 1_760_000_000)
    private let error = PaymentError(
        code: "incorrect_number",
        message: "Your card number is incorrect.",
        parameter: "number"
    )

    @Test("a command that brings a refused card fails with the refusal and changes nothing")
    func refused() throws {
        let method = NewPaymentMethod(
            id: PaymentMethodID(checked: "pm_000000000000000000000002"),
            card: .refused(error),
            billingDetails: [:]
        )
        let command = Command.createPaymentMethod(CreatePaymentMethod(method: method))
        let stored = try Command(kind: command.kind.rawValue, body: command.body)
        #expect(stored == command)
        let submitted = SubmittedCommand(
            id: 7,
            merchantID: merchantID,
            receivedAt: now,
            command: stored
        )
        for mayHaveRun in [false, true] {
            let decision = submitted.decide(
                given: Aggregates(merchant: Sample.merchant(merchantID)),
                at: now,
                mayHaveRun: mayHaveRun
            )
            #expect(decision == Decision(reply: .refused(.cardRefused(error))))
        }
    }
}
