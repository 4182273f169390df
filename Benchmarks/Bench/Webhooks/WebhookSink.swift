import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A receiver of webhooks on loopback that takes everything at once, or lets its callers hang.
final class WebhookSink: Sendable {
    /// How long ``hangingURL`` lets a request hang before it answers; the service gives up before.
    static let hangSeconds: Int64 = 30

    private let channel: any Channel
    private let port: Int
    private let counter: Counter

    /// Takes every delivery.
    var url: String { "http://127.0.0.1:\(port)/take" }
    /// Lets every delivery hang.
    var hangingURL: String { "http://127.0.0.1:\(port)/hang" }

    /// Deliveries that were taken.
    var taken: Int { counter.count.withLock { $0 } }

    private init(channel: any Channel, port: Int, counter: Counter) {
        self.channel = channel
        self.port = port
        self.counter = counter
    }

    /// Listens on a port of the kernel's choice.
    static func start() async throws -> WebhookSink {
        let counter = Counter()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1_024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(counter))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = channel.localAddress?.port else {
            throw BenchmarkError("the receiver of webhooks has no port")
        }
        return WebhookSink(channel: channel, port: port, counter: counter)
    }

    func stop() async throws { try await channel.close() }

    private final class Counter: Sendable {
        let count = Mutex(0)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let counter: Counter
        private var hangs = false

        init(_ counter: Counter) { self.counter = counter }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): hangs = head.uri == "/hang"
            case .body: break
            case .end:
                guard hangs else {
                    counter.count.withLock { $0 += 1 }
                    return answer(context)
                }
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                context.eventLoop.scheduleTask(in: .seconds(WebhookSink.hangSeconds)) {
                    bound.value.0.answer(bound.value.1)
                }
            }
        }

        private func answer(_ context: ChannelHandlerContext) {
            guard context.channel.isActive else { return }
            let head = HTTPResponseHead(
                version: .http1_1,
                status: .ok,
                headers: ["Content-Length": "0"]
            )
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
