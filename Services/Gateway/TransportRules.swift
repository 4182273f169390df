import Hummingbird
import HummingbirdCore
import MerchantAPI

/// What Hummingbird tells us about a connection.
struct GatewayContext: InitializableFromSource {
    /// The address at the other end; empty where there is no socket.
    let peerAddress: String

    init(source: ApplicationRequestContextSource) {
        peerAddress = source.channel.remoteAddress?.ipAddress ?? ""
    }
}

/// Decides over which transport a request may come, and whose request it is.
struct TransportRules: Sendable {
    /// Whether this process terminates TLS itself.
    let terminatesTLS: Bool
    /// Whether plain HTTP is let in: in development, and then only on loopback.
    let allowsPlainHTTP: Bool
    /// The proxies whose forwarding headers are believed.
    let trustedProxies: Set<String>

    /// A client behind whatever is between.
    struct Client: Sendable, Equatable {
        let address: String
        let isSecure: Bool
    }

    /// The client, or a refusal of plain HTTP.
    func client(of request: Request, peer: String) throws(APIError) -> Client {
        var client = Client(address: peer, isSecure: terminatesTLS)
        if trustedProxies.contains(peer) {
            let scheme = request.headers[.forwardedProtocol]?.lowercased()
            // The last address is the one that the proxy itself saw.
            let address = request.headers[.forwardedFor]?.split(separator: ",").last
            client = Client(
                address: address.map { $0.filter { !$0.isWhitespace } } ?? peer,
                isSecure: terminatesTLS || scheme == "https"
            )
        }
        guard client.isSecure || allowsPlainHTTP else {
            throw .invalid(
                "All API requests must be made over HTTPS. Calls made over plain HTTP fail.",
                status: 403
            )
        }
        return client
    }
}
