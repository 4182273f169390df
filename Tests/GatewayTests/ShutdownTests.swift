import CommandQueue
import Foundation
import Hummingbird
import NIOSSL
import ServiceLifecycle
import Testing

@testable import Gateway

/// The end of a gateway, and its own certificate.
@Suite struct ShutdownTests {
    /// Holds a reply back until it is let go, and tells when somebody waits for it.
    private struct Gate: Sendable {
        private let arrivals = AsyncStream.makeStream(of: Void.self)
        private let releases = AsyncStream.makeStream(of: Void.self)

        func pass() async {
            arrivals.continuation.yield()
            var iterator = releases.stream.makeAsyncIterator()
            await iterator.next()
        }

        func untilSomebodyWaits() async {
            var iterator = arrivals.stream.makeAsyncIterator()
            await iterator.next()
        }

        func open() { releases.continuation.yield() }
    }

    /// A queue whose replies wait at a gate.
    private struct GatedDesk: CommandDesk {
        let desk = TestDesk()
        let gate: Gate

        func submit(_ submission: Submission) async throws -> SubmissionResult {
            try await desk.submit(submission)
        }

        func reply(
            to commandID: Int64,
            within duration: Duration,
            orElse lateReply: @Sendable () async throws -> StoredReply
        ) async throws -> StoredReply {
            await gate.pass()
            return try await desk.reply(to: commandID, within: duration, orElse: lateReply)
        }
    }

    @Test("a request that is under way when shutdown begins is answered")
    func underWay() async throws {
        let gate = Gate()
        let bench = Bench(answering: GatedDesk(gate: gate))
        let server = RunningServer(bench: bench, limits: HTTPLimits())
        let form = "amount=5000&currency=inr"
        let request =
            "POST /v1/payment_intents HTTP/1.1\r\nHost: a\r\n"
            + "Authorization: Bearer \(Bench.secretKey)\r\n"
            + "Content-Type: application/x-www-form-urlencoded\r\n"
            + "Content-Length: \(form.utf8.count)\r\n\r\n" + form
        let answers = try await server.runUntilStopped { port, stop in
            async let answers = RawClient.exchange([request], port: port)
            await gate.untilSomebodyWaits()
            await stop()
            gate.open()
            return try await answers
        }
        #expect(answers.map(\.status) == [200])
    }

    @Test("secrets made at the first start are private, and are the same at the next")
    func secrets() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("gateway-" + RandomText.letters(12))
        defer { try? FileManager.default.removeItem(at: folder) }
        let first = try GatewaySecrets(state: folder.path)
        let secret = try first.idempotencySecret(nil)
        #expect(secret.count == 32)
        let again = try GatewaySecrets(state: folder.path)
        #expect(try again.idempotencySecret(nil) == secret)
        let file = folder.appendingPathComponent("gateway/idempotency.secret").path
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
        #expect(mode as? Int == 0o600)

        let now = Date(timeIntervalSince1970: 1_760_000_000)
        let made = try first.selfSignedConfiguration(now: now)
        let kept = try again.selfSignedConfiguration(now: now.addingTimeInterval(86_400))
        #expect(made.certificateChain == kept.certificateChain)
        let late = now.addingTimeInterval(3_650 * 86_400)
        let renewed = try again.selfSignedConfiguration(now: late)
        #expect(renewed.certificateChain != kept.certificateChain)
        #expect(renewed.minimumTLSVersion == .tlsv12)
    }
}
