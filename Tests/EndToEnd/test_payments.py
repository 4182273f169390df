"""A merchant's ordinary payments, through the unmodified Stripe SDK."""

import pytest
import stripe

from books import balanced, journals, legs, wait_for


def create(merchant, **params):
    params.setdefault("amount", 100_000)
    params.setdefault("currency", "inr")
    params.setdefault("payment_method_types", ["card"])
    return stripe.PaymentIntent.create(api_key=merchant.key, **params)


def pay(merchant, card="pm_card_visa", **params):
    return create(merchant, payment_method=card, confirm=True, **params)


def test_one_call_authorizes_and_captures(merchant):
    paid = pay(merchant, expand=["latest_charge.balance_transaction"])
    assert paid.status == "succeeded"
    assert paid.amount_received == 100_000
    assert paid.lifecycle_state == "captured"
    assert [step["state"] for step in paid.lifecycle] == [
        "created", "authorized", "capture_pending", "captured",
    ]
    charge = paid.latest_charge
    assert charge.captured and charge.paid and not charge.refunded
    assert charge.payment_method_details.card.last4 == "4242"
    transaction = charge.balance_transaction
    assert (transaction.amount, transaction.fee, transaction.net) == (100_000, 3_000, 97_000)
    assert stripe.BalanceTransaction.retrieve(transaction.id, api_key=merchant.key).source == charge.id


def test_the_specifications_example_is_in_the_books_to_the_letter(merchant):
    paid = pay(merchant)
    rows = journals(merchant, payment_intent=paid.id)
    assert [row["kind"] for row in rows] == ["payment_captured"]
    assert balanced(rows)
    assert sorted(legs(rows[0])) == [
        ("customer_receivable", 100_000, 0),
        ("merchant_escrow.pending", 0, 97_000),
        ("platform_fees", 0, 3_000),
    ]


def test_a_payment_can_be_created_updated_confirmed_and_captured_in_steps(merchant):
    intent = create(merchant, capture_method="manual", description="first", metadata={"a": "1", "b": "2"})
    assert intent.status == "requires_payment_method"
    intent = stripe.PaymentIntent.modify(
        intent.id, amount=90_000, description="second", metadata={"a": "", "c": "3"}, api_key=merchant.key
    )
    assert (intent.amount, intent.description) == (90_000, "second")
    assert intent.metadata.to_dict() == {"b": "2", "c": "3"}
    intent = stripe.PaymentIntent.confirm(intent.id, payment_method="pm_card_mastercard", api_key=merchant.key)
    assert intent.status == "requires_capture"
    assert intent.amount_capturable == 90_000
    assert journals(merchant, payment_intent=intent.id) == []
    intent = stripe.PaymentIntent.capture(intent.id, amount_to_capture=60_000, api_key=merchant.key)
    assert intent.status == "succeeded"
    assert (intent.amount_received, intent.amount_capturable) == (60_000, 0)
    charge = stripe.Charge.retrieve(intent.latest_charge, api_key=merchant.key)
    assert charge.amount == 90_000 and charge.amount_captured == 60_000
    rows = journals(merchant, payment_intent=intent.id)
    assert ("customer_receivable", 60_000, 0) in legs(rows[0])


def test_an_authorization_can_be_voided_and_moves_nothing(merchant):
    held = pay(merchant, capture_method="manual")
    canceled = stripe.PaymentIntent.cancel(
        held.id, cancellation_reason="requested_by_customer", api_key=merchant.key
    )
    assert canceled.status == "canceled"
    assert canceled.cancellation_reason == "requested_by_customer"
    assert canceled.canceled_at is not None
    assert journals(merchant, payment_intent=held.id) == []
    with pytest.raises(stripe.InvalidRequestError) as error:
        stripe.PaymentIntent.capture(held.id, api_key=merchant.key)
    assert error.value.code == "payment_intent_unexpected_state"
    assert error.value.error.payment_intent.id == held.id


def test_a_declined_payment_can_be_paid_with_another_card(merchant):
    with pytest.raises(stripe.CardError) as declined:
        pay(merchant, "pm_card_visa_chargeDeclined")
    body = declined.value.error
    assert (body.code, body.decline_code) == ("card_declined", "generic_decline")
    intent = body.payment_intent
    assert intent.status == "requires_payment_method"
    assert intent.payment_method is None
    assert intent.last_payment_error.decline_code == "generic_decline"
    assert intent.latest_charge == body.charge
    failed = stripe.Charge.retrieve(body.charge, api_key=merchant.key)
    assert (failed.status, failed.paid, failed.failure_code) == ("failed", False, "card_declined")
    assert journals(merchant, payment_intent=intent.id) == []
    paid = stripe.PaymentIntent.confirm(intent.id, payment_method="pm_card_visa", api_key=merchant.key)
    assert paid.status == "succeeded"
    assert paid.latest_charge != failed.id
    assert paid.last_payment_error is None


@pytest.mark.parametrize(
    "card, code, decline_code",
    [
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
        ("pm_card_authenticationRequired", "authentication_required", "authentication_required"),
        ("pm_card_radarBlock", "card_declined", "fraudulent"),
    ],
)
def test_each_declining_card_says_why(merchant, card, code, decline_code):
    with pytest.raises(stripe.CardError) as declined:
        pay(merchant, card)
    assert declined.value.http_status == 402
    assert declined.value.code == code
    if decline_code is not None:
        assert declined.value.error.decline_code == decline_code


@pytest.mark.parametrize(
    "card, brand, last4",
    [
        ("pm_card_visa", "visa", "4242"),
        ("pm_card_visa_debit", "visa", "5556"),
        ("pm_card_mastercard", "mastercard", "4444"),
        ("pm_card_amex", "amex", "8431"),
        ("pm_card_discover", "discover", "1117"),
        ("pm_card_diners", "diners", "0004"),
        ("pm_card_jcb", "jcb", "0505"),
        ("pm_card_unionpay", "unionpay", "0005"),
        ("pm_card_in", "visa", "0008"),
    ],
)
def test_each_brand_is_accepted(merchant, card, brand, last4):
    paid = pay(merchant, card, expand=["latest_charge", "payment_method"])
    assert paid.status == "succeeded"
    assert paid.payment_method.card.brand == brand
    if card != "pm_card_diners":
        assert paid.latest_charge.payment_method_details.card.last4 == last4


def test_a_card_becomes_a_token_a_payment_method_and_a_payment(merchant):
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    token = stripe.Token.create(card=card, api_key=merchant.key)
    assert (token.object, token.card.brand, token.used) == ("token", "Visa", False)
    method = stripe.PaymentMethod.create(type="card", card={"token": token.id}, api_key=merchant.key)
    assert (method.card.brand, method.card.last4, method.card.exp_year) == ("visa", "4242", 2034)
    assert stripe.Token.retrieve(token.id, api_key=merchant.key).used
    with pytest.raises(stripe.InvalidRequestError) as used:
        stripe.PaymentMethod.create(type="card", card={"token": token.id}, api_key=merchant.key)
    assert used.value.code == "token_already_used"
    direct = stripe.PaymentMethod.create(
        type="card", card=card, billing_details={"name": "Jenny Rosen"}, api_key=merchant.key
    )
    assert direct.card.fingerprint == method.card.fingerprint
    assert direct.billing_details.name == "Jenny Rosen"
    assert pay(merchant, direct.id).status == "succeeded"


@pytest.mark.parametrize(
    "changes, code, param",
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"exp_year": 2019}, "invalid_expiry_year", "exp_year"),
        ({"exp_month": 13}, "invalid_expiry_month", "exp_month"),
        ({"cvc": "99"}, "invalid_cvc", "cvc"),
    ],
)
def test_wrong_card_data_is_a_card_error(merchant, changes, code, param):
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"} | changes
    with pytest.raises(stripe.CardError) as error:
        stripe.PaymentMethod.create(type="card", card=card, api_key=merchant.key)
    assert error.value.code == code
    assert error.value.param.endswith(param)


def test_refunds_never_exceed_what_was_captured(merchant):
    paid = pay(merchant)
    first = stripe.Refund.create(
        payment_intent=paid.id, amount=40_000, reason="requested_by_customer", metadata={"k": "v"},
        api_key=merchant.key,
    )
    assert (first.status, first.amount, first.charge) == ("succeeded", 40_000, paid.latest_charge)
    assert stripe.PaymentIntent.retrieve(paid.id, api_key=merchant.key).lifecycle_state == "partially_refunded"
    with pytest.raises(stripe.InvalidRequestError):
        stripe.Refund.create(charge=paid.latest_charge, amount=60_001, api_key=merchant.key)
    rest = stripe.Refund.create(charge=paid.latest_charge, api_key=merchant.key)
    assert rest.amount == 60_000
    with pytest.raises(stripe.InvalidRequestError) as error:
        stripe.Refund.create(payment_intent=paid.id, amount=1, api_key=merchant.key)
    assert error.value.code == "charge_already_refunded"
    charge = stripe.Charge.retrieve(paid.latest_charge, expand=["refunds"], api_key=merchant.key)
    assert charge.refunded and charge.amount_refunded == 100_000
    assert [refund.id for refund in charge.refunds.data] == [rest.id, first.id]
    assert stripe.PaymentIntent.retrieve(paid.id, api_key=merchant.key).lifecycle_state == "refunded"
    listed = stripe.Refund.list(payment_intent=paid.id, api_key=merchant.key)
    assert [refund.id for refund in listed.data] == [rest.id, first.id]
    changed = stripe.Refund.modify(first.id, metadata={"k": "w"}, api_key=merchant.key)
    assert changed.metadata["k"] == "w"
    rows = journals(merchant, payment_intent=paid.id)
    assert balanced(rows)
    assert sorted(row["kind"] for row in rows) == [
        "payment_captured", "refund_cleared", "refund_cleared", "refund_requested", "refund_requested",
    ]


def test_a_pending_refund_succeeds_later_and_a_failed_one_gives_the_money_back(merchant):
    paid = pay(merchant, "pm_card_pendingRefund")
    refund = stripe.Refund.create(payment_intent=paid.id, amount=10_000, api_key=merchant.key)
    assert refund.status in ("pending", "succeeded")
    wait_for(lambda: stripe.Refund.retrieve(refund.id, api_key=merchant.key).status == "succeeded")
    paid = pay(merchant, "pm_card_refundFail")
    refund = stripe.Refund.create(payment_intent=paid.id, amount=10_000, api_key=merchant.key)
    assert refund.status == "succeeded"
    wait_for(lambda: stripe.Refund.retrieve(refund.id, api_key=merchant.key).status == "failed")
    after = stripe.PaymentIntent.retrieve(paid.id, expand=["latest_charge"], api_key=merchant.key)
    assert after.lifecycle_state == "captured"
    assert after.latest_charge.amount_refunded == 0
    assert balanced(journals(merchant, payment_intent=paid.id))


def test_the_balance_is_what_the_journals_say(merchant):
    pay(merchant)
    paid = pay(merchant, amount=50_000)
    stripe.Refund.create(payment_intent=paid.id, amount=20_000, api_key=merchant.key)
    balance = stripe.Balance.retrieve(api_key=merchant.key)
    pending = {entry.currency: entry.amount for entry in balance.pending}
    assert pending["inr"] == 97_000 + 48_500 - 20_000
    transactions = list(stripe.BalanceTransaction.list(api_key=merchant.key).auto_paging_iter())
    assert sum(transaction.net for transaction in transactions) == pending["inr"]
    assert [transaction.type for transaction in transactions] == ["refund", "charge", "charge"]


def test_events_tell_the_story_and_can_be_followed_in_commit_order(merchant):
    paid = pay(merchant)
    stripe.Refund.create(payment_intent=paid.id, api_key=merchant.key)
    events = list(stripe.Event.list(limit=3, api_key=merchant.key).auto_paging_iter())
    kinds = {event.type for event in events}
    assert {
        "payment_intent.created", "payment_intent.succeeded", "charge.succeeded", "charge.captured",
        "charge.refunded", "refund.created", "refund.issued", "payment.created", "payment.authorized",
    } <= kinds
    assert len({event.id for event in events}) == len(events)
    succeeded = next(event for event in events if event.type == "payment_intent.succeeded")
    again = stripe.Event.retrieve(succeeded.id, api_key=merchant.key)
    assert again.data.object.id == paid.id and again.data.object.status == "succeeded"
    assert again.data.object.lifecycle_state == "captured"
    only = stripe.Event.list(type="charge.captured", api_key=merchant.key).data
    assert [event.type for event in only] == ["charge.captured"]

    followed, cursor = [], None
    while True:
        page = merchant.get("/v1/events", {"limit": 2, "after": cursor or ""})
        followed += page["data"]
        if not page["has_more"]:
            break
        cursor = page["next_cursor"]
    assert {event["id"] for event in followed} == {event.id for event in events}
    sequences = [event["sequence"] for event in followed if event["data"]["object"]["id"] == paid.id]
    assert sequences == sorted(sequences)
