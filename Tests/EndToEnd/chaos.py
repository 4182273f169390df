#!/usr/bin/env python3
"""Mixed payments under network faults while processes are killed, then proof that no money was lost.

usage: chaos.py [--storm] [COUNT] [SEED]
(default 5000 payments; without a seed a new one is drawn and printed)

Every request carries an idempotency key and is repeated with it until it is answered, as a merchant's
SDK does. Gateway, orchestrator, sandbox and Postgres are killed with SIGKILL at random moments. Then the
faults stop, the system comes to rest, and three witnesses must agree to the minor unit: this client's own
log, our books, and the network's own log.

The kills keep step with the payments, so that a long run is disturbed from its beginning to its end. With
--storm there are five times as many and they wait for nobody: while it lasts hardly anything is answered,
and what is shown is that everything comes to rest within a bound once it is over.
"""

import collections
import concurrent.futures
import random
import sys
import tempfile
import threading
import time
import uuid

import requests

from books import broken_invariants, wait_for
from stack import Stack

WORKERS = 32
ANSWER_SECONDS = 180
# After the last kill: the supervisor's longest wait before a restart (10 s), a lease that has to run out
# (15 s), the longest wait before a repeat (30 s), Postgres' recovery, and as much again for a slow machine.
REST_SECONDS = 120
KILL_EVERY_SECONDS = (0.2, 1.5)
PAYMENTS_PER_KILL = 15
PAYMENTS_PER_STORM_KILL = 3
VICTIMS = ("gateway", "orchestrator", "sandbox", "postgres")
FAULTS = {"probability": 0.05, "kinds": ["no_answer", "late", "duplicate", "out_of_order", "garbage", "reset", "slow"]}

CARDS = (
    ["pm_card_visa"] * 8
    + ["pm_card_mastercard", "pm_card_amex", "pm_card_jcb", "pm_card_in"]
    + ["pm_card_visa_chargeDeclined", "pm_card_visa_chargeDeclinedInsufficientFunds",
       "pm_card_visa_chargeDeclinedLostCard", "pm_card_visa_chargeDeclinedStolenCard",
       "pm_card_chargeDeclinedExpiredCard", "pm_card_chargeDeclinedIncorrectCvc",
       "pm_card_chargeDeclinedProcessingError", "pm_card_authenticationRequired", "pm_card_radarBlock"]
    + ["pm_card_pendingRefund", "pm_card_refundFail"]
    + ["pm_card_createDispute", "pm_card_createDisputeInquiry", "pm_card_createMultipleDisputes",
       "pm_card_createIssuerFraudRecord"]
)


class Client:
    """Sends requests until they are answered, and remembers what was asked and what was said."""

    def __init__(self, stack, merchant):
        self.base, self.key = stack.base, merchant.key
        self.sessions = threading.local()
        self.lock = threading.Lock()
        self.answers = {}
        self.retries = 0
        # Nobody is answered in a storm; the time for an answer runs from its end.
        self.storm_ended = time.monotonic()

    def out_of_time(self, since):
        return time.monotonic() > max(since, self.storm_ended) + ANSWER_SECONDS

    def post(self, path, form, again=False):
        """The final status and body of a request; with `again`, also that a repetition is the same."""
        key = str(uuid.uuid4())
        first = self._until_answered(path, form, key)
        if again:
            second = self._until_answered(path, form, key)
            assert (first.status_code, first.content) == (second.status_code, second.content), (
                f"{path} with {key} was answered twice, differently")
        with self.lock:
            self.answers[key] = (path, form, first.status_code, first.json())
        return first.status_code, first.json()

    def _until_answered(self, path, form, key):
        asked = time.monotonic()
        while True:
            try:
                answer = self._session().post(
                    self.base + path, data=form, auth=(self.key, ""), timeout=15,
                    headers={"Idempotency-Key": key})
                if answer.status_code not in (409, 429) and answer.status_code < 500:
                    return answer
            except requests.RequestException:
                pass
            with self.lock:
                self.retries += 1
            assert not self.out_of_time(asked), f"{path} was not answered within {ANSWER_SECONDS} s"
            time.sleep(0.1)

    def _session(self):
        if not hasattr(self.sessions, "session"):
            self.sessions.session = requests.Session()
        return self.sessions.session

    def settled(self, identifier):
        """The payment once the network has answered for it."""
        asked = time.monotonic()
        while True:
            try:
                answer = self._session().get(
                    f"{self.base}/v1/payment_intents/{identifier}", auth=(self.key, ""), timeout=15)
                if answer.status_code == 200 and answer.json()["status"] != "processing":
                    return answer.json()
            except requests.RequestException:
                pass
            assert not self.out_of_time(asked), f"{identifier} stayed in processing"
            time.sleep(0.2)


def one_payment(client, seed):
    """One payment's whole life, chosen by its seed."""
    choose = random.Random(seed)
    amount = choose.randrange(5_000, 200_000)
    manual = choose.random() < 0.4
    form = {
        "amount": amount, "currency": "inr", "payment_method": choose.choice(CARDS), "confirm": "true",
        "capture_method": "manual" if manual else "automatic", "metadata[seed]": str(seed),
    }
    again = choose.random() < 0.2
    status, body = client.post("/v1/payment_intents", form, again)
    if status == 402:
        identifier = body["error"]["payment_intent"]["id"]
        if choose.random() < 0.5:
            client.post(f"/v1/payment_intents/{identifier}/confirm", {"payment_method": "pm_card_visa"}, again)
    else:
        assert status == 200, (status, body)
        identifier = body["id"]
    payment = client.settled(identifier)
    if payment["status"] == "requires_capture":
        if choose.random() < 0.3:
            client.post(f"/v1/payment_intents/{identifier}/cancel", {}, again)
        else:
            part = amount if choose.random() < 0.5 else choose.randrange(1_000, amount)
            client.post(f"/v1/payment_intents/{identifier}/capture", {"amount_to_capture": part}, again)
        payment = client.settled(identifier)
    if payment["status"] == "succeeded" and choose.random() < 0.5:
        for _ in range(choose.randrange(1, 4)):
            part = choose.randrange(100, payment["amount_received"] + 1)
            client.post("/v1/refunds", {"payment_intent": identifier, "amount": part}, again)
    return seed


class Killer(threading.Thread):
    """Kills until so many kills are done: in step with the payments, or, in a storm, as fast as it can."""

    def __init__(self, stack, client, seed, count, storm):
        super().__init__()
        self.stack, self.client, self.storm = stack, client, storm
        self.choose = random.Random(seed)
        self.payments_per_kill = PAYMENTS_PER_STORM_KILL if storm else PAYMENTS_PER_KILL
        self.kills = max(len(VICTIMS), count // self.payments_per_kill)
        self.killed = collections.Counter()
        self.finished = 0
        self.done = threading.Event()

    def run(self):
        while self.killed.total() < self.kills and not self.done.wait(self.choose.uniform(*KILL_EVERY_SECONDS)):
            if not self.storm and self.killed.total() * self.payments_per_kill > self.finished:
                continue
            victim = self.choose.choice(VICTIMS)
            try:
                self.stack.kill(victim)
            except (ProcessLookupError, TypeError):
                continue  # it is being started again at this moment
            self.killed[victim] += 1
            if self.storm:
                self.client.storm_ended = time.monotonic()


def at_rest(stack):
    try:
        return stack.value("SELECT count(*) FROM work") == "0"
    except AssertionError:
        return False  # Postgres itself is coming back


def compare_with_client(stack, client):
    """Every acknowledged request is there, and nothing is there that was not asked for."""
    problems = []
    stored = {row[0] for row in stack.rows("SELECT idempotency_key FROM command")}
    problems += [f"acknowledged but not stored: {key}" for key in client.answers if key not in stored]
    asked = {form["metadata[seed]"] for path, form, _, _ in client.answers.values() if "metadata[seed]" in form}
    made = collections.Counter(
        row[0] for row in stack.rows(SEEDS))
    problems += [f"made but not asked for: seed {seed}" for seed in made if seed not in asked]
    problems += [f"made {count} times: seed {seed}" for seed, count in made.items() if count != 1]
    problems += [f"asked for but not made: seed {seed}" for seed in asked if seed not in made]
    refunds = {row[0] for row in stack.rows("SELECT id FROM refund")}
    problems += [f"acknowledged refund {body['id']} is not there"
                 for path, _, status, body in client.answers.values()
                 if path == "/v1/refunds" and status == 200 and body["id"] not in refunds]
    return problems


def compare_with_network(stack):
    """Our books and the network's own log agree, reference by reference and in sum."""
    problems = []
    network = {row["reference"]: row for row in stack.network_summary()}
    ours = {}
    for reference, captured, refunded in stack.rows(NETWORK_FACTS):
        ours[reference] = (int(captured), int(refunded))
    for reference in sorted(set(network) | set(ours)):
        row = network.get(reference, {"captured": 0, "refunded": 0})
        ours_here = ours.get(reference, (0, 0))
        if (row["captured"], row["refunded"]) != ours_here:
            problems.append(f"{reference}: network {row}, our events {ours_here}")
    receivable = stack.value(
        "SELECT coalesce(sum(amount_minor), 0) FROM entry JOIN account ON account.id = account_id WHERE code = 1100")
    total = sum(row["captured"] - row["refunded"] for row in network.values()) - int(stack.value(CLEARED))
    if int(receivable) != total:
        problems.append(f"the network owes {total}, account 1100 says {receivable}")
    return problems


# What the network has settled with us already.
CLEARED = """
    SELECT coalesce(sum(settlement_sign(kind) * amount_minor), 0)
    FROM settlement_item WHERE settlement_id IS NOT NULL AND settled_at IS NOT NULL"""

# The client's own mark on each payment.
SEEDS = """
    SELECT data::jsonb->'details'->'metadata'->>'seed' FROM event
    WHERE type = 'payment_created'"""

# What our events say each reference moved: a capture under its authorization's reference, a refund under its own.
NETWORK_FACTS = """
    WITH fact AS (SELECT stream, version, type, data::jsonb AS data FROM event WHERE stream LIKE 'pi\\_%')
    SELECT authorized.data->'start'->>'reference', (captured.data->'amount'->>'minor_units')::bigint, 0
    FROM fact captured
    JOIN fact authorized ON authorized.stream = captured.stream AND authorized.type = 'payment_authorized'
        AND authorized.data->'start'->>'charge_id' = captured.data->>'charge_id'
    WHERE captured.type = 'payment_captured'
    UNION ALL
    SELECT requested.data->>'command', 0, (issued.data->'amount'->>'minor_units')::bigint
    FROM fact issued
    JOIN fact requested ON requested.stream = issued.stream AND requested.type = 'refund_requested'
        AND requested.data->>'refund_id' = issued.data->>'refund_id'
    WHERE issued.type = 'refund_issued'
    UNION ALL
    -- What the network moved by a notice of its own, under the notice's reference.
    SELECT data->'movement'->>'reference',
        CASE type WHEN 'dispute_charged_back' THEN 0 ELSE (data->'amount'->>'minor_units')::bigint END,
        CASE type WHEN 'dispute_charged_back' THEN (data->'amount'->>'minor_units')::bigint ELSE 0 END
    FROM fact WHERE type IN ('dispute_charged_back', 'dispute_represented', 'refund_returned')"""


def run(count, seed, folder, storm=False, report=print):
    """Runs it all and returns what is wrong; an empty list when nothing is."""
    report(f"{count} payments, seed {seed}{', in a storm of kills' if storm else ''}")
    stack = Stack(folder)
    stack.up()
    try:
        client = Client(stack, stack.demo_merchant())
        stack.faults(**FAULTS, seed=seed)
        killer = Killer(stack, client, seed, count, storm)
        killer.start()
        try:
            with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
                tasks = [pool.submit(one_payment, client, f"{seed}-{index}") for index in range(count)]
                for finished, task in enumerate(concurrent.futures.as_completed(tasks), 1):
                    task.result()
                    killer.finished = finished
                    if finished % max(1, count // 20) == 0:
                        report(f"  {finished} of {count} payments, {client.retries} retries, "
                               f"killed {dict(killer.killed)}")
        finally:
            killer.done.set()
            killer.join()
        ended = time.monotonic()
        wait_for(lambda: try_faults_off(stack), REST_SECONDS)
        wait_for(lambda: at_rest(stack), REST_SECONDS)
        statuses = collections.Counter(status for _, _, status, _ in client.answers.values())
        report(f"  at rest {time.monotonic() - max(ended, client.storm_ended):.1f} s later; "
               f"answers {dict(statuses)}, killed {dict(killer.killed)}")
        return compare_with_client(stack, client) + broken_invariants(stack) + compare_with_network(stack)
    finally:
        stack.down()


def try_faults_off(stack):
    try:
        stack.faults()
        return True
    except (requests.RequestException, AssertionError):
        return False


def main():
    numbers = [int(argument) for argument in sys.argv[1:] if argument != "--storm"]
    count = numbers[0] if numbers else 5_000
    seed = numbers[1] if len(numbers) > 1 else random.SystemRandom().randrange(2**31)
    with tempfile.TemporaryDirectory(prefix="chaos") as folder:
        problems = run(count, seed, folder, storm="--storm" in sys.argv)
    for problem in problems[:50]:
        print("BROKEN", problem)
    print(f"{count} payments, seed {seed}: " + (f"{len(problems)} problems" if problems else "all books agree"))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
