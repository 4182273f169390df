/// An address of the internet protocol, as bytes in network order.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 bytes, or 16.
    public let bytes: [UInt8]

    /// Takes 4 or 16 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    private init(checked bytes: [UInt8]) { self.bytes = bytes }

    /// Whether it is of version 4.
    public var isVersion4: Bool { bytes.count == 4 }

    /// Reads four decimal numbers with dots, and nothing else that some resolvers take for an
    /// address: no octal, no hexadecimal, no fewer parts.
    public init?(version4 text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.utf8.count),
                part.utf8.allSatisfy({ (48...57).contains($0) }),
                part == "0" || !part.hasPrefix("0"), let byte = UInt8(part)
            else { return nil }
            bytes.append(byte)
        }
        self.init(checked: bytes)
    }

    /// Reads an address of version 6 without a zone, its last part also as version 4.
    public init?(version6 text: String) {
        guard !text.isEmpty, text.utf8.count <= 45, !text.contains("%") else { return nil }
        let halves = text.components(separatedBy: "::")
        guard halves.count <= 2,
            let head = Self.groups(halves[0], mayEndInVersion4: halves.count == 1)
        else { return nil }
        guard halves.count == 2 else {
            guard head.count == 16 else { return nil }
            self.init(checked: head)
            return
        }
        guard let tail = Self.groups(halves[1], mayEndInVersion4: true),
            head.count + tail.count <= 14
        else { return nil }
        let middle = [UInt8](repeating: 0, count: 16 - head.count - tail.count)
        self.init(checked: head + middle + tail)
    }

    private static func groups(_ text: String, mayEndInVersion4: Bool) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if mayEndInVersion4, index == parts.count - 1, part.contains(".") {
                guard let last = IPAddress(version4: String(part)) else { return nil }
                bytes += last.bytes
                continue
            }
            guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(isHexadecimal),
                let group = UInt16(part, radix: 16)
            else { return nil }
            bytes += [UInt8(group >> 8), UInt8(group & 255)]
        }
        return bytes
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    /// The address in its plain form; version 6 in eight groups.
    public var description: String {
        if isVersion4 { return bytes.map { String($0) }.joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map {
            String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
        }.joined(separator: ":")
    }

    /// Whether its first bits are those of a network.
    func isIn(_ network: [UInt8], bits: Int) -> Bool {
        guard network.count == bytes.count else { return false }
        for bit in 0..<bits {
            let mask = UInt8(128) >> UInt8(bit % 8)
            if bytes[bit / 8] & mask != network[bit / 8] & mask { return false }
        }
        return true
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
