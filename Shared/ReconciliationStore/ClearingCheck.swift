import JSON
import Ledger
import Money
import Payments
import Postgres

/// Clearing accounts hold exactly what is in flight: nothing when nothing is; suspense holds nothing.
///
/// Each account that does has a row in ``flights``; another kind of flight is another row.
enum ClearingCheck {
    /// A clearing account, and what a payment has in flight over it, debits positive.
    private struct Flight {
        let code: AccountCode
        let pending: @Sendable (Payment) -> [(currency: String, amountMinorUnits: Int64)]
    }

    /// What is on its way to the bank is owed to merchants until the bank has booked or refused it.
    private static let payouts: Query = """
        SELECT currency::text, -sum(amount_minor)::bigint FROM payout
        WHERE status IN ('pending', 'in_transit') GROUP BY currency
        """

    private static let flights = [
        Flight(code: .refundClearing) { payment in
            payment.refunds.filter { $0.isInFlight && $0.purpose == .returnCaptured }
                .map { ($0.amount.currency.code, -$0.amount.minorUnits) }
        },
        // A notice is booked whole: nothing of a dispute is ever under way.
        Flight(code: .disputeClearing) { _ in [] },
    ]

    private static let pagePayments = 1_000

    static func run(_ context: CheckContext) async throws -> CheckOutcome {
        // Accounts of the platform have no part that is one merchant's or one day's.
        guard context.scope.isWholeStore else { return CheckOutcome() }
        var outcome = CheckOutcome()
        var expected: [Int16: [String: Int64]] = [:]
        var last = (merchant: "", id: "")
        while true {
            let rows = try await context.executor.query(open(after: last))
            for row in rows {
                let (merchant, id, document) = try row.decode((String, String, [UInt8]).self)
                last = (merchant, id)
                outcome.rows += 1
                let payment = try Payment(document: try JSON(parsing: document))
                for flight in flights {
                    for (currency, amount) in flight.pending(payment) {
                        expected[flight.code.rawValue, default: [:]][currency, default: 0] += amount
                    }
                }
            }
            if rows.count < pagePayments { break }
        }
        for row in try await context.executor.query(payouts) {
            let (currency, amount) = try row.decode((String, Int64).self)
            outcome.rows += 1
            expected[AccountCode.payoutClearing.rawValue, default: [:]][currency] = amount
        }
        for clearing in flights.map(\.code) + [.payoutClearing] {
            let code = clearing.rawValue
            let found = try await balances(context, code)
            outcome.rows += found.count
            outcome.add(
                differences(clearing, expected[code] ?? [:], found),
                limit: context.limit
            )
        }
        let lines = try await context.executor.query(suspense(limit: context.limit))
        outcome.rows += lines.count
        outcome.add(try lines.map { try line($0) }, limit: context.limit)
        return outcome
    }

    /// Money in suspense, by the adjustment that put it there: what later ones did not explain.
    private static func suspense(limit: Int) -> Query {
        """
        SELECT coalesce(adjustment.clears, adjustment.id), entry.currency::text,
            sum(entry.amount_minor)::bigint, min(entry.journal_id)
        FROM adjustment
        JOIN entry ON entry.journal_id = adjustment.journal_id
        JOIN account ON account.id = entry.account_id
            AND account.code = \(AccountCode.suspense.rawValue)
        GROUP BY 1, 2 HAVING sum(entry.amount_minor) <> 0
        ORDER BY 1, 2 LIMIT \(Int64(limit + 1))
        """
    }

    private static func line(_ row: Row) throws -> Finding {
        let (adjustment, currency, amount, journal) = try row.decode(
            (String, String, Int64, String).self
        )
        return Finding(
            .suspenseOpen,
            adjustment,
            currencyCode: currency,
            expectedMinorUnits: 0,
            actualMinorUnits: amount,
            leftID: adjustment,
            rightID: journal,
            detail: "\(amount) of \(adjustment) in suspense"
        )
    }

    private static func open(after last: (merchant: String, id: String)) -> Query {
        """
        SELECT merchant_id, id, document FROM payment
        WHERE unresolved_since IS NOT NULL
            AND (merchant_id, id) > (\(last.merchant)::text, \(last.id)::text)
        ORDER BY merchant_id, id
        LIMIT \(Int64(pagePayments))
        """
    }

    private static func balances(
        _ context: CheckContext,
        _ code: Int16
    ) async throws -> [String: Int64] {
        let rows = try await context.executor.query(
            """
            SELECT currency::text, coalesce(sum(account_balance_now(id)), 0)::bigint
            FROM account WHERE code = \(code) GROUP BY currency
            """
        )
        let pairs = try rows.map { try $0.decode((String, Int64).self) }
        return Dictionary(pairs) { first, _ in first }
    }

    private static func differences(
        _ code: AccountCode,
        _ expected: [String: Int64],
        _ found: [String: Int64]
    ) -> [Finding] {
        Set(expected.keys).union(found.keys).sorted().compactMap { currency in
            let inFlight = expected[currency] ?? 0
            let balance = found[currency] ?? 0
            guard inFlight != balance else { return nil }
            return Finding(
                .clearingNotZero,
                "\(code.rawValue)",
                currencyCode: currency,
                expectedMinorUnits: inFlight,
                actualMinorUnits: balance,
                leftID: "what is in flight",
                rightID: "account \(code.rawValue)",
                detail: "\(code.definition.name) holds \(balance), in flight are \(inFlight)"
            )
        }
    }
}
