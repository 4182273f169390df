import CommandQueue
import JSON
import MerchantAPI
import Money
import Payments

/// Each visitor becomes a test merchant, without a sign-up.
extension MerchantAPIHandlers {
    /// How long a demo merchant lives.
    private static let lifetimeSeconds: Int64 = 30 * 24 * 60 * 60
    /// How many random characters a key has behind its prefix.
    private static let keyLength = 32

    func createDemoMerchant(_ call: APICall) async throws -> APIAnswer {
        guard allowsDemoMerchants else {
            throw APIError.unknownURL(method: "POST", path: call.path)
        }
        let secretKey = try await secretKey(call)
        let publishableKey = "pk_test_" + RandomText.letters(Self.keyLength)
        let merchant = try merchant(call, secretKey: secretKey, publishableKey: publishableKey)
        let answer = try await submit(
            .createMerchant(CreateMerchant(merchant: merchant)),
            for: merchant.id,
            call
        )
        guard answer.status == 200 else { return answer }
        // The keys are in this answer and nowhere else: what is stored has only their hashes.
        return APIAnswer(
            JSONBody([
                "id": .string(merchant.id.rawValue),
                "object": "demo_merchant",
                "secret_key": .string(secretKey),
                "publishable_key": .string(publishableKey),
                "dashboard_url": .null,
                "expires_at": .integer(merchant.expiresAt?.secondsSinceEpoch ?? 0),
                "country": .string(merchant.country),
                "created": .integer(merchant.createdAt.secondsSinceEpoch),
                "default_currency": .string(merchant.defaultCurrency.code),
                "livemode": false,
            ])
        )
    }

    private func secretKey(_ call: APICall) async throws -> String {
        guard let given = call.parameters.text("secret_key") else {
            return "sk_test_" + RandomText.letters(Self.keyLength)
        }
        guard given.hasPrefix("sk_test_"), (11...255).contains(given.utf8.count),
            given.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") })
        else {
            throw APIError.invalid(
                "A secret key begins with sk_test_ and has 11 to 255 characters.",
                parameter: "secret_key"
            )
        }
        guard try await !keys.exists(given) else {
            throw APIError.invalid("This secret key exists already.", parameter: "secret_key")
        }
        return given
    }

    private func merchant(
        _ call: APICall,
        secretKey: String,
        publishableKey: String
    ) throws -> Merchant {
        let now = clock()
        let end = now.adding(seconds: Self.lifetimeSeconds)
        let parameters = call.parameters
        var generator = SystemRandomNumberGenerator()
        let country = parameters.text("country")?.uppercased() ?? "IN"
        guard country.utf8.count == 2, country.utf8.allSatisfy({ (0x41...0x5A).contains($0) })
        else { throw APIError.invalid("Invalid country", parameter: "country") }
        func key(_ text: String, _ kind: APIKeyKind) -> APIKey {
            APIKey(
                hash: KeyRing.hexadecimalHash(text),
                kind: kind,
                createdAt: now,
                expiresAt: end
            )
        }
        return Merchant(
            id: MerchantID.generate(at: now, using: &generator),
            livemode: false,
            country: country,
            defaultCurrency: try parameters.text("default_currency").map { try Currency($0) }
                ?? .inr,
            feePolicy: try FeePolicy(
                basisPoints: parameters.integer("fee_bps") ?? FeePolicy.standard.basisPoints,
                fixedMinorUnits: parameters.integer("fee_fixed") ?? 0
            ),
            refundFeePolicy: parameters.text("refund_fee")
                .flatMap { RefundFeePolicy(rawValue: $0) } ?? .kept,
            statementDescriptor: "DEMO MERCHANT",
            apiVersion: call.version.rawValue,
            payoutDelayDays: Int32(
                parameters.object("payout_schedule")?.integer("delay_days") ?? 2
            ),
            keys: [key(secretKey, .secret), key(publishableKey, .publishable)],
            createdAt: now,
            expiresAt: end,
            disputeFeePolicy: disputeFeePolicy(parameters)
        )
    }

    /// What chargebacks cost the merchant, where that is not the standard.
    private func disputeFeePolicy(_ parameters: ValidatedParameters) -> DisputeFeePolicy? {
        let fee = parameters.integer("dispute_fee")
        let onWin = parameters.text("dispute_fee_on_win").flatMap { RefundFeePolicy(rawValue: $0) }
        guard fee != nil || onWin != nil else { return nil }
        return DisputeFeePolicy(
            feeMinorUnits: fee ?? DisputeFeePolicy.standard.feeMinorUnits,
            isReturnedOnWin: onWin.map { $0 == .returned }
                ?? DisputeFeePolicy.standard.isReturnedOnWin
        )
    }
}
