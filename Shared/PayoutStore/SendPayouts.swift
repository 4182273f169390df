import JSON
import LedgerStore
public import Money
public import Payments
import Postgres

/// A file that is to be given to the bank.
public struct OutgoingFile: Sendable, Equatable {
    /// Its identifier, which is in it.
    public let id: String
    /// Its bytes as text, always the same.
    public let content: String
}

/// What a file is made of.
public struct FileOrder: Sendable {
    /// The file's identifier.
    public let id: String
    /// When it is made, in the time of the merchants in it.
    public let now: Timestamp
    /// Its payouts, all of one currency.
    public let payouts: [Payout]
}

extension PayoutStore {
    /// The most payouts of one file.
    static let maximumPayoutsInFile = 1_000
    /// How long the bank's answer to a file is waited for before the same file is sent again.
    static let resendSeconds: Int64 = 5
    private static let longestWaitSeconds: Int64 = 300

    /// Writes a file with payouts that may go out, all of one currency; says how many are in it.
    ///
    /// File, instructions and the payouts' own events are one transaction: what was in a file stays in
    /// that file. Nothing has gone to the bank then. One instance writes at a time; payouts are not
    /// locked, because writers append events before they touch projections: where one of them was
    /// canceled or changed meanwhile, nothing is written, and the next turn sees what is left.
    public func writeFile(_ make: (FileOrder) throws -> String) async throws -> Int {
        do {
            return try await pool.withTransaction { transaction in
                let free = try await transaction.query(
                    "SELECT sequence FROM bank_cursor FOR UPDATE SKIP LOCKED"
                )
                return free.isEmpty ? 0 : try await writeFile(make, transaction)
            }
        } catch FactError.conflicted {
            return 0
        }
    }

    private func writeFile(
        _ make: (FileOrder) throws -> String,
        _ transaction: Transaction
    ) async throws -> Int {
        let rows = try await transaction.query(
            """
            SELECT payout.document, merchant_now(payout.merchant_id)
            FROM payout
            JOIN payout_content content ON content.merchant_id = payout.merchant_id
                AND content.payout_id = payout.id
            WHERE status = 'pending' AND send_at <= merchant_now(payout.merchant_id)
                AND currency = (
                    SELECT oldest.currency FROM payout oldest
                    WHERE status = 'pending' AND send_at <= merchant_now(oldest.merchant_id)
                    ORDER BY send_at LIMIT 1)
            ORDER BY send_at
            LIMIT \(Int64(Self.maximumPayoutsInFile))
            """
        )
        var payouts: [(payout: Payout, now: Timestamp)] = []
        for row in rows {
            let (document, now) = try row.decode(([UInt8], PostgresTimestamp).self)
            payouts.append((try Payout(document: try JSON(parsing: document)), now.moment))
        }
        guard let latest = payouts.map(\.now).max() else { return 0 }
        var generator = SystemRandomNumberGenerator()
        let id = "F" + PayoutID.generate(at: latest, using: &generator).suffix
        let order = FileOrder(id: id, now: latest, payouts: payouts.map(\.payout))
        let content = try make(order)
        try await transaction.execute(
            """
            INSERT INTO bank_file (id, currency, content)
            VALUES (\(id), \(payouts[0].payout.amount.currency.code), \(content))
            """
        )
        try await transaction.execute(
            """
            INSERT INTO bank_instruction (end_to_end_id, merchant_id, payout_id, file_id)
            SELECT payout_id, merchant_id, payout_id, \(id)
            FROM unnest(
                \(order.payouts.map(\.merchantID.rawValue))::text[],
                \(order.payouts.map(\.id.rawValue))::text[]) AS sent (merchant_id, payout_id)
            """
        )
        for (payout, now) in payouts {
            _ = try await Self.record(
                [.sent(fileID: id)],
                of: payout.id,
                payout.merchantID,
                before: payout,
                at: now,
                in: transaction
            )
        }
        return payouts.count
    }

    /// Files that are to be given to the bank now, for the first time or because no answer came.
    ///
    /// Whoever claims one has it for a while; another instance that sends it too does no harm, because
    /// the bank takes the same file once.
    public func claimFiles(limit: Int) async throws -> [OutgoingFile] {
        let rows = try await pool.query(
            """
            UPDATE bank_file
            SET attempts = attempts + 1, next_attempt_at = now() + least(
                \(Self.resendSeconds) * power(2, least(attempts, 10)), \(Self.longestWaitSeconds)
            ) * interval '1 second'
            WHERE id IN (
                SELECT id FROM bank_file
                WHERE answered_at IS NULL AND next_attempt_at <= now()
                ORDER BY next_attempt_at LIMIT \(Int64(limit))
                FOR UPDATE SKIP LOCKED)
            RETURNING id, content
            """
        )
        return try rows.map { row in
            let (id, content) = try row.decode((String, String).self)
            return OutgoingFile(id: id, content: content)
        }
    }

    /// The bank has confirmed that it has the file, or says why it does not take it.
    public func delivered(_ id: String, refusal: String?) async throws {
        try await pool.execute(
            """
            UPDATE bank_file
            SET delivered_at = CASE WHEN \(refusal ?? "") = '' THEN now() ELSE delivered_at END,
                refusal = nullif(\(refusal ?? ""), '')
            WHERE id = \(id)
            """
        )
    }
}
