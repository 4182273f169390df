import Glibc
import NIOCore
import NIOPosix
import Synchronization

@testable import CardNetwork

/// What a scripted network does with one request.
enum ScriptedAction: Sendable {
    /// Sends these bytes as they are, frame and all.
    case bytes([UInt8])
    /// Sends a message in a frame.
    case message(WireMessage)
    /// Sends a message one byte at a time.
    case dribble(WireMessage)
    /// Resets the connection.
    case reset
    /// Ends the connection.
    case close
}

/// A network on a loopback port that does what a test tells it to.
///
/// The script sees each request with its number, counted from 1 over all connections, and answers
/// with what is to be done; sign-ons and echo tests are answered as long as `answersManagement` says.
final class HostileNetwork: Sendable {
    typealias Script = @Sendable (_ request: WireMessage, _ number: Int) -> [ScriptedAction]

    private struct State {
        var requestCount = 0
        var answersManagement = true
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    private let script: Script
    private let listening = Mutex<(any Channel)?>(nil)

    init(script: @escaping Script) {
        self.script = script
    }

    /// The kernel's choice, or the port asked for.
    @discardableResult
    func start(port: Int = 0) async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ScriptedSession(network: self))
                }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        listening.withLock { $0 = channel }
        return channel.localAddress?.port ?? 0
    }

    func stop() async throws {
        try await listening.withLock { $0 }?.close()
    }

    func ignoreManagement() {
        state.withLock { $0.answersManagement = false }
    }

    /// Returns once so many business requests have come.
    func untilReceived(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.requestCount >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    fileprivate func actions(for request: WireMessage) -> [ScriptedAction] {
        if request.type == .managementRequest {
            guard state.withLock({ $0.answersManagement }) else { return [] }
            return [.message(SampleMessages.answer(to: request))]
        }
        let (number, reached) = state.withLock { state in
            state.requestCount += 1
            let count = state.requestCount
            let reached = state.waiters.filter { $0.count <= count }.map(\.continuation)
            state.waiters.removeAll { $0.count <= count }
            return (count, reached)
        }
        for continuation in reached { continuation.resume() }
        return script(request, number)
    }
}

private final class ScriptedSession: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let network: HostileNetwork
    private var reader = WireFrameReader()

    init(network: HostileNetwork) {
        self.network = network
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.append(unwrapInboundIn(data))
        while let frame = try? reader.next(), let request = try? WireMessage(decoding: frame) {
            for action in network.actions(for: request) { perform(action, context) }
        }
    }

    private func perform(_ action: ScriptedAction, _ context: ChannelHandlerContext) {
        switch action {
        case .bytes(let bytes): write(bytes, context)
        case .message(let message):
            if let bytes = try? message.encoded() { write(WireFrame.framed(bytes), context) }
        case .dribble(let message):
            guard let bytes = try? message.encoded() else { return }
            for byte in WireFrame.framed(bytes) { write([byte], context) }
        case .reset:
            let channel = context.channel
            let options = channel as? any SocketOptionProvider
            options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
                channel.close(promise: nil)
            }
        case .close: context.close(promise: nil)
        }
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }
}
