import MerchantAPI
import NIOHTTP1

/// What a request's head must be, beyond what the parser checks.
///
/// Each rule closes a way in which two programs on the path could read one request differently.
enum HeadRules {
    private static let knownMethods: [HTTPMethod] = [
        .GET, .POST, .DELETE, .HEAD, .PUT, .PATCH, .OPTIONS,
    ]

    /// Refuses a head, or gives it in origin form.
    static func checked(
        _ head: HTTPRequestHead,
        limits: HTTPLimits
    ) throws(APIError) -> HTTPRequestHead {
        guard head.version.major == 1, head.version.minor <= 1 else {
            throw .invalid("Only HTTP/1.1 and HTTP/1.0 are understood here.")
        }
        guard head.uri.utf8.count <= limits.maximumTargetBytes else {
            throw .invalid(
                "The URL is longer than \(limits.maximumTargetBytes) bytes.",
                status: 414
            )
        }
        let host = try host(of: head)
        try checkFraming(of: head, limits: limits)
        guard head.headers["expect"].isEmpty else {
            throw .invalid("The header Expect is not understood here.", status: 417)
        }
        guard knownMethods.contains(head.method) else {
            throw .unknownURL(method: head.method.rawValue, path: path(of: head.uri))
        }
        var checked = head
        checked.uri = try originForm(of: head.uri, host: host)
        return checked
    }

    /// The path of a target, without its query, for messages.
    static func path(of target: String) -> String {
        String(target.prefix { $0 != "?" })
    }

    private static func host(of head: HTTPRequestHead) throws(APIError) -> String? {
        let hosts = head.headers["host"]
        guard hosts.count <= 1 else {
            throw .invalid("The request has more than one Host header.")
        }
        guard let host = hosts.first else {
            guard head.version.minor == 0 else {
                throw .invalid("The request has no Host header.")
            }
            return nil
        }
        let isPlausible = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            case _: false
            }
        }
        guard isPlausible, !host.isEmpty, host.utf8.count <= 255 else {
            throw .invalid("The Host header is not a host.")
        }
        return host
    }

    private static func checkFraming(
        of head: HTTPRequestHead,
        limits: HTTPLimits
    ) throws(APIError) {
        let encodings = head.headers["transfer-encoding"]
        let lengths = head.headers["content-length"]
        if !encodings.isEmpty {
            guard head.version.minor == 1 else {
                throw .invalid("Transfer-Encoding does not exist in HTTP/1.0.")
            }
            guard lengths.isEmpty else {
                throw .invalid("The request has both Transfer-Encoding and Content-Length.")
            }
            guard encodings.count == 1, encodings.first?.lowercased() == "chunked" else {
                throw .invalid("Only the transfer encoding 'chunked' is understood here.")
            }
        }
        guard lengths.count <= 1 else {
            throw .invalid("The request has more than one Content-Length header.")
        }
        guard let text = lengths.first else { return }
        guard let length = Int(text), length >= 0 else {
            throw .invalid("The Content-Length header is not a length.")
        }
        guard length <= limits.maximumBodyBytes else { throw .bodyTooLarge(limits) }
    }

    private static func originForm(
        of target: String,
        host: String?
    ) throws(APIError) -> String {
        if target.utf8.first == UInt8(ascii: "/") { return target }
        let lowered = target.lowercased()
        for scheme in ["http://", "https://"] where lowered.hasPrefix(scheme) {
            let rest = target.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            guard let host, authority.lowercased() == host.lowercased() else {
                throw .invalid("The URL names another host than the Host header.")
            }
            let path = rest.dropFirst(authority.count)
            return path.hasPrefix("/") ? String(path) : "/" + path
        }
        throw .invalid("The request target is not a path.")
    }
}

extension APIError {
    /// A body beyond the limit; no part of it was used.
    static func bodyTooLarge(_ limits: HTTPLimits) -> APIError {
        .invalid("The body is larger than \(limits.maximumBodyBytes) bytes.", status: 413)
    }

    /// A client that took too long to send its request.
    static func tooSlow(_ part: String) -> APIError {
        .invalid("The request's \(part) took too long to arrive.", status: 408)
    }
}
