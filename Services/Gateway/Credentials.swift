import Foundation
import MerchantAPI

/// The key that a request presents, as `Bearer key` or as Basic's user name.
enum Credentials {
    /// The longest key that is looked at.
    static let maximumKeyBytes = 255

    /// Reads the Authorization header.
    static func key(in header: String?) throws(APIError) -> String {
        guard let header, !header.isEmpty else { throw .missingKey }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { throw .missingKey }
        let value = parts[1].trimmingCharacters(in: .whitespaces)
        switch parts[0].lowercased() {
        case "bearer": return try checked(value)
        case "basic":
            guard let data = Data(base64Encoded: value),
                let text = String(data: data, encoding: .utf8)
            else { throw .missingKey }
            return try checked(String(text.prefix { $0 != ":" }))
        case _: throw .missingKey
        }
    }

    private static func checked(_ key: String) throws(APIError) -> String {
        guard !key.isEmpty else { throw .missingKey }
        guard key.utf8.count <= maximumKeyBytes else { throw .wrongKey("") }
        return key
    }
}
