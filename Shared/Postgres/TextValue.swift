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
        guard isText(cell) else {
            guard cell.has(.binaryJSON), cell.bytes.first == 1 else { throw cell.mismatch(Self.self) }
            return String(decoding: cell.bytes.dropFirst(), as: UTF8.self)
        }
        return String(decoding: cell.bytes, as: UTF8.self)
    }

    private static func isText(_ cell: PostgresCell) -> Bool {
        cell.type >= PostgresType.firstUserDefined
            || cell.has(
                .text,
                .limitedText,
                .paddedText,
                .json,
                .name,
                .unknown,
                .character
            )
    }
}
