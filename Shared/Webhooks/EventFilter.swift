/// Which types of events an endpoint wants: names, `charge.*`, or `*`.
public struct EventFilter: Sendable, Equatable {
    /// The most patterns of one endpoint.
    public static let maximumPatterns = 300

    private let patterns: [String]

    /// Takes the patterns as the merchant gave them.
    public init(_ patterns: [String]) {
        self.patterns = patterns
    }

    /// Whether a type is wanted.
    public func matches(_ type: String) -> Bool {
        patterns.contains { pattern in
            if pattern == "*" || pattern == type { return true }
            guard pattern.hasSuffix(".*") else { return false }
            return type.hasPrefix(pattern.dropLast())
        }
    }

    /// Whether a pattern names at least one of some types.
    public static func isKnown(_ pattern: String, among types: [String]) -> Bool {
        let filter = EventFilter([pattern])
        return types.contains { filter.matches($0) }
    }
}
