"""Reconciliation over the running system: clean after payments, exact about breaks, its seals verifiable."""

import importlib.util
import json
import subprocess

import pytest
import requests
import stripe

from books import journals, wait_for
from stack import BINARIES, ROOT
from test_settlement import advance

CLEAN, DISCREPANCIES, USAGE, UNREADABLE, INTERNAL, LOCKED = range(6)


def reconcile(stack, *arguments, database=None):
    environment = dict(stack.environment)
    if database:
        environment["DATABASE_URL"] = database
    # The stack watches itself, and only one run is under way at a time.
    patience = ["--wait", "60"] if arguments[0] == "run" and "--wait" not in arguments else []
    return subprocess.run(
        [BINARIES / "Reconciliation", *arguments, *patience], env=environment, timeout=120,
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )


def pay(merchant, amount, refunded=0):
    payment = stripe.PaymentIntent.create(
        amount=amount, currency="inr", payment_method="pm_card_visa", payment_method_types=["card"],
        confirm=True, api_key=merchant.key)
    assert payment.status == "succeeded"
    if refunded:
        stripe.Refund.create(payment_intent=payment.id, amount=refunded, api_key=merchant.key)
    return payment


def at_rest(stack):
    return stack.value("SELECT count(*) FROM work") == "0"


@pytest.fixture
def trade(stack, merchant):
    payments = [pay(merchant, 5_000 + number, number) for number in range(1, 9)]
    wait_for(lambda: at_rest(stack))
    # The watch's own first run is over; it comes again after an hour.
    wait_for(lambda: stack.value("SELECT count(*) FROM reconciliation_run") != "0")
    return payments


def test_a_full_run_is_clean_and_agrees_with_the_network(stack, trade, tmp_path):
    report = tmp_path / "report.json"
    answer = reconcile(stack, "run", "--full", "--network", "sandbox", "--format", "json", "--out", str(report))
    assert answer.returncode == CLEAN, answer.stdout + answer.stderr + report.read_text()
    document = json.loads(report.read_text())
    assert document["schema"] == 1 and document["result"] == "clean" and document["extent"] == "full"
    checked = {check["name"]: check["rows"] for check in document["checks"]}
    assert set(checked) == {"books", "events", "clearing", "settlements", "bank", "deadlines", "network", "seals"}
    assert checked["books"] > 0 and checked["events"] > 0 and checked["network"] >= 16
    assert list(tmp_path.iterdir()) == [report]


def test_settled_batches_agree_with_the_networks_files(stack, merchant, trade):
    requests.post(
        merchant.base + "/v1/test_helpers/test_clocks/advance", data={"seconds": 6 * 24 * 60 * 60},
        auth=(merchant.key, ""), timeout=60).raise_for_status()
    batch, = merchant.get("/v1/settlements")["data"]
    answer = reconcile(stack, "run", "--full", "--network", "sandbox", "--format", "json")
    assert answer.returncode == CLEAN, answer.stdout + answer.stderr
    checked = {check["name"]: check["rows"] for check in json.loads(answer.stdout)["checks"]}
    assert checked["settlements"] >= 1 + batch["sale_count"] + batch["refund_count"]


def test_an_incremental_run_looks_at_what_is_new_only(stack, merchant, trade):
    assert reconcile(stack, "run", "--full").returncode == CLEAN
    pay(merchant, 7_000)
    wait_for(lambda: at_rest(stack))
    answer = reconcile(stack, "run", "--format", "json")
    assert answer.returncode == CLEAN, answer.stdout + answer.stderr
    document = json.loads(answer.stdout)
    events = next(check["rows"] for check in document["checks"] if check["name"] == "events")
    assert document["extent"] == "incremental"
    assert 0 < events < int(stack.value("SELECT count(*) FROM event"))


def test_a_part_of_the_store_can_be_checked(stack, merchant, trade):
    answer = reconcile(stack, "run", "--merchant", merchant.id, "--network", "sandbox", "--format", "json")
    assert answer.returncode == CLEAN, answer.stdout + answer.stderr
    assert json.loads(answer.stdout)["extent"] == "part"
    nobody = "acct_" + "0" * 24
    assert reconcile(stack, "run", "--merchant", nobody, "--kind", "books").returncode == UNREADABLE
    assert reconcile(stack, "run", "--merchant", nobody, "--kind", "books", "--allow-empty").returncode == CLEAN


def test_usage_and_inputs_that_cannot_be_read_have_their_own_status(stack, tmp_path):
    runs = int(stack.value("SELECT count(*) FROM reconciliation_run"))
    assert reconcile(stack, "run", "--kind", "astrology").returncode == USAGE
    assert reconcile(stack, "run", "--merchant", "me").returncode == USAGE
    assert reconcile(stack, "run", "--from", "2026-11-02", "--to", "2026-11-01").returncode == USAGE
    assert reconcile(stack, "run", "--full", "--network", str(tmp_path / "none")).returncode == UNREADABLE
    torn = tmp_path / "torn"
    torn.write_text('{"sequence":1,"kind":"authorized"')
    assert reconcile(stack, "run", "--full", "--network", str(torn)).returncode == UNREADABLE
    nowhere = "postgresql://postgres@/nothing?host=/nowhere"
    assert reconcile(stack, "run", database=nowhere).returncode == UNREADABLE
    stack.rows("REVOKE SELECT ON settlement_item FROM reconciliation")
    try:
        assert reconcile(stack, "run", "--full").returncode == INTERNAL
    finally:
        stack.rows("GRANT SELECT ON settlement_item TO reconciliation")
    assert int(stack.value("SELECT count(*) FROM reconciliation_run")) == runs


def test_only_one_run_at_a_time(stack, trade):
    holder = subprocess.Popen(
        ["psql", "-XqAt", stack.published("database.url")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        # The letters of "reconcil" as a number.
        holder.stdin.write(f"SELECT pg_advisory_lock({0x7265636F6E63696C});\nSELECT 'held';\n")
        holder.stdin.flush()
        assert holder.stdout.readline().strip() == ""
        assert holder.stdout.readline().strip() == "held"
        assert reconcile(stack, "run", "--full", "--wait", "0").returncode == LOCKED
        waiting = subprocess.Popen(
            [BINARIES / "Reconciliation", "run", "--full", "--wait", "60"], env=dict(stack.environment),
            stdout=subprocess.DEVNULL)
    finally:
        holder.communicate("")
    assert waiting.wait(60) == CLEAN


def test_a_break_goes_its_way_from_found_to_closed(stack, merchant, trade):
    account = stack.value(f"SELECT id FROM account WHERE merchant_id = '{merchant.id}' AND code = 2010")
    tamper = (
        "ALTER TABLE account_balance DISABLE TRIGGER account_balance_by_posting;"
        "UPDATE account_balance SET balance_minor = balance_minor {} WHERE account_id = " + account + ";"
        "ALTER TABLE account_balance ENABLE TRIGGER account_balance_by_posting")
    stack.rows(tamper.format("+ 1"))
    try:
        for arguments in ((), ("--full",)):
            answer = reconcile(stack, "run", "--format", "json", *arguments)
            assert answer.returncode == DISCREPANCIES, answer.stdout + answer.stderr
            found = json.loads(answer.stdout)["discrepancies"]
            assert [item["class"] for item in found] == ["balance_differs"]
            assert found[0]["actual_minor_units"] - found[0]["expected_minor_units"] == 1
            assert (ROOT / found[0]["runbook"]).exists()
        listed = json.loads(reconcile(stack, "discrepancies", "--format", "json").stdout)
        assert len(listed) == 1
        number = str(listed[0]["id"])
        by = lambda name: ("--operator", name, "--note", "the owner changed it by hand")
        assert reconcile(stack, "approve", number, *by("asha")).returncode == USAGE
        assert reconcile(stack, "propose", number, *by("asha")).returncode == CLEAN
        assert reconcile(stack, "approve", number, *by("asha")).returncode == USAGE
        assert reconcile(stack, "approve", number, *by("ravi")).returncode == CLEAN
        assert reconcile(stack, "close", number, *by("ravi")).returncode == USAGE
    finally:
        stack.rows(tamper.format("- 1"))
    assert reconcile(stack, "run", "--full").returncode == CLEAN
    assert reconcile(stack, "close", number, *by("ravi")).returncode == CLEAN
    assert reconcile(stack, "discrepancies").returncode == CLEAN
    explained = reconcile(stack, "explain", number).stdout
    assert "proposed  asha" in explained and "approved  ravi" in explained and "closed  ravi" in explained


def test_money_that_nobody_knows_goes_into_suspense_and_then_where_it_belongs(stack, merchant, trade):
    paid_in = requests.post(stack.sandbox + "/bank/pay-ins", timeout=10, json={
        "reference": "STRAY", "amount": 700, "currency": "inr", "day": "2026-01-05"})
    assert paid_in.status_code == 204, paid_in.text
    requests.post(stack.sandbox + "/bank/statements", timeout=10).raise_for_status()
    wait_for(lambda: stack.value("SELECT count(*) FROM bank_exception") == "1")

    def agree(kind, note, *entry):
        """Two operators' way from the only discrepancy to its journal in the books."""
        answer = reconcile(stack, "run", "--full")
        assert answer.returncode == DISCREPANCIES, answer.stdout + answer.stderr
        listed = json.loads(reconcile(stack, "discrepancies", "--format", "json").stdout)
        item, = (item for item in listed if item["status"] == "open")
        assert item["finding"]["class"] == kind
        by = lambda name: ("--operator", name, "--note", note)
        number = str(item["id"])
        assert reconcile(stack, "propose", number, *by("asha"), *entry[:-2]).returncode == USAGE
        proposed = reconcile(stack, "propose", number, *by("asha"), *entry)
        assert proposed.returncode == CLEAN, proposed.stderr
        assert reconcile(stack, "post", number, *by("ravi")).returncode == USAGE
        assert reconcile(stack, "approve", number, *by("ravi")).returncode == CLEAN
        posted = reconcile(stack, "post", number, *by("ravi"))
        assert posted.returncode == CLEAN and " adj_" in posted.stdout, posted.stderr
        assert reconcile(stack, "post", number, *by("ravi")).returncode == USAGE
        return number

    before = merchant.get("/v1/balance")["available"][0]["amount"]
    first = agree("bank_exception", "paid in by nobody", "--debit", "1010", "--credit", "1900", "--amount", "700")
    second = agree("suspense_open", "it was theirs", "--debit", "1900", "--credit", "2011",
                   "--merchant", merchant.id, "--amount", "700")
    assert reconcile(stack, "run", "--full").returncode == CLEAN
    for number in (first, second):
        closed = reconcile(stack, "close", number, "--operator", "ravi", "--note", "done")
        assert closed.returncode == CLEAN, closed.stderr
    assert reconcile(stack, "discrepancies").returncode == CLEAN

    assert merchant.get("/v1/balance")["available"][0]["amount"] == before + 700
    told = stripe.BalanceTransaction.list(type="adjustment", api_key=merchant.key).data
    assert [(item.amount, item.net, item.status) for item in told] == [(700, 700, "available")]
    assert stripe.BalanceTransaction.retrieve(told[0].id, api_key=merchant.key).amount == 700
    advance(merchant, seconds=14 * 86_400)
    payout, = merchant.get("/v1/payouts")["data"]
    inside = merchant.get(f"/v1/payouts/{payout['id']}/transactions", {"limit": 100})["data"]
    assert sum(part["amount"] for part in inside) == payout["amount"]
    assert [part["id"] for part in inside if part["type"] == "adjustment"] == [told[0].id]
    whole = merchant.get("/v1/balance_transactions", {"payout": payout["id"], "limit": 100})["data"]
    assert told[0].id in [item["id"] for item in whole]
    assert reconcile(stack, "run", "--full", "--network", "sandbox").returncode == CLEAN


def test_it_proves_itself(stack):
    answer = reconcile(stack, "selftest", "--payments", "40")
    assert answer.returncode == CLEAN, answer.stdout + answer.stderr


def test_a_sealed_journal_is_proved_to_a_stranger(stack, merchant, other_merchant, trade):
    assert reconcile(stack, "seal").returncode == CLEAN
    spec = importlib.util.spec_from_file_location("verify_journal", ROOT / "deploy/verify/verify_journal.py")
    verifier = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verifier)
    for journal in journals(merchant):
        proof = merchant.get(f"/v1/ledger/journals/{journal['id']}/proof")
        assert verifier.problems(journal, proof) == []
        changed = json.loads(json.dumps(journal))
        changed["entries"][0]["debit"] += 1
        assert verifier.problems(changed, proof) != []
        assert verifier.problems(journal, proof | {"leaf": proof["leaf"].replace(" 0", " 1", 1)}) != []
        assert verifier.problems(journal, proof, "00" * 32) != []
    answer = subprocess.run(
        ["python3", ROOT / "deploy/verify/verify_journal.py", stack.base, merchant.key, journal["id"], proof["chain"]],
        capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    stranger = subprocess.run(
        ["python3", ROOT / "deploy/verify/verify_journal.py", stack.base, other_merchant.key, journal["id"]],
        capture_output=True, text=True, timeout=60)
    assert stranger.returncode == 1 and "404" in stranger.stderr
