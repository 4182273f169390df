import Foundation
import XMLCoder

/// Reads and writes the documents that the messages travel in.
public enum BankDocument {
    /// The longest file that is read.
    public static let maximumBytes = 64 << 20

    static func write(_ root: some Encodable) throws(BankMessageError) -> [UInt8] {
        let encoder = XMLEncoder()
        encoder.outputFormatting = .prettyPrinted
        do {
            let header = XMLHeader(version: 1.0, encoding: "UTF-8")
            return Array(try encoder.encode(root, withRootKey: "Document", header: header))
        } catch {
            throw .malformed("\(error)")
        }
    }

    static func read<Root: WireRoot>(
        _ root: Root.Type,
        from bytes: [UInt8]
    ) throws(BankMessageError) -> Root {
        guard bytes.count <= maximumBytes else { throw .tooLong(bytes: bytes.count) }
        // What defines entities can be made to grow without bound or to read files.
        guard !contains("<!DOCTYPE", in: bytes) else { throw .malformed("it has a DOCTYPE") }
        let document: Root
        do {
            document = try XMLDecoder().decode(Root.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw .malformed(reason(of: error))
        } catch {
            throw .malformed("it is not well-formed XML")
        }
        guard document.namespace == Root.namespace else {
            throw .unexpectedMessage(document.namespace)
        }
        return document
    }

    private static func contains(_ text: StaticString, in bytes: [UInt8]) -> Bool {
        text.withUTF8Buffer { wanted in
            guard let first = wanted.first, bytes.count >= wanted.count else { return false }
            return bytes.indices.dropLast(wanted.count - 1).contains { index in
                bytes[index] == first && bytes[index..<index + wanted.count].elementsEqual(wanted)
            }
        }
    }

    private static func reason(of error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            "\(path(context.codingPath + [key])) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "it is not well-formed XML" : "\(path(context.codingPath)) cannot be read"
        @unknown default: "it cannot be read"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map(\.stringValue).joined(separator: "/")
    }
}

/// The root of a document, whose namespace says which message it is.
protocol WireRoot: Codable, DynamicNodeEncoding {
    static var namespace: String { get }
    var namespace: String { get }
}

extension WireRoot {
    static func nodeEncoding(for key: any CodingKey) -> XMLEncoder.NodeEncoding {
        key.stringValue == "xmlns" ? .attribute : .element
    }
}
