import Foundation
import Postgres

/// What must hold of the whole store after any load, asked of the database itself.
enum BooksCheck {
    /// How long the stack may take to finish what was asked for.
    private static let restSeconds = 60

    /// What is wrong, in words; nothing if the books are right.
    static func problems(_ context: BenchmarkContext) async throws -> [String] {
        try await context.withPool(context.databaseURL) { pool in
            try await untilAtRest(pool)
            // Hash joins of millions of rows; the stack's own connections keep their settings.
            return try await pool.withTransaction { transaction in
                _ = try await transaction.query("SET LOCAL work_mem = '256MB'")
                var problems: [String] = []
                for invariant in Invariant.all {
                    let rows = try await transaction.query(invariant.violations)
                    guard !rows.isEmpty else { continue }
                    let examples = try rows.prefix(3).map { try $0.decode(String.self, at: 0) }
                    problems.append(
                        "\(rows.count) of \(invariant.name): \(examples.joined(separator: ", "))"
                    )
                }
                return problems
            }
        }
    }

    private static func untilAtRest(_ pool: PostgresPool) async throws {
        let deadline = ContinuousClock.now + .seconds(restSeconds)
        while true {
            let rows = try await pool.query("SELECT count(*) FROM work")
            let left = try rows[0].decode(Int64.self, at: 0)
            if left == 0 { return }
            guard .now < deadline else {
                throw BenchmarkError("\(left) commands were not finished in \(restSeconds) seconds")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}

/// A rule, and a query for what breaks it; its first column names the offender as text.
struct Invariant: Sendable {
    let name: String
    let violations: Query

    static let all: [Invariant] = [
        Invariant(
            name: "journals that do not sum to zero in each currency",
            violations: """
                SELECT journal_id::text FROM entry GROUP BY journal_id, currency
                HAVING sum(amount_minor) <> 0
                """
        ),
        Invariant(
            name: "journals without entries",
            violations: """
                SELECT id::text FROM journal
                WHERE NOT EXISTS (SELECT FROM entry WHERE journal_id = journal.id)
                """
        ),
        Invariant(
            name: "entries without a journal",
            violations: """
                SELECT journal_id::text FROM entry
                WHERE NOT EXISTS (SELECT FROM journal WHERE id = entry.journal_id)
                """
        ),
        Invariant(
            name: "balances that are not the sum of their entries",
            violations: """
                SELECT balance.account_id::text FROM account_balance balance
                LEFT JOIN (
                    SELECT account_id, sum(amount_minor) AS total FROM entry GROUP BY account_id
                ) summed ON summed.account_id = balance.account_id
                WHERE balance.balance_minor <> coalesce(summed.total, 0)
                """
        ),
        Invariant(
            name: "streams whose versions are not dense from 1",
            violations: """
                SELECT stream::text FROM event GROUP BY merchant_id, stream
                HAVING min(version) <> 1 OR max(version) <> count(*)
                """
        ),
        Invariant(
            name: "money events without a journal",
            violations: """
                SELECT stream::text FROM event
                WHERE type IN (
                        'payment_captured', 'refund_requested', 'refund_issued', 'refund_failed',
                        'refund_returned', 'dispute_funds_withdrawn', 'dispute_fee_charged',
                        'dispute_charged_back', 'dispute_represented',
                        'dispute_funds_reinstated', 'dispute_fee_returned')
                    AND NOT EXISTS (
                        SELECT FROM journal
                        WHERE journal.merchant_id = event.merchant_id
                            AND journal.stream = event.stream
                            AND journal.version = event.version)
                """
        ),
        Invariant(
            name: "journals without an event",
            violations: """
                SELECT id::text FROM journal
                WHERE NOT EXISTS (
                    SELECT FROM event
                    WHERE event.merchant_id = journal.merchant_id
                        AND event.stream = journal.stream AND event.version = journal.version)
                """
        ),
        Invariant(
            name: "payments with more captured than authorized, or more refunded than captured",
            violations: """
                SELECT id::text FROM payment
                WHERE captured_minor > authorized_minor OR refunded_minor > captured_minor
                """
        ),
        Invariant(
            name: "payments that are not the fold of all their events",
            violations: """
                SELECT coalesce(payment.id, counted.stream)::text FROM payment
                FULL JOIN (
                    SELECT merchant_id, stream, max(version) AS version FROM event
                    WHERE stream >= 'pi_' AND stream < 'pi`'
                    GROUP BY merchant_id, stream
                ) counted ON counted.merchant_id = payment.merchant_id
                    AND counted.stream = payment.id
                WHERE payment.version IS DISTINCT FROM counted.version
                """
        ),
        Invariant(
            name: "finished commands without a reply",
            violations: """
                SELECT command.id::text FROM command
                WHERE NOT EXISTS (SELECT FROM work WHERE command_id = command.id)
                    AND NOT EXISTS (SELECT FROM reply WHERE command_id = command.id)
                """
        ),
    ]
}
