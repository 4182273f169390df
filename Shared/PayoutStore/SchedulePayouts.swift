import EventStore
import JSON
import Ledger
import LedgerStore
public import Money
public import Payments
import Postgres
import Projections

/// A merchant's currency of which something is due to be paid out.
public struct DuePayout: Sendable, Hashable {
    /// Whose money it is.
    public let merchantID: MerchantID
    /// In which currency.
    public let currency: Currency
}

extension PayoutStore {
    /// What is due by the merchants' own time.
    public func due(limit: Int) async throws -> [DuePayout] {
        let rows = try await pool.query(
            """
            SELECT DISTINCT merchant_id, currency::text FROM payout_schedule
            WHERE done_at IS NULL AND due_at <= merchant_now(merchant_id)
            LIMIT \(Int64(limit))
            """
        )
        return try rows.map { row in
            let (merchant, currency) = try row.decode((String, String).self)
            return DuePayout(
                merchantID: MerchantID(checked: merchant),
                currency: try Currency(currency)
            )
        }
    }

    /// Makes the payout that is due; nil where nothing is, or less than the merchant wants at once.
    ///
    /// It pays what is available, less what was settled later and is due on another day. What it does
    /// not pay stays available, for the next.
    public func pay(_ due: DuePayout) async throws -> Payout? {
        let merchantID = due.merchantID.rawValue
        let currency = due.currency.code
        return try await pool.withTransaction { transaction in
            let locked = try await transaction.query(
                """
                SELECT settlement_id FROM payout_schedule
                WHERE merchant_id = \(merchantID) AND currency = \(currency)::char(3)
                    AND done_at IS NULL AND due_at <= merchant_now(merchant_id)
                ORDER BY settlement_id
                FOR UPDATE
                """
            )
            let settlements = try locked.map { try $0.decode(String.self, at: 0) }
            guard !settlements.isEmpty else { return nil }
            let results = try await transaction.pipeline([
                """
                SELECT merchant.document, settings.document, merchant_now(merchant.merchant_id)
                FROM merchant LEFT JOIN balance_settings settings USING (merchant_id)
                WHERE merchant.merchant_id = \(merchantID)
                """,
                """
                SELECT coalesce(-sum(balance_minor), 0)::bigint
                FROM account JOIN account_balance ON account_balance.account_id = account.id
                WHERE account.merchant_id = \(merchantID) AND code = 2011
                    AND currency = \(currency)::char(3)
                """,
                """
                SELECT coalesce(sum(greatest(available_minor, 0)), 0)::bigint FROM payout_schedule
                WHERE merchant_id = \(merchantID) AND currency = \(currency)::char(3)
                    AND done_at IS NULL AND due_at > merchant_now(merchant_id)
                """,
            ])
            guard let known = results[0].first, let balance = results[1].first,
                let later = results[2].first
            else { throw FactError.conflicted }
            let (document, own, now) = try known.decode(
                ([UInt8], [UInt8]?, PostgresTimestamp).self
            )
            let merchant = try Merchant(document: try JSON(parsing: document))
            let settings =
                try own.map { try BalanceSettings(document: try JSON(parsing: $0)) }
                ?? BalanceSettings(of: merchant)
            let payable =
                try balance.decode(Int64.self, at: 0) - later.decode(Int64.self, at: 0)
            var payout: Payout?
            if settings.interval == .daily, payable >= max(1, settings.minimumMinorUnits) {
                payout = try await Self.create(
                    Money(minorUnits: payable, currency: due.currency),
                    merchant,
                    settings,
                    at: now.moment,
                    in: transaction
                )
            }
            try await transaction.execute(
                """
                UPDATE payout_schedule
                SET done_at = \(now), payout_id = nullif(\(payout?.id.rawValue ?? ""), '')
                WHERE merchant_id = \(merchantID) AND settlement_id = ANY (\(settlements)::text[])
                """
            )
            return payout
        }
    }

    private static func create(
        _ amount: Money,
        _ merchant: Merchant,
        _ settings: BalanceSettings,
        at now: Timestamp,
        in transaction: Transaction
    ) async throws -> Payout? {
        var generator = SystemRandomNumberGenerator()
        let creation = PayoutCreated(
            payoutID: PayoutID.generate(at: now, using: &generator),
            merchantID: merchant.id,
            livemode: merchant.livemode,
            amount: amount,
            isAutomatic: true,
            sendAt: now,
            arrivalAt: now,
            destination: settings.destination,
            statementDescriptor: settings.statementDescriptor
        )
        return try await record(
            [.created(creation)],
            of: creation.payoutID,
            merchant.id,
            before: nil,
            at: now,
            in: transaction
        )
    }

    /// Appends facts to a payout's stream with all that follows from them.
    static func record(
        _ facts: [PayoutEvent],
        of id: PayoutID,
        _ merchantID: MerchantID,
        before: Payout?,
        at now: Timestamp,
        in transaction: Transaction
    ) async throws -> Payout? {
        var aggregates = Aggregates(payout: before)
        let recorded = try aggregates.append(
            facts.map { StreamEvent(stream: .payout(id), event: .payout($0)) },
            at: now
        )
        guard let payout = aggregates.payout else { return nil }
        var postings: [Posting] = []
        for (fact, event) in zip(facts, recorded) {
            let posting = try Posting(
                of: fact,
                version: event.version,
                effectiveAt: now,
                in: payout
            )
            if let posting { postings.append(posting) }
        }
        var projections = ProjectionBatch()
        projections.add(aggregates, changed: Set(recorded.map(\.stream)))
        let cause = EventCause(commandID: 0, requestID: "payout", idempotencyKey: nil)
        try await FactWriter.write(
            recorded.map { NewEvent(merchantID: merchantID, recorded: $0, cause: cause) },
            postings,
            projections,
            in: transaction
        )
        return payout
    }
}
