/// An answer as far as the load needs it.
struct HTTPResponse: Sendable, Equatable {
    let status: Int
    let body: [UInt8]
    let hasRetryAfter: Bool
    /// Whether the server closes the connection after it.
    let closesConnection: Bool

    /// Where a text begins in the body.
    func firstIndex(of text: StaticString) -> Int? {
        ByteSearch.firstIndex(of: text, in: body)
    }

    /// The first word in the body that begins with this, such as `pi_`, up to a quotation mark.
    func firstWord(beginning prefix: StaticString) -> String? {
        guard let start = firstIndex(of: prefix) else { return nil }
        let word = body[start...].prefix { $0 != UInt8(ascii: "\"") }
        return String(decoding: word, as: UTF8.self)
    }

    /// Whether a text is in the body.
    func contains(_ text: StaticString) -> Bool { firstIndex(of: text) != nil }
}

/// Reads answers out of the bytes of a connection; only bodies with a stated length are known.
struct HTTPResponseParser: Sendable {
    /// More than any answer of the API.
    static let limitBytes = 4 << 20

    private var bytes: [UInt8] = []

    /// Takes what the connection delivered, and returns the answer once it is whole.
    mutating func append(_ chunk: UnsafeRawBufferPointer) throws -> HTTPResponse? {
        bytes.append(contentsOf: chunk)
        guard bytes.count <= Self.limitBytes else {
            throw BenchmarkError("an answer has more than \(Self.limitBytes) bytes")
        }
        return try next()
    }

    private mutating func next() throws -> HTTPResponse? {
        guard let blank = ByteSearch.firstIndex(of: "\r\n\r\n", in: bytes) else { return nil }
        let headEnd = blank + 4
        let head = try Head(bytes[..<headEnd])
        guard let length = head.length else {
            throw BenchmarkError("an answer without Content-Length is not understood")
        }
        let end = headEnd + length
        guard bytes.count >= end else { return nil }
        let response = HTTPResponse(
            status: head.status,
            body: Array(bytes[headEnd..<end]),
            hasRetryAfter: head.hasRetryAfter,
            closesConnection: head.closesConnection
        )
        if bytes.count == end {
            bytes.removeAll(keepingCapacity: true)
        } else {
            bytes.removeFirst(end)
        }
        return response
    }

    /// Status and the few fields that matter.
    private struct Head {
        var status = 0
        var length: Int?
        var hasRetryAfter = false
        var closesConnection = false

        init(_ bytes: ArraySlice<UInt8>) throws {
            let lines = bytes.split(separator: UInt8(ascii: "\n"))
            guard let first = lines.first, first.count > 12,
                let status = Int(String(decoding: first.dropFirst(9).prefix(3), as: UTF8.self))
            else { throw BenchmarkError("an answer begins with no status line") }
            self.status = status
            for line in lines.dropFirst() { read(line) }
        }

        private mutating func read(_ line: ArraySlice<UInt8>) {
            // The first letter decides for most fields that they do not matter.
            guard let initial = line.first.map({ $0 | 0x20 }),
                initial == UInt8(ascii: "c")
                    || initial == UInt8(ascii: "r")
            else { return }
            let text = String(decoding: line, as: UTF8.self).lowercased()
            guard let colon = text.firstIndex(of: ":") else { return }
            let value = text[text.index(after: colon)...].filter { $0 != " " && !$0.isNewline }
            switch text[..<colon] {
            case "content-length": length = Int(value)
            case "retry-after": hasRetryAfter = true
            case "connection": closesConnection = value == "close"
            case _: break
            }
        }
    }
}
