import Money
import Postgres

/// What waits for an end past its deadline, and commands that ended without an answer.
enum DeadlinesCheck {
    static func run(_ context: CheckContext) async throws -> CheckOutcome {
        let merchant = context.scope.merchantID ?? ""
        let limit = Int64(context.limit + 1)
        let work = PostgresTimestamp(context.now.adding(seconds: -context.deadlines.workSeconds))
        let open = PostgresTimestamp(
            context.now.adding(seconds: -context.deadlines.paymentSeconds)
        )
        let results = try await context.executor.pipeline([
            """
            SELECT work.command_id, work.merchant_id, work.target, command.received_at
            FROM work JOIN command ON command.id = work.command_id
            WHERE command.received_at < \(work) AND (\(merchant) = '' OR work.merchant_id = \(merchant))
                -- A command that owes the network an answer goes with its payment's deadline.
                AND NOT EXISTS (
                    SELECT FROM payment
                    WHERE payment.merchant_id = work.merchant_id AND payment.id = work.target
                        AND payment.unresolved_since IS NOT NULL)
            ORDER BY work.command_id LIMIT \(limit)
            """,
            """
            SELECT 0::bigint, merchant_id, id, unresolved_since FROM payment
            WHERE unresolved_since < \(open) AND (\(merchant) = '' OR merchant_id = \(merchant))
            ORDER BY unresolved_since LIMIT \(limit)
            """,
            unanswered(context, merchant: merchant, limit: limit),
            """
            SELECT (SELECT count(*) FROM work)
                + (SELECT count(*) FROM payment WHERE unresolved_since IS NOT NULL)
                + (SELECT count(*) FROM webhook_delivery WHERE status = 'pending')
            """,
            OverdueDeliveries.statement(context, merchant: merchant, limit: limit),
        ])
        var outcome = CheckOutcome()
        for (kind, rows) in zip(
            [DiscrepancyClass.workPastDeadline, .paymentPastDeadline, .commandWithoutReply],
            results
        ) {
            outcome.add(try rows.map { try finding(kind, $0) }, limit: context.limit)
        }
        outcome.add(try results[4].map { try OverdueDeliveries.finding($0) }, limit: context.limit)
        outcome.rows = try results[3].first?.decode(Int.self, at: 0) ?? 0
        return outcome
    }

    /// Commands that nobody works on any more and that have no reply.
    private static func unanswered(
        _ context: CheckContext,
        merchant: String,
        limit: Int64
    ) -> Query {
        """
        SELECT command.id, command.merchant_id, command.target, command.received_at
        FROM command
        LEFT JOIN reply ON reply.command_id = command.id
        WHERE reply.command_id IS NULL
            AND NOT EXISTS (SELECT FROM work WHERE work.command_id = command.id)
            AND (\(merchant) = '' OR command.merchant_id = \(merchant))
            AND received_at >= \(context.scope.fromBound)
            AND received_at < \(context.scope.beforeBound)
            -- What is new is found by the next whole run.
            AND \(context.since == nil)
        ORDER BY command.id LIMIT \(limit)
        """
    }

    private static func finding(_ kind: DiscrepancyClass, _ row: Row) throws -> Finding {
        let (command, merchant, target, since) = try row.decode(
            (Int64, String, String, PostgresTimestamp).self
        )
        let isPayment = kind == .paymentPastDeadline
        return Finding(
            kind,
            isPayment ? target : "command \(command)",
            merchantID: merchant,
            leftID: isPayment ? target : "command \(command)",
            rightID: target,
            occurredAt: since.moment,
            detail: isPayment ? "\(target) has an open outcome" : "command \(command) for \(target)"
        )
    }
}
