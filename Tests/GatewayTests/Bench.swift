import CardNetwork
import CommandQueue
import Hummingbird
import HummingbirdTesting
import JSON
import Logging
import MerchantAPI
import Money
import Payments
import Postgres
import Projections
import ServiceKit
import Synchronization
import Webhooks

@testable import Gateway

/// A gateway for tests: real but for the queue, the vault and the clock.
struct Bench: Sendable {
    static let secretKey = "sk_test_0123456789abcdefghij"
    static let publishableKey = "pk_test_0123456789abcdefghij"
    static let otherKey = "sk_test_otherotherotherother"

    let desk: TestDesk
    let vault = TestVault()
    let responder: GatewayResponder

    init(
        database: any PostgresExecutor = NoDatabase(),
        desk: TestDesk = TestDesk(),
        answering other: (any CommandDesk)? = nil,
        transport: TransportRules = TransportRules(
            terminatesTLS: false,
            allowsPlainHTTP: true,
            trustedProxies: []
        ),
        replyTimeout: Duration = .seconds(8),
        demoMerchantsPerMinute: Int = 100,
        tokenizationsPerMinute: Int = 100,
        limits: HTTPLimits = HTTPLimits(),
        admission: Admission = Admission(),
        metrics: Metrics = Metrics(),
        tracesStages: Bool = false
    ) {
        self.desk = desk
        let clock: @Sendable () -> Timestamp = { Timestamp(secondsSinceEpoch: 1_760_000_000) }
        let handlers = MerchantAPIHandlers(
            database: database,
            desk: other ?? desk,
            vault: vault,
            keys: KeyRing(look: { Self.known($0) }, clock: clock),
            fingerprint: Fingerprint(secret: Array("0123456789abcdef".utf8)),
            clock: clock,
            allowsDemoMerchants: true,
            webhooks: WebhookRules(
                policy: TargetPolicy(allowsLoopback: false),
                secrets: WebhookSecrets(installationSecret: Array("0123456789abcdef".utf8))
            )
        )
        responder = GatewayResponder(
            transport: transport,
            handlers: handlers,
            limits: limits,
            addressLimits: AddressLimits(
                demoMerchantsPerMinute: demoMerchantsPerMinute,
                tokenizationsPerMinute: tokenizationsPerMinute
            ),
            admission: admission,
            stages: StageTrace(metrics, isOn: tracesStages),
            replyTimeout: replyTimeout,
            metrics: GatewayMetrics(metrics),
            logger: Self.silent
        )
    }

    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func merchant(_ id: String) -> Merchant {
        Merchant(
            id: MerchantID(checked: id),
            livemode: false,
            country: "IN",
            defaultCurrency: .inr,
            feePolicy: .standard,
            refundFeePolicy: .kept,
            statementDescriptor: "TEA HOUSE",
            apiVersion: APIVersion.current.rawValue,
            payoutDelayDays: 2,
            keys: [],
            createdAt: Timestamp(secondsSinceEpoch: 1_760_000_000)
        )
    }

    private static func known(_ hash: [UInt8]) -> KnownKey? {
        let own = merchant("acct_000000000000000000000001")
        let other = merchant("acct_000000000000000000000002")
        let keys: [(String, Merchant, APIKeyKind)] = [
            (secretKey, own, .secret), (publishableKey, own, .publishable),
            (otherKey, other, .secret),
        ]
        guard let row = keys.first(where: { KeyRing.hash($0.0) == hash }) else { return nil }
        return KnownKey(merchant: row.1, kind: row.2, livemode: false, expiresAt: nil)
    }

    /// What the rules decide, for commands that need no network.
    @Sendable
    static func decided(_ submission: Submission) -> StoredReply? {
        let command = SubmittedCommand(
            id: 1,
            merchantID: submission.merchantID,
            receivedAt: Timestamp(secondsSinceEpoch: 1_760_000_000),
            command: submission.command
        )
        let merchant = merchant(submission.merchantID.rawValue)
        let decision = command.decide(
            given: Aggregates(merchant: merchant),
            at: command.receivedAt,
            mayHaveRun: false
        )
        return decision.reply.map { reply in
            let rendered = ResourceRenderer().reply(
                reply,
                given: Aggregates(merchant: merchant),
                expand: []
            )
            return StoredReply(
                status: Int16(rendered.status),
                body: rendered.body.serialized()
            )
        }
    }

    /// Sends a request to the routes, without a socket.
    func send(
        _ method: String,
        _ path: String,
        form: String? = nil,
        key: String? = Bench.secretKey,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        var fields = HTTPFields()
        if let key { fields[.authorization] = "Bearer \(key)" }
        if form != nil { fields[.contentType] = "application/x-www-form-urlencoded" }
        for (name, value) in headers {
            if let name = HTTPFields.Element.Name(name) { fields[name] = value }
        }
        let sent = fields
        let application = Application(responder: responder, logger: Self.silent)
        return try await application.test(.router) { client in
            try await client.execute(
                uri: path,
                method: HTTPRequest.Method(method) ?? .get,
                headers: sent,
                body: form.map { ByteBuffer(string: $0) }
            ) { response in
                try Answer(response)
            }
        }
    }

    func post(
        _ path: String,
        _ form: String = "",
        key: String? = Bench.secretKey,
        idempotencyKey: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        var headers = headers
        if let idempotencyKey { headers["Idempotency-Key"] = idempotencyKey }
        return try await send("POST", path, form: form, key: key, headers: headers)
    }
}

/// An answer with its body read.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let text: String
    let body: JSON

    init(_ response: TestResponse) throws {
        status = response.status.code
        headers = response.headers
        text = String(buffer: response.body)
        body = try JSON(parsing: text)
    }

    var error: JSON? { body["error"] }

    func header(_ name: String) -> String? {
        HTTPFields.Element.Name(name).flatMap { headers[$0] }
    }
}

/// A queue in memory with the rules of the real one: a merchant's key is taken once.
final class TestDesk: CommandDesk {
    private struct Row {
        let submission: Submission
        var reply: StoredReply?
    }

    private struct State {
        var rows: [Row] = []
        var answers: @Sendable (Submission) -> StoredReply?
    }

    private let state: Mutex<State>

    /// `answers` is the orchestrator; nil means that the outcome does not come in time.
    init(
        answers: @escaping @Sendable (Submission) -> StoredReply? = { _ in
            StoredReply(status: 200, body: Array(#"{"object":"done"}"#.utf8))
        }
    ) {
        state = Mutex(State(answers: answers))
    }

    var submissions: [Submission] { state.withLock { $0.rows.map(\.submission) } }

    /// Changes the orchestrator.
    func answer(with answers: @escaping @Sendable (Submission) -> StoredReply?) {
        state.withLock { $0.answers = answers }
    }

    func submit(_ submission: Submission) async throws -> SubmissionResult {
        state.withLock { state in
            let known = state.rows.firstIndex {
                $0.submission.merchantID == submission.merchantID
                    && $0.submission.idempotencyKey == submission.idempotencyKey
            }
            guard let known else {
                state.rows.append(Row(submission: submission))
                return .accepted(commandID: Int64(state.rows.count))
            }
            let row = state.rows[known]
            return .duplicate(
                EarlierSubmission(
                    commandID: Int64(known + 1),
                    fingerprint: row.submission.fingerprint,
                    endpoint: row.submission.endpoint,
                    requestID: row.submission.requestID,
                    reply: row.reply
                )
            )
        }
    }

    func reply(
        to commandID: Int64,
        within duration: Duration,
        orElse lateReply: @Sendable () async throws -> StoredReply
    ) async throws -> StoredReply {
        let index = Int(commandID) - 1
        let ready = state.withLock { $0.answers($0.rows[index].submission) }
        let reply = if let ready { ready } else { try await lateReply() }
        state.withLock { $0.rows[index].reply = reply }
        return reply
    }
}

/// A vault that takes one number and remembers what it was given.
final class TestVault: CardVault {
    private let numbers = Mutex<[String]>([])
    private let away = Mutex(false)

    var received: [String] { numbers.withLock { $0 } }

    /// Whether it answers nobody.
    var isAway: Bool {
        get { away.withLock { $0 } }
        set { away.withLock { $0 = newValue } }
    }

    static let card = CardDetails(
        networkToken: "vault-token",
        brand: "visa",
        last4: "4242",
        expirationMonth: 12,
        expirationYear: 2034,
        funding: .credit,
        country: "US",
        fingerprint: "fingerprint",
        checks: CardChecks(cvc: .pass),
        risk: .normal
    )

    func tokenize(_ card: CardData) async throws(VaultError) -> CardDetails {
        guard !isAway else { throw .unavailable(reason: "the test says so") }
        numbers.withLock { $0.append(card.number) }
        guard card.number == "4242424242424242" else { throw .refused(.incorrectNumber) }
        return Self.card
    }

    func resolve(_ identifier: String) async throws(VaultError) -> CardDetails? {
        identifier == "pm_card_visa" || identifier == "tok_visa" ? Self.card : nil
    }
}

/// For tests that must not read anything.
struct NoDatabase: PostgresExecutor {
    func pipeline(_ queries: [Query]) async throws(PostgresError) -> [Rows] {
        throw PostgresError(.invalidRequest, "this test has no database")
    }
}
