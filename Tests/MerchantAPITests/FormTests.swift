import MerchantAPI
import Testing

/// Forms in every bracket style, and their limits.
@Suite struct FormTests {
    private func parsed(_ text: String) throws -> FormParameters {
        try FormParameters(parsing: text.utf8)
    }

    @Test("the official client's own request is understood to the letter")
    func captured() throws {
        let form = try parsed(
            "amount=2000&currency=usd&metadata[a+b]=%C3%A9%2B%26&payment_method_types[0]=card"
                + "&expand[0]=latest_charge&confirm=true&shipping="
        )
        #expect(form["amount"] == .text("2000"))
        #expect(form["metadata"] == .nested([.init(key: "a b", value: .text("é+&"))]))
        #expect(form["payment_method_types"] == .nested([.init(key: "0", value: .text("card"))]))
        #expect(form["shipping"] == .text(""))
    }

    @Test(
        "lists are the same in every bracket style",
        arguments: ["x[]=1&x[]=2", "x[0]=1&x[1]=2", "x%5B0%5D=1&x%5B1%5D=2", "x[1]=2&x[0]=1"]
    )
    func lists(text: String) throws {
        let schema = ParameterValidation([
            Parameter("x", .list(.text(maximumLength: 9), maximumCount: 3))
        ])
        #expect(try schema.read(parsed(text)).texts("x") == ["1", "2"])
    }

    @Test("elements of a list of objects end where a name comes again")
    func listsOfObjects() throws {
        let form = try parsed("x[][a]=1&x[][b]=2&x[][a]=3")
        #expect(
            form["x"]
                == .nested([
                    .init(
                        key: "",
                        value: .nested([
                            .init(key: "a", value: .text("1")),
                            .init(key: "b", value: .text("2")),
                        ])
                    ),
                    .init(key: "", value: .nested([.init(key: "a", value: .text("3"))])),
                ])
        )
    }

    @Test(
        "what could be read in two ways is refused",
        arguments: [
            "a=1&a=2", "a=1&a[b]=2", "a[b]=2&a=1", "[a]=1", "a[b=1", "a]b=1", "a[b]c=1",
            "a[[b]]=1", "=1", "a=%4", "a=%zz", "a=%ff", "a=%00", "a[b][b]=1&a[b]=2",
        ]
    )
    func ambiguous(text: String) throws {
        let error = #expect(throws: APIError.self) { try parsed(text) }
        #expect(error?.status == 400)
    }

    @Test("a form ends at its limits")
    func limits() throws {
        let limits = FormLimits(
            maximumBytes: 100,
            maximumPairs: 3,
            maximumDepth: 3,
            maximumNameBytes: 10
        )
        func parse(_ text: String) throws {
            _ = try FormParameters(parsing: text.utf8, limits: limits)
        }
        try parse("a=1&b=2&c=3")
        try parse("a[b][c]=3")
        #expect(throws: APIError.self) { try parse("a=1&b=2&c=3&d=4") }
        #expect(throws: APIError.self) { try parse("a[b][c][d]=4") }
        #expect(throws: APIError.self) { try parse("abcdefghijk=1") }
        #expect(throws: APIError.self) { try parse("a=" + String(repeating: "x", count: 99)) }
    }

    @Test("whatever is encoded is read back", arguments: 0..<64)
    func roundTrip(seed: Int) throws {
        var generator = Sequence(seed: UInt64(seed))
        var pairs: [(String, String)] = []
        for index in 0..<Int.random(in: 1...12, using: &generator) {
            let key = "k\(index)" + text(using: &generator).filter { $0 != "[" && $0 != "]" }
            pairs.append((key, text(using: &generator)))
        }
        let form = try parsed(
            pairs.map { "m[\(encoded($0.0, &generator))]=\(encoded($0.1, &generator))" }
                .joined(separator: "&")
        )
        let expected = pairs.map { FormParameters.Entry(key: $0.0, value: .text($0.1)) }
        #expect(form["m"] == .nested(expected), "seed \(seed)")
    }

    private func text(using generator: inout Sequence) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "Z", "0", " ", "&", "=", "+", "%", "é", "₹", "😀", "]",
        ]
        let count = Int.random(in: 0...10, using: &generator)
        return (0..<count).reduce(into: "") { text, _ in
            text.unicodeScalars.append(
                scalars[Int.random(in: 0..<scalars.count, using: &generator)]
            )
        }
    }

    private func encoded(_ text: String, _ generator: inout Sequence) -> String {
        text.utf8.map { byte in
            if byte == 0x20, Bool.random(using: &generator) { return "+" }
            let isPlain = (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
            if isPlain, Bool.random(using: &generator) {
                return String(UnicodeScalar(byte))
            }
            let digits = String(byte, radix: 16)
            return "%" + (byte < 16 ? "0" : "") + digits
        }.joined()
    }

    /// A small generator whose sequence follows from its seed (SplitMix64).
    struct Sequence: RandomNumberGenerator {
        private var state: UInt64

        init(seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }
}
