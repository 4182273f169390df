extension JSON {
    /// The limits a text must keep to be read.
    public struct Limits: Sendable {
        /// How deeply arrays and objects may be nested.
        public var maximumDepth: Int
        /// How long the text may be.
        public var maximumBytes: Int

        /// Sets both limits.
        public init(maximumDepth: Int = 64, maximumBytes: Int = 16_777_216) {
            self.maximumDepth = maximumDepth
            self.maximumBytes = maximumBytes
        }

        /// 64 levels and 16 MiB.
        public static let standard = Limits()
    }

    /// Reads one JSON value from UTF-8 bytes, and nothing may follow it but white space.
    ///
    /// Stricter than RFC 8259 where it is loose: a key may stand only once in an object (compared
    /// as Swift compares strings), numbers are whole and fit 64 bits, and the limits hold.
    public init(
        parsing utf8: some Sequence<UInt8>,
        limits: Limits = .standard
    ) throws(JSONError) {
        let inPlace = utf8.withContiguousStorageIfAvailable { bytes in
            Self.parse(bytes, limits)
        }
        let result = inPlace ?? Array(utf8).withUnsafeBufferPointer { Self.parse($0, limits) }
        self = try result.get()
    }

    /// Reads one JSON value from a text.
    public init(parsing text: String, limits: Limits = .standard) throws(JSONError) {
        var text = text
        self = try text.withUTF8 { Self.parse($0, limits) }.get()
    }

    private static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ limits: Limits
    ) -> Result<JSON, JSONError> {
        guard bytes.count <= limits.maximumBytes else {
            return .failure(.tooLarge(limitBytes: limits.maximumBytes))
        }
        var parser = JSONParser(bytes: bytes, maximumDepth: limits.maximumDepth)
        do {
            return .success(try parser.parseDocument())
        } catch {
            return .failure(error)
        }
    }
}

/// Reads JSON by recursive descent over bytes that outlive it.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let maximumDepth: Int
    var index = 0
    private var depth = 0

    init(bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func parseDocument() throws(JSONError) -> JSON {
        let value = try parseValue()
        skipWhitespace()
        guard index == bytes.count else { throw problem(.trailingBytes) }
        return value
    }

    private mutating func parseValue() throws(JSONError) -> JSON {
        skipWhitespace()
        guard index < bytes.count else { throw problem(.unexpectedEnd) }
        switch bytes[index] {
        case Token.quote:
            index += 1
            return .string(try parseString())
        case Token.openBrace: return try parseObject()
        case Token.openBracket: return try parseArray()
        case Token.minus, Token.zero...Token.nine: return .integer(try parseNumber())
        case UInt8(ascii: "t"): return try parseWord(Token.true, as: .bool(true))
        case UInt8(ascii: "f"): return try parseWord(Token.false, as: .bool(false))
        case UInt8(ascii: "n"): return try parseWord(Token.null, as: .null)
        case _: throw problem(.unexpectedByte)
        }
    }

    private mutating func parseWord(_ word: [UInt8], as value: JSON) throws(JSONError) -> JSON {
        for expected in word {
            guard index < bytes.count else { throw problem(.unexpectedEnd) }
            guard bytes[index] == expected else { throw problem(.unexpectedByte) }
            index += 1
        }
        return value
    }

    private mutating func parseArray() throws(JSONError) -> JSON {
        try open()
        var elements: [JSON] = []
        if try !closesAtOnce(Token.closeBracket) {
            repeat {
                elements.append(try parseValue())
            } while try continues(until: Token.closeBracket)
        }
        depth -= 1
        return .array(elements)
    }

    private mutating func parseObject() throws(JSONError) -> JSON {
        try open()
        var members: [JSON.Member] = []
        var keys = KeySet()
        if try !closesAtOnce(Token.closeBrace) {
            repeat {
                skipWhitespace()
                guard index < bytes.count else { throw problem(.unexpectedEnd) }
                guard bytes[index] == Token.quote else { throw problem(.unexpectedByte) }
                let keyStart = index
                index += 1
                let key = try parseString()
                guard keys.insert(key, besides: members) else {
                    throw .malformed(.duplicateKey, offset: keyStart)
                }
                skipWhitespace()
                guard index < bytes.count else { throw problem(.unexpectedEnd) }
                guard bytes[index] == Token.colon else { throw problem(.unexpectedByte) }
                index += 1
                members.append(JSON.Member(key: key, value: try parseValue()))
            } while try continues(until: Token.closeBrace)
        }
        depth -= 1
        return .object(members)
    }

    private mutating func open() throws(JSONError) {
        guard depth < maximumDepth else { throw .tooDeep(limit: maximumDepth) }
        depth += 1
        index += 1
    }

    private mutating func closesAtOnce(_ closing: UInt8) throws(JSONError) -> Bool {
        skipWhitespace()
        guard index < bytes.count else { throw problem(.unexpectedEnd) }
        guard bytes[index] == closing else { return false }
        index += 1
        return true
    }

    private mutating func continues(until closing: UInt8) throws(JSONError) -> Bool {
        skipWhitespace()
        guard index < bytes.count else { throw problem(.unexpectedEnd) }
        let byte = bytes[index]
        guard byte == Token.comma || byte == closing else { throw problem(.unexpectedByte) }
        index += 1
        return byte == Token.comma
    }

    private mutating func skipWhitespace() {
        while index < bytes.count, Token.isWhitespace(bytes[index]) { index += 1 }
    }

    func problem(_ problem: JSONError.Problem) -> JSONError {
        .malformed(problem, offset: index)
    }
}

/// The keys of one object: compared one by one while they are few, by hash when they are many.
private struct KeySet {
    // Up to here comparing costs less than hashing: 2.4 kB with 41 keys were read at 300 MB/s by
    // comparing, at 255 MB/s by hashing. Beyond it hashing keeps the cost linear.
    private static let maximumCompared = 64

    private var hashed: Set<String> = []

    /// Adds a key; false when it was there.
    mutating func insert(_ key: String, besides members: [JSON.Member]) -> Bool {
        if members.count < Self.maximumCompared {
            for member in members where member.key == key { return false }
            return true
        }
        if hashed.isEmpty { hashed = Set(members.map(\.key)) }
        return hashed.insert(key).inserted
    }
}
