"""What a test reads about money, from the API and from the books themselves."""

import time

WAIT_SECONDS = 30


def journals(merchant, **filters):
    """All journals that match, newest first, over as many pages as there are."""
    rows, after = [], {}
    while True:
        page = merchant.get("/v1/ledger/journals", {"limit": 100} | filters | after)
        rows += page["data"]
        if not page["has_more"]:
            return rows
        after = {"starting_after": rows[-1]["id"]}


def legs(journal):
    """(account, debit, credit) for each entry; a merchant's own account without the merchant."""
    return [(entry["account"].split(":")[0], entry["debit"], entry["credit"]) for entry in journal["entries"]]


def balanced(rows):
    return all(
        sum(entry["debit"] for entry in row["entries"]) == sum(entry["credit"] for entry in row["entries"]) > 0
        for row in rows
    )


def wait_for(condition, seconds=WAIT_SECONDS):
    """Polls until a condition holds; a state that never comes fails the test."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the awaited state did not come"
        time.sleep(0.05)


# Invariants of the whole store. Each query returns the rows that break one; all must be empty.
BROKEN = {
    "a journal that is not zero-sum per currency": """
        SELECT journal_id, currency FROM entry GROUP BY journal_id, currency
        HAVING sum(amount_minor) <> 0""",
    "a journal without entries": """
        SELECT id FROM journal j WHERE NOT EXISTS (SELECT FROM entry e WHERE e.journal_id = j.id)""",
    "an entry without a journal": """
        SELECT journal_id FROM entry e WHERE NOT EXISTS (SELECT FROM journal j WHERE j.id = e.journal_id)""",
    "a stored balance that is not the sum of its entries": """
        SELECT b.account_id FROM account_balance b
        LEFT JOIN (SELECT account_id, sum(amount_minor) AS total FROM entry GROUP BY account_id) e
            ON e.account_id = b.account_id
        WHERE b.balance_minor <> coalesce(e.total, 0)""",
    "a stream whose versions are not dense from 1": """
        SELECT merchant_id, stream FROM event GROUP BY merchant_id, stream
        HAVING min(version) <> 1 OR max(version) <> count(*)""",
    "a money event without its journal": """
        SELECT stream, version FROM event
        WHERE type IN ('payment_captured', 'refund_requested', 'refund_issued', 'refund_failed', 'refund_returned',
            'dispute_funds_withdrawn', 'dispute_fee_charged', 'dispute_charged_back', 'dispute_represented',
            'dispute_funds_reinstated', 'dispute_fee_returned')
          AND NOT EXISTS (
            SELECT FROM journal j WHERE j.merchant_id = event.merchant_id
              AND j.stream = event.stream AND j.version = event.version)""",
    "a journal without its event": """
        SELECT id FROM journal j WHERE NOT EXISTS (
            SELECT FROM event e WHERE e.merchant_id = j.merchant_id
              AND e.stream = j.stream AND e.version = j.version)""",
    "more captured than authorized, or more refunded and disputed than captured": """
        SELECT id FROM payment
        WHERE captured_minor > authorized_minor OR refunded_minor + disputed_minor > captured_minor""",
    "a projection that lags behind its events": """
        SELECT p.id FROM payment p WHERE p.version <> (
            SELECT max(version) FROM event e WHERE e.merchant_id = p.merchant_id AND e.stream = p.id)""",
    "a payment without events, or the other way round": """
        SELECT coalesce(p.id, e.stream) FROM payment p
        FULL JOIN (SELECT DISTINCT stream FROM event WHERE stream LIKE 'pi\\_%') e ON e.stream = p.id
        WHERE p.id IS NULL OR e.stream IS NULL""",
    "a settled item without its completed batch": """
        SELECT i.source_id FROM settlement_item i LEFT JOIN settlement s
            ON s.merchant_id = i.merchant_id AND s.id = i.settlement_id
        WHERE i.settlement_id IS NOT NULL AND s.is_completed IS NOT TRUE""",
    "a batch whose items are not what the network settled by the books": """
        SELECT s.id FROM settlement s WHERE is_completed AND (
            SELECT coalesce(sum(settlement_sign(kind) * amount_minor), 0)
            FROM settlement_item i WHERE i.merchant_id = s.merchant_id AND i.settlement_id = s.id
        ) <> (
            SELECT coalesce(-sum(e.amount_minor), 0)
            FROM journal j JOIN entry e ON e.journal_id = j.id JOIN account a ON a.id = e.account_id
            WHERE j.stream = s.id AND a.code = 1100)""",
    "a payment whose settled money is still pending": """
        SELECT i.payment_id FROM settlement_item i WHERE kind = 'sale' AND settlement_id IS NOT NULL
          AND EXISTS (
            SELECT FROM event e WHERE e.merchant_id = i.merchant_id AND e.stream = i.payment_id
              AND e.type = 'refund_requested' AND e.effective_at > i.settled_at
              AND e.data::json ->> 'is_after_settlement' = 'false')""",
    "a finished command without a reply": """
        SELECT c.id FROM command c WHERE NOT EXISTS (SELECT FROM work w WHERE w.command_id = c.id)
          AND NOT EXISTS (SELECT FROM reply r WHERE r.command_id = c.id)""",
}


def broken_invariants(stack):
    """What is wrong with the books, in words; an empty list when nothing is."""
    return [f"{name}: {rows[:3]}" for name, query in BROKEN.items() if (rows := stack.rows(query))]


def unsettled(stack, merchant):
    """What was captured or given back and is in no batch yet."""
    return stack.rows(f"""
        SELECT e.stream, e.type FROM event e WHERE e.merchant_id = '{merchant.id}'
          AND e.type IN ('payment_captured', 'refund_issued', 'refund_returned', 'dispute_charged_back',
            'dispute_represented') AND NOT EXISTS (
            SELECT FROM settlement_item i WHERE i.merchant_id = e.merchant_id
              AND i.payment_id = e.stream AND i.settlement_id IS NOT NULL
              AND i.source_id = settlement_source(e.type, e.data::json))""")


def net_by_network(summary):
    """What the network's own log says each reference moved: captured less reversed, and refunded."""
    return {row["reference"]: row for row in summary}
