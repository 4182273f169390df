"""Disputes from the network's notice to their end, with the money, the events and the network's own log."""

import books
import chaos
import pytest
import requests
import stripe
from receivers import Receiver
from stack import Merchant
from test_reconciliation import reconcile
from test_settlement import DAY, advance
from webhooks import listen

AMOUNT = 100_000


def pay(merchant, card="pm_card_createDispute", amount=AMOUNT):
    return stripe.PaymentIntent.create(
        amount=amount, currency="inr", payment_method=card, confirm=True,
        expand=["latest_charge"], api_key=merchant.key)


def disputes(merchant, **filters):
    return stripe.Dispute.list(api_key=merchant.key, **filters).data


def disputed(merchant, intent, count=1):
    books.wait_for(lambda: len(disputes(merchant, payment_intent=intent.id)) == count)
    return disputes(merchant, payment_intent=intent.id)


def answer(merchant, dispute, text, **settings):
    return stripe.Dispute.modify(
        dispute.id, evidence={"uncategorized_text": text}, api_key=merchant.key, **settings)


def ends(merchant, dispute, status):
    def read():
        return stripe.Dispute.retrieve(dispute.id, api_key=merchant.key)
    books.wait_for(lambda: read().status == status)
    return read()


def state(merchant, intent):
    return merchant.get(f"/v1/payment_intents/{intent.id}")["lifecycle_state"]


def balance(merchant):
    found = merchant.get("/v1/balance")
    return found["pending"][0]["amount"], found["available"][0]["amount"]


def events(merchant, dispute):
    """The types of a dispute's events, oldest first."""
    rows = merchant.get("/v1/events", {"limit": 100})["data"]
    return [row["type"] for row in reversed(rows) if row["data"]["object"]["id"] == dispute.id]


def kinds(merchant, dispute):
    return [row["kind"] for row in reversed(books.journals(merchant, dispute=dispute.id))]


def raise_dispute(stack, intent, **order):
    """Has the cardholder's bank do something about a charge, as a tester of the network can."""
    card = intent.latest_charge.payment_method_details.card
    reference = card.network_transaction_id.removeprefix("NTX")
    found = requests.post(
        stack.sandbox + "/disputes", json={"kind": "chargeback", "reference": reference} | order, timeout=20)
    return found


def agrees(stack):
    """Our books and the network's own log, and all that must hold about the books."""
    return chaos.compare_with_network(stack) + books.broken_invariants(stack)


OPENED = ["dispute_fee_charged", "dispute_funds_withdrawn", "dispute_charged_back"]


def test_a_lost_dispute(stack, merchant):
    intent = pay(merchant)
    dispute, = disputed(merchant, intent)
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", AMOUNT)
    assert (dispute.network_reason_code, dispute.is_charge_refundable) == ("10.4", False)
    assert dispute.payment_method_details.card.case_type == "chargeback"
    taken, = dispute.balance_transactions
    assert (taken.type, taken.amount, taken.fee, taken.net) == ("adjustment", -AMOUNT, 1_500, -AMOUNT - 1_500)
    assert taken.reporting_category == "dispute"
    charge = stripe.Charge.retrieve(intent.latest_charge.id, expand=["dispute"], api_key=merchant.key)
    assert charge.disputed and charge.dispute.id == dispute.id
    assert state(merchant, intent) == "disputed"
    assert balance(merchant) == (97_000, -101_500)
    assert kinds(merchant, dispute) == OPENED

    after = answer(merchant, dispute, "losing_evidence")
    assert after.status == "under_review" and after.evidence_details.submission_count == 1
    ended = ends(merchant, dispute, "lost")
    assert ended.evidence.uncategorized_text == "losing_evidence"
    assert kinds(merchant, dispute) == OPENED
    assert state(merchant, intent) == "disputed"
    assert events(merchant, dispute) == [
        "charge.dispute.created", "dispute.opened", "charge.dispute.funds_withdrawn", "charge.dispute.updated",
        "charge.dispute.updated", "charge.dispute.closed", "dispute.closed",
    ]
    assert agrees(stack) == []


def test_a_won_dispute(stack, merchant):
    intent = pay(merchant)
    dispute, = disputed(merchant, intent)
    answer(merchant, dispute, "winning_evidence")
    won = ends(merchant, dispute, "won")
    back = won.balance_transactions[1]
    assert (back.type, back.amount, back.fee, back.net) == ("adjustment", AMOUNT, -1_500, AMOUNT + 1_500)
    assert kinds(merchant, dispute) == OPENED + [
        "dispute_represented", "dispute_fee_returned", "dispute_funds_reinstated"]
    assert state(merchant, intent) == "captured"
    assert balance(merchant) == (97_000, 0)
    assert "charge.dispute.funds_reinstated" in events(merchant, dispute)
    # The money can be given back now.
    refund = stripe.Refund.create(payment_intent=intent.id, api_key=merchant.key)
    assert refund.status == "succeeded"
    assert agrees(stack) == []


def test_evidence_is_staged_and_submitted_once(stack, merchant):
    intent = pay(merchant, "pm_card_createDisputeProductNotReceived")
    dispute, = disputed(merchant, intent)
    assert (dispute.reason, dispute.network_reason_code) == ("product_not_received", "13.1")
    staged = stripe.Dispute.modify(
        dispute.id, evidence={"customer_name": "Ann"}, submit=False, metadata={"k": "v"}, api_key=merchant.key)
    assert (staged.status, staged.evidence.customer_name) == ("needs_response", "Ann")
    assert staged.evidence_details.has_evidence and staged.evidence_details.submission_count == 0
    sent = answer(merchant, dispute, "it was delivered")
    assert (sent.status, sent.evidence.customer_name, sent.metadata["k"]) == ("under_review", "Ann", "v")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        answer(merchant, dispute, "and again")
    assert refused.value.code == "dispute_not_open"
    with pytest.raises(stripe.InvalidRequestError):
        stripe.Dispute.close(dispute.id, api_key=merchant.key)
    # Nobody decides, so the clock does.
    advance(merchant, seconds=80 * DAY)
    ended = stripe.Dispute.retrieve(dispute.id, api_key=merchant.key)
    assert ended.status == "lost" and not ended.evidence_details.past_due
    with pytest.raises(stripe.InvalidRequestError) as long:
        other, = disputed(merchant, pay(merchant))
        stripe.Dispute.modify(
            other.id, evidence={"uncategorized_text": "x" * 100_000, "customer_name": "y" * 50_001},
            submit=False, api_key=merchant.key)
    assert long.value.param == "evidence"


def test_an_inquiry_is_escalated_or_closed(stack, merchant):
    intent = pay(merchant, "pm_card_createDisputeInquiry")
    dispute, = disputed(merchant, intent)
    assert (dispute.status, dispute.balance_transactions) == ("warning_needs_response", [])
    assert dispute.is_charge_refundable and state(merchant, intent) == "captured"
    sent = answer(merchant, dispute, "escalate_inquiry_evidence")
    assert sent.status == "warning_under_review"
    escalated = ends(merchant, dispute, "needs_response")
    assert len(escalated.balance_transactions) == 1 and state(merchant, intent) == "disputed"
    assert stripe.Dispute.close(dispute.id, api_key=merchant.key).status == "lost"

    second = pay(merchant, "pm_card_createDisputeInquiry")
    other, = disputed(merchant, second)
    assert stripe.Dispute.close(other.id, api_key=merchant.key).status == "warning_closed"
    assert kinds(merchant, other) == [] and state(merchant, second) == "captured"
    third = pay(merchant, "pm_card_createDisputeInquiry")
    last, = disputed(merchant, third)
    answer(merchant, last, "winning_evidence")
    ends(merchant, last, "warning_closed")
    assert agrees(stack) == []


def test_several_disputes_and_refunds_of_one_charge(stack, merchant):
    intent = pay(merchant, "pm_card_createMultipleDisputes", amount=10_001)
    first, second = disputed(merchant, intent, 2)
    assert first.amount + second.amount == 10_001
    with pytest.raises(stripe.InvalidRequestError) as refused:
        stripe.Refund.create(payment_intent=intent.id, amount=1, api_key=merchant.key)
    assert refused.value.code == "charge_disputed"
    answer(merchant, first, "winning_evidence")
    ends(merchant, first, "won")
    assert state(merchant, intent) == "disputed"
    stripe.Dispute.close(second.id, api_key=merchant.key)
    assert agrees(stack) == []


def test_a_dispute_of_a_partly_refunded_charge(stack, merchant):
    intent = pay(merchant, "pm_card_visa")
    stripe.Refund.create(payment_intent=intent.id, amount=40_000, api_key=merchant.key)
    assert raise_dispute(stack, intent, amount=60_001).status_code == 409
    assert raise_dispute(stack, intent).status_code == 200
    dispute, = disputed(merchant, intent)
    assert dispute.amount == 60_000
    answer(merchant, dispute, "winning_evidence")
    ends(merchant, dispute, "won")
    assert state(merchant, intent) == "partially_refunded"
    assert agrees(stack) == []


def test_an_early_fraud_warning(stack, merchant):
    intent = pay(merchant, "pm_card_createIssuerFraudRecord")
    books.wait_for(lambda: stripe.radar.EarlyFraudWarning.list(api_key=merchant.key).data)
    warning, = stripe.radar.EarlyFraudWarning.list(charge=intent.latest_charge.id, api_key=merchant.key).data
    assert warning.actionable and warning.payment_intent == intent.id
    assert disputes(merchant) == []
    stripe.Refund.create(payment_intent=intent.id, api_key=merchant.key)
    assert not stripe.radar.EarlyFraudWarning.retrieve(warning.id, api_key=merchant.key).actionable
    types = [row["type"] for row in merchant.get("/v1/events", {"limit": 100})["data"]]
    assert "radar.early_fraud_warning.created" in types


def test_nobody_answers_in_time(stack, merchant):
    intent = pay(merchant)
    dispute, = disputed(merchant, intent)
    inquiry, = disputed(merchant, pay(merchant, "pm_card_createDisputeInquiry"))
    advance(merchant, seconds=21 * DAY)
    lost = stripe.Dispute.retrieve(dispute.id, api_key=merchant.key)
    assert lost.status == "lost" and lost.evidence_details.past_due
    closed = stripe.Dispute.retrieve(inquiry.id, api_key=merchant.key)
    assert closed.status == "warning_closed"
    with pytest.raises(stripe.InvalidRequestError):
        answer(merchant, dispute, "winning_evidence")
    assert agrees(stack) == []


def test_disputes_before_settlement_and_after_are_cleared_with_the_network(stack, merchant):
    merchant.pay_out_by_hand()
    early = pay(merchant)
    first, = disputed(merchant, early)
    advance(merchant, seconds=6 * DAY)
    assert balance(merchant) == (0, 97_000 - 101_500)
    late = pay(merchant, "pm_card_visa")
    advance(merchant, seconds=6 * DAY)
    raise_dispute(stack, late)
    second, = disputed(merchant, late)
    answer(merchant, first, "winning_evidence")
    ends(merchant, first, "won")
    advance(merchant, seconds=6 * DAY)
    rows = merchant.get("/v1/settlements")["data"]
    items = [(item["type"], item["source"], item["amount"]) for row in rows for item in row["items"]["data"]]
    assert sorted(items) == sorted([
        ("sale", early.latest_charge.id, AMOUNT), ("chargeback", first.id, -AMOUNT),
        ("sale", late.latest_charge.id, AMOUNT), ("chargeback", second.id, -AMOUNT),
        ("representment", first.id, AMOUNT),
    ])
    assert all(row["left_out"] == 0 for row in rows)
    # What the dispute hid is uncovered when it is won.
    told = merchant.get(f"/v1/payment_intents/{early.id}")
    assert told["lifecycle_state"] == "settled"
    assert [entry["at"] for entry in told["lifecycle"]] == sorted(entry["at"] for entry in told["lifecycle"])
    assert books.unsettled(stack, merchant) == []
    assert balance(merchant) == (0, 97_000 + 97_000 - 101_500)
    assert agrees(stack) == []


def test_a_refund_waits_for_a_dispute_to_be_won(stack, merchant):
    merchant.pay_out_by_hand()
    large, small = pay(merchant), pay(merchant, "pm_card_visa", amount=1_000)
    dispute, = disputed(merchant, large)
    advance(merchant, seconds=6 * DAY)
    assert balance(merchant) == (0, 97_000 + 970 - 101_500)
    refund = stripe.Refund.create(payment_intent=small.id, api_key=merchant.key)
    assert (refund.status, refund.pending_reason) == ("pending", "insufficient_funds")
    answer(merchant, dispute, "winning_evidence")
    ends(merchant, dispute, "won")
    books.wait_for(lambda: stripe.Refund.retrieve(refund.id, api_key=merchant.key).status == "succeeded")
    assert balance(merchant) == (0, 97_000 + 970 - 1_000)
    assert agrees(stack) == []


def test_a_dispute_is_told_to_an_endpoint(stack, merchant):
    receiver = Receiver()
    try:
        client = stripe.StripeClient(merchant.key, base_addresses={"api": merchant.base})
        endpoint = listen(client, receiver, ["charge.dispute.*", "dispute.*", "radar.*"])
        dispute, = disputed(merchant, pay(merchant))
        answer(merchant, dispute, "winning_evidence")
        pay(merchant, "pm_card_createIssuerFraudRecord")
        posts = receiver.wait_for_types(
            "charge.dispute.created", "dispute.opened", "charge.dispute.funds_withdrawn", "charge.dispute.updated",
            "charge.dispute.funds_reinstated", "charge.dispute.closed", "dispute.closed",
            "radar.early_fraud_warning.created")
        for post in posts:
            event = stripe.Webhook.construct_event(post.body, post.headers["Stripe-Signature"], endpoint.secret)
            assert event.data.object.object in ("dispute", "radar.early_fraud_warning")
        closed = next(post.event for post in posts if post.type == "charge.dispute.closed")
        assert closed["data"]["object"]["status"] == "won"
    finally:
        receiver.close()


def test_the_fee_follows_the_merchants_policy(stack):
    found = requests.post(
        stack.base + "/v1/demo/merchants", data={"dispute_fee": 700, "dispute_fee_on_win": "kept"}, timeout=20)
    merchant = Merchant(stack.base, found.json())
    dispute, = disputed(merchant, pay(merchant))
    assert dispute.balance_transactions[0].fee == 700
    answer(merchant, dispute, "winning_evidence")
    assert ends(merchant, dispute, "won").balance_transactions[1].fee == 0
    assert balance(merchant) == (97_000, -700)


def test_notices_have_their_effect_once_however_they_come(stack, merchant):
    requests.put(stack.sandbox + "/notices/faults", json={"repeated": 5, "reversed": 5, "unacknowledged": 1}, timeout=10)
    intents = [pay(merchant) for _ in range(4)]
    found = [disputed(merchant, intent)[0] for intent in intents]
    stack.kill("orchestrator")
    # The acknowledgement of the first answer is lost; it is asked again and counts once.
    sent = answer(merchant, found[0], "winning_evidence", idempotency_key=f"once {found[0].id}")
    assert sent.id == found[0].id
    ends(merchant, found[0], "won")
    stack.kill("orchestrator")
    for dispute in found[1:]:
        answer(merchant, dispute, "losing_evidence")
    for dispute in found[1:]:
        ends(merchant, dispute, "lost")
    assert all(len(disputes(merchant, payment_intent=intent.id)) == 1 for intent in intents)
    assert agrees(stack) == []


def test_reconciliation_finds_disputes_in_order(stack, merchant):
    intents = [pay(merchant), pay(merchant, "pm_card_createMultipleDisputes"), pay(merchant)]
    won, = disputed(merchant, intents[0])
    answer(merchant, won, "winning_evidence")
    ends(merchant, won, "won")
    disputed(merchant, intents[1], 2)
    advance(merchant, seconds=6 * DAY)
    stripe.Refund.create(payment_intent=intents[0].id, amount=10_000, api_key=merchant.key)
    books.wait_for(lambda: stack.value("SELECT count(*) FROM work") == "0")
    books.wait_for(lambda: stack.value("SELECT count(*) FROM reconciliation_run") != "0")
    found = reconcile(stack, "run", "--full", "--network", "sandbox", "--format", "json")
    assert found.returncode == 0, found.stdout + found.stderr


def test_a_refund_that_succeeded_comes_back(stack, merchant):
    merchant.pay_out_by_hand()
    intent = pay(merchant, "pm_card_refundFail")
    refund = stripe.Refund.create(payment_intent=intent.id, amount=30_000, api_key=merchant.key)
    assert refund.status == "succeeded"
    books.wait_for(lambda: stripe.Refund.retrieve(refund.id, api_key=merchant.key).status == "failed")
    failed = stripe.Refund.retrieve(refund.id, expand=["failure_balance_transaction"], api_key=merchant.key)
    assert failed.failure_balance_transaction.type == "refund_failure"
    assert [row["kind"] for row in reversed(books.journals(merchant, refund=refund.id))] == [
        "refund_requested", "refund_cleared", "refund_returned", "refund_failed"]
    assert balance(merchant) == (67_000, 30_000)
    advance(merchant, seconds=6 * DAY)
    assert balance(merchant) == (0, 97_000)
    assert books.unsettled(stack, merchant) == []
    assert agrees(stack) == []
