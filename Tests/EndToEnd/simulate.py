#!/usr/bin/env python3
"""Merchant-days on the test clock: trade, faults and kills, then proof that all books agree.

usage: simulate.py [DAYS] [SEED]
(default 60 merchant-days; without a seed a new one is drawn and printed)

Six merchants trade. Each of their days brings payments of every kind, captures, cancellations, refunds,
answers to disputes, other bank accounts and payouts by hand; then the merchant's own clock goes on by a
day, and all that is due by then is done in every service. Meanwhile network, clearing and bank misbehave,
every service is killed at random, and each of those that work in the background runs twice.

At the end faults and kills stop, the clocks go far enough ahead for everything to come to its end, and
the witnesses are heard: reconciliation, the invariants of the store, the network's own log, the bank's
own log, and the receivers of the webhooks.
"""

import collections
import concurrent.futures
import random
import shutil
import subprocess
import sys
import tempfile
import threading

import requests

import chaos
import stack as system
from books import broken_invariants, wait_for
from instances import SecondInstances
from receivers import Receiver

MERCHANTS = 6
PAYMENTS_PER_DAY = (20, 60)
DAY_SECONDS = 24 * 60 * 60
# At the end the clocks go on in such steps, at most so many: past every dispute's deadline with all that
# follows it, clearing, settlement, payout and statement.
LAST_STEP_DAYS = 6
LAST_STEPS = 12
REST_SECONDS = 180
KILL_EVERY_SECONDS = (0.3, 1.5)
VICTIMS = ("gateway", "orchestrator", "sandbox", "settlement", "webhook", "payout", "postgres")
NETWORK_FAULTS = {
    "probability": 0.03,
    "kinds": ["no_answer", "late", "duplicate", "out_of_order", "garbage", "reset", "slow"],
}

CARDS = (
    ["pm_card_visa"] * 10
    + ["pm_card_mastercard", "pm_card_amex", "pm_card_in", "pm_card_pendingRefund", "pm_card_refundFail"]
    + ["pm_card_visa_chargeDeclined", "pm_card_visa_chargeDeclinedInsufficientFunds", "pm_card_radarBlock"]
    + ["pm_card_createDispute", "pm_card_createDisputeProductNotReceived", "pm_card_createDisputeInquiry",
       "pm_card_createMultipleDisputes", "pm_card_createIssuerFraudRecord"]
)# Account numbers: paid, refused at once for one reason or another, paid and sent back later.
ACCOUNTS = ["000123456789"] * 4 + [
    "000111111116", "000222222227", "000333333335", "000444444440", "000111111113"]
CLEARING_FAULTS = ("truncated", "repeated", "wrong_sum")
EVIDENCE = ("winning_evidence", "losing_evidence", "escalate_inquiry_evidence")
OPEN_DISPUTES = ("needs_response", "warning_needs_response")
OPEN_PAYMENTS = ("processing", "requires_capture")
OPEN_PAYOUTS = ("pending", "in_transit")
UNDELIVERED = ("pending", "delivering", "held")
# A receiver that works refuses one post in so many, and is asked again.
REFUSED_POSTS = 0.1


class Trader:
    """One merchant, its customers, its bank account and its receiver of webhooks."""

    def __init__(self, stack, seed, payments_per_day):
        self.choose = random.Random(seed)
        self.payments_per_day = payments_per_day
        self.stack = stack
        self.merchant = stack.demo_merchant()
        self.client = chaos.Client(stack, self.merchant)
        self.refundable = []
        dice = random.Random(seed + "-receiver")
        self.receiver = Receiver(lambda post: (503 if dice.random() < REFUSED_POSTS else 200, {}, b""))
        self.done("/v1/webhook_endpoints", {"url": self.receiver.url, "enabled_events[0]": "*"})

    def done(self, path, form):
        status, body = self.client.post(path, form)
        assert status == 200, (path, form, status, body)
        return body

    def all(self, path, **filters):
        """Every object of a list."""
        rows, after = [], {}
        while True:
            page = self.merchant.get(path, {"limit": 100} | filters | after)
            rows += page["data"]
            if not page["has_more"]:
                return rows
            after = {"starting_after": rows[-1]["id"]}

    def day(self):
        for _ in range(self.choose.randint(*self.payments_per_day)):
            self.pay()
        for _ in range(self.choose.randrange(0, 3 + self.payments_per_day[0] // 4)):
            self.refund()
        for dispute in self.disputes():
            self.answer(dispute)
        if self.choose.random() < 0.3:
            self.bank_elsewhere(self.choose.choice(ACCOUNTS))
        if self.choose.random() < 0.3:
            self.pay_out()
        self.advance(DAY_SECONDS)

    def pay(self):
        amount = self.choose.randrange(5_000, 200_000)
        manual = self.choose.random() < 0.3
        status, body = self.client.post("/v1/payment_intents", {
            "amount": amount, "currency": "inr", "payment_method": self.choose.choice(CARDS), "confirm": "true",
            "capture_method": "manual" if manual else "automatic",
        })
        assert status in (200, 402), (status, body)
        if status == 402:
            return
        payment = self.client.settled(body["id"])
        if payment["status"] == "requires_capture":
            fate = self.choose.random()
            if fate < 0.2:
                self.client.post(f"/v1/payment_intents/{payment['id']}/cancel", {})
            elif fate < 0.9:
                part = amount if self.choose.random() < 0.5 else self.choose.randrange(1_000, amount)
                self.client.post(f"/v1/payment_intents/{payment['id']}/capture", {"amount_to_capture": part})
            # What is left alone expires after seven days.
            payment = self.client.settled(payment["id"])
        if payment["status"] == "succeeded":
            self.refundable.append((payment["id"], payment["amount_received"]))

    def refund(self):
        """Today's and yesterday's money, or money that was paid out long ago."""
        if not self.refundable:
            return
        payment, received = self.choose.choice(self.refundable)
        part = self.choose.randrange(100, received + 1)
        # More than is left is refused, and so is what is disputed.
        status, body = self.client.post("/v1/refunds", {"payment_intent": payment, "amount": part})
        assert status in (200, 400), (status, body)

    def disputes(self):
        return [row for row in self.all("/v1/disputes") if row["status"] in OPEN_DISPUTES]

    def answer(self, dispute):
        fate = self.choose.random()
        path = f"/v1/disputes/{dispute['id']}"
        if fate < 0.4:
            # It may be past its deadline, or answered already.
            self.client.post(path, {"evidence[uncategorized_text]": self.choose.choice(EVIDENCE)})
        elif fate < 0.5:
            self.client.post(path + "/close", {})
        # The others wait for another day, or for their deadline.

    def bank_elsewhere(self, number):
        """Payouts go to another account from here on, by themselves or only when they are asked for."""
        self.done("/v1/balance_settings", {
            "payments[payouts][destination][account_number]": number,
            "payments[payouts][destination][routing_number]": "110000000",
            "payments[payouts][schedule][interval]": self.choose.choice(["daily", "daily", "manual"]),
        })

    def pay_out(self):
        """A part of what is available, and sometimes it is taken back before it goes out."""
        available = self.merchant.get("/v1/balance")["available"][0]["amount"]
        if available <= 0:
            return
        # Another payout may have been faster.
        status, body = self.client.post(
            "/v1/payouts", {"amount": self.choose.randrange(1, available + 1), "currency": "inr"})
        assert status in (200, 400), (status, body)
        if status == 200 and self.choose.random() < 0.3:
            self.client.post(f"/v1/payouts/{body['id']}/cancel", {})

    def advance(self, seconds):
        try:
            self.done("/v1/test_helpers/test_clocks/advance", {"seconds": seconds})
        except AssertionError as error:
            due = self.stack.rows(
                f"SELECT kind, due_at, merchant_now(merchant_id) FROM due_moment "
                f"WHERE merchant_id = '{self.merchant.id}' ORDER BY due_at LIMIT 20")
            raise AssertionError(f"{self.merchant.id} waits for {due}") from error

    def open_ends(self):
        """What is neither at its end nor scheduled."""
        return (
            [f"{row['id']} is {row['status']}" for row in self.all("/v1/payment_intents")
             if row["status"] in OPEN_PAYMENTS]
            + [f"{row['id']} is {row['status']}" for row in self.all("/v1/refunds") if row["status"] == "pending"]
            + [f"{row['id']} is {row['status']}" for row in self.all("/v1/disputes")
               if row["status"] not in ("won", "lost", "warning_closed")]
            + [f"{row['id']} is {row['status']}" for row in self.all("/v1/payouts") if row["status"] in OPEN_PAYOUTS]
        )

    def come_to_rest(self):
        for _ in range(LAST_STEPS):
            self.advance(LAST_STEP_DAYS * DAY_SECONDS)
            if not self.open_ends():
                break
        # What was paid out last may still be sent back.
        self.advance(LAST_STEP_DAYS * DAY_SECONDS)

    def undelivered(self):
        return [row for row in self.all("/v1/webhook_deliveries") if row["status"] in UNDELIVERED]

    def compare_with_receiver(self):
        """Each event reached the receiver, and every time with the same bytes."""
        bodies = collections.defaultdict(set)
        for post in self.receiver.posts:
            bodies[post.id].add(post.body)
        told = {row["id"] for row in self.all("/v1/events")}
        return (
            [f"{event} was never delivered" for event in told - set(bodies)]
            + [f"{event} was delivered and never happened" for event in set(bodies) - told]
            + [f"{event} was delivered in {len(kinds)} forms" for event, kinds in bodies.items() if len(kinds) > 1]
        )


class Killer(threading.Thread):
    """Kills a service, or a second instance, again and again."""

    def __init__(self, stack, instances, seed):
        super().__init__()
        self.stack, self.instances = stack, instances
        self.choose = random.Random(seed)
        self.killed = collections.Counter()
        self.done = threading.Event()

    def run(self):
        while not self.done.wait(self.choose.uniform(*KILL_EVERY_SECONDS)):
            victim = self.choose.choice(VICTIMS + tuple(self.instances.names))
            try:
                if victim in self.instances.names:
                    self.instances.kill(victim)
                else:
                    self.stack.kill(victim)
            except (ProcessLookupError, TypeError):
                continue  # it is being started again at this moment
            self.killed[victim] += 1
            self.instances.revive()


def compare_with_bank(stack):
    """The bank's own log and our books agree: each payout moved at most once, and so did all money."""
    problems = []
    summary = stack.bank_summary()
    bank = {row["end_to_end_id"]: row for row in summary["transfers"]}
    ours = {row[0]: (row[1], int(row[2])) for row in stack.rows(PAYOUTS)}
    for reference, (state, amount) in ours.items():
        row = bank.get(reference, {"paid_out": 0, "returned": 0})
        moved = (row["paid_out"], row["returned"])
        expected = {"paid": [(amount, 0)], "returned": [(amount, amount)]}.get(state, [(0, 0)])
        if moved not in expected:
            problems.append(f"{reference} is {state} over {amount}, the bank moved {moved}")
    problems += [f"the bank paid {reference}, which is no payout of ours" for reference, row in bank.items()
                 if row["paid_out"] and not reference.startswith("CLR") and reference not in ours]
    escrow = {row[0]: int(row[1]) for row in stack.rows(ESCROW)}
    for currency in set(escrow) | set(summary["balances"]):
        held, booked = summary["balances"].get(currency, 0), escrow.get(currency, 0)
        if held != booked:
            problems.append(f"the bank holds {held} {currency}, account 1010 says {booked}")
    return problems


# Each payout and what became of it; one that was sent back had been paid before.
PAYOUTS = """
    SELECT id, CASE WHEN status = 'failed' AND EXISTS (
            SELECT FROM event WHERE event.merchant_id = payout.merchant_id AND stream = payout.id
              AND type = 'payout_returned'
        ) THEN 'returned' ELSE status END, amount_minor
    FROM payout"""

# What the bank has for us by our books.
ESCROW = """
    SELECT a.currency, sum(e.amount_minor) FROM entry e JOIN account a ON a.id = e.account_id
    WHERE a.code = 1010 GROUP BY a.currency"""


def misbehave(stack, dice):
    """A file of the network is spoiled, or one for the bank is lost."""
    fault = dice.choice(CLEARING_FAULTS + ("lost",))
    path, body = ("/bank/faults", {"lost_files": 1}) if fault == "lost" else (
        "/clearing/faults", {"kind": fault, "times": 1})
    try:
        requests.put(stack.sandbox + path, json=body, timeout=10)
        stack.faults(**NETWORK_FAULTS, seed=dice.randrange(2**31))
    except requests.RequestException:
        pass  # it is down at this moment


def trade(stack, seed, traders, days, report):
    """Every merchant lives its days, all merchants at once."""
    dice = random.Random(f"{seed}-faults")
    with concurrent.futures.ThreadPoolExecutor(len(traders)) as pool:
        for number in range(1, days + 1):
            misbehave(stack, dice)
            for task in [pool.submit(trader.day) for trader in traders]:
                task.result()
            report(f"  day {number} of {days}")


def run(merchant_days, seed, folder, merchants=MERCHANTS, payments_per_day=PAYMENTS_PER_DAY, report=print):
    """Runs it all and returns what is wrong; an empty list when nothing is."""
    days = -(-merchant_days // merchants)
    report(f"{days} days of {merchants} merchants, seed {seed}")
    stack = system.Stack(folder)
    stack.up()
    instances = SecondInstances(stack)
    traders = []
    try:
        traders = [Trader(stack, f"{seed}-{number}", payments_per_day) for number in range(merchants)]
        instances.start()
        killer = Killer(stack, instances, seed)
        killer.start()
        try:
            trade(stack, seed, traders, days, report)
        finally:
            killer.done.set()
            killer.join()
        wait_for(lambda: chaos.try_faults_off(stack), REST_SECONDS)
        with concurrent.futures.ThreadPoolExecutor(merchants) as pool:
            list(pool.map(Trader.come_to_rest, traders))
        wait_for(lambda: chaos.at_rest(stack), REST_SECONDS)
        for trader in traders:
            wait_for(lambda trader=trader: not trader.undelivered(), REST_SECONDS)
        report(f"  killed {dict(killer.killed)}; {census(stack)}")
        return witnesses(stack, traders)
    finally:
        instances.stop()
        for trader in traders:
            trader.receiver.close()
        stack.down()


def witnesses(stack, traders):
    problems = broken_invariants(stack) + chaos.compare_with_network(stack) + compare_with_bank(stack)
    for trader in traders:
        problems += trader.open_ends() + trader.compare_with_receiver()
    answer = subprocess.run(
        [system.BINARIES / "Reconciliation", "run", "--full", "--network", "sandbox", "--wait", "60"],
        env=stack.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
    )
    if answer.returncode != 0:
        problems.append(f"reconciliation ended with {answer.returncode}:\n{answer.stdout}{answer.stderr}")
    return problems


def census(stack):
    return {name: int(stack.value(f"SELECT count(*) FROM {name}"))
            for name in ("payment", "refund", "dispute", "payout", "settlement", "event", "entry")}


def main():
    numbers = [int(argument) for argument in sys.argv[1:]]
    days = numbers[0] if numbers else 60
    seed = numbers[1] if len(numbers) > 1 else random.SystemRandom().randrange(2**31)
    folder = tempfile.mkdtemp(prefix="simulation")
    problems = run(days, seed, folder)
    if problems:
        print(f"logs and database: {folder}")
    else:
        shutil.rmtree(folder)
    for problem in problems[:50]:
        print("BROKEN", problem)
    print(f"{days} merchant-days, seed {seed}: " + (f"{len(problems)} problems" if problems else "all books agree"))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
