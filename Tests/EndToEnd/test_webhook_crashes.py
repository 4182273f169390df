"""Webhook services that are killed, and several at once."""

import os
import signal
import subprocess
import threading

import stack as system
from books import wait_for
from webhooks import PAID, client, deliveries, listen, pay, receive, stack  # noqa: F401


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
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PORT", "DATABASE_URL")
    } | {
        "DATABASE_URL": stack.published("database.url"), "STATE": str(stack.state),
        "INSTANCE": "webhook-2", "ADMIN_HOST": "127.0.0.1", "ADMIN_PORT": "0",
        "ALLOW_LOOPBACK_TARGETS": "true",
    }
    with open(stack.folder / "webhook-2.log", "w") as log:
        second = subprocess.Popen([system.BINARIES / "Webhook"], env=environment, stdout=log, stderr=log)
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
            assert second.poll() is None
        finally:
            second.send_signal(signal.SIGTERM)
            assert second.wait(30) == 0
