"""Webhooks over days: a merchant's own clock moves retries, warnings and ends, and settlement is told."""

import requests

from books import wait_for
from webhooks import client, deliveries, listen, pay, receive, stack  # noqa: F401

HOUR = 3_600
DAY = 24 * HOUR


def advance(merchant, seconds):
    """Moves the clock; a long way is gone in several requests with one key."""
    for _ in range(20):
        answer = requests.post(
            merchant.base + "/v1/test_helpers/test_clocks/advance", data={"seconds": seconds},
            headers={"Idempotency-Key": f"advance-{merchant.id}-{seconds}"},
            auth=(merchant.key, ""), timeout=30,
        )
        if answer.status_code == 200:
            return answer.json()
        assert answer.status_code in (409, 503), answer.text
    raise AssertionError("the clock did not arrive")


def test_the_whole_schedule_passes_on_the_merchants_clock(client, merchant, receive):
    receiver = receive(lambda post: (500, {}, b""))
    listen(client, receiver, ["charge.captured"])
    pay(client)
    receiver.wait_for(lambda posts: len(posts) >= 1)
    advance(merchant, 5 * DAY)
    assert [one["status"] for one in deliveries(merchant)] == ["failed"]
    shown = merchant.get(f"/v1/webhook_deliveries/{deliveries(merchant)[0]['id']}")
    waits = [0, 5, 30, 300, 1_800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]
    times = [attempt["created"] for attempt in shown["attempts"]]
    assert len(times) == len(waits) == len(receiver.posts)
    for wait, earlier, later in zip(waits[1:], times, times[1:]):
        # A fifth to either side, and what an attempt itself and whole seconds take.
        assert wait * 0.8 - 1 <= later - earlier <= wait * 1.2 + 3, (wait, later - earlier)
    assert len({post.body for post in receiver.posts}) == 1
    # What is signed is the real time, or receivers would refuse it.
    signed = [int(post.headers["webhook-timestamp"]) for post in receiver.posts]
    assert all(abs(moment - post.at) < 5 for moment, post in zip(signed, receiver.posts))


def test_an_endpoint_that_only_fails_is_warned_and_then_switched_off(client, merchant, receive):
    failing, well = receive(lambda post: (500, {}, b"")), receive()
    endpoint = listen(client, failing, ["charge.captured"], retry_schedule=[0] + [8 * HOUR] * 19)
    listen(client, well, ["webhook_endpoint.*"])
    pay(client)
    failing.wait_for(lambda posts: len(posts) >= 1)
    advance(merchant, 7 * DAY)
    posts = well.wait_for_types("webhook_endpoint.disabled")
    told = [
        (post.type, post.event["data"]["object"]["last_warning"]["percent"]) for post in posts
        if post.type == "webhook_endpoint.failing"
    ]
    assert told == [("webhook_endpoint.failing", percent) for percent in (50, 70, 90)]
    end = posts[-1].event["data"]["object"]
    assert (end["id"], end["status"], end["disabled_reason"]) == (endpoint.id, "disabled", "failing")
    listed = merchant.get("/v1/events", {"type": "webhook_endpoint.*"})["data"]
    assert {event["id"] for event in listed} == {post.id for post in posts}
    # Nothing is lost: what waits is held, what comes is held, and both can be replayed.
    pay(client)
    wait_for(
        lambda: [one["status"] for one in deliveries(merchant, endpoint=endpoint.id)] == ["held"] * 2
    )
    count = len(failing.posts)
    failing.answer = lambda post: (200, {}, b"")
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": False})
    answer = requests.post(
        f"{merchant.base}/v1/webhook_endpoints/{endpoint.id}/replay", data={"status": "held"},
        auth=(merchant.key, ""), timeout=20,
    ).json()
    assert answer["matched"] == 2
    failing.wait_for(lambda posts: len(posts) == count + 2)
    wait_for(
        lambda: {one["status"] for one in deliveries(merchant, endpoint=endpoint.id)} == {"succeeded"}
    )


def test_a_settlement_is_told_once_with_what_it_made_available(client, merchant, receive):
    receiver = receive()
    listen(client, receiver, ["settlement.*"])
    pay(client)
    advance(merchant, 2 * DAY)
    post = receiver.wait_for_types("settlement.completed")[0]
    batch = merchant.get("/v1/settlements")["data"][0]
    shown = post.event["data"]["object"]
    assert shown["id"] == batch["id"] and shown["status"] == "completed"
    assert shown["available"] == batch["available"] == 97_000
    assert merchant.get(f"/v1/events/{post.id}")["data"]["object"] == shown
    assert len(receiver.posts) == 1


def test_a_key_signs_until_its_grace_period_is_over(client, merchant, receive):
    receiver = receive()
    endpoint = listen(client, receiver, ["charge.captured"])
    path = f"{merchant.base}/v1/webhook_endpoints/{endpoint.id}/rotate_secret"
    for _ in range(9):
        answer = requests.post(path, auth=(merchant.key, ""), timeout=20)
        assert answer.status_code == 200, answer.text
    refused = requests.post(path, auth=(merchant.key, ""), timeout=20)
    assert refused.status_code == 400 and len(answer.json()["signing_keys"]) == 10
    pay(client)
    post = receiver.wait_for(lambda posts: len(posts) == 1)[0]
    assert post.headers["Stripe-Signature"].count("v1=") == 10
    assert len(post.headers["webhook-signature"].split(" ")) == 10
    advance(merchant, 2 * DAY)
    pay(client)
    post = receiver.wait_for(lambda posts: len(posts) == 2)[1]
    assert post.headers["Stripe-Signature"].count("v1=") == 1
    wait_for(lambda: {one["status"] for one in deliveries(merchant)} == {"succeeded"})
    shown = merchant.get(f"/v1/webhook_deliveries/{deliveries(merchant)[0]['id']}")
    assert shown["attempts"][0]["key_ids"] == [answer.json()["signing_keys"][0]["id"]]
