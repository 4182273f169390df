import CardNetwork
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The network's TCP side: any number of connections, each with any number of requests in flight.
struct NetworkServer: Service {
    let host: String
    let port: Int
    let desk: NetworkDesk
    let logger: Logger
    /// Hears the port, also a chosen one.
    let onListening: @Sendable (Int) -> Void

    /// Serves until shutdown, then closes all connections.
    func run() async throws {
        let sessions = OpenChannels()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                sessions.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NetworkSession(channel: channel, desk: desk, logger: logger)
                    )
                }
            }
            .bind(host: host, port: port)
            .get()
        if let port = channel.localAddress?.port { onListening(port) }
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                try? await channel.closeFuture.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } onGracefulShutdown: {
            channel.close(promise: nil)
        }
        await sessions.closeAll()
    }
}

/// The connections that are open now.
private final class OpenChannels: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { _ in
            self.channels.withLock { $0[id] = nil }
        }
    }

    func closeAll() async {
        for channel in channels.withLock({ Array($0.values) }) {
            channel.close(promise: nil)
            try? await channel.closeFuture.get()
        }
    }
}

/// One connection: cuts what arrives into messages and hands them to the desk.
///
/// An unreadable message is dropped, because nobody can say whose answer it wants; the connection
/// ends when frames can no longer be told apart, and at the third unreadable message in a row.
private final class NetworkSession: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let maximumUnreadableInRow = 3

    private let desk: NetworkDesk
    private let outlet: FaultyOutlet
    private let logger: Logger
    private var reader = WireFrameReader()
    private var unreadableInRow = 0

    init(channel: any Channel, desk: NetworkDesk, logger: Logger) {
        self.desk = desk
        self.logger = logger
        outlet = FaultyOutlet(channel: channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.append(unwrapInboundIn(data))
        while true {
            do throws(WireError) {
                guard let frame = try reader.next() else { return }
                let message = try WireMessage(decoding: frame)
                unreadableInRow = 0
                desk.handle(message) { [outlet] reply in outlet.deliver(reply) }
            } catch {
                unreadableInRow += 1
                logger.warning("an unreadable message", metadata: ["reason": "\(error)"])
                if error.losesFraming || unreadableInRow >= Self.maximumUnreadableInRow {
                    context.close(promise: nil)
                    return
                }
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
