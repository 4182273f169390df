"""Refunds that wait for the merchant's balance, are taken back, expire, or fail after they succeeded."""

import books
import pytest
import requests
import stripe
from test_settlement import advance

DAY = 24 * 60 * 60


def pay(merchant, amount, card="pm_card_visa"):
    return stripe.PaymentIntent.create(
        amount=amount, currency="inr", payment_method=card, confirm=True, api_key=merchant.key)


def refund(merchant, intent, **settings):
    return stripe.Refund.create(payment_intent=intent.id, api_key=merchant.key, **settings)


def post(merchant, path, **form):
    return requests.post(merchant.base + path, data=form, auth=(merchant.key, ""), timeout=20)


def balance(merchant):
    answer = merchant.get("/v1/balance")
    return sum(answer[part][0]["amount"] for part in ("pending", "available"))


@pytest.fixture
def waiting(stack, merchant):
    """A refund that waits: an earlier one took more than the merchant had, because the fee is kept."""
    merchant.pay_out_by_hand()
    large, small = pay(merchant, 1_000_000), pay(merchant, 5_000)
    advance(merchant, seconds=6 * DAY)
    refund(merchant, large)
    assert balance(merchant) == -30_000 + 4_850 < 0
    before = len(books.journals(merchant))
    waits = refund(merchant, small)
    assert (waits.status, waits.pending_reason, waits.balance_transaction) == ("pending", "insufficient_funds", None)
    assert len(books.journals(merchant)) == before
    intent = merchant.get(f"/v1/payment_intents/{small.id}")
    assert intent["lifecycle_state"] == "refund_pending"
    return waits


def reread(merchant, waits):
    return merchant.get(f"/v1/refunds/{waits.id}")


def types(merchant, kind):
    rows = merchant.get("/v1/events", {"limit": 100})["data"]
    return [row["type"] for row in rows if row["data"]["object"]["id"] == kind]


def test_a_waiting_refund_goes_on_when_money_comes(stack, merchant, waiting):
    pay(merchant, 100_000)
    books.wait_for(lambda: reread(merchant, waiting)["status"] == "succeeded")
    after = reread(merchant, waiting)
    assert after["pending_reason"] is None and after["balance_transaction"]
    kinds = [row["kind"] for row in books.journals(merchant, refund=waiting.id)]
    assert kinds == ["refund_cleared", "refund_requested"]
    assert types(merchant, waiting.id) == ["refund.issued", "refund.updated", "refund.updated", "refund.created"]
    assert books.broken_invariants(stack) == []


def test_a_waiting_refund_is_taken_back_once(stack, merchant, waiting):
    canceled = stripe.Refund.cancel(waiting.id, api_key=merchant.key)
    assert (canceled.status, canceled.failure_reason) == ("canceled", None)
    again = post(merchant, f"/v1/refunds/{waiting.id}/cancel")
    assert again.status_code == 400 and again.json()["error"]["code"] == "refund_not_cancelable"
    assert merchant.get(f"/v1/payment_intents/{waiting.payment_intent}")["lifecycle_state"] == "settled"
    pay(merchant, 100_000)
    assert post(merchant, "/v1/refunds", payment_intent=waiting.payment_intent).json()["status"] == "succeeded"
    assert reread(merchant, waiting)["status"] == "canceled"


def test_a_waiting_refund_expires_on_the_merchants_clock(stack, merchant, waiting):
    advance(merchant, seconds=31 * DAY)
    after = reread(merchant, waiting)
    assert (after["status"], after["failure_reason"]) == ("failed", "insufficient_funds")
    assert types(merchant, waiting.id)[0:2] == ["refund.updated", "refund.failed"]
    assert after["failure_balance_transaction"] is None


def test_a_tester_ends_the_wait(stack, merchant, waiting):
    ended = stripe.Refund.TestHelpers.expire(waiting.id, api_key=merchant.key)
    assert (ended.status, ended.failure_reason) == ("failed", "insufficient_funds")


def test_what_the_network_has_cannot_be_taken_back(stack, merchant):
    done = refund(merchant, pay(merchant, 10_000))
    assert done.status == "succeeded"
    answer = post(merchant, f"/v1/refunds/{done.id}/cancel")
    assert answer.status_code == 400 and "cannot be taken back" in answer.json()["error"]["message"]


def test_the_fee_goes_back_where_the_merchants_policy_says_so(stack):
    answer = requests.post(stack.base + "/v1/demo/merchants", data={"refund_fee": "returned"}, timeout=20)
    from stack import Merchant
    merchant = Merchant(stack.base, answer.json())
    intent = pay(merchant, 100_000)
    first = refund(merchant, intent, amount=50_000, expand=["balance_transaction"])
    assert (first.balance_transaction.fee, first.balance_transaction.net) == (-1_500, -48_500)
    refund(merchant, intent)
    assert balance(merchant) == 0
