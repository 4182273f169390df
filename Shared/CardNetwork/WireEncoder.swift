extension WireMessage {
    /// The message as it stands on the wire, without the frame's length.
    ///
    /// Type, primary bitmap, secondary bitmap if a field above 64 is there, then the fields.
    public func encoded() throws(WireError) -> [UInt8] {
        try checkFields()
        var bytes = Array(type.rawValue.utf8)
        bytes.reserveCapacity(384)
        appendBitmaps(to: &bytes)
        for item in items { try Self.append(item, to: &bytes) }
        return bytes
    }

    private func appendBitmaps(to bytes: inout [UInt8]) {
        var primary: UInt64 = 0
        var secondary: UInt64 = 0
        for item in items {
            let number = item.field.rawValue
            if number <= 64 {
                primary |= 1 << UInt64(64 - number)
            } else {
                secondary |= 1 << UInt64(128 - number)
            }
        }
        if secondary != 0 { primary |= 1 << 63 }
        Hexadecimal.append(primary, to: &bytes)
        if secondary != 0 { Hexadecimal.append(secondary, to: &bytes) }
    }

    private static func append(_ item: Item, to bytes: inout [UInt8]) throws(WireError) {
        let (content, length) = item.field.format
        let value = item.value.utf8
        let minimum: Int
        let maximum: Int
        switch length {
        case .fixed(let count): (minimum, maximum) = (count, count)
        case .variable(digits: _, let limit): (minimum, maximum) = (1, limit)
        }
        guard value.count <= maximum else {
            throw .overlongField(item.field, bytes: value.count, maximumBytes: maximum)
        }
        guard value.count >= minimum else {
            throw .shortField(item.field, bytes: value.count, minimumBytes: minimum)
        }
        if case .variable(let digits, maximum: _) = length {
            let text = String(value.count)
            bytes.append(
                contentsOf: repeatElement(UInt8(ascii: "0"), count: digits - text.utf8.count)
            )
            bytes.append(contentsOf: text.utf8)
        }
        var position = 0
        for byte in value {
            guard content.allows(byte) else {
                throw .invalidContent(item.field, position: position)
            }
            bytes.append(byte)
            position += 1
        }
    }
}

/// Sixteen hexadecimal digits and back.
enum Hexadecimal {
    static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8((number >> UInt64(shift)) & 0xF)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
        }
    }

    static func value(of byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        case _: nil
        }
    }
}
