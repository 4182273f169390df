public import Logging
public import Money
import NIOCore
public import NIOPosix
public import Payments
import Synchronization

/// The card network over TCP: keeps its connections while ``run()`` runs, and sends over them.
///
/// ```swift
/// let network = CardNetworkClient(configuration: configuration, clock: clock, logger: logger)
/// // run() belongs in a service; it ends when its task is canceled
/// let outcome = await network.send(effect, timeout: .seconds(5))
/// ```
public final class CardNetworkClient: CardNetworkLink {
    private let configuration: CardNetworkConfiguration
    private let group: MultiThreadedEventLoopGroup
    private let board = ConnectionBoard()
    private let counters = NetworkCounters()
    private let traceNumbers = Mutex<Int32>(0)
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger

    /// Names the network; nothing is connected before ``run()``.
    ///
    /// The clock is for messages about the connection itself; they belong to no payment's time.
    public init(
        configuration: CardNetworkConfiguration,
        group: MultiThreadedEventLoopGroup = .singleton,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.configuration = configuration
        self.group = group
        self.clock = clock
        self.logger = logger
    }

    /// Whether a request would go out at once.
    public var isConnected: Bool { !board.isEmpty }

    /// What has been seen so far.
    public var statistics: NetworkStatistics { counters.snapshot }

    /// Keeps the connections until the task is canceled.
    public func run() async {
        await withDiscardingTaskGroup { tasks in
            for _ in 0..<configuration.connectionCount {
                tasks.addTask { await self.keepConnected() }
            }
        }
    }

    /// Returns when there is a connection, or the task is canceled.
    public func untilConnected() async {
        await board.untilFilled()
    }

    /// Sends an effect's message and reads the answer.
    public func send(_ effect: NetworkEffect, timeout: Duration) async -> NetworkOutcome {
        // Answers in disputes have a door of their own, see NoticeClient.
        if case .respond = effect { return .notSent }
        counters.count { $0.requests += 1 }
        let outcome = await exchange(effect, timeout: timeout)
        switch outcome {
        case .notSent: counters.count { $0.notSent += 1 }
        case .unknown: counters.count { $0.unknown += 1 }
        case .approved, .declined, .acknowledged, .refused, .inProgress: break
        }
        return outcome
    }

    private func exchange(_ effect: NetworkEffect, timeout: Duration) async -> NetworkOutcome {
        let request = configuration.profile.message(for: effect)
        let frame: [UInt8]
        do {
            frame = WireFrame.framed(try request.encoded())
        } catch {
            logger.error(
                "a message cannot be written",
                metadata: [
                    "reason": "\(error)", "reference": "\(effect.message.reference)",
                    "payment": "\(effect.message.paymentID)",
                ]
            )
            return .notSent
        }
        let start = ContinuousClock.now
        guard let connection = await connection(within: min(timeout, configuration.patience)) else {
            return .notSent
        }
        let left = timeout - (ContinuousClock.now - start)
        guard left > .zero else { return .notSent }
        switch await connection.exchange(request, frame: frame, timeout: left) {
        case .notSent: return .notSent
        case .unknown: return .unknown
        case .answered(let answer):
            if let outcome = effect.outcome(request: request, answer: answer) { return outcome }
            counters.count { $0.garbledMessages += 1 }
            logger.warning(
                "an answer contradicts its request",
                metadata: ["reference": "\(effect.message.reference)"]
            )
            return .unknown
        }
    }

    private func connection(within patience: Duration) async -> NetworkConnection? {
        if let connection = board.next() { return connection }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await self.board.untilFilled() }
            tasks.addTask { try? await Task.sleep(for: patience) }
            await tasks.next()
            tasks.cancelAll()
        }
        return board.next()
    }

    // MARK: - Keeping a connection

    private func keepConnected() async {
        var backoff = configuration.initialBackoff
        var reported: String?
        while !Task.isCancelled {
            switch await serveOneConnection() {
            case nil:
                backoff = configuration.initialBackoff
                reported = nil
            case let reason?:
                // Told once, and again when it is another; the attempts go on.
                if reason != reported, !Task.isCancelled {
                    logger.warning(
                        "the network cannot be reached",
                        metadata: ["reason": "\(reason)"]
                    )
                }
                reported = reason
            }
            if Task.isCancelled { return }
            // Half to whole, so that processes do not come back in step.
            let wait = backoff * Int.random(in: 50...100) / 100
            try? await Task.sleep(for: wait)
            backoff = min(backoff * 2, configuration.maximumBackoff)
        }
    }

    /// Connects, signs on, and stays until the connection ends; says why it was never of use, if so.
    private func serveOneConnection() async -> String? {
        let connection: NetworkConnection
        do {
            connection = try await NetworkConnection.open(
                configuration,
                group: group,
                counters: counters,
                logger: logger
            )
        } catch {
            return "\(error)"
        }
        defer { connection.close() }
        guard await manage(connection, .signOn) else {
            return "the network did not take the sign-on"
        }
        counters.count { $0.connectionsOpened += 1 }
        logger.info("connected to the card network")
        board.add(connection)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                await withTaskCancellationHandler {
                    await connection.untilClosed()
                } onCancel: {
                    connection.close()
                }
            }
            tasks.addTask { await self.testEchoes(of: connection) }
            await tasks.next()
            board.remove(connection)
            tasks.cancelAll()
        }
        if !Task.isCancelled {
            counters.count { $0.connectionsLost += 1 }
            logger.warning("the connection to the card network ended")
        }
        return nil
    }

    /// Returns when an echo test was not answered, which ends the connection.
    private func testEchoes(of connection: NetworkConnection) async {
        while true {
            do {
                try await Task.sleep(for: configuration.echoInterval)
            } catch {
                return
            }
            guard await manage(connection, .echo) else {
                if !Task.isCancelled { logger.warning("an echo test was not answered") }
                return
            }
        }
    }

    private func manage(_ connection: NetworkConnection, _ code: ManagementCode) async -> Bool {
        let number = traceNumbers.withLock { number in
            number = number % 999_999 + 1
            return number
        }
        let request = configuration.profile.management(code, traceNumber: number, at: clock())
        guard let bytes = try? request.encoded() else { return false }
        let answer = await connection.exchange(
            request,
            frame: WireFrame.framed(bytes),
            timeout: configuration.echoTimeout
        )
        guard case .answered(let message) = answer else { return false }
        return message[.responseCode] == ResponseCode.approved
            && message[.managementCode] == code.rawValue
    }
}
