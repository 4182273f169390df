import JSON
public import Payments
public import Postgres

/// The network's notices as they came in, and the commands that record what they tell.
///
/// A notice and its command are stored in one transaction, so each has its effect once, however
/// often it is delivered, whoever pulls it, and whenever a process is killed.
public struct NoticeInbox: Sendable {
    /// What became of a page of notices.
    public struct Taken: Sendable, Equatable {
        /// How many were new.
        public let count: Int
        /// The references that no payment of ours has.
        public let strangers: [NetworkReference]
    }

    private let pool: PostgresPool

    /// Works through a pool in the role `orchestrator`.
    public init(_ pool: PostgresPool) {
        self.pool = pool
    }

    /// The place of the last notice that is stored; 0 before the first.
    public func cursor() async throws -> Int64 {
        let rows = try await pool.query("SELECT coalesce(max(sequence), 0) FROM network_notice")
        return try rows.first?.decode(Int64.self, at: 0) ?? 0
    }

    /// Stores those that are new, each with the command that `submission` makes of it.
    ///
    /// A notice that fits no payment is stored all the same: what it moved is found by
    /// reconciliation, and those that follow are not held up.
    public func take(
        _ notices: [NetworkNotice],
        submission: @Sendable (NetworkNotice, MerchantID, PaymentID) -> Submission
    ) async throws -> Taken {
        try await pool.withTransaction { transaction in
            let homes = try await Self.homes(of: notices, transaction)
            // The payment that a notice is about, if it is its acceptor's.
            func home(of notice: NetworkNotice) -> Home? {
                homes[notice.original].flatMap { home in
                    home.merchantID.rawValue.hasSuffix(notice.acceptor) ? home : nil
                }
            }
            let rows = try await transaction.query(Self.insert(notices, notices.map(home)))
            let fresh = Set(try rows.map { try $0.decode(Int64.self, at: 0) })
            let new = notices.filter { fresh.contains($0.sequence) }
            let submissions = new.compactMap { notice in
                home(of: notice).map { submission(notice, $0.merchantID, $0.paymentID) }
            }
            if !submissions.isEmpty {
                try await transaction.execute(
                    SubmissionStore.submission(of: submissions, instance: "")
                )
            }
            return Taken(
                count: new.count,
                strangers: new.filter { home(of: $0) == nil }.map(\.original)
            )
        }
    }

    private struct Home {
        let merchantID: MerchantID
        let paymentID: PaymentID
    }

    /// The payments whose commands sent what the notices are about.
    private static func homes(
        of notices: [NetworkNotice],
        _ transaction: Transaction
    ) async throws -> [NetworkReference: Home] {
        let numbers = Set(notices.map(\.original.commandID)).sorted()
        let rows = try await transaction.query(
            """
            SELECT id, merchant_id, target FROM command
            WHERE id = ANY (\(numbers)::bigint[]) AND target LIKE 'pi\\_%'
            """
        )
        var homes: [NetworkReference: Home] = [:]
        for row in rows {
            let (number, merchant, target) = try row.decode((Int64, String, String).self)
            guard let merchantID = MerchantID(rawValue: merchant),
                let paymentID = PaymentID(rawValue: target)
            else { continue }
            homes[NetworkReference(commandID: number)] = Home(
                merchantID: merchantID,
                paymentID: paymentID
            )
        }
        return homes
    }

    private static func insert(
        _ notices: [NetworkNotice],
        _ homes: [Home?]
    ) -> Query {
        """
        INSERT INTO network_notice (sequence, merchant_id, payment_id, content)
        SELECT sequence, merchant_id, payment_id, content
        FROM unnest(
            \(notices.map(\.sequence))::bigint[],
            \(homes.map { $0?.merchantID.rawValue })::text[],
            \(homes.map { $0?.paymentID.rawValue })::text[],
            \(notices.map { String(decoding: $0.document.serialized(), as: UTF8.self) })::text[]
        ) AS told (sequence, merchant_id, payment_id, content)
        ORDER BY sequence
        ON CONFLICT DO NOTHING
        RETURNING sequence
        """
    }
}
