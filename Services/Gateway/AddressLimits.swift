import MerchantAPI
import Money

/// The limits per address: making merchants needs no key, and storing cards only a public one.
struct AddressLimits: Sendable {
    private let demoMerchants: AddressLimiter
    private let tokenization: AddressLimiter

    /// Allows so many a minute of each.
    init(demoMerchantsPerMinute: Int, tokenizationsPerMinute: Int) {
        demoMerchants = AddressLimiter(perMinute: demoMerchantsPerMinute)
        tokenization = AddressLimiter(perMinute: tokenizationsPerMinute)
    }

    /// The seconds until a call may come again; nil when it may pass.
    func refusal(of call: APICall, at now: Timestamp) -> Int? {
        if call.endpoint.operation == .createDemoMerchant {
            return demoMerchants.take(for: call.clientAddress, at: now)
        }
        guard Self.bringsCard(call.parameters) else { return nil }
        return tokenization.take(for: call.clientAddress, at: now)
    }

    private static func bringsCard(_ parameters: ValidatedParameters) -> Bool {
        let card =
            parameters.object("card") ?? parameters.object("payment_method_data")?.object("card")
        return card?.has("number") ?? false
    }
}
