/// Where an endpoint may be: schemes and ports by list.
public struct TargetPolicy: Sendable, Equatable {
    /// Ports that receivers may listen on.
    public let ports: Set<Int>
    /// Whether plain HTTP is allowed to receivers elsewhere; never for real merchants.
    public let allowsPlainHTTP: Bool
    /// Whether receivers on this machine are allowed, on any port and without TLS; for development.
    public let allowsLoopback: Bool

    /// The ports of the usual policy.
    public static let usualPorts: Set<Int> = [443, 8_443]

    /// Makes a policy; HTTPS on the usual ports unless told otherwise.
    public init(
        ports: Set<Int> = usualPorts,
        allowsPlainHTTP: Bool = false,
        allowsLoopback: Bool = false
    ) {
        self.ports = ports
        self.allowsPlainHTTP = allowsPlainHTTP
        self.allowsLoopback = allowsLoopback
    }

    /// The filter of addresses that goes with it.
    public var filter: AddressFilter { AddressFilter(allowsLoopback: allowsLoopback) }
}

/// Why a text is no address for an endpoint.
public enum TargetRefusal: String, Error, Sendable, CaseIterable {
    case malformed = "The URL is not valid."
    case scheme = "The URL must begin with https://."
    case credentials = "The URL must not contain a user or password."
    case fragment = "The URL must not contain a fragment."
    case host = "The URL must name a public host."
    case port = "The URL's port is not allowed."
}

/// The address of an endpoint, taken apart by rules that leave nothing to interpretation.
///
/// What one parser reads differently from another is how filters are walked around, so anything
/// unusual is refused: user names, backslashes, control characters, numeric hosts that are not
/// plain addresses, names without a dot.
public struct TargetURL: Sendable, Equatable {
    /// The longest URL.
    public static let maximumBytes = 2_048

    /// Whether TLS is spoken.
    public let isSecure: Bool
    /// The name, or the address without brackets, in lower case.
    public let host: String
    /// The address, where the host is one.
    public let address: IPAddress?
    /// The port.
    public let port: Int
    /// Path and query, as sent in the first line of the request.
    public let target: String

    /// The value of the header `Host`.
    public var authority: String {
        let name = address.map { $0.isVersion4 ? host : "[\(host)]" } ?? host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// Takes a text apart and checks it against a policy.
    public init(_ text: String, policy: TargetPolicy) throws(TargetRefusal) {
        guard text.utf8.count <= Self.maximumBytes,
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !Self.unsafe.contains($0) })
        else { throw .malformed }
        let rest: Substring
        if text.lowercased().hasPrefix("https://") {
            (isSecure, rest) = (true, text.dropFirst(8))
        } else if text.lowercased().hasPrefix("http://") {
            (isSecure, rest) = (false, text.dropFirst(7))
        } else {
            throw .scheme
        }
        guard !rest.contains("#") else { throw .fragment }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains("@") else { throw .credentials }
        let path = rest[end...]
        target = path.hasPrefix("/") ? String(path) : "/" + path
        let (name, portText) = try Self.split(authority)
        (host, address) = try Self.host(name)
        let isOwn = host == "localhost" || address.map { Self.isLoopback($0) } ?? false
        guard let port = Self.port(portText, isSecure: isSecure) else { throw .port }
        self.port = port
        if isOwn {
            guard policy.allowsLoopback else { throw .host }
            return
        }
        guard isSecure || policy.allowsPlainHTTP else { throw .scheme }
        guard policy.ports.contains(port) else { throw .port }
        if let address {
            guard policy.filter.refusal(of: address) == nil else { throw .host }
        } else {
            guard host.contains("."), !Self.localEndings.contains(where: { host.hasSuffix($0) })
            else { throw .host }
        }
    }

    /// Characters that a URL must write as percent codes, and the backslash.
    private static let unsafe = Set("\\\"<>^`{|}".utf8)
    private static let localEndings = [
        ".localhost", ".local", ".internal", ".lan", ".home.arpa", ".localdomain", ".intranet",
        ".corp", ".home",
    ]

    private static func split(
        _ authority: Substring
    ) throws(TargetRefusal) -> (name: Substring, port: Substring?) {
        guard authority.hasPrefix("[") else {
            let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2, let name = parts.first else { throw .malformed }
            return (name, parts.count == 2 ? parts[1] : nil)
        }
        guard let close = authority.firstIndex(of: "]") else { throw .malformed }
        let after = authority[authority.index(after: close)...]
        guard after.isEmpty || after.hasPrefix(":") else { throw .malformed }
        return (authority[...close], after.isEmpty ? nil : after.dropFirst())
    }

    private static func port(_ text: Substring?, isSecure: Bool) -> Int? {
        guard let text else { return isSecure ? 443 : 80 }
        guard (1...5).contains(text.utf8.count), !text.hasPrefix("0"),
            text.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(text), port <= 65_535
        else { return nil }
        return port
    }

    private static func host(
        _ name: Substring
    ) throws(TargetRefusal) -> (String, IPAddress?) {
        if name.hasPrefix("[") {
            let text = String(name.dropFirst().dropLast()).lowercased()
            guard let address = IPAddress(version6: text) else { throw .host }
            return (text, address)
        }
        let host = name.lowercased()
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, let last = labels.last,
            labels.allSatisfy({ isLabel($0) })
        else { throw .host }
        // A last label that is a number in any notation makes resolvers read an address.
        let isNumeric = last.utf8.allSatisfy { (48...57).contains($0) } || last.hasPrefix("0x")
        guard isNumeric else { return (host, nil) }
        guard let address = IPAddress(version4: host) else { throw .host }
        return (host, address)
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private static func isLoopback(_ address: IPAddress) -> Bool {
        AddressFilter().refusal(of: address) == .loopback
    }
}
