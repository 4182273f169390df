import Glibc
import NIOCore
import NIOPosix
import Webhooks

/// Finds the addresses of a name.
protocol Resolver: Sendable {
    func addresses(of host: String, within time: TimeAmount) async throws -> [IPAddress]
}

/// A name has no address.
struct Unresolved: Error {}

/// The time to find addresses is over.
struct ResolvingTimedOut: Error {}

/// Asks the system, on threads of its own: the call blocks for as long as it likes.
struct SystemResolver: Resolver {
    /// The most names that are asked for at a time; a slow name server holds up no more than these.
    static let threadCount = 16

    let threads: NIOThreadPool
    let group: any EventLoopGroup

    /// What is too late for its time is dropped; its thread ends it alone.
    func addresses(of host: String, within time: TimeAmount) async throws -> [IPAddress] {
        let loop = group.next()
        let promise = loop.makePromise(of: [IPAddress].self)
        let timer = loop.scheduleTask(in: time) { promise.fail(ResolvingTimedOut()) }
        threads.submit { state in
            guard case .active = state else { return promise.fail(Unresolved()) }
            promise.completeWith(Result { try Self.resolve(host) })
        }
        defer { timer.cancel() }
        return try await promise.futureResult.get()
    }

    private static func resolve(_ host: String) throws -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { throw Unresolved() }
        defer { freeaddrinfo(list) }
        var found: [IPAddress] = []
        var next = list
        while let entry = next {
            if let address = address(entry.pointee), !found.contains(address) {
                found.append(address)
            }
            next = entry.pointee.ai_next
        }
        return found
    }

    private static func address(_ entry: addrinfo) -> IPAddress? {
        guard let raw = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        case AF_INET:
            let address = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
            return withUnsafeBytes(of: address) { IPAddress(bytes: Array($0)) }
        case AF_INET6:
            let address = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return withUnsafeBytes(of: address) { IPAddress(bytes: Array($0)) }
        case _: return nil
        }
    }
}

/// Decides which address of a target is connected to, once; what was checked is what is used.
struct AddressGuard: Sendable {
    /// The most addresses of one name that are tried.
    static let maximumTries = 3

    let filter: AddressFilter
    let resolver: any Resolver

    /// The addresses that may be tried, or why none may.
    ///
    /// One forbidden address among others forbids the name: it is how a name that changes its
    /// answer gets past a filter that looks at the first.
    func addresses(
        of target: TargetURL,
        within time: TimeAmount
    ) async throws -> Result<[IPAddress], AddressForbidden> {
        let found: [IPAddress]
        if let address = target.address {
            found = [address]
        } else {
            found = try await resolver.addresses(of: target.host, within: time)
        }
        guard !found.isEmpty else { return .failure(AddressForbidden(refusal: .noAddress)) }
        for address in found {
            if let refusal = filter.refusal(of: address) {
                return .failure(AddressForbidden(refusal: refusal))
            }
        }
        return .success(Array(found.prefix(Self.maximumTries)))
    }
}

/// An address must not be connected to.
struct AddressForbidden: Error, Equatable {
    let refusal: AddressRefusal
}

extension IPAddress {
    /// The address as a socket's.
    func socketAddress(port: Int) throws -> SocketAddress {
        try SocketAddress(
            packedIPAddress: ByteBuffer(bytes: bytes),
            port: port
        )
    }
}
