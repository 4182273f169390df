"""After capture: time, settlement with the network, and what becomes available."""

import random
import threading

import books
import requests
import stripe

DAY = 24 * 60 * 60
AMOUNT = 100_000


def advance(merchant, **goal):
    answer = requests.post(
        merchant.base + "/v1/test_helpers/test_clocks/advance",
        data=goal, auth=(merchant.key, ""), timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def pay(merchant, **settings):
    return stripe.PaymentIntent.create(
        amount=AMOUNT, currency="inr", payment_method="pm_card_visa", confirm=True,
        api_key=merchant.key, **settings,
    )


def amounts(merchant):
    balance = merchant.get("/v1/balance")
    return balance["pending"][0]["amount"], balance["available"][0]["amount"]


def paid_by_network(stack, merchant):
    """What the bank's own log says the network paid for each of the merchant's cut-offs."""
    return [
        row["paid_in"] - row["paid_out"] for row in stack.bank_summary()["transfers"]
        if row["end_to_end_id"].startswith("CLR") and row["end_to_end_id"].endswith(merchant.id[-15:])
    ]


def settled(merchant):
    rows = merchant.get("/v1/settlements")["data"]
    return [row for row in rows if row["status"] == "completed"]


def test_an_authorization_expires_on_the_merchants_clock(stack):
    merchant = stack.demo_merchant()
    intent = pay(merchant, capture_method="manual")
    assert intent.status == "requires_capture"
    clock = advance(merchant, seconds=8 * DAY)
    assert clock["status"] == "ready"
    # Everything that was due is done before the answer comes.
    after = merchant.get(f"/v1/payment_intents/{intent.id}")
    assert after["status"] == "canceled"
    assert after["lifecycle_state"] == "expired"
    assert after["canceled_at"] >= intent.created + 7 * DAY
    types = [event["type"] for event in merchant.get("/v1/events", {"limit": 100})["data"]]
    assert "charge.expired" in types and "payment_intent.canceled" in types
    # Later payments live in the merchant's time.
    assert pay(merchant).created >= intent.created + 8 * DAY
    refused = requests.post(
        merchant.base + "/v1/test_helpers/test_clocks/advance",
        data={"frozen_time": intent.created}, auth=(merchant.key, ""), timeout=20,
    )
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "frozen_time"


def test_captured_money_is_settled_at_the_cut_off(stack):
    merchant = stack.demo_merchant()
    merchant.pay_out_by_hand()
    intents = [pay(merchant) for _ in range(5)]
    early = stripe.Refund.create(payment_intent=intents[0].id, amount=40_000, api_key=merchant.key)
    assert early.status == "succeeded"
    pending, available = amounts(merchant)
    assert (pending, available) == (5 * 97_000 - 40_000, 0)

    advance(merchant, seconds=6 * DAY)
    batch, = settled(merchant)
    assert amounts(merchant) == (0, 5 * 97_000 - 40_000)
    assert (batch["sale_count"], batch["refund_count"]) == (5, 1)
    assert (batch["gross"], batch["refunds"], batch["network_fees"]) == (5 * AMOUNT, 40_000, 5 * 1_200)
    assert batch["available"] == 5 * 97_000 - 40_000
    # The bank has from the network what account 1010 says that it has.
    assert paid_by_network(stack, merchant) == [5 * AMOUNT - 40_000 - 5 * 1_200]
    charges = {item["charge"] for item in batch["items"]["data"] if item["type"] == "sale"}
    assert charges == {intent.latest_charge for intent in intents}
    # The items' own list has the same, page by page, both ways, and nobody else's.
    listed, path = [], batch["items"]["url"]
    while page := merchant.get(path, {"limit": 2} | ({"starting_after": listed[-1]["id"]} if listed else {})):
        listed += page["data"]
        if not page["has_more"]:
            break
    assert listed == batch["items"]["data"] and len(listed) == 6
    before = merchant.get(path, {"limit": 2, "ending_before": listed[4]["id"]})
    assert before["data"] == listed[2:4] and before["has_more"]
    stranger = stack.demo_merchant()
    assert requests.get(merchant.base + path, auth=(stranger.key, ""), timeout=20).status_code == 404
    unknown = requests.get(
        merchant.base + path, params={"starting_after": "ch_x"}, auth=(merchant.key, ""), timeout=20)
    assert unknown.status_code == 400 and unknown.json()["error"]["param"] == "starting_after"

    # After settlement a refund takes from what is available.
    stripe.Refund.create(payment_intent=intents[1].id, api_key=merchant.key)
    assert amounts(merchant) == (0, 5 * 97_000 - 40_000 - AMOUNT)
    advance(merchant, seconds=6 * DAY)
    newest = settled(merchant)[0]
    assert (newest["sale_count"], newest["refund_count"], newest["available"]) == (0, 1, 0)
    assert paid_by_network(stack, merchant)[1:] == [-AMOUNT]
    assert books.unsettled(stack, merchant) == []
    assert books.broken_invariants(stack) == []


def test_a_spoiled_clearing_file_is_refused_and_asked_for_again(stack):
    for kind in ["truncated", "repeated", "wrong_sum"]:
        merchant = stack.demo_merchant()
        merchant.pay_out_by_hand()
        pay(merchant)
        fault = requests.put(
            stack.sandbox + "/clearing/faults", json={"kind": kind, "times": 1}, timeout=10,
        )
        assert fault.status_code == 200, fault.text
        advance(merchant, seconds=6 * DAY)
        books.wait_for(lambda: len(settled(merchant)) == 1)
        refusals = stack.rows(
            f"SELECT refusal FROM clearing_file WHERE merchant_id = '{merchant.id}' AND refusal IS NOT NULL")
        assert len(refusals) == 1 and "line" in refusals[0][0], (kind, refusals)
        assert amounts(merchant) == (0, 97_000)


def test_the_settlement_service_may_die_at_any_moment(stack):
    seed = random.randrange(1_000_000)
    dice = random.Random(seed)
    merchants = [stack.demo_merchant() for _ in range(4)]
    for merchant in merchants:
        for _ in range(dice.randrange(2, 6)):
            pay(merchant)
    done = threading.Event()

    def kill():
        while not done.wait(dice.uniform(0.05, 0.6)):
            try:
                stack.kill("settlement")
            except (ProcessLookupError, TypeError):
                pass  # It is being started again.

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        for merchant in merchants:
            advance(merchant, seconds=6 * DAY)
    finally:
        done.set()
        killer.join()
    for merchant in merchants:
        books.wait_for(lambda: books.unsettled(stack, merchant) == [], seconds=60)
        assert len(settled(merchant)) == 1, seed
        assert amounts(merchant)[0] == 0
        batch, = settled(merchant)
        assert paid_by_network(stack, merchant) == [batch["gross"] - batch["network_fees"]], seed
    assert books.broken_invariants(stack) == [], seed
