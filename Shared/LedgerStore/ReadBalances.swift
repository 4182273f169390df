import Ledger
public import Money
import Payments
import Postgres
public import Projections

/// What a merchant has with us in one currency; positive is owed to the merchant.
public struct MerchantBalance: Sendable, Equatable {
    /// The currency.
    public let currency: Currency
    /// Captured and not yet settled, in minor units.
    public let pendingMinorUnits: Int64
    /// Settled, in minor units.
    public let availableMinorUnits: Int64
}

/// Accounts and balances of a merchant.
extension MerchantReader {
    /// The merchant's balances, one for each currency it has had money in.
    public func balances() async throws -> [MerchantBalance] {
        let pending = AccountCode.merchantEscrowPending.rawValue
        let available = AccountCode.merchantEscrowAvailable.rawValue
        let rows = try await read([
            """
            SELECT currency,
                coalesce(-sum(balance_minor) FILTER (WHERE code = \(pending)), 0)::bigint,
                coalesce(-sum(balance_minor) FILTER (WHERE code = \(available)), 0)::bigint
            FROM account JOIN account_balance ON account_id = id
            WHERE account.merchant_id = \(merchantID.rawValue)
            GROUP BY currency
            ORDER BY currency
            """
        ])
        return try rows[0].map { row in
            let (currency, pending, available) = try row.decode((String, Int64, Int64).self)
            return MerchantBalance(
                currency: try Currency(currency),
                pendingMinorUnits: pending,
                availableMinorUnits: available
            )
        }
    }

    /// The merchant's own accounts.
    public func accounts() async throws -> [AccountRecord] {
        let rows = try await read([
            """
            SELECT code, currency FROM account
            WHERE merchant_id = \(merchantID.rawValue)
            ORDER BY currency, code
            """
        ])
        return try rows[0].map { row in
            let (code, currency) = try row.decode((Int16, String).self)
            guard let code = AccountCode(rawValue: code) else {
                throw PostgresError(.protocolViolation, "an account is not in the chart")
            }
            return AccountRecord(
                code: code,
                merchantID: merchantID,
                currency: try Currency(currency)
            )
        }
    }

    /// The balance of one of the merchant's own accounts from all entries that took effect before a
    /// moment, on the account's normal side; nil when the merchant has no such account.
    public func balance(of account: AccountRecord, before time: Timestamp) async throws -> Money? {
        guard account.merchantID == merchantID else { return nil }
        let bound = PostgresTimestamp(microsecondsSinceEpoch: time.microsecondsSinceEpoch)
        let rows = try await read([
            """
            SELECT coalesce(
                sum(entry.amount_minor) FILTER (WHERE journal.effective_at < \(bound)), 0
            )::bigint
            FROM account
            LEFT JOIN entry ON entry.account_id = account.id
                -- A merchant's own accounts are strict: their entries are numbered, and indexed so.
                AND entry.account_version IS NOT NULL
            LEFT JOIN journal ON journal.id = entry.journal_id
            WHERE account.merchant_id = \(merchantID.rawValue)
                AND account.code = \(account.code.rawValue)
                AND account.currency = \(account.currency.code)
            GROUP BY account.id
            """
        ])
        guard let row = rows[0].first else { return nil }
        let debits = try row.decode(Int64.self, at: 0)
        return Money(
            minorUnits: account.code.definition.normalSide.sign * debits,
            currency: account.currency
        )
    }
}
