/// Says why JSON could not be read.
///
/// It names places, types and limits, never the content: a refused document may hold card data.
public enum JSONError: Error, Sendable, Equatable {
    /// The bytes are not JSON as we accept it; the offset counts bytes from zero.
    case malformed(Problem, offset: Int)
    /// Arrays and objects are nested more deeply than the limit.
    case tooDeep(limit: Int)
    /// The text has more bytes than the limit.
    case tooLarge(limitBytes: Int)
    /// A value that must be there is not.
    case missing(path: String)
    /// A value has another type than asked for.
    case wrongType(path: String, expected: String, found: String)

    /// What is wrong with the bytes at an offset.
    public enum Problem: String, Sendable {
        case unexpectedEnd = "the text ends too early"
        case unexpectedByte = "this byte cannot stand here"
        case trailingBytes = "something follows the value"
        case invalidNumber = "a number is not written as JSON writes it"
        case numberNotWhole = "a number has a fraction or an exponent"
        case numberOutOfRange = "a number does not fit 64 bits"
        case invalidEscape = "an escape is unknown or incomplete"
        case unpairedSurrogate = "half of a surrogate pair stands alone"
        case controlCharacter = "a control character is not escaped"
        case invalidUTF8 = "the bytes are not UTF-8"
        case duplicateKey = "a key stands twice in one object"
    }
}

extension JSONError: CustomStringConvertible {
    /// The refusal in words, without content.
    public var description: String {
        switch self {
        case .malformed(let problem, let offset): "\(problem.rawValue) (byte \(offset))"
        case .tooDeep(let limit): "nested more than \(limit) levels deep"
        case .tooLarge(let limitBytes): "longer than \(limitBytes) bytes"
        case .missing(let path): "\(path) is missing"
        case .wrongType(let path, let expected, let found):
            "\(path) must be \(expected), not \(found)"
        }
    }
}
