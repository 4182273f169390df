import JSON
import Payments
import Postgres

/// What is in a scratch store, so that breaks can be planted at the places that matter.
struct ScratchIndex {
    struct Leg {
        let number: Int16
        let accountID: Int64
        let code: Int16
        let amountMinorUnits: Int64
        let accountVersion: Int64?
        /// Whether it is its account's newest entry.
        let isLast: Bool

        var isStrict: Bool { accountVersion != nil }
        var account: String { "account \(accountID)" }
    }

    struct Journal {
        let id: String
        let merchant: String
        let stream: String
        let version: Int32
        let kind: String
        let currency: String
        var legs: [Leg] = []

        var event: String { "\(stream):\(version)" }

        /// What the accounts of all its legs show when the legs are gone.
        var goneFromAccounts: [Symptom] {
            Dictionary(grouping: legs, by: \.accountID).values.flatMap { legs in
                legs.flatMap { leg in
                    [Symptom(.balanceDiffers, leg.account)]
                        + (leg.isStrict && !legs.contains(where: \.isLast)
                            ? [Symptom(.runningBalanceBroken, leg.account)] : [])
                }
            }
        }
    }

    struct Account {
        let id: Int64
        let merchant: String
        let code: Int16
        let currency: String
        let isStrict: Bool
    }

    private(set) var journals: [Journal] = []
    private(set) var accounts: [Account] = []
    /// Payments without an open outcome.
    private(set) var payments: [Payment] = []
    private(set) var seals: [Int64] = []
    private(set) var commands: [Int64] = []
    private(set) var settled = ScratchSettlement.Index()
    private(set) var banked = ScratchBank.Index()
    private(set) var adjusted = ScratchAdjustments.Index()

    static func read(_ pool: PostgresPool) async throws -> ScratchIndex {
        var index = ScratchIndex()
        let results = try await pool.pipeline([
            """
            SELECT journal.id, journal.merchant_id, journal.stream, journal.version, journal.kind,
                journal.currency::text, entry.leg, entry.account_id, account.code,
                entry.amount_minor, entry.account_version,
                coalesce(entry.account_version = balance.version, false)
            FROM journal
            JOIN entry ON entry.journal_id = journal.id
            JOIN account ON account.id = entry.account_id
            LEFT JOIN account_balance balance ON balance.account_id = account.id
            -- Merchants that settle have breaks of their own, so that each shows as itself.
            WHERE journal.merchant_id NOT IN (SELECT merchant_id FROM settlement)
                AND journal.kind <> 'adjustment_posted'
            ORDER BY journal.position, entry.leg
            """,
            """
            SELECT account.id, merchant_id, code, currency::text, policy = 'strict'
            FROM account JOIN account_code USING (code) ORDER BY account.id
            """,
            """
            SELECT document FROM payment
            WHERE unresolved_since IS NULL
                AND merchant_id NOT IN (SELECT merchant_id FROM settlement)
            ORDER BY merchant_id, id
            """,
            "SELECT id FROM seal ORDER BY id",
            "SELECT id FROM command ORDER BY id",
        ])
        for row in results[0] { try index.add(leg: row) }
        index.accounts = try results[1].map { row in
            let (id, merchant, code, currency, isStrict) = try row.decode(
                (Int64, String, Int16, String, Bool).self
            )
            return Account(
                id: id,
                merchant: merchant,
                code: code,
                currency: currency,
                isStrict: isStrict
            )
        }
        index.payments = try results[2].map { row in
            try Payment(document: try JSON(parsing: try row.decode([UInt8].self, at: 0)))
        }
        index.seals = try results[3].map { try $0.decode(Int64.self, at: 0) }
        index.commands = try results[4].map { try $0.decode(Int64.self, at: 0) }
        index.settled = try await .read(pool)
        index.banked = try await .read(pool)
        index.adjusted = try await .read(pool)
        return index
    }

    private mutating func add(leg row: Row) throws {
        let (
            id, merchant, stream, version, kind, currency, leg, account, code, amount, place, isLast
        ) =
            try row.decode(
                (
                    String, String, String, Int32, String, String, Int16, Int64, Int16, Int64,
                    Int64?, Bool
                ).self
            )
        if journals.last?.id != id {
            journals.append(
                Journal(
                    id: id,
                    merchant: merchant,
                    stream: stream,
                    version: version,
                    kind: kind,
                    currency: currency
                )
            )
        }
        journals[journals.count - 1].legs.append(
            Leg(
                number: leg,
                accountID: account,
                code: code,
                amountMinorUnits: amount,
                accountVersion: place,
                isLast: isLast
            )
        )
    }

    /// The first, the last and one in between, of those that qualify.
    func places<Item>(
        _ items: [Item],
        using numbers: inout SplitMix,
        where qualifies: (Item) -> Bool = { _ in true }
    ) -> [Item] {
        let found = items.filter(qualifies)
        guard let first = found.first, let last = found.last, found.count > 2 else { return found }
        let between = found[Int.random(in: 1..<(found.count - 1), using: &numbers)]
        return [first, between, last]
    }

    /// Every break, at the first place, the last and one that the seed chooses.
    func breaks(using numbers: inout SplitMix) -> [Break] {
        entryBreaks(using: &numbers) + journalBreaks(using: &numbers)
            + balanceBreaks(using: &numbers) + eventBreaks(using: &numbers)
            + projectionBreaks(using: &numbers) + waitingBreaks(using: &numbers)
            + networkBreaks(using: &numbers) + sealBreaks(using: &numbers)
            + settlementBreaks(using: &numbers) + bankBreaks(using: &numbers) + adjustmentBreaks()
    }
}
