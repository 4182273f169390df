extension Optional: PostgresValue where Wrapped: PostgresValue {
    /// The type of the value that may be missing.
    public static var postgresType: PostgresType { Wrapped.postgresType }

    /// Writes the value, or says that there is none.
    public func encode(into encoder: inout PostgresEncoder) {
        guard let self else {
            encoder.isNull = true
            return
        }
        self.encode(into: &encoder)
    }

    /// Reads the value, or `nil` for `NULL`.
    public static func decode(from cell: PostgresCell) throws(PostgresError) -> Self {
        cell.isNull ? nil : try Wrapped.decode(from: cell)
    }
}

extension Array: PostgresValue where Element: PostgresArrayElement {
    /// The array type of the element.
    public static var postgresType: PostgresType { Element.postgresArrayType }

    /// Writes all elements.
    public func encode(into encoder: inout PostgresEncoder) {
        Element.encodeArray(self, into: &encoder)
    }

    /// Reads all elements.
    public static func decode(from cell: PostgresCell) throws(PostgresError) -> Self {
        try Element.decodeArray(from: cell)
    }
}

extension PostgresScalar {
    /// Writes an array of one dimension in binary form.
    public static func encodeArray(_ elements: [Self], into encoder: inout PostgresEncoder) {
        ArrayForm.encode(elements, elementType: postgresElementType, mayHaveNull: false, &encoder)
    }

    /// Reads an array of one dimension; a `NULL` in it is refused.
    public static func decodeArray(from cell: PostgresCell) throws(PostgresError) -> [Self] {
        try ArrayForm.decode(cell)
    }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresScalar {
    /// The array type of the value that may be missing.
    public static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }

    /// Writes an array in which `nil` is `NULL`.
    public static func encodeArray(_ elements: [Self], into encoder: inout PostgresEncoder) {
        let type = Wrapped.postgresElementType
        ArrayForm.encode(elements, elementType: type, mayHaveNull: true, &encoder)
    }

    /// Reads an array in which `NULL` is `nil`.
    public static func decodeArray(from cell: PostgresCell) throws(PostgresError) -> [Self] {
        try ArrayForm.decode(cell)
    }
}

extension UInt8: PostgresArrayElement {
    /// `bytea`: an array of bytes is one value.
    public static var postgresArrayType: PostgresType { .byteArray }

    /// Writes the bytes as they are.
    public static func encodeArray(_ elements: [Self], into encoder: inout PostgresEncoder) {
        encoder.write(bytes: elements)
    }

    /// Reads `bytea`, and the bytes of any text without making a string of it.
    public static func decodeArray(from cell: PostgresCell) throws(PostgresError) -> [Self] {
        guard !cell.isNull else { throw cell.mismatch([UInt8].self) }
        switch cell.type {
        case .byteArray, .text, .limitedText, .json:
            return Array(cell.bytes)
        default:
            throw cell.mismatch([UInt8].self)
        }
    }
}

extension Array: PostgresArrayElement where Element == UInt8 {
    /// `bytea[]`.
    public static var postgresArrayType: PostgresType { .byteArrayArray }
}

extension Array: PostgresScalar where Element == UInt8 {}

/// The server's binary form of arrays.
private enum ArrayForm {
    /// Dimensions, a flag, the element's type, the count and the first index, four bytes each.
    static let headerBytes = 20

    static func encode<Element: PostgresValue>(
        _ elements: [Element],
        elementType: PostgresType,
        mayHaveNull: Bool,
        _ encoder: inout PostgresEncoder
    ) {
        encoder.write(Int32(elements.isEmpty ? 0 : 1))
        encoder.write(Int32(mayHaveNull ? 1 : 0))
        encoder.write(elementType.rawValue)
        guard !elements.isEmpty else { return }
        encoder.write(Int32(truncatingIfNeeded: elements.count))
        encoder.write(Int32(1))
        for element in elements { encoder.writeElement(element) }
    }

    static func decode<Element: PostgresValue & PostgresArrayElement>(
        _ cell: PostgresCell
    ) throws(PostgresError) -> [Element] {
        let bytes = cell.bytes
        func number(_ offset: Int) -> Int32? {
            guard offset + 4 <= bytes.count else { return nil }
            return Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
        }
        let mismatch = { cell.mismatch([Element].self) }
        guard
            !cell.isNull,
            cell.type == Element.postgresArrayType,
            let dimensions = number(0),
            let type = number(8)
        else { throw mismatch() }
        guard dimensions != 0 else { return [] }
        guard dimensions == 1, let count = number(12), count >= 0, count <= bytes.count else {
            throw mismatch()
        }
        var elements: [Element] = []
        elements.reserveCapacity(Int(count))
        var offset = headerBytes
        for _ in 0..<count {
            guard let lengthBytes = number(offset) else { throw mismatch() }
            offset += 4
            let end = offset + Int(max(lengthBytes, 0))
            guard end <= bytes.count else { throw mismatch() }
            let element = PostgresCell(
                bytes: UnsafeRawBufferPointer(rebasing: bytes[offset..<end]),
                type: PostgresType(rawValue: UInt32(bitPattern: type)),
                isNull: lengthBytes < 0,
                column: cell.column
            )
            elements.append(try Element.decode(from: element))
            offset = end
        }
        return elements
    }
}
