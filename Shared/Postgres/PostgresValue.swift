/// The server's number of a type.
public struct PostgresType: Sendable, Hashable, RawRepresentable {
    /// The object identifier in `pg_type`.
    public var rawValue: UInt32

    /// Names a type by its object identifier.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Left to the server to infer from the statement.
    static let inferred = Self(rawValue: 0)
    static let boolean = Self(rawValue: 16)
    static let byteArray = Self(rawValue: 17)
    static let character = Self(rawValue: 18)
    static let name = Self(rawValue: 19)
    static let bigInteger = Self(rawValue: 20)
    static let smallInteger = Self(rawValue: 21)
    static let integer = Self(rawValue: 23)
    static let text = Self(rawValue: 25)
    static let objectIdentifier = Self(rawValue: 26)
    static let json = Self(rawValue: 114)
    static let unknown = Self(rawValue: 705)
    static let paddedText = Self(rawValue: 1042)
    static let limitedText = Self(rawValue: 1043)
    static let timestamp = Self(rawValue: 1184)
    static let binaryJSON = Self(rawValue: 3802)
    static let transactionID = Self(rawValue: 5069)

    static let booleanArray = Self(rawValue: 1000)
    static let byteArrayArray = Self(rawValue: 1001)
    static let smallIntegerArray = Self(rawValue: 1005)
    static let integerArray = Self(rawValue: 1007)
    static let textArray = Self(rawValue: 1009)
    static let bigIntegerArray = Self(rawValue: 1016)
    static let timestampArray = Self(rawValue: 1185)
    static let transactionIDArray = Self(rawValue: 271)

    /// From here on the server numbers types that users made, such as enumerations.
    static let firstUserDefined: UInt32 = 16384
}

/// A value that can be bound to a statement and read from a result.
public protocol PostgresValue: Sendable {
    /// The type that is declared for a bind.
    static var postgresType: PostgresType { get }

    /// Writes the value in the server's binary form; text is written as it is.
    func encode(into encoder: inout PostgresEncoder)

    /// Reads the value from a column or from an element of an array.
    static func decode(from cell: PostgresCell) throws(PostgresError) -> Self
}

/// A value that can be an element of an array.
public protocol PostgresArrayElement: Sendable {
    /// The type of the whole array.
    static var postgresArrayType: PostgresType { get }

    /// Writes the whole array.
    static func encodeArray(_ elements: [Self], into encoder: inout PostgresEncoder)

    /// Reads the whole array.
    static func decodeArray(from cell: PostgresCell) throws(PostgresError) -> [Self]
}

/// A value with an array type of its own, `NULL` elements allowed if it is optional.
public protocol PostgresScalar: PostgresValue, PostgresArrayElement {
    /// The type of an element when it is written in an array.
    static var postgresElementType: PostgresType { get }
}

extension PostgresScalar {
    /// The type that is declared for a bind, unless a scalar says otherwise.
    public static var postgresElementType: PostgresType { postgresType }
}
