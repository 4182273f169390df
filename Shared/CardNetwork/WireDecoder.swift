extension WireMessage {
    /// Reads a message, without the frame's length; every error names the field and the reason.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes: bytes)
        let type = try reader.type()
        let numbers = try reader.fieldNumbers()
        var items: [Item] = []
        items.reserveCapacity(numbers.count)
        let required = type.requiredFields
        let optional = type.optionalFields
        for number in numbers {
            guard let field = WireField(rawValue: number),
                required.contains(field) || optional.contains(field)
            else { throw .unexpectedField(number: number) }
            items.append(Item(field: field, value: try reader.value(of: field)))
        }
        guard reader.availableBytes == 0 else { throw .trailingBytes(count: reader.availableBytes) }
        self.init(type, ordered: items)
        try checkFields()
    }
}

/// Walks over the bytes of one message.
private struct WireReader {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var availableBytes: Int { bytes.count - position }

    mutating func type() throws(WireError) -> WireMessageType {
        guard availableBytes >= 4 else { throw .truncatedType }
        defer { position += 4 }
        let text = String(decoding: bytes[0..<4], as: UTF8.self)
        guard let type = WireMessageType(rawValue: text) else { throw .unknownType }
        return type
    }

    /// The numbers of the fields that follow, in order.
    mutating func fieldNumbers() throws(WireError) -> [Int] {
        let primary = try bitmap()
        var numbers: [Int] = []
        numbers.reserveCapacity(24)
        for number in 2...64 where primary & (1 << UInt64(64 - number)) != 0 {
            numbers.append(number)
        }
        guard primary & (1 << 63) != 0 else { return numbers }
        let secondary = try bitmap()
        // One spelling per message: a second bitmap that announces nothing is no message of ours.
        guard secondary != 0 else { throw .invalidBitmap }
        for number in 65...128 where secondary & (1 << UInt64(128 - number)) != 0 {
            numbers.append(number)
        }
        return numbers
    }

    mutating func value(of field: WireField) throws(WireError) -> String {
        let (content, length) = field.format
        let count: Int
        switch length {
        case .fixed(let bytes): count = bytes
        case .variable(let digits, let maximum):
            count = try self.length(of: field, digits: digits)
            guard count <= maximum else {
                throw .overlongField(field, bytes: count, maximumBytes: maximum)
            }
            guard count > 0 else { throw .shortField(field, bytes: 0, minimumBytes: 1) }
        }
        try need(count, for: field)
        for offset in 0..<count where !content.allows(bytes[position + offset]) {
            throw .invalidContent(field, position: offset)
        }
        defer { position += count }
        return String(decoding: bytes[position..<position + count], as: UTF8.self)
    }

    private mutating func length(of field: WireField, digits: Int) throws(WireError) -> Int {
        try need(digits, for: field)
        var value = 0
        for _ in 0..<digits {
            let byte = bytes[position]
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else {
                throw .invalidLength(field)
            }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
            position += 1
        }
        return value
    }

    private func need(_ count: Int, for field: WireField) throws(WireError) {
        guard availableBytes >= count else {
            throw .truncatedField(field, neededBytes: count, availableBytes: availableBytes)
        }
    }

    private mutating func bitmap() throws(WireError) -> UInt64 {
        guard availableBytes >= 16 else { throw .truncatedBitmap }
        var value: UInt64 = 0
        for byte in bytes[position..<position + 16] {
            guard let digit = Hexadecimal.value(of: byte) else { throw .invalidBitmap }
            value = value << 4 | digit
        }
        position += 16
        return value
    }
}
