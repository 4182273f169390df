"""Receivers that are slow, broken, hostile or not to be reached at all."""

import time
import zlib

import pytest
import stripe

from books import wait_for
from receivers import RawReceiver
from webhooks import PAID, client, deliveries, listen, pay, receive, stack  # noqa: F401


def test_a_redirect_is_a_failure_and_is_not_followed(client, merchant, receive):
    target = receive()
    receiver = receive(lambda post: (307, {"Location": target.url}, b""))
    listen(client, receiver, ["charge.captured"], retry_schedule=[0])
    pay(client)
    wait_for(lambda: [one["status"] for one in deliveries(merchant)] == ["failed"])
    shown = merchant.get(f"/v1/webhook_deliveries/{deliveries(merchant)[0]['id']}")
    assert shown["attempts"][0]["outcome"] == "redirected" and not target.posts


def head(extra=b""):
    return b"HTTP/1.1 200 OK\r\n" + extra


def never_answer(connection):
    connection.recv(1)


def drip_headers(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-Drip: 1\r\n")
        time.sleep(0.5)


def send_a_gigabyte(connection):
    connection.sendall(head(b"Content-Length: 1073741824\r\n\r\n"))
    for _ in range(16_384):
        connection.sendall(b"\0" * 65_536)


def send_a_bomb(connection):
    packed = zlib.compress(b"\0" * 50_000_000)
    length = str(len(packed)).encode()
    connection.sendall(head(b"Content-Encoding: gzip\r\nContent-Length: " + length + b"\r\n\r\n"))
    connection.sendall(packed)


def send_hostile_headers(connection):
    connection.sendall(head(b"".join(b"X-%d: \x80\xff%s\r\n" % (i, b"a" * 900) for i in range(60))))
    connection.sendall(b"Content-Length: 2\r\n\r\nok")


def send_endless_headers(connection):
    connection.sendall(head())
    while True:
        connection.sendall(b"X-Endless: " + b"a" * 8_000 + b"\r\n")


def send_bad_text(connection):
    connection.sendall(head(b"Content-Length: 4\r\n\r\n\xff\xfe\x00\x80"))


def send_garbage(connection):
    connection.sendall(b"\x16\x03\x01 this is not HTTP\r\n\r\n")


@pytest.mark.parametrize(
    "behave, status, outcome",
    [
        (never_answer, "failed", "timed_out_first_byte"),
        (drip_headers, "failed", "timed_out_total"),
        (send_a_gigabyte, "succeeded", "delivered"),
        (send_a_bomb, "succeeded", "delivered"),
        (send_hostile_headers, "succeeded", "delivered"),
        (send_endless_headers, "failed", "broken"),
        (send_bad_text, "succeeded", "delivered"),
        (send_garbage, "failed", "broken"),
    ],
)
def test_a_receiver_cannot_do_harm(client, merchant, receive, behave, status, outcome):
    receiver = receive(behave, kind=RawReceiver)
    listen(client, receiver, ["charge.captured"], retry_schedule=[0])
    pay(client)
    wait_for(lambda: [one["status"] for one in deliveries(merchant)] == [status])
    shown = merchant.get(f"/v1/webhook_deliveries/{deliveries(merchant)[0]['id']}")
    assert [attempt["outcome"] for attempt in shown["attempts"]] == [outcome]
    assert len(shown["attempts"][0]["response_body"] or "") <= 16_384


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/", "https://169.254.169.254/latest", "https://[::ffff:127.0.0.1]/",
        "https://2130706433/", "http://example.com/", "ftp://127.0.0.1/", "https://user@example.com/",
        "https://metadata.google.internal/", "https://example.com:22/",
    ],
)
def test_an_endpoint_must_be_public(client, url):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
    assert refused.value.param == "url"


def test_a_hanging_endpoint_does_not_delay_another(client, merchant, receive):
    hanging = receive(never_answer, kind=RawReceiver)
    receiver = receive()
    listen(client, hanging)
    listen(client, receiver, ["charge.captured"])
    pay(client)
    receiver.wait_for_types("charge.captured")
    for _ in range(10):
        started = time.time()
        pay(client)
        count = len(receiver.posts)
        receiver.wait_for(lambda posts: len(posts) > count or posts[-1].at >= started)
        assert receiver.posts[-1].at - started < 2


def test_objects_keep_their_order_where_it_is_wanted(client, merchant, receive):
    failures = {}

    def refuse_first(post):
        failures[post.id] = failures.get(post.id, 0) + 1
        return (500, {}, b"") if failures[post.id] == 1 else (200, {}, b"")

    receiver = receive(refuse_first)
    listen(client, receiver, retry_schedule=[0, 1, 1], ordering="object")
    pay(client)
    wait_for(lambda: {one["status"] for one in deliveries(merchant)} == {"succeeded"}
             and len(deliveries(merchant)) >= len(PAID), seconds=60)
    taken = []
    for post in receiver.posts:
        if post.id not in taken:
            taken.append(post.id)
    by_id = {post.id: post.event["sequence"] for post in receiver.posts}
    assert [by_id[one] for one in taken] == sorted(by_id.values())
