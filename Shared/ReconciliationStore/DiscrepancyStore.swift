public import Money
public import Postgres

/// Reads discrepancies and takes the steps of their way; none is ever deleted.
public struct DiscrepancyStore: Sendable {
    private static let maximumListed: Int64 = 10_000

    private let pool: PostgresPool

    /// Works in the role of reconciliation.
    public init(_ pool: PostgresPool) {
        self.pool = pool
    }

    /// Discrepancies, oldest first.
    public func list(closed: Bool) async throws -> [Discrepancy] {
        let rows = try await pool.query(
            """
            SELECT id, class, subject, merchant_id, currency, expected_minor, actual_minor, left_id,
                right_id, occurred_at, detail, status, found_at, seen_at, first_run, last_run,
                proposal, proposed_by, approved_by
            FROM discrepancy WHERE \(closed) OR status <> 'closed'
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

    /// Takes a step, if it is one that the discrepancy can take now.
    public func take(
        _ status: DiscrepancyStatus,
        _ id: Int64,
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
            try await transaction.execute(Self.update(status, id, by: name, note: note))
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

    private static func require(
        _ status: DiscrepancyStatus,
        _ known: Discrepancy,
        by name: String,
        _ transaction: Transaction
    ) async throws {
        switch (known.status, status) {
        case (.open, .proposed), (.proposed, .open), (.approved, .open): return
        case (.proposed, .approved):
            guard known.proposedBy != name else { throw DiscrepancyRefusal.sameOperator }
        case (.open, .closed), (.approved, .closed):
            let rows = try await transaction.query(
                """
                SELECT coalesce(max(id), 0) > \(known.lastRun) FROM reconciliation_run
                WHERE extent = 'full' AND NOT is_truncated
                """
            )
            guard try rows.first?.decode(Bool.self, at: 0) == true else {
                throw DiscrepancyRefusal.stillThere
            }
        case (.open, _), (.proposed, _), (.approved, _), (.closed, _):
            throw DiscrepancyRefusal.illegalStep(from: known.status, to: status)
        }
    }

    private static func update(
        _ status: DiscrepancyStatus,
        _ id: Int64,
        by name: String,
        note: String
    ) -> Query {
        switch status {
        case .proposed:
            """
            UPDATE discrepancy SET status = 'proposed', proposed_by = \(name), proposal = \(note)
            WHERE id = \(id)
            """
        case .approved:
            "UPDATE discrepancy SET status = 'approved', approved_by = \(name) WHERE id = \(id)"
        case .open:
            """
            UPDATE discrepancy
            SET status = 'open', proposed_by = NULL, approved_by = NULL, proposal = NULL
            WHERE id = \(id)
            """
        case .closed:
            "UPDATE discrepancy SET status = 'closed' WHERE id = \(id)"
        }
    }

    private static func find(
        _ id: Int64,
        _ executor: any PostgresExecutor
    ) async throws -> Discrepancy? {
        try await executor.query(
            """
            SELECT id, class, subject, merchant_id, currency, expected_minor, actual_minor, left_id,
                right_id, occurred_at, detail, status, found_at, seen_at, first_run, last_run,
                proposal, proposed_by, approved_by
            FROM discrepancy WHERE id = \(id)
            """
        ).first.map { try Discrepancy($0) }
    }
}

extension Discrepancy {
    fileprivate init(_ row: Row) throws {
        let (
            id, kind, subject, merchant, currency, expected, actual, left, right, occurredAt,
            detail,
            status, foundAt, seenAt, firstRun, lastRun, proposal, proposedBy, approvedBy
        ) = try row.decode(
            (
                Int64, String, String, String?, String?, Int64?, Int64?, String?, String?,
                PostgresTimestamp?, String, String, PostgresTimestamp, PostgresTimestamp, Int64,
                Int64, String?, String?, String?
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
            proposedBy: proposedBy,
            approvedBy: approvedBy
        )
    }
}
