import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization
import WebhookStore
import Webhooks

/// Connects to addresses that were checked, and keeps connections of an endpoint for its next
/// deliveries; no two endpoints share one.
final class TargetConnections: Sendable {
    /// The most idle connections of one endpoint.
    static let maximumIdlePerTarget = 8
    /// The most idle connections of all.
    static let maximumIdle = 1_024
    /// How long one may be idle.
    static let idleSeconds: Int64 = 10

    /// What a connection is good for.
    struct Key: Hashable, Sendable {
        let target: TargetKey
        let isSecure: Bool
        let host: String
        let port: Int
    }

    private struct Idle {
        let channel: any Channel
        let since: NIODeadline
    }

    private struct State {
        var idle: [Key: [Idle]] = [:]
        var count = 0
    }

    private let group: any EventLoopGroup
    private let tls: NIOSSLContext
    private let state = Mutex(State())

    init(group: any EventLoopGroup, trusting certificateFile: String?) throws {
        self.group = group
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        if let certificateFile {
            let extra = try NIOSSLCertificate.fromPEMFile(certificateFile)
            configuration.additionalTrustRoots = [.certificates(extra)]
        }
        tls = try NIOSSLContext(configuration: configuration)
    }

    /// A connection that was used before and is still open.
    func takeIdle(_ key: Key) -> (any Channel)? {
        let oldest = NIODeadline.now() - .seconds(Self.idleSeconds)
        let (found, stale) = state.withLock { state -> (Idle?, [Idle]) in
            var list = state.idle[key] ?? []
            state.count -= list.count
            let stale = list.filter { $0.since < oldest || !$0.channel.isActive }
            list.removeAll { $0.since < oldest || !$0.channel.isActive }
            let found = list.popLast()
            state.idle[key] = list.isEmpty ? nil : list
            state.count += list.count
            return (found, stale)
        }
        for idle in stale { idle.channel.close(promise: nil) }
        return found?.channel
    }

    /// Keeps a connection, or closes it where there are enough.
    func keep(_ channel: any Channel, for key: Key) {
        let isKept = state.withLock { state in
            let count = state.idle[key]?.count ?? 0
            guard count < Self.maximumIdlePerTarget, state.count < Self.maximumIdle else {
                return false
            }
            state.idle[key, default: []].append(Idle(channel: channel, since: .now()))
            state.count += 1
            return true
        }
        if !isKept { channel.close(promise: nil) }
    }

    /// Closes what has been idle for too long; called now and then.
    func sweep() {
        let oldest = NIODeadline.now() - .seconds(Self.idleSeconds)
        let stale = state.withLock { state -> [Idle] in
            var stale: [Idle] = []
            for (key, list) in state.idle {
                let old = list.filter { $0.since < oldest }
                guard !old.isEmpty else { continue }
                let left = list.filter { $0.since >= oldest }
                state.idle[key] = left.isEmpty ? nil : left
                state.count -= old.count
                stale += old
            }
            return stale
        }
        for idle in stale { idle.channel.close(promise: nil) }
    }

    /// Connects to exactly this address; the name is only for the certificate.
    func connect(
        _ url: TargetURL,
        to address: IPAddress,
        within time: TimeAmount
    ) async throws -> any Channel {
        let tls = url.isSecure ? tls : nil
        let name = url.address == nil ? url.host : nil
        let bootstrap = ClientBootstrap(group: group)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(time)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: name)
                        )
                        try pipeline.addHandler(HandshakeWatch(loop: channel.eventLoop))
                    }
                    let exchanges = ExchangeHandler()
                    try pipeline.addHandler(FirstByteWatch(exchanges: exchanges))
                    try pipeline.addHandler(HTTPRequestEncoder())
                    try pipeline.addHandler(
                        ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes))
                    )
                    try pipeline.addHandler(exchanges)
                }
            }
        return try await bootstrap.connect(to: address.socketAddress(port: url.port)).get()
    }

    /// Waits for the end of the handshake, where there is one.
    func secured(_ channel: any Channel, _ url: TargetURL, within time: TimeAmount) async throws {
        guard url.isSecure else { return }
        let done = try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: HandshakeWatch.self).done
        }.get()
        let timer = channel.eventLoop.scheduleTask(in: time) {
            channel.close(promise: nil)
        }
        defer { timer.cancel() }
        try await done.get()
    }
}

/// Says when a handshake has ended, and how.
final class HandshakeWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<Void>
    private var hasEnded = false

    var done: EventLoopFuture<Void> { promise.futureResult }

    init(loop: any EventLoop) { promise = loop.makePromise() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { end(nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(error)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(ChannelError.eof)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end(ChannelError.eof) }

    private func end(_ error: (any Error)?) {
        guard !hasEnded else { return }
        hasEnded = true
        if let error { promise.fail(error) } else { promise.succeed() }
    }
}
