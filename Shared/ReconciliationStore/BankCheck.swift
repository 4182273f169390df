import EventStore
import Money
import Postgres

/// Our books and the bank's own account of our money.
///
/// Payouts are compared by their end-to-end id, and what the network pays for its clearing files by the
/// payment's reference, which is made of the file's name: so each batch agrees three ways, between our
/// items, the network's file (``SettlementsCheck``) and the bank.
enum BankCheck {
    /// How far back an incremental run looks for what the network was to pay, in days of the merchant.
    private static let recentDays: Int64 = 45

    static func run(_ context: CheckContext) async throws -> CheckOutcome {
        let parts: [(DiscrepancyClass, Query)] = [
            (.bankDiffers, differingPayouts(context)),
            (.bankDiffers, differingClearings(context)),
            (.bankDiffers, strangeClearings(context)),
            (.payoutContentsDiffer, differingContents(context)),
            (.negativeBalance, overdrawnAccounts(context)),
            (.payoutPastDeadline, unansweredPayouts(context)),
            (.statementBroken, brokenStatements(context)),
            (.bankException, exceptions(context)),
            (.clientMoneyUncovered, uncoveredMoney(context)),
        ]
        let results = try await context.executor.pipeline(parts.map(\.1) + [size])
        var outcome = CheckOutcome()
        for (part, rows) in zip(parts, results) {
            outcome.add(try rows.map { try finding(part.0, $0) }, limit: context.limit)
        }
        outcome.rows = try results[parts.count].first?.decode(Int.self, at: 0) ?? 0
        return outcome
    }

    /// What the bank moved for a payout, and what account 1010 says that it moved.
    private static func differingPayouts(_ context: CheckContext) -> Query {
        let merchant = context.scope.merchantID ?? ""
        let currency = context.scope.currencyCode ?? ""
        let since = (context.since ?? .beginning).event
        let heard = PostgresTimestamp(context.now.adding(seconds: -context.deadlines.lineSeconds))
        return """
            SELECT chosen.id, chosen.merchant_id, chosen.currency::text,
                ours.minor + agreed.minor, theirs.minor,
                'account 1010', chosen.created_at
            FROM payout chosen
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(entry.amount_minor), 0)::bigint AS minor
                FROM journal JOIN entry ON entry.journal_id = journal.id
                JOIN account ON account.id = entry.account_id AND account.code = 1010
                WHERE journal.stream = chosen.id
            ) ours
            -- What people agreed on, about the payout or about one of the bank's entries for it.
            CROSS JOIN LATERAL (
                SELECT adjusted_minor('bank_differs', chosen.id, chosen.currency::text, 1010)
                    + coalesce(sum(adjusted_minor(
                        'bank_exception', odd.message_name || ' ' || odd.subject,
                        chosen.currency::text, 1010)), 0)::bigint AS minor
                FROM bank_entry told
                JOIN bank_exception odd
                    ON odd.subject = told.reference AND odd.currency = told.currency
                WHERE told.end_to_end_id = chosen.id
            ) agreed
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(told.amount_minor), 0)::bigint AS minor FROM bank_entry told
                WHERE told.end_to_end_id = chosen.id AND told.currency = chosen.currency
                    -- A return that was told before its booking waits for it.
                    AND (told.applied_at IS NOT NULL OR EXISTS (
                        SELECT FROM bank_message message
                        WHERE message.name = told.message_name AND message.received_at < \(heard)))
            ) theirs
            WHERE ours.minor + agreed.minor <> theirs.minor
                AND (\(context.since == nil) OR EXISTS (
                    SELECT FROM event
                    WHERE event.merchant_id = chosen.merchant_id AND event.stream = chosen.id
                        AND (epoch, tx, position) > (
                            \(since.epoch)::integer, \(since.transaction)::xid8,
                            \(since.position)::bigint))
                    OR chosen.status = 'in_transit')
                AND (\(merchant) = '' OR chosen.merchant_id = \(merchant))
                AND chosen.created_at >= \(context.scope.fromBound)
                AND chosen.created_at < \(context.scope.beforeBound)
                AND (\(currency) = '' OR chosen.currency = \(currency)::char(3))
            ORDER BY chosen.created_at LIMIT \(Int64(context.limit + 1))
            """
    }

    /// What the network paid for its clearing files, and what their trailers come to.
    private static func differingClearings(_ context: CheckContext) -> Query {
        let merchant = context.scope.merchantID ?? ""
        let currency = context.scope.currencyCode ?? ""
        let due = PostgresTimestamp(
            context.now.adding(seconds: -context.deadlines.clearingMoneySeconds)
        )
        let recent = PostgresTimestamp(context.now.adding(seconds: -recentDays * 86_400))
        return """
            SELECT batch.id, batch.merchant_id, batch.currency::text, filed.net + agreed.minor,
                theirs.minor,
                clearing_reference(batch.merchant_id, batch.currency, batch.cutoff_at),
                batch.created_at
            FROM settlement batch
            CROSS JOIN LATERAL (
                SELECT sum(sale_minor - refund_minor - interchange_minor)::bigint AS net
                FROM clearing_file file, clearing_trailer(file.content)
                WHERE file.merchant_id = batch.merchant_id AND file.settlement_id = batch.id
                    AND file.refusal IS NULL
            ) filed
            CROSS JOIN LATERAL (
                SELECT sum(told.amount_minor)::bigint AS minor FROM bank_entry told
                WHERE told.end_to_end_id
                    = clearing_reference(batch.merchant_id, batch.currency, batch.cutoff_at)
            ) theirs
            CROSS JOIN LATERAL (
                SELECT adjusted_minor('bank_differs', batch.id, batch.currency::text, 1010) AS minor
            ) agreed
            WHERE filed.net IS NOT NULL AND CASE
                    WHEN theirs.minor IS NOT NULL THEN theirs.minor <> filed.net + agreed.minor
                    ELSE filed.net + agreed.minor <> 0
                        AND batch.cutoff_at < \(due) + merchant_offset(batch.merchant_id) END
                AND (\(context.since == nil)
                    OR batch.cutoff_at >= \(recent) + merchant_offset(batch.merchant_id))
                AND (\(merchant) = '' OR batch.merchant_id = \(merchant))
                AND batch.created_at >= \(context.scope.fromBound)
                AND batch.created_at < \(context.scope.beforeBound)
                AND (\(currency) = '' OR batch.currency = \(currency)::char(3))
            ORDER BY batch.created_at LIMIT \(Int64(context.limit + 1))
            """
    }

    /// Money in the name of a clearing file that we have had for no batch since a day.
    private static func strangeClearings(_ context: CheckContext) -> Query {
        let bound = PostgresTimestamp(context.now.adding(seconds: -context.deadlines.lineSeconds))
        return """
            SELECT 'entry ' || told.reference, NULL::text, told.currency::text, 0::bigint,
                told.amount_minor, told.end_to_end_id, message.received_at
            FROM bank_entry told JOIN bank_message message ON message.name = told.message_name
            WHERE \(context.isWhole) AND told.end_to_end_id LIKE 'CLR%'
                AND message.received_at < \(bound)
                AND told.end_to_end_id NOT IN (
                    SELECT clearing_reference(merchant_id, currency, cutoff_at) FROM settlement)
                AND told.amount_minor <> adjusted_minor(
                    'bank_differs', 'entry ' || told.reference, told.currency::text, 1010)
            ORDER BY 1 LIMIT \(Int64(context.limit + 1))
            """
    }

    private static func differingContents(_ context: CheckContext) -> Query {
        let merchant = context.scope.merchantID ?? ""
        let currency = context.scope.currencyCode ?? ""
        return """
            SELECT payout.id, payout.merchant_id, payout.currency::text, payout.amount_minor,
                inside.minor, 'what is inside', payout.created_at
            FROM payout JOIN payout_content USING (merchant_id)
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(item.amount_minor), 0)::bigint AS minor FROM payout_item item
                WHERE item.merchant_id = payout.merchant_id AND item.payout_id = payout.id
            ) inside
            WHERE payout_content.payout_id = payout.id AND inside.minor <> payout.amount_minor
                AND (\(merchant) = '' OR payout.merchant_id = \(merchant))
                AND payout.created_at >= \(context.scope.fromBound)
                AND payout.created_at < \(context.scope.beforeBound)
                AND (\(currency) = '' OR payout.currency = \(currency)::char(3))
            ORDER BY payout.created_at LIMIT \(Int64(context.limit + 1))
            """
    }

    /// What is available to a merchant falls below nothing by refunds, disputes and fees, never by a
    /// payout or an adjustment.
    private static func overdrawnAccounts(_ context: CheckContext) -> Query {
        let merchant = context.scope.merchantID ?? ""
        let currency = context.scope.currencyCode ?? ""
        let since = (context.since ?? .beginning).event
        return """
            SELECT event.stream, event.merchant_id, entry.currency::text, 0::bigint,
                -entry.balance_after_minor, 'account 2011', event.recorded_at
            FROM event
            JOIN journal ON journal.stream = event.stream AND journal.version = event.version
            JOIN entry ON entry.journal_id = journal.id
                AND entry.amount_minor > 0 AND entry.balance_after_minor > 0
            JOIN account ON account.id = entry.account_id AND account.code = 2011
            WHERE event.type IN ('payout_created', 'adjustment_posted')
                AND (event.epoch, event.tx, event.position) > (
                    \(since.epoch)::integer, \(since.transaction)::xid8, \(since.position)::bigint)
                AND (\(merchant) = '' OR event.merchant_id = \(merchant))
                AND event.recorded_at >= \(context.scope.fromBound)
                AND event.recorded_at < \(context.scope.beforeBound)
                AND (\(currency) = '' OR entry.currency = \(currency)::char(3))
            ORDER BY 1 LIMIT \(Int64(context.limit + 1))
            """
    }

    /// Payouts of which the bank has said nothing, by their merchant's own time.
    private static func unansweredPayouts(_ context: CheckContext) -> Query {
        let merchant = context.scope.merchantID ?? ""
        let bound = PostgresTimestamp(
            context.now.adding(seconds: -context.deadlines.payoutSeconds)
        )
        return """
            SELECT id, merchant_id, currency::text, amount_minor, 0::bigint,
                coalesce(file_id, 'in no file'), send_at
            FROM payout
            WHERE status IN ('pending', 'in_transit')
                AND send_at < \(bound) + merchant_offset(merchant_id)
                AND (\(merchant) = '' OR merchant_id = \(merchant))
            ORDER BY send_at LIMIT \(Int64(context.limit + 1))
            """
    }

    /// Each statement has the next number, opens with what the last one closed with, and closes with
    /// what its entries make of that.
    private static func brokenStatements(_ context: CheckContext) -> Query {
        """
        SELECT 'statement ' || number, NULL::text, currency, opening_minor + moved, closing_minor,
            format('follows %s, opens with %s after %s', before_number, opening_minor, before_closing),
            NULL::timestamptz
        FROM (
            SELECT statement.number, statement.currency::text, opening_minor, closing_minor,
                coalesce(sums.moved, 0)::bigint AS moved,
                coalesce(lag(number) OVER account, 0) AS before_number,
                coalesce(lag(closing_minor) OVER account, 0) AS before_closing
            FROM bank_statement statement
            LEFT JOIN (
                SELECT account_number, currency, statement_number, sum(amount_minor) AS moved
                FROM bank_entry GROUP BY account_number, currency, statement_number
            ) sums ON sums.account_number = statement.account_number
                AND sums.currency = statement.currency AND sums.statement_number = statement.number
            WINDOW account AS (
                PARTITION BY statement.account_number, statement.currency ORDER BY number)
        ) followed
        WHERE \(context.scope.isWholeStore) AND (number <> before_number + 1
            OR opening_minor <> before_closing OR closing_minor <> opening_minor + moved)
        ORDER BY number LIMIT \(Int64(context.limit + 1))
        """
    }

    /// What the bank told and what fits nothing: until the same amount is booked as people agreed, or,
    /// where no money moved, until they agreed that there is nothing to book.
    private static func exceptions(_ context: CheckContext) -> Query {
        """
        SELECT message_name || ' ' || subject, NULL::text, currency::text,
            agreed.minor, amount_minor, reason, found_at
        FROM bank_exception
        CROSS JOIN LATERAL (
            SELECT adjusted_minor(
                'bank_exception', message_name || ' ' || subject, currency::text, 1010) AS minor
        ) agreed
        WHERE \(context.scope.merchantID == nil)
            AND CASE WHEN coalesce(amount_minor, 0) <> 0 THEN agreed.minor <> amount_minor
                ELSE NOT EXISTS (
                    SELECT FROM discrepancy
                    WHERE class = 'bank_exception'
                        AND discrepancy.subject = message_name || ' ' || bank_exception.subject
                        AND approved_by IS NOT NULL) END
            AND found_at >= \(context.scope.fromBound) AND found_at < \(context.scope.beforeBound)
        ORDER BY found_at LIMIT \(Int64(context.limit + 1))
        """
    }

    /// What the bank has and the network owes covers what merchants and customers are owed.
    private static func uncoveredMoney(_ context: CheckContext) -> Query {
        """
        SELECT 'client money', NULL::text, currency, owed, covered, 'accounts 1010 and 1100',
            NULL::timestamptz
        FROM (
            SELECT currency::text,
                coalesce(sum(balance) FILTER (WHERE code < 2000), 0)::bigint AS covered,
                -coalesce(sum(balance) FILTER (WHERE code >= 2000), 0)::bigint AS owed
            FROM (
                SELECT account_id, balance_minor AS balance FROM account_balance
                UNION ALL SELECT account_id, balance_minor FROM account_checkpoint
                -- What the checkpoints of rolled-up accounts do not have yet.
                UNION ALL SELECT entry.account_id, entry.amount_minor
                FROM rollup_horizon folded
                JOIN posting_batch batch ON (batch.epoch, batch.tx, batch.id)
                    > (folded.epoch, folded.tx, folded.batch_id)
                CROSS JOIN LATERAL unnest(batch.journal_ids) AS posted (id)
                JOIN entry ON entry.journal_id = posted.id AND entry.account_version IS NULL
            ) balances
            JOIN account ON account.id = account_id
                AND code IN (1010, 1100, 2010, 2011, 2110, 2120, 2130)
            GROUP BY currency
        ) held
        WHERE \(context.scope.isWholeStore) AND covered < owed
        ORDER BY currency LIMIT \(Int64(context.limit + 1))
        """
    }

    private static let size: Query = """
        SELECT (SELECT count(*) FROM payout) + (SELECT count(*) FROM bank_entry)
            + (SELECT count(*) FROM bank_statement)
        """

    private static func finding(_ kind: DiscrepancyClass, _ row: Row) throws -> Finding {
        let (subject, merchant, currency, expected, actual, place, time) = try row.decode(
            (String, String?, String?, Int64?, Int64?, String, PostgresTimestamp?).self
        )
        return Finding(
            kind,
            subject,
            merchantID: merchant,
            currencyCode: currency,
            expectedMinorUnits: expected,
            actualMinorUnits: actual,
            leftID: subject,
            rightID: place,
            occurredAt: time?.moment,
            detail: "\(subject), \(place)"
        )
    }
}
