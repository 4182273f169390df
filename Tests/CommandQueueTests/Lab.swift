import CommandQueue
import JSON
import Logging
import Money
import Payments
import Postgres
import TestKit

/// A migrated database with connections in the services' roles, and ordinary requests.
struct Lab: Sendable {
    let database: TestDatabase
    /// As the tables' owner.
    let owner: PostgresPool
    let gateway: PostgresPool
    let orchestrator: PostgresPool
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func make() async throws -> Lab {
        let database = try await TestDatabase.migrated()
        return Lab(
            database: database,
            owner: try database.pool(),
            gateway: try database.pool(role: "gateway", maximumConnections: 8),
            orchestrator: try database.pool(role: "orchestrator", maximumConnections: 8)
        )
    }

    func gatewayConfiguration() throws -> PostgresConfiguration {
        try database.configuration(role: "gateway")
    }

    /// A submitter that runs, with its notifier, while the body does.
    func withSubmitter<Output: Sendable>(
        _ body: (Submitter) async throws -> Output
    ) async throws -> Output {
        let notifier = Notifier(configuration: try gatewayConfiguration(), logger: logger)
        let submitter = Submitter(
            pool: gateway,
            instance: "one",
            notifier: notifier,
            logger: logger
        )
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await notifier.run() }
            tasks.addTask { await submitter.run() }
            defer { tasks.cancelAll() }
            return try await body(submitter)
        }
    }

    /// Stores requests without a submitter and returns their numbers.
    @discardableResult
    func store(_ submissions: [Submission]) async throws -> [Int64] {
        try await Submitter.submitNow(submissions, instance: "one", to: gateway)
            .compactMap { result in
                switch result {
                case .accepted(let id): id
                case .duplicate: nil
                }
            }
    }

    func count(_ query: Query) async throws -> Int {
        try await owner.query(query).first?.decode(Int.self, at: 0) ?? -1
    }
}

enum Sample {
    static let time = Timestamp(secondsSinceEpoch: 1_767_258_000)

    static func merchantID(_ number: Int = 1) -> MerchantID {
        MerchantID(checked: "acct_" + padded(number))
    }

    static func paymentID(_ number: Int) -> PaymentID {
        PaymentID(checked: "pi_" + padded(number))
    }

    static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 24 - digits.count) + digits
    }

    /// A request to update a payment; what it asks for does not matter to the queue.
    static func submission(
        _ number: Int,
        key: String? = nil,
        payment: Int? = nil,
        merchant: Int = 1,
        fingerprint: [UInt8] = [1, 2, 3],
        requestID: String? = nil,
        description: String = "tea"
    ) -> Submission {
        let details = DetailsChange(description: .set(description))
        return Submission(
            merchantID: merchantID(merchant),
            idempotencyKey: key ?? "key-\(number)",
            fingerprint: fingerprint,
            endpoint: "/v1/payment_intents",
            command: .updatePayment(
                UpdatePayment(
                    paymentID: paymentID(payment ?? number),
                    changes: PaymentChanges(details: details)
                )
            ),
            requestID: requestID ?? "req_\(number)",
            apiVersion: "2026-10-28.endive"
        )
    }
}

/// Asks again and again until a condition holds; the test's time limit is the only other end.
///
/// The pause only leaves the processor to others; no test depends on its length.
func eventually(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { try await Task.sleep(for: .milliseconds(1)) }
}
