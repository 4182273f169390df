extension String: PostgresScalar {
    /// Left to the server, so that text fits any parameter: `text`, `jsonb`, an enumeration.
    public static var postgresType: PostgresType { .inferred }
    /// `text[]`.
    public static var postgresArrayType: PostgresType { .textArray }
    /// `text`.
    public static var postgresElementType: PostgresType { .text }

    /// Writes UTF-8; a NUL in it is refused before anything is sent.
    public func encode(into encoder: inout PostgresEncoder) { encoder.write(text: self) }

    /// Reads `text` and its kin, `json`, `jsonb`, and enumerations.
    public static func decode(from cell: PostgresCell) throws(PostgresError) -> Self {
        guard !cell.isNull else { throw cell.mismatch(Self.self) }
        switch cell.type {
        case .text, .limitedText, .paddedText, .json, .name, .unknown, .character:
            return String(decoding: cell.bytes, as: UTF8.self)
        case .binaryJSON where cell.bytes.first == binaryJSONVersion:
            return String(decoding: cell.bytes.dropFirst(), as: UTF8.self)
        case let type where type.rawValue >= PostgresType.firstUserDefined:
            return String(decoding: cell.bytes, as: UTF8.self)
        default:
            throw cell.mismatch(Self.self)
        }
    }

    /// The byte before the text of a `jsonb`.
    private static let binaryJSONVersion: UInt8 = 1
}
