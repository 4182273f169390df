"""Payouts over the bank: scheduled, manual, refused, sent back, canceled, and killed in between."""

import base64
import importlib.resources
import random
import threading

import books
import pytest
import requests
import stripe
import xmlschema
from test_settlement import DAY, advance, amounts, pay

NET = 97_000


def bank_account(merchant, number):
    answer = requests.post(
        merchant.base + "/v1/balance_settings", auth=(merchant.key, ""), timeout=20, data={
            "payments[payouts][destination][account_number]": number,
            "payments[payouts][destination][routing_number]": "110000000",
        })
    assert answer.status_code == 200, answer.text
    return answer.json()["payments"]["payouts"]["destination"]


def settings(merchant, form):
    answer = requests.post(
        merchant.base + "/v1/balance_settings", auth=(merchant.key, ""), data=form, timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.json()


def payouts(merchant, **filters):
    return merchant.get("/v1/payouts", {"limit": 100} | filters)["data"]


def inside(merchant, payout):
    return merchant.get(f"/v1/payouts/{payout}/transactions", {"limit": 100})["data"]


def stands(merchant, intent):
    """The states that a payment went through; the last one is where it stands."""
    told = merchant.get(f"/v1/payment_intents/{intent.id}")
    states = [entry["state"] for entry in told["lifecycle"]]
    assert states[-1] == told["lifecycle_state"]
    return states


def moved(stack, payout):
    """What the bank's own log says of a payout: paid out, and sent back."""
    rows = {row["end_to_end_id"]: row for row in stack.bank_summary()["transfers"]}
    row = rows.get(payout, {"paid_out": 0, "returned": 0})
    return row["paid_out"], row["returned"]


def test_what_is_settled_is_paid_out_on_the_schedule(stack):
    merchant = stack.demo_merchant()
    intents = [pay(merchant) for _ in range(3)]
    stripe.Refund.create(payment_intent=intents[0].id, amount=10_000, api_key=merchant.key)
    advance(merchant, seconds=12 * DAY)
    payout, = payouts(merchant)
    assert (payout["status"], payout["automatic"], payout["amount"]) == ("paid", True, 3 * NET - 10_000)
    assert payout["balance_transaction"].startswith("txn_")
    assert amounts(merchant) == (0, 0)
    assert moved(stack, payout["id"]) == (3 * NET - 10_000, 0)
    parts = inside(merchant, payout["id"])
    assert sum(part["amount"] for part in parts) == payout["amount"]
    assert sorted(part["type"] for part in parts) == ["charge", "charge", "charge", "refund"]
    assert {part["source"] for part in parts if part["type"] == "charge"} == {
        intent.latest_charge for intent in intents}
    listed = stripe.BalanceTransaction.list(payout=payout["id"], api_key=merchant.key)
    assert {row.id for row in listed.data} == {part["id"] for part in parts}
    assert sum(row.net for row in listed.data) == payout["amount"]
    kinds = [row["kind"] for row in books.journals(merchant, payout=payout["id"])]
    assert kinds == ["payout_paid", "payout_created"]
    assert books.balanced(books.journals(merchant, payout=payout["id"]))
    assert stands(merchant, intents[1])[-3:] == ["settled", "payout_pending", "payout_completed"]
    types = [event["type"] for event in merchant.get("/v1/events", {"limit": 100})["data"]]
    assert {"payout.created", "payout.updated", "payout.paid", "payout.completed"} <= set(types)
    assert books.broken_invariants(stack) == []


def test_a_refused_account_gives_the_money_back(stack):
    merchant = stack.demo_merchant()
    bank_account(merchant, "000111111116")
    intent = pay(merchant)
    advance(merchant, seconds=12 * DAY)
    payout, = payouts(merchant)
    assert (payout["status"], payout["failure_code"]) == ("failed", "no_account")
    assert payout["failure_balance_transaction"].startswith("txn_")
    assert amounts(merchant) == (0, NET)
    assert moved(stack, payout["id"]) == (0, 0)
    assert stands(merchant, intent)[-3:] == ["settled", "payout_pending", "settled"]
    # With another account the same money goes out, and what is inside says where it came from.
    bank_account(merchant, "000123456789")
    again = stripe.Payout.create(amount=NET, currency="inr", api_key=merchant.key)
    advance(merchant, seconds=DAY)
    assert merchant.get(f"/v1/payouts/{again.id}")["status"] == "paid"
    assert stands(merchant, intent)[-2:] == ["payout_pending", "payout_completed"]
    part, = inside(merchant, again.id)
    assert (part["source"], part["type"], part["amount"]) == (payout["id"], "payout_failure", NET)


def test_money_that_is_sent_back_is_available_again(stack):
    merchant = stack.demo_merchant()
    bank_account(merchant, "000111111113")
    pay(merchant)
    advance(merchant, seconds=12 * DAY)
    books.wait_for(lambda: payouts(merchant)[0]["status"] == "failed")
    payout, = payouts(merchant)
    assert payout["failure_code"] == "account_closed"
    assert amounts(merchant) == (0, NET)
    assert moved(stack, payout["id"]) == (NET, NET)
    kinds = [row["kind"] for row in books.journals(merchant, payout=payout["id"])]
    assert kinds == ["payout_reversed", "payout_returned", "payout_paid", "payout_created"]


def test_manual_payouts_take_what_is_available_and_no_more(stack):
    merchant = stack.demo_merchant()
    merchant.pay_out_by_hand()
    first, second = pay(merchant), pay(merchant)
    advance(merchant, seconds=12 * DAY)
    assert payouts(merchant) == []
    assert amounts(merchant) == (0, 2 * NET)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        stripe.Payout.create(amount=2 * NET + 1, currency="inr", api_key=merchant.key)
    assert refused.value.code == "balance_insufficient"

    small = stripe.Payout.create(
        amount=100_000, currency="inr", metadata={"run": "1"}, api_key=merchant.key)
    assert (small.status, small.automatic, small.metadata["run"]) == ("pending", False, "1")
    canceled = stripe.Payout.create(amount=50_000, currency="inr", api_key=merchant.key)
    canceled = stripe.Payout.cancel(canceled.id, api_key=merchant.key)
    assert canceled.status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        stripe.Payout.cancel(canceled.id, api_key=merchant.key)
    rest = stripe.Payout.create(amount=2 * NET - 100_000, currency="inr", api_key=merchant.key)
    assert amounts(merchant) == (0, 0)
    advance(merchant, seconds=DAY)
    states = {row["id"]: row["status"] for row in payouts(merchant)}
    assert states == {small.id: "paid", canceled.id: "canceled", rest.id: "paid"}

    # To the minor unit: the second charge is split over the two.
    parts = inside(merchant, small.id)
    assert [(part["source"], part["amount"], part["is_partial"]) for part in parts] == [
        (first.latest_charge, NET, False), (second.latest_charge, 3_000, True)]
    assert sum(part["amount"] for part in inside(merchant, rest.id)) == rest.amount
    assert moved(stack, canceled.id) == (0, 0)
    assert books.broken_invariants(stack) == []


def test_a_payout_never_overdraws_however_many_ask_at_once(stack):
    merchant = stack.demo_merchant()
    merchant.pay_out_by_hand()
    pay(merchant)
    advance(merchant, seconds=12 * DAY)
    made = []

    def ask():
        try:
            made.append(stripe.Payout.create(amount=60_000, currency="inr", api_key=merchant.key).id)
        except stripe.InvalidRequestError as error:
            assert error.code == "balance_insufficient"

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(made) == 1
    assert amounts(merchant) == (0, NET - 60_000)


def test_the_payout_service_may_die_and_the_bank_may_lose_files(stack):
    seed = random.randrange(1_000_000)
    dice = random.Random(seed)
    merchants = [stack.demo_merchant() for _ in range(3)]
    for merchant in merchants:
        pay(merchant)
    lost = requests.put(stack.sandbox + "/bank/faults", json={"lost_files": 2}, timeout=10)
    assert lost.status_code == 200, lost.text
    done = threading.Event()

    def kill():
        while not done.wait(dice.uniform(0.1, 0.8)):
            try:
                stack.kill("payout")
            except (ProcessLookupError, TypeError):
                pass  # It is being started again.

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        for merchant in merchants:
            books.wait_for(lambda: advanced(merchant, 12 * DAY), seconds=120)
    finally:
        done.set()
        killer.join()
    for merchant in merchants:
        books.wait_for(lambda: [row["status"] for row in payouts(merchant)] == ["paid"], seconds=60)
        payout, = payouts(merchant)
        assert moved(stack, payout["id"]) == (NET, 0), seed
    assert books.broken_invariants(stack) == [], seed


def advanced(merchant, seconds):
    """Asks with one key until it is answered: what is due may take longer than one request."""
    goal = getattr(merchant, "goal", None) or f"clock-{merchant.id}"
    merchant.goal = goal
    answer = requests.post(
        merchant.base + "/v1/test_helpers/test_clocks/advance", data={"seconds": seconds},
        auth=(merchant.key, ""), timeout=60, headers={"Idempotency-Key": goal})
    assert answer.status_code in (200, 409, 503), answer.text
    return answer.status_code == 200


def test_a_payout_is_not_reversed_and_says_why(stack):
    merchant = stack.demo_merchant()
    pay(merchant)
    advance(merchant, seconds=12 * DAY)
    payout, = payouts(merchant)
    before = merchant.get(f"/v1/payouts/{payout['id']}"), amounts(merchant), books.journals(merchant)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        stripe.Payout.reverse(payout["id"], metadata={"why": "mistake"}, api_key=merchant.key)
    assert (refused.value.http_status, refused.value.code) == (400, "payout_reversal_not_supported")
    assert "cannot be debited" in str(refused.value)
    assert (merchant.get(f"/v1/payouts/{payout['id']}"), amounts(merchant), books.journals(merchant)) == before
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        stripe.Payout.reverse("po_000000000000000000000000", api_key=merchant.key)
    assert (unknown.value.http_status, unknown.value.code) == (404, "resource_missing")


def test_files_for_the_bank_follow_the_schema_and_add_up(stack):
    merchant = stack.demo_merchant()
    for _ in range(2):
        pay(merchant)
        advance(merchant, seconds=6 * DAY)
    advance(merchant, seconds=12 * DAY)
    schema = xmlschema.XMLSchema(str(importlib.resources.files("sepaxml") / "schemas" / "pain.001.001.09.xsd"))
    files = stack.rows("SELECT replace(encode(convert_to(content, 'UTF8'), 'base64'), E'\\n', '') FROM bank_file")
    assert len(files) >= 2
    given = []
    for content, in files:
        document = base64.b64decode(content).decode()
        schema.validate(document)
        told = schema.to_dict(document)["CstmrCdtTrfInitn"]
        transfers = [transfer for part in told["PmtInf"] for transfer in part["CdtTrfTxInf"]]
        assert int(told["GrpHdr"]["NbOfTxs"]) == len(transfers)
        amounts = [transfer["Amt"]["InstdAmt"]["$"] for transfer in transfers]
        assert told["GrpHdr"]["CtrlSum"] == sum(amounts)
        given += [transfer["PmtId"]["EndToEndId"] for transfer in transfers]
    assert len(set(given)) == len(given)
    assert {payout["id"] for payout in payouts(merchant)} <= set(given)
