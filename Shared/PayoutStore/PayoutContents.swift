import Payments
import Postgres

/// What is inside of payouts.
///
/// The entries of a merchant's available balance stand in a queue: settled charges and what is given
/// back add to it, refunds and disputes take from it. Each payout, in the order of their own entries,
/// takes from the front until it has its amount; the last entry may be split, and its rest is the first
/// of the next payout. So every entry is in a payout once, to the minor unit, and manual payouts are
/// explained like scheduled ones. The money of a payout that failed is a new entry, for a later payout.
enum PayoutContents {
    /// Writes down what is inside of a payout; those before it must be written.
    static func allocate(_ payout: String, of merchant: String) -> Query {
        """
        WITH own AS (
            SELECT entry.account_id, entry.account_version AS version, payout.amount_minor
            FROM payout
            JOIN journal ON journal.merchant_id = payout.merchant_id
                AND journal.stream = payout.id AND journal.version = 1
            JOIN entry ON entry.journal_id = journal.id
            JOIN account ON account.id = entry.account_id AND account.code = 2011
            WHERE payout.merchant_id = \(merchant) AND payout.id = \(payout)
        ), used AS (
            SELECT coalesce(latest.last_version, 0) AS version,
                coalesce(latest.last_used_minor, 0) AS minor
            FROM own LEFT JOIN LATERAL (
                SELECT last_version, last_used_minor FROM payout_content content
                WHERE content.account_id = own.account_id
                ORDER BY own_version DESC LIMIT 1
            ) latest ON true
        ), queue AS (
            SELECT entry.account_version AS version, entry.journal_id,
                -entry.amount_minor
                    - CASE WHEN entry.account_version = used.version THEN used.minor ELSE 0 END
                    AS part
            FROM own CROSS JOIN used
            JOIN entry ON entry.account_id = own.account_id
                AND entry.account_version >= used.version AND entry.account_version < own.version
            JOIN journal ON journal.id = entry.journal_id
            WHERE journal.kind <> 'payout_created'
        ), running AS (
            SELECT version, journal_id, part, sum(part) OVER (ORDER BY version) AS total
            FROM queue WHERE part <> 0
        ), cut AS (
            SELECT running.version, running.part, running.total - own.amount_minor AS rest
            FROM running CROSS JOIN own
            WHERE running.total >= own.amount_minor
            ORDER BY running.version LIMIT 1
        ), written AS (
            INSERT INTO payout_item (
                merchant_id, payout_id, account_version, journal_id, amount_minor)
            SELECT \(merchant), \(payout), running.version, running.journal_id,
                running.part - CASE WHEN running.version = cut.version THEN cut.rest ELSE 0 END
            FROM running CROSS JOIN cut
            WHERE running.version <= cut.version
            ON CONFLICT DO NOTHING
        )
        INSERT INTO payout_content (
            merchant_id, payout_id, account_id, own_version, last_version, last_used_minor)
        SELECT \(merchant), \(payout), own.account_id, own.version, cut.version,
            cut.part - cut.rest
                + CASE WHEN cut.version = used.version THEN used.minor ELSE 0 END
        FROM own CROSS JOIN used CROSS JOIN cut
        ON CONFLICT DO NOTHING
        """
    }
}
