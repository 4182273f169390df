/// Says why a bank file could not be written or is not taken.
///
/// A file is taken whole or not at all: whoever reads it books nothing from one that is refused.
public enum BankMessageError: Error, Sendable, Equatable {
    /// The file is longer than ``BankDocument/maximumBytes``.
    case tooLong(bytes: Int)
    /// The file is not well-formed, ends early, or bears a document type definition.
    case malformed(String)
    /// The file is another message than was expected.
    case unexpectedMessage(String)
    /// A value is missing, or is not of the kind that its place asks for.
    case invalid(field: String, value: String)
    /// The file says of itself what its parts do not add up to.
    case inconsistent(field: String, stated: String, found: String)
    /// Two parts bear an identifier that must be unique.
    case repeated(field: String, value: String)
}

extension BankMessageError: CustomStringConvertible {
    /// What is wrong, in words.
    public var description: String {
        switch self {
        case .tooLong(let bytes): "the file has \(bytes) bytes, more than may be read"
        case .malformed(let reason): "the file cannot be read: \(reason)"
        case .unexpectedMessage(let name): "the file is not the message expected: \(name)"
        case .invalid(let field, let value): "\(field) cannot be '\(value)'"
        case .inconsistent(let field, let stated, let found):
            "\(field) is stated as \(stated), but the parts make \(found)"
        case .repeated(let field, let value): "\(field) '\(value)' occurs more than once"
        }
    }
}
