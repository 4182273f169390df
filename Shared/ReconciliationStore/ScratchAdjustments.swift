import Ledger
import Money
import Payments
import Postgres

/// Has two people explain the money that a scratch store's bank knows and nobody else does: into
/// suspense first, then to a merchant.
enum ScratchAdjustments {
    /// What was posted, so that breaks can be planted in it.
    struct Index {
        struct Pair {
            /// The bank exception that was explained.
            let exception: String
            /// What booked it into suspense.
            let booking: String
            /// What took it out again.
            let clearing: String
        }

        private(set) var pairs: [Pair] = []

        static func read(_ pool: PostgresPool) async throws -> Index {
            let rows = try await pool.query(
                """
                SELECT discrepancy.subject, booking.id, clearing.id
                FROM adjustment clearing JOIN adjustment booking ON booking.id = clearing.clears
                JOIN discrepancy ON discrepancy.id = booking.discrepancy_id
                ORDER BY booking.id
                """
            )
            var index = Index()
            index.pairs = try rows.map { row in
                let (exception, booking, clearing) = try row.decode((String, String, String).self)
                return Pair(exception: exception, booking: booking, clearing: clearing)
            }
            return index
        }
    }

    static func run(_ pool: PostgresPool, at now: Timestamp) async throws {
        let merchants = try await pool.query("SELECT min(merchant_id) FROM settlement")
        guard let merchant = try merchants.first?.decode(String?.self, at: 0),
            let merchantID = MerchantID(rawValue: merchant)
        else { return }
        let exceptions = try await pool.query(
            """
            SELECT message_name || ' ' || subject, currency::text, amount_minor
            FROM bank_exception ORDER BY message_name, subject
            """
        )
        for row in exceptions {
            let (subject, code, minorUnits) = try row.decode((String, String, Int64).self)
            let amount = Money(minorUnits: minorUnits, currency: try Currency(code))
            let booking = try await agree(
                .bankException,
                subject,
                ProposedEntry(debit: .bankEscrow, credit: .suspense, amount: amount),
                at: now,
                pool
            )
            _ = try await agree(
                .suspenseOpen,
                booking.rawValue,
                ProposedEntry(
                    debit: .suspense,
                    credit: .merchantEscrowAvailable,
                    amount: amount,
                    merchantID: merchantID,
                    clears: booking
                ),
                at: now,
                pool
            )
        }
    }

    /// A discrepancy as a run would have found it, and its whole way.
    private static func agree(
        _ kind: DiscrepancyClass,
        _ subject: String,
        _ entry: ProposedEntry,
        at now: Timestamp,
        _ pool: PostgresPool
    ) async throws -> AdjustmentID {
        let rows = try await pool.query(
            """
            WITH run AS (
                INSERT INTO reconciliation_run (
                    extent, scope, started_at, finished_at, rows_checked, found, is_truncated)
                VALUES ('part', '{}', \(PostgresTimestamp(now)), \(PostgresTimestamp(now)), 1, 1, false)
                RETURNING id
            )
            INSERT INTO discrepancy (
                class, subject, currency, detail, found_at, seen_at, first_run, last_run)
            SELECT \(kind.rawValue), \(subject), \(entry.amount.currency.code), \(subject),
                \(PostgresTimestamp(now)), \(PostgresTimestamp(now)), id, id
            FROM run RETURNING id
            """
        )
        let id = try rows.first?.decode(Int64.self, at: 0) ?? 0
        let store = DiscrepancyStore(pool)
        try await store.take(.proposed, id, entry: entry, operator: "asha", note: "x", at: now)
        try await store.take(.approved, id, operator: "ravi", note: "x", at: now)
        let adjustment = try await store.post(id, operator: "ravi", note: "x", at: now)
        try await pool.execute("UPDATE discrepancy SET status = 'closed' WHERE id = \(id)")
        return adjustment
    }
}
