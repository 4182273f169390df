"""One merchant's whole journey with the unmodified SDK, from the first payment to the last payout."""

import books
import stripe
from receivers import Receiver
from test_disputes import answer, disputed, ends
from test_reconciliation import reconcile
from test_settlement import DAY, advance
from webhooks import listen

AMOUNT = 100_000
NET = 97_000


def pay(client, card):
    return client.v1.payment_intents.create(params={
        "amount": AMOUNT, "currency": "inr", "payment_method": card, "confirm": True})


def test_the_sdk_goes_from_a_payment_to_its_payout_over_disputes_and_webhooks(stack, merchant):
    client = stripe.StripeClient(merchant.key, base_addresses={"api": merchant.base})
    receiver = Receiver()
    try:
        endpoint = listen(client, receiver, ["*"])
        kept = pay(client, "pm_card_visa")
        won = pay(client, "pm_card_createDispute")
        lost = pay(client, "pm_card_createDispute")
        client.v1.refunds.create(params={"payment_intent": kept.id, "amount": 10_000})
        for intent, evidence, end in [(won, "winning_evidence", "won"), (lost, "losing_evidence", "lost")]:
            dispute, = disputed(merchant, intent)
            answer(merchant, dispute, evidence)
            ends(merchant, dispute, end)

        # What was lost, and what it cost, is gone; the rest goes to the bank on the schedule.
        advance(merchant, seconds=12 * DAY)
        payouts = client.v1.payouts.list().data
        assert [payout.status for payout in payouts] == ["paid"] * len(payouts) and payouts
        balance = merchant.get("/v1/balance")
        left = sum(part["amount"] for kind in ("pending", "available") for part in balance[kind])
        journals = books.journals(merchant)
        fees = sum(
            entry["debit"] - entry["credit"] for row in journals for entry in row["entries"]
            if entry["account"].split(":")[0].startswith("merchant_escrow") and row["kind"].startswith("dispute_fee"))
        assert sum(payout.amount for payout in payouts) + left == 3 * NET - 10_000 - AMOUNT - fees
        assert books.balanced(journals)
        assert merchant.get(f"/v1/payment_intents/{won.id}")["lifecycle_state"] == "payout_completed"
        assert merchant.get(f"/v1/payment_intents/{kept.id}")["lifecycle_state"] == "partially_refunded"
        assert merchant.get(f"/v1/payment_intents/{lost.id}")["lifecycle_state"] == "disputed"

        posts = receiver.wait_for_types(
            "payment_intent.succeeded", "charge.captured", "refund.created", "charge.dispute.created",
            "charge.dispute.closed", "settlement.completed", "payout.created", "payout.paid", "payout.completed")
        told = {}
        for post in posts:
            event = stripe.Webhook.construct_event(post.body, post.headers["Stripe-Signature"], endpoint.secret)
            told.setdefault(event.type, []).append(event.data.object)
        assert {payout.id for payout in told["payout.paid"]} == {payout.id for payout in payouts}
        assert sorted(dispute.status for dispute in told["charge.dispute.closed"]) == ["lost", "won"]
        assert reconcile(stack, "run", "--full", "--network", "sandbox").returncode == 0
    finally:
        receiver.close()
