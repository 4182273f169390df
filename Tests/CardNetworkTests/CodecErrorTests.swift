import Testing

@testable import CardNetwork

/// A field of a message of every type.
struct FieldCase: Sendable, CustomTestStringConvertible {
    let message: WireMessage
    let field: WireField

    var testDescription: String { "\(message.type.rawValue) \(field.label)" }

    static let all = SampleMessages.all.flatMap { message in
        message.fields.map { FieldCase(message: message, field: $0) }
    }
}

@Suite("A wrong message is refused with the field and the reason")
struct CodecErrorTests {
    @Test("a message that ends inside a field", arguments: FieldCase.all)
    func truncated(sample: FieldCase) throws {
        let bytes = try sample.message.encoded()
        let end =
            SampleMessages.offset(of: sample.field, in: sample.message)
            + SampleMessages.bytes(of: sample.field, in: sample.message) - 1
        let error = #expect(throws: WireError.self) {
            try WireMessage(decoding: Array(bytes[..<end]))
        }
        guard case .truncatedField(let field, let needed, let available)? = error else {
            Issue.record("the error is \(String(describing: error))")
            return
        }
        #expect(field == sample.field)
        #expect(needed == available + 1)
        #expect(error?.description.contains("field \(sample.field.rawValue) ") == true)
    }

    @Test("a length that is more than the field allows", arguments: FieldCase.all)
    func overlong(sample: FieldCase) throws {
        let maximum: Int
        switch sample.field.format.length {
        case .fixed(let count): maximum = count
        case .variable(let digits, let limit):
            maximum = limit
            var bytes = try sample.message.encoded()
            let offset = SampleMessages.offset(of: sample.field, in: sample.message)
            let length = WireTime.padded(limit + 1, digits)
            bytes.replaceSubrange(offset..<offset + digits, with: Array(length.utf8))
            #expect(
                throws: WireError.overlongField(
                    sample.field,
                    bytes: limit + 1,
                    maximumBytes: limit
                )
            ) { try WireMessage(decoding: bytes) }
        }
        var message = sample.message
        message[sample.field] = String(repeating: "7", count: maximum + 1)
        #expect(
            throws: WireError.overlongField(
                sample.field,
                bytes: maximum + 1,
                maximumBytes: maximum
            )
        ) { try message.encoded() }
    }

    @Test("a byte that the field does not allow", arguments: FieldCase.all)
    func garbled(sample: FieldCase) throws {
        let bytes = try sample.message.encoded()
        let offset = SampleMessages.offset(of: sample.field, in: sample.message)
        for position in offset..<offset + SampleMessages.bytes(of: sample.field, in: sample.message)
        {
            var damaged = bytes
            damaged[position] = 0xFF
            let error = #expect(throws: WireError.self) { try WireMessage(decoding: damaged) }
            #expect(error?.fieldNumber == sample.field.rawValue)
        }
    }

    @Test("a required field that is not there", arguments: FieldCase.all)
    func missing(sample: FieldCase) throws {
        guard sample.message.type.requiredFields.contains(sample.field) else { return }
        var message = sample.message
        message[sample.field] = nil
        #expect(throws: WireError.missingField(sample.field)) { try message.encoded() }
    }

    @Test("a field that does not belong in the message", arguments: SampleMessages.all)
    func unexpected(message: WireMessage) throws {
        let known = Set(message.fields)
        for field in WireField.allCases where !known.contains(field) {
            var wrong = message
            wrong[field] = SampleMessages.sample(field)
            #expect(throws: WireError.unexpectedField(number: field.rawValue)) {
                try wrong.encoded()
            }
        }
        // Field 6 is in no message of the profile; bit 6 is the third of the bitmap's second digit.
        var bytes = try message.encoded()
        let digit = try #require(Hexadecimal.value(of: bytes[5]))
        bytes[5] = Array(String(digit | 0b0100, radix: 16, uppercase: true).utf8)[0]
        let error = #expect(throws: WireError.self) { try WireMessage(decoding: bytes) }
        #expect(error == .unexpectedField(number: 6))
    }

    @Test("type, bitmap and what follows the last field")
    func aroundTheFields() throws {
        let bytes = try SampleMessages.all[0].encoded()
        #expect(throws: WireError.truncatedType) { try WireMessage(decoding: [0x30, 0x31]) }
        #expect(throws: WireError.unknownType) {
            try WireMessage(decoding: Array("0999".utf8) + bytes.dropFirst(4))
        }
        #expect(throws: WireError.truncatedBitmap) {
            try WireMessage(decoding: Array(bytes.prefix(10)))
        }
        var damaged = bytes
        damaged[6] = UInt8(ascii: "g")
        #expect(throws: WireError.invalidBitmap) { try WireMessage(decoding: damaged) }
        #expect(throws: WireError.trailingBytes(count: 2)) {
            try WireMessage(decoding: bytes + [0x30, 0x30])
        }
    }

    @Test("no description carries data")
    func descriptions() throws {
        var message = SampleMessages.all[0]
        message[.cardToken] = "4242424242424242424242"
        let error = #expect(throws: WireError.self) { try message.encoded() }
        #expect(error?.description.contains("4242") == false)
    }
}
