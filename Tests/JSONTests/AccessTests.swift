import JSON
import Testing

@Suite("Typed access to JSON")
struct AccessTests {
    private let charge: JSON = [
        "amount": 100_000, "captured": true, "description": nil,
        "card": ["last4": "4242", "checks": ["cvc": "pass"]], "refunds": [1, 2],
    ]

    @Test("a value is found by its path")
    func found() throws {
        #expect(try charge.integer("amount") == 100_000)
        #expect(try charge.bool("captured"))
        #expect(try charge.string("card", "checks", "cvc") == "pass")
        #expect(try charge.array("refunds") == [1, 2])
        #expect(try charge.object("card").map(\.key) == ["last4", "checks"])
        #expect(try charge.value("description") == .null)
        #expect(charge["amount"] == 100_000)
        #expect(charge["refunds"]?["amount"] == nil)
    }

    @Test("an absent or null value is nil where it may be, and missing where it may not")
    func absent() throws {
        #expect(try charge.optionalString("description") == nil)
        #expect(try charge.optionalInteger("nowhere") == nil)
        #expect(try charge.optionalString("description", "deeper") == nil)
        #expect(throws: JSONError.missing(path: "card.brand")) {
            try charge.string("card", "brand")
        }
        #expect(throws: JSONError.missing(path: "description")) {
            try charge.string("description")
        }
        #expect(throws: JSONError.missing(path: "nowhere")) { try charge.value("nowhere") }
    }

    @Test("a value of another type is refused with its path, where it may be absent too")
    func wrongType() {
        #expect(
            throws: JSONError.wrongType(path: "amount", expected: "string", found: "integer")
        ) {
            try charge.optionalString("amount")
        }
        #expect(
            throws: JSONError.wrongType(path: "card.last4", expected: "integer", found: "string")
        ) {
            try charge.integer("card", "last4")
        }
        #expect(
            throws: JSONError.wrongType(path: "refunds", expected: "object", found: "array")
        ) {
            try charge.string("refunds", "data")
        }
        #expect(
            throws: JSONError.wrongType(path: "the value", expected: "object", found: "boolean")
        ) {
            try JSON.bool(true).string("amount")
        }
    }
}
