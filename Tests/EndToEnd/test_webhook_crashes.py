"""Webhook services that are killed, and several at once."""

import collections
import os
import random
import subprocess
import threading

import stack as system
from books import wait_for
from webhooks import PAID, client, deliveries, listen, pay, receive, stack  # noqa: F401


class SecondInstance:
    """A webhook service beside the stack's own; nobody starts it again but the test."""

    def __init__(self, stack):
        self.environment = {
            name: value for name, value in os.environ.items()
            if name not in ("PORT", "DATABASE_URL")
        } | {
            "DATABASE_URL": stack.published("database.url"), "STATE": str(stack.state),
            "INSTANCE": "webhook-2", "ADMIN_HOST": "127.0.0.1", "ADMIN_PORT": "0",
            "ALLOW_LOOPBACK_TARGETS": "true", "LEASE_SECONDS": "8",
            "CONNECT_TIMEOUT_MILLISECONDS": "1000", "FIRST_BYTE_TIMEOUT_MILLISECONDS": "2000",
            "TOTAL_TIMEOUT_MILLISECONDS": "3000",
        }
        self.log = open(stack.folder / "webhook-2.log", "w")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [system.BINARIES / "Webhook"], env=self.environment, stdout=self.log, stderr=self.log
        )

    def kill(self):
        self.process.kill()
        self.process.wait(30)

    def end(self):
        self.process.terminate()
        status = self.process.wait(30)
        self.log.close()
        return status


def all_events(merchant):
    """Every event of a merchant, in the order in which they were committed."""
    events, cursor = [], ""
    while True:
        page = merchant.get("/v1/events", {"after": cursor, "limit": 100})
        events += page["data"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            return events


def test_a_killed_service_loses_nothing(client, merchant, receive, stack):
    slow = threading.Event()

    def answer(post):
        slow.wait(2)
        return 200, {}, b""

    receiver = receive(answer)
    listen(client, receiver)
    for _ in range(3):
        pay(client)
    receiver.wait_for(lambda posts: len(posts) >= 3)
    stack.kill("webhook")
    slow.set()
    pay(client)
    expected = 4 * len(PAID)
    wait_for(
        lambda: len(deliveries(merchant)) == expected
        and {one["status"] for one in deliveries(merchant)} == {"succeeded"},
        seconds=60,
    )
    bodies = {}
    for post in receiver.posts:
        bodies.setdefault(post.id, set()).add(post.body)
    assert len(bodies) == expected
    assert all(len(variants) == 1 for variants in bodies.values())
    interrupted = stack.value("SELECT count(*) FROM webhook_attempt WHERE outcome = 'interrupted'")
    assert int(interrupted) >= 1


def test_two_instances_share_the_work(client, merchant, receive, stack):
    second = SecondInstance(stack)
    try:
        receiver = receive()
        listen(client, receiver)
        count = 10
        for _ in range(count):
            pay(client)
        expected = count * len(PAID)
        receiver.wait_for(lambda posts: len({post.id for post in posts}) == expected, 60)
        wait_for(lambda: {one["status"] for one in deliveries(merchant)} == {"succeeded"})
        assert len(receiver.posts) == expected
        assert second.process.poll() is None
    finally:
        assert second.end() == 0


def test_two_instances_that_are_killed_again_and_again_lose_and_double_nothing(
    client, merchant, receive, stack
):
    choose = random.Random(7)
    first, other = receive(), receive()
    endpoints = [listen(client, first).id, listen(client, other).id]
    second = SecondInstance(stack)
    try:
        for turn in range(8):
            for _ in range(3):
                pay(client)
            # In the middle of what it was told of just now, wherever that is.
            seen = len(first.posts)
            first.wait_for(lambda posts: len(posts) >= seen + choose.randrange(1, 8), 40)
            if turn % 2:
                wait_for(lambda: stack.published("webhook.pid"))
                stack.kill("webhook")
            else:
                second.kill()
                second.start()
        events = all_events(merchant)
        assert len(events) == 24 * len(PAID)
        waiting = f"""SELECT count(*) FROM webhook_delivery
            WHERE merchant_id = '{merchant.id}' AND status <> 'succeeded'"""
        made = f"SELECT count(*) FROM webhook_delivery WHERE merchant_id = '{merchant.id}'"
        wait_for(
            lambda: (stack.value(made), stack.value(waiting)) == (str(2 * len(events)), "0"),
            seconds=90,
        )
    finally:
        second.end()
    rows = stack.rows(
        f"""SELECT endpoint_id, event_id, attempts FROM webhook_delivery
            WHERE merchant_id = '{merchant.id}'"""
    )
    # Every event and endpoint exactly once, and nothing else.
    pairs = collections.Counter((endpoint, event) for endpoint, event, _ in rows)
    assert set(pairs) == {(endpoint, event["id"]) for endpoint in endpoints for event in events}
    assert set(pairs.values()) == {1}
    attempts = {(endpoint, event): int(count) for endpoint, event, count in rows}
    for endpoint, receiver in zip(endpoints, (first, other)):
        posts = collections.Counter(post.id for post in receiver.posts)
        assert set(posts) == {event["id"] for event in events}
        # Who got an event twice can see in the log why: an attempt was cut off in between.
        for event, count in posts.items():
            assert 1 <= count <= attempts[endpoint, event], event
        bodies = collections.defaultdict(set)
        for post in receiver.posts:
            bodies[post.id].add(post.body)
            assert post.headers["webhook-id"] == post.id
        assert all(len(variants) == 1 for variants in bodies.values())
    logged = stack.value(
        f"""SELECT count(*) FROM webhook_delivery delivery WHERE merchant_id = '{merchant.id}'
            AND attempts <> (SELECT count(*) FROM webhook_attempt attempt
                WHERE attempt.merchant_id = delivery.merchant_id
                    AND attempt.delivery_id = delivery.id)"""
    )
    assert logged == "0"
