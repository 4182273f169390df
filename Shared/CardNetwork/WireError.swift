/// Why bytes are not a message of the profile, or a message cannot be written.
///
/// It names the field and the reason, and carries none of the data.
///
/// What becomes of the connection on which the bytes came, on either side:
///
/// | what | message | connection |
/// |---|---|---|
/// | ``emptyFrame``, ``overlongFrame(bytes:)`` | none: the frames can no longer be told apart | closed at once; requests in flight are `unknown` |
/// | any other error | dropped, with a line in the log | kept; closed at the third such message in a row |
/// | an answer that nobody waits for (late, twice) | dropped and counted | kept |
/// | a request where only answers belong, or the reverse | dropped, with a line in the log | as any other error |
/// | an answer whose amount, currency or acquirer is not the request's | dropped; the request is `unknown` | kept |
/// | no answer to an echo test | | closed; requests in flight are `unknown` |
public enum WireError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A frame of length zero.
    case emptyFrame
    /// A frame longer than any message of the profile.
    case overlongFrame(bytes: Int)
    /// The message ends inside its type.
    case truncatedType
    /// The type is none of the profile's.
    case unknownType
    /// The message ends inside a bitmap.
    case truncatedBitmap
    /// A bitmap is not made of hexadecimal digits, or is the second one and announces nothing.
    case invalidBitmap
    /// The bitmap announces a field that this type of message does not have.
    case unexpectedField(number: Int)
    /// The bitmap lacks a field that this type of message must have.
    case missingField(WireField)
    /// The message ends inside a field.
    case truncatedField(WireField, neededBytes: Int, availableBytes: Int)
    /// A value is longer than its field.
    case overlongField(WireField, bytes: Int, maximumBytes: Int)
    /// A value is shorter than its field; only on the way out, or an empty variable field.
    case shortField(WireField, bytes: Int, minimumBytes: Int)
    /// The digits that tell a field's length are not digits.
    case invalidLength(WireField)
    /// A byte that the field does not allow.
    case invalidContent(WireField, position: Int)
    /// Bytes are left after the last field.
    case trailingBytes(count: Int)

    /// The field at fault, if one is.
    public var fieldNumber: Int? {
        switch self {
        case .emptyFrame, .overlongFrame, .truncatedType, .unknownType, .truncatedBitmap,
            .invalidBitmap, .trailingBytes:
            nil
        case .unexpectedField(let number): number
        case .missingField(let field), .invalidLength(let field): field.rawValue
        case .truncatedField(let field, _, _): field.rawValue
        case .overlongField(let field, _, _), .shortField(let field, _, _): field.rawValue
        case .invalidContent(let field, _): field.rawValue
        }
    }

    /// Whether the border between messages is lost, so that the connection is of no more use.
    public var losesFraming: Bool {
        switch self {
        case .emptyFrame, .overlongFrame: true
        case .truncatedType, .unknownType, .truncatedBitmap, .invalidBitmap, .trailingBytes,
            .unexpectedField, .missingField, .invalidLength, .truncatedField, .overlongField,
            .shortField, .invalidContent:
            false
        }
    }

    /// The field and the reason in a sentence.
    public var description: String {
        switch self {
        case .emptyFrame: "a frame has length zero"
        case .overlongFrame(let bytes):
            "a frame has \(bytes) bytes; at most \(WireFrame.maximumBytes) are allowed"
        case .truncatedType: "the message ends inside its type"
        case .unknownType: "the message type is not in the profile"
        case .truncatedBitmap: "the message ends inside a bitmap"
        case .invalidBitmap: "a bitmap is not made of hexadecimal digits, or announces nothing"
        case .unexpectedField(let number): "field \(number) does not belong in this message"
        case .missingField(let field): "\(field.label) is missing"
        case .truncatedField(let field, let needed, let available):
            "\(field.label) is truncated: it needs \(needed) bytes, \(available) are left"
        case .overlongField(let field, let bytes, let maximum):
            "\(field.label) is too long: \(bytes) bytes, at most \(maximum) are allowed"
        case .shortField(let field, let bytes, let minimum):
            "\(field.label) is too short: \(bytes) bytes, at least \(minimum) are needed"
        case .invalidLength(let field): "\(field.label) has a length that is not a number"
        case .invalidContent(let field, let position):
            "\(field.label) has a byte that it does not allow, at position \(position)"
        case .trailingBytes(let count): "\(count) bytes are left after the last field"
        }
    }
}
