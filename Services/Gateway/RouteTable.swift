import Foundation
import MerchantAPI

/// Finds the endpoint of a method and path; made from the table of endpoints.
struct RouteTable: Sendable {
    /// An endpoint with what stands in the place of its path's variables.
    struct Match: Sendable, Equatable {
        let endpoint: Endpoint
        let variables: [String: String]
    }

    private struct Row: Sendable {
        let segments: [Substring]
        let endpoint: Endpoint
    }

    /// The longest identifier that a path may name.
    private static let maximumVariableBytes = 255

    /// By the number of segments, fixed segments before variables.
    private let rows: [Int: [Row]]

    init(_ endpoints: [Endpoint] = Endpoint.all) {
        let all = endpoints.map { Row(segments: $0.path.split(separator: "/"), endpoint: $0) }
        rows = Dictionary(grouping: all, by: \.segments.count).mapValues { rows in
            rows.sorted { Self.variableCount($0) < Self.variableCount($1) }
        }
    }

    /// The endpoint, or nil when there is none for this method and path.
    func match(method: String, path: String) -> Match? {
        guard let method = EndpointMethod(rawValue: method) else { return nil }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for row in rows[segments.count] ?? [] where row.endpoint.method == method {
            if let variables = Self.variables(of: row, in: segments) {
                return Match(endpoint: row.endpoint, variables: variables)
            }
        }
        return nil
    }

    private static func variableCount(_ row: Row) -> Int {
        row.segments.count { $0.hasPrefix("{") }
    }

    private static func variables(
        of row: Row,
        in segments: ArraySlice<Substring>
    ) -> [String: String]? {
        var variables: [String: String] = [:]
        for (pattern, segment) in zip(row.segments, segments) {
            if pattern.hasPrefix("{") {
                guard !segment.isEmpty, segment.utf8.count <= maximumVariableBytes,
                    let text = String(segment).removingPercentEncoding,
                    !text.contains(where: { $0 == "/" || $0 == "\0" })
                else { return nil }
                variables[String(pattern.dropFirst().dropLast())] = text
            } else if pattern != segment {
                return nil
            }
        }
        return variables
    }
}
