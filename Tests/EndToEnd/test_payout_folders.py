"""Payouts where files go through a pair of folders: killed in between, lost, cut, and delivered twice."""

import os
import random
import shutil
import signal
import threading

import books
import pytest
import requests
from stack import Stack
from test_payouts import NET, advanced, bank_account, moved, payouts
from test_settlement import DAY, advance, pay


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("folders"), {
        "RECONCILIATION_INTERVAL_SECONDS": "3600",
        "PAYOUT_BANK_TRANSPORT": "folders",
        "PAYOUT_BANK_FOLDER_PATIENCE_SECONDS": "1",
        # The bank is asked nothing over HTTPS: there is nobody at this address.
        "PAYOUT_BANK_URL": "https://127.0.0.1:1",
    })
    stack.up()
    yield stack
    stack.down()


@pytest.fixture
def merchant(stack):
    return stack.demo_merchant()


def drop(stack):
    """The bank's pair of folders."""
    return stack.state / "sandbox" / "bank"


def heard(stack):
    return sorted(path.name for path in (drop(stack) / "out" / "taken").glob("*.xml"))


def offered(stack):
    return sorted(path.name for path in (drop(stack) / "out").glob("*.xml"))


def effects(stack):
    """What came of all that the bank said."""
    return (
        stack.rows("SELECT status, count(*) FROM payout GROUP BY status ORDER BY status"),
        stack.rows("SELECT kind, count(*) FROM journal WHERE kind LIKE 'payout%' GROUP BY kind ORDER BY kind"),
        stack.value("SELECT count(*) FROM bank_exception"),
    )


def test_payouts_go_through_folders_while_the_service_dies_and_the_bank_loses_files(stack):
    seed = random.randrange(1_000_000)
    dice = random.Random(seed)
    merchants = [stack.demo_merchant() for _ in range(3)]
    bank_account(merchants[2], "000111111113")
    for merchant in merchants:
        pay(merchant)
    lost = requests.put(stack.sandbox + "/bank/faults", json={"lost_files": 2}, timeout=10)
    assert lost.status_code == 200, lost.text
    done = threading.Event()

    def kill():
        while not done.wait(dice.uniform(0.1, 0.8)):
            try:
                stack.kill(dice.choice(["payout", "payout", "payout", "sandbox"]))
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
    for merchant, ends in zip(merchants, ["paid", "paid", "failed"]):
        books.wait_for(lambda: [row["status"] for row in payouts(merchant)] == [ends], seconds=60)
        payout, = payouts(merchant)
        assert moved(stack, payout["id"]) == (NET, 0 if ends == "paid" else NET), seed
    assert books.broken_invariants(stack) == [], seed
    assert stack.value("SELECT count(*) FROM bank_exception") == "0"


def test_a_file_that_is_delivered_twice_counts_once(stack, merchant):
    pay(merchant)
    advance(merchant, seconds=12 * DAY)
    payout, = payouts(merchant)
    assert payout["status"] == "paid"
    books.wait_for(lambda: offered(stack) == [])
    before, names = effects(stack), heard(stack)
    assert names
    out = drop(stack) / "out"
    for name in names:
        # As it was, and under a number that the bank never gave.
        number, message = name.split("-", 1)
        shutil.copy(out / "taken" / name, out / f".{name}")
        shutil.copy(out / "taken" / name, out / f".again-{name}")
        os.rename(out / f".{name}", out / name)
        os.rename(out / f".again-{name}", out / f"{int(number) + 900_000:012}-{message}")
    books.wait_for(lambda: offered(stack) == [])
    assert effects(stack) == before
    assert moved(stack, payout["id"]) == (NET, 0)


def test_a_cut_file_is_refused_and_reported_and_heard_when_it_comes_whole(stack, merchant):
    pay(merchant)
    advance(merchant, seconds=12 * DAY)
    books.wait_for(lambda: offered(stack) == [])
    out = drop(stack) / "out"
    whole = next(path for path in sorted((out / "taken").glob("*.camt.054.xml"))).read_bytes()
    name = "000009000001-CUT.camt.054.xml"
    (out / name).write_bytes(whole[:len(whole) // 2])
    books.wait_for(lambda: (out / "refused" / f"{name}.reason").exists())
    books.wait_for(lambda: not (out / name).exists())
    assert (out / "refused" / name).read_bytes() == whole[:len(whole) // 2]
    refused = stack.rows("SELECT name, refusal FROM bank_message WHERE name LIKE 'CUT.camt.054.xml %'")
    assert len(refused) == 1 and refused[0][1]
    reported = stack.rows("SELECT reason FROM bank_exception WHERE message_name LIKE 'CUT.camt.054.xml %'")
    assert len(reported) == 1 and reported[0][0] == refused[0][1]
    before = effects(stack)
    (out / ".whole").write_bytes(whole)
    os.rename(out / ".whole", out / name)
    books.wait_for(lambda: name in heard(stack))
    # It tells of what had been told: nothing moves by it.
    assert effects(stack) == before
    assert stack.value("SELECT count(*) FROM bank_message WHERE name = 'CUT.camt.054.xml'") == "1"


def test_answers_that_are_lost_in_the_folder_are_asked_for_again(stack, merchant):
    bank_account(merchant, "000111111116")
    merchant.pay_out_by_hand()
    pay(merchant)
    advance(merchant, seconds=12 * DAY)
    answer = requests.post(
        merchant.base + "/v1/payouts", auth=(merchant.key, ""), timeout=20,
        data={"amount": NET, "currency": "inr"})
    assert answer.status_code == 200, answer.text
    payout = answer.json()["id"]
    inbox, outbox = drop(stack) / "in", drop(stack) / "out"
    # While the folder is away nothing can be answered, so nothing is heard before it is lost.
    away = outbox.rename(drop(stack) / "away")
    # The clock goes on in the background, for it waits for the payout.
    mover = threading.Thread(target=lambda: books.wait_for(lambda: advanced(merchant, DAY), seconds=120))
    mover.start()
    books.wait_for(lambda: stack.value(f"SELECT count(*) FROM bank_instruction WHERE payout_id = '{payout}'") == "1")
    file = stack.value(f"SELECT file_id FROM bank_instruction WHERE payout_id = '{payout}'")
    books.wait_for(lambda: (inbox / "taken" / f"{file}.pain.001.xml").exists())
    service = stack.process("payout")
    os.kill(service, signal.SIGSTOP)
    try:
        away.rename(outbox)
        books.wait_for(lambda: list(outbox.glob("*.pain.002.xml")))
        for path in outbox.glob("*.pain.002.xml"):
            path.unlink()
    finally:
        os.kill(service, signal.SIGCONT)
    mover.join()
    books.wait_for(lambda: merchant.get(f"/v1/payouts/{payout}")["status"] == "failed", seconds=60)
    assert moved(stack, payout) == (0, 0)
    assert books.broken_invariants(stack) == []


def test_statements_come_through_the_folders_without_a_gap(stack, merchant):
    pay(merchant)
    advance(merchant, seconds=12 * DAY)
    requests.post(stack.sandbox + "/bank/statements", timeout=10).raise_for_status()
    books.wait_for(lambda: offered(stack) == [])
    # What was cut in another test was reported, and stays so; nothing else is found.
    assert stack.rows(
        "SELECT reason FROM bank_exception WHERE message_name NOT LIKE 'CUT.camt.054.xml %'") == []
    numbers = [int(number) for number, in stack.rows("SELECT number FROM bank_statement ORDER BY number")]
    assert numbers == list(range(1, len(numbers) + 1)) and numbers
