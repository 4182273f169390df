/// A statement whose values can only be binds.
///
/// Written as a string literal: whatever is interpolated becomes `$1`, `$2`, … and is sent beside
/// the text, never inside it.
///
/// ```swift
/// let query: Query = "SELECT name FROM account WHERE merchant_id = \(merchantID)"
/// ```
public struct Query: Sendable, ExpressibleByStringInterpolation {
    /// The text with `$n` in the place of values.
    public private(set) var sql: String
    var binds: Binds
    /// Whether the statement is prepared once per connection and reused.
    var isPrepared: Bool

    /// Makes a statement without values.
    public init(stringLiteral value: String) {
        sql = value
        binds = Binds()
        isPrepared = true
    }

    /// Makes a statement from its text and values.
    public init(stringInterpolation: Interpolation) {
        sql = stringInterpolation.sql
        binds = stringInterpolation.binds
        isPrepared = stringInterpolation.isPrepared
    }

    /// A statement that is planned each time, for what runs rarely or needs no plan.
    init(unprepared sql: String) {
        self.init(stringLiteral: sql)
        isPrepared = false
    }

    /// Gathers text and values while a literal is evaluated.
    public struct Interpolation: StringInterpolationProtocol {
        fileprivate var sql = ""
        fileprivate var binds = Binds()
        fileprivate var isPrepared = true

        /// Reserves room.
        public init(literalCapacity: Int, interpolationCount: Int) {
            sql.reserveCapacity(literalCapacity + interpolationCount * 3)
            binds.reserve(interpolationCount)
        }

        /// Adds text of the program.
        public mutating func appendLiteral(_ literal: String) {
            sql += literal
        }

        /// Adds a value as the next bind.
        public mutating func appendInterpolation(_ value: some PostgresValue) {
            binds.append(value)
            sql += "$"
            sql += String(binds.count)
        }

        /// Adds text of the program that is chosen at run time, such as `ASC` or `DESC`.
        public mutating func appendInterpolation(raw text: StaticString) {
            text.withUTF8Buffer { sql += String(decoding: $0, as: UTF8.self) }
        }

        /// Adds a name, quoted; the statement is not kept prepared.
        public mutating func appendInterpolation(identifier name: String) {
            sql += quotedIdentifier(name)
            isPrepared = false
        }
    }
}

/// A name as SQL writes it when it may hold any character.
func quotedIdentifier(_ name: String) -> String {
    var quoted = "\""
    for character in name.unicodeScalars {
        if character == "\"" { quoted += "\"" }
        quoted.unicodeScalars.append(character)
    }
    return quoted + "\""
}
