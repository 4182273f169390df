import Logging
import Money
import Payments
import Synchronization
import Testing

@testable import CardNetwork

@Suite("The client of the card network", .timeLimit(.minutes(1)))
struct ClientTests {
    private static let short = Duration.milliseconds(300)
    /// Long enough that running out of it means that something never happened.
    private static let ample = Duration.seconds(20)
    private static let approved = NetworkOutcome.approved(
        code: "A1B2C3",
        networkTransactionID: "NTX000000000000"
    )

    private func withClient(
        _ network: HostileNetwork,
        change: (inout CardNetworkConfiguration) -> Void = { _ in },
        _ body: (CardNetworkClient) async throws -> Void
    ) async throws {
        let port = try await network.start()
        try await withClient(port: port, change: change) { client in
            await client.untilConnected()
            try await body(client)
        }
        try await network.stop()
    }

    private func withClient(
        port: Int,
        change: (inout CardNetworkConfiguration) -> Void = { _ in },
        _ body: (CardNetworkClient) async throws -> Void
    ) async throws {
        var configuration = CardNetworkConfiguration(host: "127.0.0.1", port: port)
        configuration.connectionCount = 1
        configuration.initialBackoff = .milliseconds(5)
        configuration.maximumBackoff = .milliseconds(20)
        change(&configuration)
        let client = CardNetworkClient(
            configuration: configuration,
            clock: { Timestamp(secondsSinceEpoch: 1_760_000_000) },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await client.run() }
            try await body(client)
            tasks.cancelAll()
        }
    }

    @Test("reads approvals and declines")
    func answers() async throws {
        let network = HostileNetwork { request, number in
            [.message(SampleMessages.answer(to: request, code: number == 1 ? "00" : "51"))]
        }
        try await withClient(network) { client in
            let first = await client.send(SampleEffects.authorization(), timeout: Self.ample)
            #expect(first == Self.approved)
            let second = await client.send(
                SampleEffects.authorization(command: 50),
                timeout: Self.ample
            )
            #expect(second == .declined(responseCode: "51"))
        }
    }

    @Test(
        "reads the answers to advices and reversals",
        arguments: [
            ("00", NetworkOutcome.acknowledged), ("09", .inProgress),
            ("25", .refused(responseCode: "25")),
        ]
    )
    func advices(code: String, expected: NetworkOutcome) async throws {
        let network = HostileNetwork { request, _ in
            [.message(SampleMessages.answer(to: request, code: code))]
        }
        try await withClient(network) { client in
            for effect in SampleEffects.all.dropFirst() {
                #expect(await client.send(effect, timeout: Self.ample) == expected)
            }
        }
    }

    @Test("matches answers that come in another order")
    func outOfOrder() async throws {
        let count = 200
        let requests = Requests()
        let network = HostileNetwork { request, number in
            let all = requests.add(request)
            guard number == count else { return [] }
            return all.shuffled().map { request in
                // The code names the request, so that a mixed-up answer is seen.
                let code = String((request[.reference] ?? "").suffix(6))
                return .message(
                    SampleMessages.answer(to: request, changing: [.authorizationCode: code])
                )
            }
        }
        try await withClient(network) { client in
            await withTaskGroup(of: Void.self) { tasks in
                for command in 1...Int64(count) {
                    tasks.addTask {
                        let effect = SampleEffects.authorization(command: command)
                        let outcome = await client.send(effect, timeout: Self.ample)
                        let code = String(effect.message.reference.rawValue.suffix(6))
                        #expect(
                            outcome
                                == .approved(code: code, networkTransactionID: "NTX000000000000")
                        )
                    }
                }
            }
            #expect(client.statistics.connectionsOpened == 1)
            #expect(client.statistics.unmatchedAnswers == 0)
        }
    }

    @Test("does not know the outcome when no answer comes, and ignores one that comes late")
    func lateAnswer() async throws {
        let requests = Requests()
        let network = HostileNetwork { request, number in
            guard number > 1 else {
                _ = requests.add(request)
                return []
            }
            return (requests.all + [request]).map { .message(SampleMessages.answer(to: $0)) }
        }
        try await withClient(network) { client in
            let first = await client.send(SampleEffects.authorization(), timeout: Self.short)
            #expect(first == .unknown)
            let second = await client.send(
                SampleEffects.authorization(command: 50),
                timeout: Self.ample
            )
            #expect(second == Self.approved)
            #expect(client.statistics.unmatchedAnswers == 1)
            #expect(client.statistics.connectionsOpened == 1)
        }
    }

    @Test("takes the first of two equal answers")
    func duplicateAnswer() async throws {
        let network = HostileNetwork { request, number in
            let answer = ScriptedAction.message(SampleMessages.answer(to: request))
            return number == 1 ? [answer, answer] : [answer]
        }
        try await withClient(network) { client in
            #expect(
                await client.send(SampleEffects.authorization(), timeout: Self.ample)
                    == Self.approved
            )
            #expect(
                await client.send(SampleEffects.capture(), timeout: Self.ample) == .acknowledged
            )
            #expect(client.statistics.unmatchedAnswers == 1)
        }
    }

    @Test("drops an unreadable message and keeps the connection")
    func garbage() async throws {
        let network = HostileNetwork { request, number in
            number == 1
                ? [.bytes(WireFrame.framed([UInt8](repeating: 0xFF, count: 60)))]
                : [.message(SampleMessages.answer(to: request))]
        }
        try await withClient(network) { client in
            let first = await client.send(SampleEffects.authorization(), timeout: Self.short)
            #expect(first == .unknown)
            let second = await client.send(SampleEffects.reversal(), timeout: Self.ample)
            #expect(second == .acknowledged)
            #expect(client.statistics.garbledMessages == 1)
            #expect(client.statistics.connectionsOpened == 1)
        }
    }

    @Test(
        "ends the connection when messages can no longer be told apart, and makes a new one",
        arguments: [
            ScriptedAction.bytes([0xFF, 0xFF, 0x30]), .bytes([0, 0]), .reset, .close,
            .bytes((0..<3).flatMap { _ in WireFrame.framed([0xFF]) }),
        ]
    )
    func lostConnection(action: ScriptedAction) async throws {
        let network = HostileNetwork { request, number in
            number == 1 ? [action] : [.message(SampleMessages.answer(to: request))]
        }
        try await withClient(network) { client in
            // Long before its time is up: the connection's end is the end of waiting.
            let first = await client.send(SampleEffects.authorization(), timeout: Self.ample)
            #expect(first == .unknown)
            let second = await client.send(SampleEffects.reversal(), timeout: Self.ample)
            #expect(second == .acknowledged)
            #expect(client.statistics.connectionsOpened == 2)
        }
    }

    @Test(
        "does not believe an answer that contradicts its request",
        arguments: [
            [WireField.amount: "000000100001"], [.currency: "840"], [.acceptor: "someone else 15"],
            [.authorizationCode: nil],
        ]
    )
    func contradiction(changes: [WireField: String?]) async throws {
        let network = HostileNetwork { request, _ in
            [.message(SampleMessages.answer(to: request, changing: changes))]
        }
        try await withClient(network) { client in
            #expect(
                await client.send(SampleEffects.authorization(), timeout: Self.ample) == .unknown
            )
            #expect(client.statistics.garbledMessages == 1)
        }
    }

    @Test("puts an answer together that comes byte by byte")
    func dribble() async throws {
        let network = HostileNetwork { request, _ in
            [.dribble(SampleMessages.answer(to: request))]
        }
        try await withClient(network) { client in
            #expect(
                await client.send(SampleEffects.authorization(), timeout: Self.ample)
                    == Self.approved
            )
        }
    }

    @Test("knows that nothing was sent when there is no network")
    func noNetwork() async throws {
        let network = HostileNetwork { _, _ in [] }
        let port = try await network.start()
        try await network.stop()
        let change: (inout CardNetworkConfiguration) -> Void = { $0.patience = Self.short }
        try await withClient(port: port, change: change) { client in
            #expect(
                await client.send(SampleEffects.authorization(), timeout: Self.ample) == .notSent
            )
            #expect(client.statistics.notSent == 1)
        }
    }

    @Test("lets a request wait for a network that is about to come")
    func patience() async throws {
        let network = HostileNetwork { request, _ in
            [.message(SampleMessages.answer(to: request))]
        }
        let port = try await network.start()
        try await network.stop()
        let change: (inout CardNetworkConfiguration) -> Void = { $0.patience = Self.ample }
        try await withClient(port: port, change: change) { client in
            async let outcome = client.send(SampleEffects.authorization(), timeout: Self.ample)
            try await network.start(port: port)
            #expect(await outcome == Self.approved)
        }
        try await network.stop()
    }

    @Test("gives a canceled task its outcome at once")
    func cancellation() async throws {
        let network = HostileNetwork { _, _ in [] }
        try await withClient(network) { client in
            await withTaskGroup(of: NetworkOutcome.self) { tasks in
                tasks.addTask {
                    await client.send(SampleEffects.authorization(), timeout: Self.ample)
                }
                await network.untilReceived(1)
                tasks.cancelAll()
                #expect(await tasks.next() == .unknown)
            }
        }
    }

    @Test("takes no more requests than it may have in flight")
    func inFlightLimit() async throws {
        let network = HostileNetwork { _, _ in [] }
        let change: (inout CardNetworkConfiguration) -> Void = { $0.maximumInFlight = 1 }
        try await withClient(network, change: change) { client in
            await withTaskGroup(of: NetworkOutcome.self) { tasks in
                tasks.addTask {
                    await client.send(SampleEffects.authorization(), timeout: Self.ample)
                }
                await network.untilReceived(1)
                let second = await client.send(SampleEffects.reversal(), timeout: Self.ample)
                #expect(second == .notSent)
                tasks.cancelAll()
            }
        }
    }

    @Test("ends a connection on which echo tests are not answered")
    func echoes() async throws {
        let network = HostileNetwork { _, _ in [] }
        let change: (inout CardNetworkConfiguration) -> Void = { configuration in
            configuration.echoInterval = .milliseconds(10)
            configuration.echoTimeout = .milliseconds(100)
        }
        try await withClient(network, change: change) { client in
            async let outcome = client.send(SampleEffects.authorization(), timeout: Self.ample)
            await network.untilReceived(1)
            // Nobody answers it; it comes back when an echo test ends the connection.
            network.ignoreManagement()
            #expect(await outcome == .unknown)
        }
    }
}

/// What a script has seen.
private final class Requests: Sendable {
    private let messages = Mutex<[WireMessage]>([])

    var all: [WireMessage] { messages.withLock { $0 } }

    func add(_ message: WireMessage) -> [WireMessage] {
        messages.withLock { messages in
            messages.append(message)
            return messages
        }
    }
}
