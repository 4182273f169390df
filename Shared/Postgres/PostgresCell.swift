/// One value of a result, where libpq keeps it.
///
/// Valid only during the call that it is handed to.
public struct PostgresCell {
    let bytes: UnsafeRawBufferPointer
    let type: PostgresType
    let isNull: Bool
    let column: Int

    /// The error of a value that is not what was asked for.
    func mismatch(_ wanted: Any.Type) -> PostgresError {
        let found = isNull ? "is NULL" : "has type \(type.rawValue) and \(bytes.count) bytes"
        return PostgresError(
            .typeMismatch,
            "column \(column) \(found) and cannot be read as \(wanted)"
        )
    }

    /// Reads a big-endian integer that fills the value.
    func integer<Integer: FixedWidthInteger>(_: Integer.Type) -> Integer? {
        guard !isNull, bytes.count == MemoryLayout<Integer>.size else { return nil }
        return Integer(bigEndian: bytes.loadUnaligned(as: Integer.self))
    }
}
