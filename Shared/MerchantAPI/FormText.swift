/// Decodes names and values of a form.
enum FormText {
    /// Undoes percent-encoding, and `+` for a space.
    static func decode(_ bytes: some Collection<UInt8>) throws(APIError) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(nibble),
                    let low = iterator.next().flatMap(nibble)
                else { throw .invalid("A parameter holds an incomplete percent-encoding.") }
                decoded.append(high << 4 | low)
            case _: decoded.append(byte)
            }
        }
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw .invalid("A parameter is not valid UTF-8.")
        }
        // Postgres has no place for it, and nothing that a person writes contains it.
        guard !decoded.contains(0) else { throw .invalid("A parameter holds a NUL character.") }
        return text
    }

    /// Takes `a[b][]` apart into `a`, `b` and an empty segment.
    static func segments(of name: String, limits: FormLimits) throws(APIError) -> [String] {
        guard name.utf8.count <= limits.maximumNameBytes else {
            throw .invalid("A parameter's name is longer than \(limits.maximumNameBytes) bytes.")
        }
        guard let open = name.firstIndex(of: "[") else {
            guard !name.isEmpty, !name.contains("]") else { throw malformed(name) }
            return [name]
        }
        guard open != name.startIndex, !name[..<open].contains("]") else { throw malformed(name) }
        var segments = [String(name[..<open])]
        var rest = name[open...]
        while !rest.isEmpty {
            guard rest.first == "[", let close = rest.firstIndex(of: "]") else {
                throw malformed(name)
            }
            let segment = rest[rest.index(after: rest.startIndex)..<close]
            guard !segment.contains("[") else { throw malformed(name) }
            segments.append(String(segment))
            rest = rest[rest.index(after: close)...]
            guard segments.count <= limits.maximumDepth else {
                throw .invalid("A parameter is nested deeper than \(limits.maximumDepth) levels.")
            }
        }
        return segments
    }

    private static func malformed(_ name: String) -> APIError {
        .invalid(
            "The parameter name '\(Excerpt.safe(name))' is malformed.",
            parameter: Excerpt.safe(name)
        )
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case _: nil
        }
    }
}
