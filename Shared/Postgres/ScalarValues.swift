extension Bool: PostgresScalar {
    /// `boolean`.
    public static var postgresType: PostgresType { .boolean }
    /// `boolean[]`.
    public static var postgresArrayType: PostgresType { .booleanArray }

    /// Writes one byte.
    public func encode(into encoder: inout PostgresEncoder) {
        encoder.write(self ? 1 as UInt8 : 0)
    }

    /// Reads `boolean`.
    public static func decode(from cell: PostgresCell) throws(PostgresError) -> Self {
        guard cell.type == .boolean, let byte = cell.integer(UInt8.self) else {
            throw cell.mismatch(Self.self)
        }
        return byte != 0
    }
}

extension Int16: PostgresScalar {
    /// `smallint`.
    public static var postgresType: PostgresType { .smallInteger }
    /// `smallint[]`.
    public static var postgresArrayType: PostgresType { .smallIntegerArray }

    /// Writes two bytes.
    public func encode(into encoder: inout PostgresEncoder) { encoder.write(self) }

    /// Reads `smallint`.
    public static func decode(from cell: PostgresCell) throws(PostgresError) -> Self {
        guard cell.type == .smallInteger, let value = cell.integer(Self.self) else {
            throw cell.mismatch(Self.self)
        }
        return value
    }
}

extension Int32: PostgresScalar {
    /// `integer`.
    public static var postgresType: PostgresType { .integer }
    /// `integer[]`.
    public static var postgresArrayType: PostgresType { .integerArray }

    /// Writes four bytes.
    public func encode(into encoder: inout PostgresEncoder) { encoder.write(self) }

    /// Reads `integer` and `smallint`.
    public static func decode(from cell: PostgresCell) throws(PostgresError) -> Self {
        if cell.type == .integer, let value = cell.integer(Self.self) { return value }
        if cell.type == .smallInteger, let value = cell.integer(Int16.self) { return Self(value) }
        throw cell.mismatch(Self.self)
    }
}

extension Int64: PostgresScalar {
    /// `bigint`.
    public static var postgresType: PostgresType { .bigInteger }
    /// `bigint[]`.
    public static var postgresArrayType: PostgresType { .bigIntegerArray }

    /// Writes eight bytes.
    public func encode(into encoder: inout PostgresEncoder) { encoder.write(self) }

    /// Reads `bigint`, `integer`, `smallint`, `oid`, and `xid8` as long as it fits.
    public static func decode(from cell: PostgresCell) throws(PostgresError) -> Self {
        switch cell.type {
        case .bigInteger:
            if let value = cell.integer(Self.self) { return value }
        case .integer:
            if let value = cell.integer(Int32.self) { return Self(value) }
        case .smallInteger:
            if let value = cell.integer(Int16.self) { return Self(value) }
        case .objectIdentifier:
            if let value = cell.integer(UInt32.self) { return Self(value) }
        case .transactionID:
            if let value = cell.integer(Self.self), value >= 0 { return value }
        default:
            break
        }
        throw cell.mismatch(Self.self)
    }
}

extension Int: PostgresScalar {
    /// `bigint`.
    public static var postgresType: PostgresType { .bigInteger }
    /// `bigint[]`.
    public static var postgresArrayType: PostgresType { .bigIntegerArray }

    /// Writes eight bytes.
    public func encode(into encoder: inout PostgresEncoder) { encoder.write(Int64(self)) }

    /// Reads what `Int64` reads.
    public static func decode(from cell: PostgresCell) throws(PostgresError) -> Self {
        Self(try Int64.decode(from: cell))
    }
}

extension UInt64: PostgresScalar {
    /// `xid8`, the only unsigned number of 64 bits that the server has.
    public static var postgresType: PostgresType { .transactionID }
    /// `xid8[]`.
    public static var postgresArrayType: PostgresType { .transactionIDArray }

    /// Writes eight bytes.
    public func encode(into encoder: inout PostgresEncoder) { encoder.write(self) }

    /// Reads `xid8`.
    public static func decode(from cell: PostgresCell) throws(PostgresError) -> Self {
        guard cell.type == .transactionID, let value = cell.integer(Self.self) else {
            throw cell.mismatch(Self.self)
        }
        return value
    }
}

extension PostgresTimestamp: PostgresScalar {
    /// `timestamptz`.
    public static var postgresType: PostgresType { .timestamp }
    /// `timestamptz[]`.
    public static var postgresArrayType: PostgresType { .timestampArray }

    /// Writes microseconds since 2000; moments the server cannot hold are refused.
    public func encode(into encoder: inout PostgresEncoder) {
        let (value, overflow) = microsecondsSinceEpoch.subtractingReportingOverflow(
            Self.serverEpochMicroseconds
        )
        if overflow { encoder.problem = encoder.problem ?? "a moment is too long ago" }
        encoder.write(value)
    }

    /// Reads `timestamptz`; `infinity` is refused.
    public static func decode(from cell: PostgresCell) throws(PostgresError) -> Self {
        guard cell.type == .timestamp, let value = cell.integer(Int64.self) else {
            throw cell.mismatch(Self.self)
        }
        let (moment, overflow) = value.addingReportingOverflow(serverEpochMicroseconds)
        guard !overflow, value != .min, value != .max else { throw cell.mismatch(Self.self) }
        return Self(microsecondsSinceEpoch: moment)
    }
}
