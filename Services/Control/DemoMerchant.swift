import Foundation
import ServiceKit

/// The merchant that `up` makes so that there is something to pay.
struct DemoMerchant: Sendable, Equatable, Codable {
    let id: String
    let secretKey: String
    let publishableKey: String

    enum CodingKeys: String, CodingKey {
        case id
        case secretKey = "secret_key"
        case publishableKey = "publishable_key"
    }

    /// The merchant of an earlier `up`.
    static func load(_ layout: StackLayout) -> DemoMerchant? {
        guard let data = FileManager.default.contents(atPath: layout.demoFile) else { return nil }
        return try? JSONDecoder().decode(DemoMerchant.self, from: data)
    }

    /// The merchant of an earlier `up` if its key still opens the door, or a new one.
    static func obtain(
        _ layout: StackLayout,
        gatewayURL: String,
        probe: HTTPProbe = HTTPProbe()
    ) async throws -> DemoMerchant {
        if let known = load(layout),
            await probe.send("GET", gatewayURL + "/v1/balance", bearer: known.secretKey)?.status
                == 200
        {
            return known
        }
        let path = gatewayURL + "/v1/demo/merchants"
        guard let answer = await probe.send("POST", path, timeoutSeconds: 20) else {
            throw ControlError("the gateway does not answer at \(path)")
        }
        guard answer.status == 200,
            let made = try? JSONDecoder().decode(DemoMerchant.self, from: Data(answer.body.utf8))
        else {
            throw ControlError("the gateway made no demo merchant (status \(answer.status))")
        }
        try PrivateFile.write(JSONEncoder().encode(made), to: layout.demoFile)
        return made
    }

    /// A payment that works when pasted.
    func curl(gatewayURL: String) -> String {
        """
        curl \(gatewayURL)/v1/payment_intents -u \(secretKey): \\
          -d amount=100000 -d currency=inr -d payment_method=pm_card_visa \\
          -d "payment_method_types[]=card" -d confirm=true
        """
    }
}
