public import JSON

/// The retrieval reference of a card network message (ISO 8583 field 37).
///
/// It is the internal command number in twelve upper-case base-36 digits, so it is known before
/// anything is sent, can be derived again after a crash, and stays unique long after the six-digit
/// trace number has wrapped.
public struct NetworkReference: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The twelve characters as they stand in field 37.
    public let rawValue: String

    /// The reference of a command's own message.
    ///
    /// Command numbers are positive; 36¹² is below the largest `Int64`, and the sequence that
    /// gives the numbers ends there.
    public init(commandID: Int64) {
        precondition(commandID > 0, "a command number is positive")
        let digits = String(commandID, radix: 36, uppercase: true)
        precondition(digits.utf8.count <= 12, "a command number fits twelve base-36 digits")
        rawValue = String(repeating: "0", count: 12 - digits.utf8.count) + digits
    }

    /// Accepts twelve upper-case base-36 digits that spell a positive number.
    public init?(rawValue: String) {
        guard rawValue.utf8.count == 12,
            rawValue.utf8.allSatisfy({ byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            }),
            let number = Int64(rawValue, radix: 36), number > 0
        else { return nil }
        self.rawValue = rawValue
    }

    /// The number of the command behind the reference.
    public var commandID: Int64 {
        Int64(rawValue, radix: 36) ?? 0
    }

    /// The system trace audit number (field 11), 1 to 999 999.
    public var traceNumber: Int32 { Self.traceNumber(commandID: commandID) }

    /// The trace number that a command's message carries; it wraps, the reference does not.
    public static func traceNumber(commandID: Int64) -> Int32 {
        Int32(commandID % 999_999) + 1
    }

    /// The text of ``rawValue``.
    public var description: String { rawValue }

    /// Orders by the text.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension NetworkReference: DocumentConvertible {
    /// The stored form.
    public var document: JSON { .string(rawValue) }

    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        guard case .string(let text) = document, let value = Self(rawValue: text) else {
            throw .invalidValue(type: "network reference")
        }
        self = value
    }
}
