import Glibc

/// Gathers the bytes of all values of a statement in one buffer.
public struct PostgresEncoder: Sendable {
    var bytes: [UInt8] = []
    /// Set by a value that is `NULL`.
    var isNull = false
    /// Why the values cannot be sent; the first reason stays.
    var problem: String?

    mutating func write(_ integer: some FixedWidthInteger) {
        withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func write(bytes more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    /// Text goes as it is; a NUL in it is refused here, since libpq would cut the text there.
    mutating func write(text: String) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        let hasNUL = bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress else { return false }
            return memchr(base + start, 0, all.count - start) != nil
        }
        if hasNUL { problem = problem ?? "text must not contain a NUL" }
    }

    /// Writes an element of an array after its length.
    mutating func writeElement(_ element: some PostgresValue) {
        let start = bytes.count
        write(Int32(-1))
        isNull = false
        element.encode(into: &self)
        guard !isNull else {
            isNull = false
            return
        }
        patch(Int32(truncatingIfNeeded: bytes.count - start - 4), at: start)
    }

    private mutating func patch(_ integer: Int32, at offset: Int) {
        bytes.withUnsafeMutableBytes {
            $0.storeBytes(of: integer.bigEndian, toByteOffset: offset, as: Int32.self)
        }
    }
}

/// The values of one statement, ready to be handed to libpq.
struct Binds: Sendable {
    struct Bind: Sendable {
        var offset: Int
        /// Negative for `NULL`.
        var lengthBytes: Int32
        /// 0 is text, 1 is binary.
        var format: Int32
    }

    private(set) var encoder = PostgresEncoder()
    private(set) var binds: [Bind] = []
    private(set) var types: [UInt32] = []

    var count: Int { binds.count }
    var problem: String? { encoder.problem }

    mutating func reserve(_ count: Int) {
        binds.reserveCapacity(count)
        types.reserveCapacity(count)
    }

    mutating func append<Value: PostgresValue>(_ value: Value) {
        // A buffer without a byte in it has no address, but an empty value is not `NULL`.
        if encoder.bytes.isEmpty { encoder.bytes.append(0) }
        let offset = encoder.bytes.count
        encoder.isNull = false
        value.encode(into: &encoder)
        let lengthBytes = encoder.bytes.count - offset
        if lengthBytes > Self.maximumValueBytes { encoder.problem = "a value is over 1 GiB" }
        let isText = Value.postgresType == .inferred
        if isText { encoder.bytes.append(0) }
        binds.append(
            Bind(
                offset: offset,
                lengthBytes: encoder.isNull ? -1 : Int32(truncatingIfNeeded: lengthBytes),
                format: isText ? 0 : 1
            )
        )
        types.append(Value.postgresType.rawValue)
        if binds.count > Self.maximumBinds { encoder.problem = "a statement has too many values" }
    }

    /// The server refuses a field over 1 GiB.
    static let maximumValueBytes = 1 << 30
    /// The protocol counts values in 16 bits.
    static let maximumBinds = 65535

    /// Hands pointers, lengths and formats to a C call.
    func withPointers<Output>(
        _ body: (
            UnsafePointer<UnsafePointer<CChar>?>?,
            UnsafePointer<Int32>?,
            UnsafePointer<Int32>?
        ) -> Output
    ) -> Output {
        guard !binds.isEmpty else { return body(nil, nil, nil) }
        return encoder.bytes.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) {
                values in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: count * 2) { numbers in
                    let characters = bytes.bindMemory(to: CChar.self).baseAddress
                    for (index, bind) in binds.enumerated() {
                        let value = bind.lengthBytes < 0 ? nil : characters.map { $0 + bind.offset }
                        values.initializeElement(at: index, to: value)
                        numbers.initializeElement(at: index, to: bind.lengthBytes)
                        numbers.initializeElement(at: count + index, to: bind.format)
                    }
                    let lengths = numbers.baseAddress.map { UnsafePointer($0) }
                    return body(
                        values.baseAddress.map { UnsafePointer($0) },
                        lengths,
                        lengths.map { $0 + count }
                    )
                }
            }
        }
    }
}
