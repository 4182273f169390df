import JSON
import Money
import Postgres

/// Records runs, and the discrepancies that they found.
enum RunStore {
    /// Writes the run's row, opens what is new, marks what was seen again, and moves the watermark.
    static func record(
        _ report: RunReport,
        mark: Watermark?,
        on pool: PostgresPool
    ) async throws -> RunReport {
        try await pool.withTransaction { transaction in
            let rows = try await transaction.query(
                """
                INSERT INTO reconciliation_run (
                    extent, scope, started_at, finished_at, rows_checked, found, is_truncated
                )
                VALUES (
                    \(report.extent.rawValue),
                    \(String(decoding: report.scope.document.serialized(), as: UTF8.self)),
                    \(PostgresTimestamp(report.startedAt)),
                    \(PostgresTimestamp(report.finishedAt)), \(Int64(report.rowsChecked)),
                    \(Int32(report.findings.count)), \(report.isTruncated)
                )
                RETURNING id
                """
            )
            var recorded = report
            let run = try rows.first?.decode(Int64.self, at: 0) ?? 0
            recorded.runID = run
            recorded.opened = try await open(report.findings, run: run, report, transaction)
            if let mark {
                try await transaction.execute(mark.store)
                try await transaction.execute(BalanceChanges.remember)
            }
            return recorded
        }
    }

    private static func open(
        _ findings: [Finding],
        run: Int64,
        _ report: RunReport,
        _ transaction: Transaction
    ) async throws -> Int {
        guard !findings.isEmpty else { return 0 }
        // Two checks may meet the same break; the first words stand.
        var seen: Set<[String]> = []
        let unique = findings.filter {
            seen.insert([$0.kind.rawValue, $0.subject, $0.currencyCode ?? ""]).inserted
        }
        let occurred = unique.map { $0.occurredAt.map { PostgresTimestamp($0) } }
        let rows = try await transaction.query(
            """
            INSERT INTO discrepancy AS known (
                class, subject, merchant_id, currency, expected_minor, actual_minor, left_id,
                right_id, occurred_at, detail, found_at, seen_at, first_run, last_run
            )
            SELECT class, subject, merchant_id, currency, expected_minor, actual_minor, left_id,
                right_id, occurred_at, detail, \(PostgresTimestamp(report.finishedAt)),
                \(PostgresTimestamp(report.finishedAt)), \(run), \(run)
            FROM unnest(
                \(unique.map(\.kind.rawValue))::text[], \(unique.map(\.subject))::text[],
                \(unique.map(\.merchantID))::text[], \(unique.map(\.currencyCode))::text[],
                \(unique.map(\.expectedMinorUnits))::bigint[],
                \(unique.map(\.actualMinorUnits))::bigint[], \(unique.map(\.leftID))::text[],
                \(unique.map(\.rightID))::text[], \(occurred)::timestamptz[],
                \(unique.map(\.detail))::text[]
            ) AS found (
                class, subject, merchant_id, currency, expected_minor, actual_minor, left_id,
                right_id, occurred_at, detail
            )
            ON CONFLICT (class, subject, coalesce(currency, '')) WHERE status <> 'closed' DO UPDATE
            SET seen_at = EXCLUDED.seen_at, last_run = EXCLUDED.last_run,
                expected_minor = EXCLUDED.expected_minor, actual_minor = EXCLUDED.actual_minor,
                detail = EXCLUDED.detail
            RETURNING first_run = \(run)
            """
        )
        return try rows.count { try $0.decode(Bool.self, at: 0) }
    }
}
