import Ledger
public import Money
public import Payments
public import Postgres

/// Reads discrepancies and takes the steps of their way; none is ever deleted.
public struct DiscrepancyStore: Sendable {
    private static let maximumListed: Int64 = 10_000
    /// A check or a reference that does not hold.
    private static let refusals: Set<String> = ["23503", "23514"]

    private static let selection: StaticString = """
        SELECT id, class, subject, merchant_id, currency, expected_minor, actual_minor, left_id,
            right_id, occurred_at, detail, status, found_at, seen_at, first_run, last_run,
            proposal, proposed_by, approved_by, entry_debit, entry_credit, entry_currency::text,
            entry_minor, entry_merchant_id, entry_clears, adjustment_id
        FROM discrepancy
        """

    private let pool: PostgresPool

    /// Works in the role of reconciliation.
    public init(_ pool: PostgresPool) {
        self.pool = pool
    }

    /// Discrepancies, oldest first.
    public func list(closed: Bool) async throws -> [Discrepancy] {
        let rows = try await pool.query(
            """
            \(raw: Self.selection) WHERE \(closed) OR status <> 'closed'
            ORDER BY id LIMIT \(Self.maximumListed)
            """
        )
        return try rows.map { try Discrepancy($0) }
    }

    /// One discrepancy.
    public func find(_ id: Int64) async throws -> Discrepancy? {
        try await Self.find(id, pool)
    }

    /// What was done about it, oldest first.
    public func steps(of id: Int64) async throws -> [DiscrepancyStep] {
        let rows = try await pool.query(
            """
            SELECT status, operator, note, taken_at FROM discrepancy_step
            WHERE discrepancy_id = \(id) ORDER BY number
            """
        )
        return try rows.map { row in
            let (status, name, note, takenAt) = try row.decode(
                (String, String, String, PostgresTimestamp).self
            )
            return DiscrepancyStep(
                status: status,
                operator: name,
                note: note,
                takenAt: takenAt.moment
            )
        }
    }

    /// Takes a step, if it is one that the discrepancy can take now; a proposal may have an entry.
    public func take(
        _ status: DiscrepancyStatus,
        _ id: Int64,
        entry: ProposedEntry? = nil,
        operator name: String,
        note: String,
        at now: Timestamp
    ) async throws {
        try await pool.withTransaction { transaction in
            _ = try await transaction.query(
                "SELECT 1 FROM discrepancy WHERE id = \(id) FOR UPDATE"
            )
            guard let known = try await Self.find(id, transaction) else {
                throw DiscrepancyRefusal.unknown(id)
            }
            try await Self.require(status, known, by: name, transaction)
            try await refusing {
                _ = try await transaction.execute(
                    Self.update(status, id, entry, by: name, note: note)
                )
            }
            try await transaction.execute(
                """
                INSERT INTO discrepancy_step (
                    discrepancy_id, number, status, operator, note, taken_at
                )
                SELECT \(id), count(*) + 1, \(status.rawValue), \(name), \(note),
                    \(PostgresTimestamp(now))
                FROM discrepancy_step WHERE discrepancy_id = \(id)
                """
            )
        }
    }

    /// Posts the entry that was approved, under a new identifier.
    public func post(
        _ id: Int64,
        operator name: String,
        note: String,
        at now: Timestamp
    ) async throws -> AdjustmentID {
        guard let known = try await find(id) else { throw DiscrepancyRefusal.unknown(id) }
        guard known.status == .approved else {
            throw DiscrepancyRefusal.illegalStep(from: known.status, to: .posted)
        }
        guard known.entry != nil else { throw DiscrepancyRefusal.noEntry }
        var numbers = SystemRandomNumberGenerator()
        let adjustment = AdjustmentID.generate(at: now, using: &numbers)
        try await refusing {
            _ = try await pool.execute(
                """
                SELECT post_adjustment(
                    \(id), \(adjustment.rawValue), \(name), \(note), \(PostgresTimestamp(now)))
                """
            )
        }
        return adjustment
    }

    /// What the store refuses is the operator's to put right.
    private func refusing(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as PostgresError where Self.refusals.contains(error.sqlState ?? "") {
            throw DiscrepancyRefusal.refusedEntry(error.message)
        }
    }

    private static func require(
        _ status: DiscrepancyStatus,
        _ known: Discrepancy,
        by name: String,
        _ transaction: Transaction
    ) async throws {
        switch (known.status, status) {
        case (.open, .proposed), (.proposed, .open), (.approved, .open), (.posted, .open): return
        case (.proposed, .approved):
            guard known.proposedBy != name else { throw DiscrepancyRefusal.sameOperator }
        case (.approved, .closed) where known.entry != nil: throw DiscrepancyRefusal.notPosted
        case (.open, .closed), (.approved, .closed), (.posted, .closed):
            let rows = try await transaction.query(
                """
                SELECT coalesce(max(id), 0) > \(known.lastRun) FROM reconciliation_run
                WHERE extent = 'full' AND NOT is_truncated
                """
            )
            guard try rows.first?.decode(Bool.self, at: 0) == true else {
                throw DiscrepancyRefusal.stillThere
            }
        case (.open, _), (.proposed, _), (.approved, _), (.posted, _), (.closed, _):
            throw DiscrepancyRefusal.illegalStep(from: known.status, to: status)
        }
    }

    private static func update(
        _ status: DiscrepancyStatus,
        _ id: Int64,
        _ entry: ProposedEntry?,
        by name: String,
        note: String
    ) -> Query {
        switch status {
        case .proposed:
            return """
                UPDATE discrepancy SET status = 'proposed', proposed_by = \(name), proposal = \(note),
                    entry_debit = \(entry?.debit.rawValue as Int16?),
                entry_credit = \(entry?.credit.rawValue as Int16?),
                    entry_currency = \(entry?.amount.currency.code as String?)::char(3),
                    entry_minor = \(entry?.amount.minorUnits as Int64?),
                    entry_merchant_id = \(entry?.merchantID?.rawValue as String?),
                    entry_clears = \(entry?.clears?.rawValue as String?)
                WHERE id = \(id)
                """
        case .open:
            return """
                UPDATE discrepancy
                SET status = 'open', proposed_by = NULL, approved_by = NULL, proposal = NULL,
                    entry_debit = NULL, entry_credit = NULL, entry_currency = NULL,
                    entry_minor = NULL, entry_merchant_id = NULL, entry_clears = NULL,
                    adjustment_id = NULL
                WHERE id = \(id)
                """
        case .approved:
            return
                "UPDATE discrepancy SET status = 'approved', approved_by = \(name) WHERE id = \(id)"
        case .posted, .closed:
            return "UPDATE discrepancy SET status = \(status.rawValue) WHERE id = \(id)"
        }
    }

    private static func find(
        _ id: Int64,
        _ executor: any PostgresExecutor
    ) async throws -> Discrepancy? {
        try await executor.query(
            """
            \(raw: Self.selection) WHERE id = \(id)
            """
        ).first.map { try Discrepancy($0) }
    }
}

extension Discrepancy {
    fileprivate init(_ row: Row) throws {
        let (
            id, kind, subject, merchant, currency, expected, actual, left, right, occurredAt,
            detail, status, foundAt, seenAt, firstRun, lastRun, proposal, proposedBy, approvedBy,
            debit, credit, entryCurrency, minorUnits, entryMerchant, clears, adjustment
        ) = try row.decode(
            (
                Int64, String, String, String?, String?, Int64?, Int64?, String?, String?,
                PostgresTimestamp?, String, String, PostgresTimestamp, PostgresTimestamp, Int64,
                Int64, String?, String?, String?, Int16?, Int16?, String?, Int64?, String?,
                String?, String?
            ).self
        )
        guard let kind = DiscrepancyClass(rawValue: kind),
            let status = DiscrepancyStatus(rawValue: status)
        else {
            throw PostgresError(.protocolViolation, "a discrepancy's class or status is not known")
        }
        self.init(
            id: id,
            finding: Finding(
                kind,
                subject,
                merchantID: merchant,
                currencyCode: currency,
                expectedMinorUnits: expected,
                actualMinorUnits: actual,
                leftID: left,
                rightID: right,
                occurredAt: occurredAt?.moment,
                detail: detail
            ),
            status: status,
            foundAt: foundAt.moment,
            seenAt: seenAt.moment,
            firstRun: firstRun,
            lastRun: lastRun,
            proposal: proposal,
            entry: try ProposedEntry(
                debit,
                credit,
                minorUnits,
                entryCurrency,
                entryMerchant,
                clears
            ),
            proposedBy: proposedBy,
            approvedBy: approvedBy,
            adjustmentID: adjustment.flatMap { AdjustmentID(rawValue: $0) }
        )
    }
}

extension ProposedEntry {
    /// What the columns say; nil where no entry is proposed.
    fileprivate init?(
        _ debit: Int16?,
        _ credit: Int16?,
        _ minorUnits: Int64?,
        _ currency: String?,
        _ merchant: String?,
        _ clears: String?
    ) throws {
        guard let debit, let credit, let minorUnits, let currency else { return nil }
        guard let debited = AccountCode(rawValue: debit),
            let credited = AccountCode(rawValue: credit)
        else {
            throw PostgresError(.protocolViolation, "a proposed entry's account is not known")
        }
        self.init(
            debit: debited,
            credit: credited,
            amount: Money(minorUnits: minorUnits, currency: try Currency(currency)),
            merchantID: merchant.flatMap { MerchantID(rawValue: $0) },
            clears: clears.flatMap { AdjustmentID(rawValue: $0) }
        )
    }
}
