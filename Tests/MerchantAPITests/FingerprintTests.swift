import MerchantAPI
import Testing

/// What makes two requests with one idempotency key the same.
@Suite struct FingerprintTests {
    private let fingerprint = Fingerprint(secret: Array("0123456789abcdef".utf8))

    private func bytes(_ form: String) throws -> [UInt8] {
        fingerprint.bytes(of: try FormParameters(parsing: form.utf8))
    }

    @Test("order and bracket style do not matter")
    func same() throws {
        let one = try bytes("a=1&m[x]=1&m[y]=2&l[]=p&l[]=q")
        #expect(try bytes("l[0]=p&m[y]=2&a=1&l[1]=q&m[x]=1") == one)
        #expect(one.count == 32)
    }

    @Test(
        "every difference counts",
        arguments: [
            "a=2&m[x]=1", "a=1", "a=1&m[x]=2", "a=1&m[y]=1", "a=1&m[x]=1&b=", "a=1m[x]=1",
            "a=1&m[x][y]=1", "a=1&mx=1",
        ]
    )
    func different(form: String) throws {
        #expect(try bytes(form) != bytes("a=1&m[x]=1"))
    }

    @Test("a list in another order is another list")
    func lists() throws {
        #expect(try bytes("l[]=p&l[]=q") != bytes("l[]=q&l[]=p"))
        #expect(try bytes("m[0]=x") != bytes("m[1]=x"))
    }

    @Test("without the secret a card number cannot be guessed from it")
    func keyed() throws {
        let other = Fingerprint(secret: Array("another secret!!".utf8))
        let form = try FormParameters(parsing: "card[number]=4242424242424242".utf8)
        #expect(other.bytes(of: form) != fingerprint.bytes(of: form))
    }
}
