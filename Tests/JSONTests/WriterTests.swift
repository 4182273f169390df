import JSON
import Testing

@Suite("Writing JSON")
struct WriterTests {
    @Test("members keep the order of the literal and nothing stands between them")
    func compact() {
        let value: JSON = [
            "object": "refund", "amount": 20_000, "reason": nil, "metadata": [:],
            "paid": true, "list": [1, -2, [], "x"],
        ]
        #expect(
            text(value.serialized())
                == #"{"object":"refund","amount":20000,"reason":null,"metadata":{},"#
                + #""paid":true,"list":[1,-2,[],"x"]}"#
        )
    }

    @Test("the pretty form has two spaces a level and a space behind the colon")
    func pretty() {
        let value: JSON = ["id": "pi_1", "data": [["a": 1], []], "metadata": [:], "next": nil]
        #expect(
            text(value.prettyPrinted()) == """
                {
                  "id": "pi_1",
                  "data": [
                    {
                      "a": 1
                    },
                    []
                  ],
                  "metadata": {},
                  "next": null
                }
                """
        )
    }

    @Test("brackets, commas and quotes inside strings are left alone")
    func prettyStrings() {
        let value: JSON = ["a,b": "{\"x\": [1, 2]}\\"]
        #expect(
            text(value.prettyPrinted()) == "{\n  \"a,b\": \"{\\\"x\\\": [1, 2]}\\\\\"\n}"
        )
    }

    @Test("control characters, quotes and backslashes are escaped, other text is not")
    func escapes() {
        let value = JSON.string("\u{0}\u{8}\t\n\u{B}\u{C}\r\u{1F} \"\\/é₹😀")
        #expect(
            text(value.serialized())
                == #""\u0000\b\t\n\u000b\f\r\u001f \"\\/é₹😀""#
        )
    }

    @Test("numbers are written in full at both ends of their range")
    func numbers() {
        #expect(text(JSON.integer(.min).serialized()) == "-9223372036854775808")
        #expect(text(JSON.integer(.max).serialized()) == "9223372036854775807")
        #expect(text(JSON.integer(100).serialized()) == "100")
        #expect(text(JSON.integer(0).serialized()) == "0")
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
