import Foundation
import MerchantAPI
import Payments
import Testing

@Suite("Deliveries are signed in both families")
struct WebhookSignatureTests {
    private struct Vector {
        let name: String
        let secrets: [String]
        let body: String
        let standard: String
        let stripe: String
    }

    private static let first = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private static let second = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
    private static let payment =
        #"{"type":"payment.succeeded","data":{"id":"pay_1","amount":1999}}"#

    /// Made by both families' own libraries, for the message `evt_0001` at 1763800000.
    private static let vectors = [
        Vector(
            name: "ascii",
            secrets: [first],
            body: payment,
            standard: "v1,MuyWHV9G+0EhjQPqRRfS67xSWlPUp7IB+y5VrQ60BxE=",
            stripe: "t=1763800000,v1="
                + "0ac2d84e49dbf351f1a6272b4c87d40132da933e1261e8583404ac4660ec8737"
        ),
        Vector(
            name: "text beyond ascii",
            secrets: [first],
            body: #"{"type":"payment.succeeded","data":{"note":"café ₹ 💳"}}"#,
            standard: "v1,89NR/Zt3y9bbUMiQU9wHYbin32EjRUX6PU1goQfQ/2g=",
            stripe: "t=1763800000,v1="
                + "f8287ec822db2e9d03d39398f88868db0a1da8da865cb7e0f7ab18a6be8fda12"
        ),
        Vector(
            name: "empty object",
            secrets: [first],
            body: "{}",
            standard: "v1,cRBlP+fbovmLkQfIUBFwDCMrAF49xBf7VXPtoDLiLU0=",
            stripe: "t=1763800000,v1="
                + "b976ec4ef41da236eafdf9efc1ea85f7026faf61d1173926030e2a87a1fc119d"
        ),
        Vector(
            name: "white space",
            secrets: [first],
            body: "{ \"a\" : 1 }\n",
            standard: "v1,cIOlf/sE7Di0JC8+Rt10uIcjv+ebFSv3z8gPhbMNUfw=",
            stripe: "t=1763800000,v1="
                + "2355086a3dfbf2618858fd601bd1613a30018b17024777b944d911431c740f48"
        ),
        Vector(
            name: "two keys",
            secrets: [second, first],
            body: payment,
            standard: "v1,QDaYC401Huu/L3a3CL9mYj+GYzWVjW0Nj+IGdIOgZ7o= "
                + "v1,MuyWHV9G+0EhjQPqRRfS67xSWlPUp7IB+y5VrQ60BxE=",
            stripe: "t=1763800000"
                + ",v1=80eb9aa16d4de70fc3d5be2249c794558d18040d7919bfa6052af649b70da711"
                + ",v1=0ac2d84e49dbf351f1a6272b4c87d40132da933e1261e8583404ac4660ec8737"
        ),
    ]

    @Test("The vectors of both families are met, one key or several")
    func vectors() {
        for vector in Self.vectors {
            let body = Array(vector.body.utf8)
            let stripe = WebhookSignature.stripe(
                secrets: vector.secrets,
                timestampSeconds: 1_763_800_000,
                body: body
            )
            let standard = WebhookSignature.standard(
                secrets: vector.secrets,
                messageID: "evt_0001",
                timestampSeconds: 1_763_800_000,
                body: body
            )
            #expect(stripe == vector.stripe, "\(vector.name)")
            #expect(standard == vector.standard, "\(vector.name)")
        }
    }

    @Test("A secret follows from its names and the installation, and from nothing less")
    func derivation() {
        let endpoint = WebhookEndpointID(checked: "we_000000000000000000000001")
        let key = WebhookKeyID(checked: "whk_000000000000000000000001")
        let secrets = WebhookSecrets(installationSecret: Array("an installation's secret".utf8))
        let others = WebhookSecrets(installationSecret: Array("another one's secret".utf8))
        let secret = secrets.secret(of: endpoint, key: key)
        #expect(secret == secrets.secret(of: endpoint, key: key))
        #expect(secret.hasPrefix("whsec_"))
        #expect(Data(base64Encoded: String(secret.dropFirst(6)))?.count == 32)
        #expect(secret != others.secret(of: endpoint, key: key))
        let otherKey = WebhookKeyID(checked: "whk_000000000000000000000002")
        #expect(secret != secrets.secret(of: endpoint, key: otherKey))
        let otherEndpoint = WebhookEndpointID(checked: "we_000000000000000000000002")
        #expect(secret != secrets.secret(of: otherEndpoint, key: key))
    }
}
