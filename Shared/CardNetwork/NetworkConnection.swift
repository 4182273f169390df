import Logging
import NIOCore
import NIOPosix
import Synchronization

/// What a request came to on its connection.
enum Exchange: Sendable {
    case answered(WireMessage)
    case unknown
    case notSent
}

/// One connection to the network, many requests in flight.
///
/// A request's fate is decided under one lock: an answer, its deadline, its task's cancellation and
/// the connection's end all look it up in ``InFlightTable``, and whoever finds it wakes its task.
final class NetworkConnection: Sendable {
    private typealias Waiter = CheckedContinuation<Exchange, Never>

    private struct State: ~Copyable {
        var table = InFlightTable<Waiter>()
        var nextID: UInt64 = 1
        var isClosed = false
    }

    private static let maximumGarbledInRow = 3
    /// Deadlines are looked at this often, so a time runs out up to this much late.
    private static let tick = TimeAmount.milliseconds(25)

    private let channel: any Channel
    private let writer: FrameWriter
    private let maximumInFlight: Int
    private let counters: NetworkCounters
    private let logger: Logger
    private let state = Mutex(State())

    private init(
        channel: any Channel,
        maximumInFlight: Int,
        counters: NetworkCounters,
        logger: Logger
    ) {
        self.channel = channel
        self.maximumInFlight = maximumInFlight
        self.counters = counters
        self.logger = logger
        writer = FrameWriter(channel: channel)
    }

    /// Connects; the connection is not signed on yet.
    static func open(
        _ configuration: CardNetworkConfiguration,
        group: any EventLoopGroup,
        counters: NetworkCounters,
        logger: Logger
    ) async throws -> NetworkConnection {
        let channel = try await ClientBootstrap(group: group)
            .connectTimeout(TimeAmount(configuration.connectTimeout))
            .channelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(ChannelOptions.socketOption(.so_keepalive), value: 1)
            .channelOption(ChannelOptions.autoRead, value: false)
            .connect(host: configuration.host, port: configuration.port)
            .get()
        let connection = NetworkConnection(
            channel: channel,
            maximumInFlight: configuration.maximumInFlight,
            counters: counters,
            logger: logger
        )
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(NetworkReceiver(connection: connection))
        }.get()
        try await channel.setOption(ChannelOptions.autoRead, value: true).get()
        connection.watchDeadlines()
        return connection
    }

    /// Whether requests are still taken.
    var isOpen: Bool { state.withLock { !$0.isClosed } }

    /// Returns when the connection has ended.
    func untilClosed() async {
        try? await channel.closeFuture.get()
    }

    /// Ends the connection; what is in flight gets its outcome.
    func close() {
        let ended = state.withLock { state -> (unknown: [Waiter], notSent: [Waiter])? in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            return state.table.takeAll(handedOverCount: writer.close())
        }
        guard let ended else { return }
        for waiter in ended.unknown { waiter.resume(returning: .unknown) }
        for waiter in ended.notSent { waiter.resume(returning: .notSent) }
        channel.close(promise: nil)
    }

    /// Sends a request and waits for its answer, its time, the task's end or the connection's end.
    func exchange(_ request: WireMessage, frame: [UInt8], timeout: Duration) async -> Exchange {
        guard let key = AnswerKey(request: request) else { return .notSent }
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                let isTaken = state.withLock { state -> Bool in
                    // A cancellation before this line is seen here, a later one finds the entry.
                    guard !state.isClosed, state.table.count < maximumInFlight,
                        !Task.isCancelled, let number = writer.enqueue(frame)
                    else { return false }
                    state.table.insert(
                        waiter,
                        id: id,
                        key: key,
                        deadline: deadline,
                        frameNumber: number
                    )
                    return true
                }
                if !isTaken { waiter.resume(returning: .notSent) }
            }
        } onCancel: {
            // It may be on its way already, and is not taken back: nobody knows.
            let removed = state.withLock { $0.table.remove(id: id, key: key) }
            removed?.waiter.resume(returning: .unknown)
        }
    }

    // MARK: - From the event loop

    fileprivate func received(_ message: WireMessage) {
        guard let key = AnswerKey(answer: message) else {
            logger.warning(
                "the network sent a request",
                metadata: ["type": "\(message.type.rawValue)"]
            )
            counters.count { $0.garbledMessages += 1 }
            return
        }
        let waiters = state.withLock { $0.table.take(key) }
        if waiters.isEmpty {
            counters.count { $0.unmatchedAnswers += 1 }
            logger.info(
                "an answer that nobody waits for",
                metadata: ["type": "\(key.type.rawValue)", "reference": "\(key.reference)"]
            )
        }
        for waiter in waiters { waiter.resume(returning: .answered(message)) }
    }

    /// Whether the connection goes on after this many unreadable messages in a row.
    fileprivate func received(unreadable error: WireError, countInRow: Int) -> Bool {
        counters.count { $0.garbledMessages += 1 }
        let goesOn = !error.losesFraming && countInRow < Self.maximumGarbledInRow
        logger.warning(
            "the network sent an unreadable message",
            metadata: ["reason": "\(error)", "connection": goesOn ? "kept" : "closed"]
        )
        return goesOn
    }

    private func watchDeadlines() {
        let task = channel.eventLoop.scheduleRepeatedTask(
            initialDelay: Self.tick,
            delay: Self.tick
        ) { _ in
            let expired = self.state.withLock { $0.table.takeExpired(at: .now()) }
            for waiter in expired { waiter.resume(returning: .unknown) }
        }
        channel.closeFuture.whenComplete { _ in
            task.cancel()
            self.close()
        }
    }
}

/// Cuts what arrives into messages and hands them to the connection.
private final class NetworkReceiver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: NetworkConnection
    private var reader = WireFrameReader()
    private var garbledInRow = 0

    init(connection: NetworkConnection) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.append(unwrapInboundIn(data))
        var isReading = true
        while isReading {
            do throws(WireError) {
                guard let frame = try reader.next() else { return }
                connection.received(try WireMessage(decoding: frame))
                garbledInRow = 0
            } catch {
                garbledInRow += 1
                isReading = connection.received(unreadable: error, countInRow: garbledInRow)
                if !isReading { connection.close() }
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.close()
    }
}
