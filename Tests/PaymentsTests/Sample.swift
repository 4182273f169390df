import JSON
import Money
import Payments

/// Ordinary values for tests.
enum Sample {
    static let approval = NetworkOutcome.approved(code: "A1B2C3", networkTransactionID: "net_1")

    static func card(risk: CardRisk = .normal, last4: String = "4242") -> CardDetails {
        CardDetails(
            networkToken: "vault-token-1",
            brand: "visa",
            last4: last4,
            expirationMonth: 12,
            expirationYear: 2034,
            funding: .credit,
            country: "US",
            fingerprint: "fp-1",
            checks: CardChecks(addressLine1: nil, addressPostalCode: .pass, cvc: .pass),
            risk: risk,
            traits: ["domestic"]
        )
    }

    static func merchant(
        _ id: MerchantID,
        feePolicy: FeePolicy = .standard,
        refundFeePolicy: RefundFeePolicy = .kept
    ) -> Merchant {
        Merchant(
            id: id,
            livemode: false,
            country: "IN",
            defaultCurrency: .inr,
            feePolicy: feePolicy,
            refundFeePolicy: refundFeePolicy,
            statementDescriptor: "TEA HOUSE",
            apiVersion: "2026-10-28.endive",
            payoutDelayDays: 2,
            keys: [
                APIKey(
                    hash: "00ff",
                    kind: .secret,
                    createdAt: Timestamp(secondsSinceEpoch: 1_760_000_000)
                )
            ],
            createdAt: Timestamp(secondsSinceEpoch: 1_760_000_000)
        )
    }
}
