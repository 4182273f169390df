import Ledger
public import Money
public import Postgres

/// Balances of accounts that are rolled up: the last checkpoint and the entries after it.
///
/// Folding moves the checkpoints on; without it a balance is as right, and takes longer to read.
/// Several processes may fold at once: one does, the others find nothing to do.
public struct RollupBalances: Sendable {
    /// The most posting batches of one fold, a few thousand journals: some fifty milliseconds.
    public static let maximumBatches: Int32 = 500

    private let executor: any PostgresExecutor

    /// Folds and reads through a pool, a connection or a transaction.
    public init(_ executor: any PostgresExecutor) {
        self.executor = executor
    }

    /// Folds what was posted since the last time, as far as no running transaction can add to it;
    /// returns the number of posting batches folded.
    ///
    /// Call again at once while it returns `maximumBatches`.
    public func fold(
        maximumBatches: Int32 = RollupBalances.maximumBatches
    ) async throws(PostgresError) -> Int {
        let rows = try await executor.query("SELECT fold_rollups(\(maximumBatches))")
        return try rows.first.map { row throws(PostgresError) in
            Int(try row.decode(Int32.self, at: 0))
        } ?? 0
    }

    /// An account's balance as of now, on its normal side, whatever its policy; nil when nothing was
    /// ever booked to it.
    public func balance(of account: AccountRecord) async throws(PostgresError) -> Money? {
        let rows = try await executor.query(
            """
            SELECT account_balance_now(id) FROM account
            WHERE merchant_id = \(account.ownerName) AND code = \(account.code.rawValue)
                AND currency = \(account.currency.code)
            """
        )
        guard let row = rows.first else { return nil }
        let debits = try row.decode(Int64.self, at: 0)
        return Money(
            minorUnits: account.code.definition.normalSide.sign * debits,
            currency: account.currency
        )
    }
}
