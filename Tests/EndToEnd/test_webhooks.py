"""Webhooks from the merchant's side: the official SDK and a receiver that verifies."""

import pytest
import requests
import standardwebhooks
import stripe

from books import wait_for
from webhooks import PAID, client, deliveries, listen, pay, receive, stack  # noqa: F401


def test_a_payment_is_told_to_its_endpoint_and_the_sdk_verifies_it(client, merchant, receive):
    receiver = receive()
    endpoint = listen(client, receiver)
    assert endpoint.secret.startswith("whsec_") and endpoint.status == "enabled"
    intent = pay(client)
    posts = receiver.wait_for_types(*PAID)
    assert len(posts) == len({post.id for post in posts})
    for post in posts:
        event = stripe.Webhook.construct_event(
            post.body, post.headers["Stripe-Signature"], endpoint.secret
        )
        same = standardwebhooks.Webhook(endpoint.secret).verify(post.body, post.headers)
        assert event.id == same["id"] == post.headers["webhook-id"]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(
            posts[0].body + b" ", posts[0].headers["Stripe-Signature"], endpoint.secret
        )
    succeeded = next(post.event for post in posts if post.type == "payment_intent.succeeded")
    assert succeeded["data"]["object"]["id"] == intent.id
    listed = {event["id"]: event for event in merchant.get("/v1/events", {"limit": 100})["data"]}
    for post in posts:
        # The same object, but for what is told about its deliveries.
        assert {**listed[post.id], "pending_webhooks": 1} == post.event
    sequences = [post.event["sequence"] for post in posts]
    assert len(set(sequences)) == len(sequences)


def test_the_secret_is_shown_at_creation_and_rotation_only(client, merchant, receive, stack):
    receiver = receive()
    endpoint = listen(client, receiver)
    again = client.v1.webhook_endpoints.retrieve(endpoint.id)
    assert "secret" not in again.to_dict()
    assert all("secret" not in one.to_dict() for one in client.v1.webhook_endpoints.list().data)
    answer = requests.post(
        f"{merchant.base}/v1/webhook_endpoints/{endpoint.id}/rotate_secret",
        data={"grace_period_seconds": 600}, auth=(merchant.key, ""), timeout=20,
    ).json()
    assert answer["secret"] not in (endpoint.secret, None)
    pay(client)
    post = receiver.wait_for_types("charge.captured")[0]
    for secret in (endpoint.secret, answer["secret"]):
        assert stripe.Webhook.construct_event(post.body, post.headers["Stripe-Signature"], secret)
        assert standardwebhooks.Webhook(secret).verify(post.body, post.headers)
    text = "".join(path.read_text(errors="replace") for path in stack.state.rglob("*.log"))
    tables = stack.value(
        """SELECT string_agg(body, '') FROM (SELECT body FROM reply UNION ALL SELECT body FROM command
           UNION ALL SELECT data FROM event UNION ALL SELECT document FROM webhook_endpoint) AS stored"""
    )
    for secret in (endpoint.secret, answer["secret"]):
        assert secret[10:40] not in text and secret[10:40] not in tables


def test_a_repeated_creation_gets_the_same_answer(merchant, receive):
    receiver = receive()
    form = {"url": receiver.url, "enabled_events[]": "charge.*"}
    headers = {"Idempotency-Key": "endpoint-1"}
    first, second = (
        requests.post(
            merchant.base + "/v1/webhook_endpoints", data=form, headers=headers,
            auth=(merchant.key, ""), timeout=20,
        )
        for _ in range(2)
    )
    assert first.text == second.text and "whsec_" in first.text
    assert len(merchant.get("/v1/webhook_endpoints")["data"]) == 1


def test_an_endpoint_gets_what_it_lists(client, merchant, receive):
    charges, refunds = receive(), receive()
    listen(client, charges, ["charge.*"])
    listen(client, refunds, ["refund.issued"])
    intent = pay(client)
    client.v1.refunds.create({"payment_intent": intent.id})
    refunds.wait_for_types("refund.issued")
    charges.wait_for_types("charge.succeeded", "charge.captured", "charge.refunded")
    assert {post.type for post in refunds.posts} == {"refund.issued"}
    assert all(post.type.startswith("charge.") for post in charges.posts)


def test_every_retry_sends_the_same_bytes_until_it_is_taken(client, merchant, receive):
    receiver = receive(
        lambda post: (500, {}, b"no") if len(receiver.posts) < 3 else (200, {}, b"yes")
    )
    listen(client, receiver, ["charge.captured"], retry_schedule=[0, 0, 1, 1])
    pay(client)
    posts = receiver.wait_for(lambda posts: len(posts) == 3)
    assert len({post.body for post in posts}) == 1 and len({post.id for post in posts}) == 1
    wait_for(lambda: deliveries(merchant)[0]["status"] == "succeeded")
    shown = merchant.get(f"/v1/webhook_deliveries/{deliveries(merchant)[0]['id']}")
    assert [attempt["response_status"] for attempt in shown["attempts"]] == [500, 500, 200]
    assert shown["request_body"].encode() == posts[0].body
    attempt = shown["attempts"][0]
    assert attempt["outcome"] == "refused" and attempt["response_body"] == "no"
    assert attempt["peer_address"] == "127.0.0.1" and attempt["key_ids"]
    assert attempt["timings_microseconds"]["total"] > 0 and attempt["next_attempt_at"]
    sent = dict(attempt["request_headers"])
    assert sent["Stripe-Signature"] == posts[0].headers["Stripe-Signature"]


def test_a_schedule_that_ends_leaves_a_failed_delivery_that_can_be_retried(client, merchant, receive):
    receiver = receive(lambda post: (400, {}, b""))
    listen(client, receiver, ["charge.captured"], retry_schedule=[0, 0])
    pay(client)
    wait_for(lambda: [one["status"] for one in deliveries(merchant)] == ["failed"])
    receiver.answer = lambda post: (204, {}, b"")
    delivery = deliveries(merchant)[0]
    answer = requests.post(
        f"{merchant.base}/v1/webhook_deliveries/{delivery['id']}/retry", auth=(merchant.key, ""),
        timeout=20,
    )
    assert answer.status_code == 200 and answer.json()["delivery"] == delivery["id"]
    wait_for(lambda: deliveries(merchant)[0]["status"] == "succeeded")
    assert len({post.body for post in receiver.posts}) == 1


def test_events_of_a_disabled_endpoint_are_held_and_replayed(client, merchant, receive):
    receiver = receive()
    endpoint = listen(client, receiver, ["charge.captured"])
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    pay(client)
    wait_for(lambda: [one["status"] for one in deliveries(merchant)] == ["held"])
    path = f"{merchant.base}/v1/webhook_endpoints/{endpoint.id}/replay"
    refused = requests.post(path, auth=(merchant.key, ""), timeout=20)
    assert refused.status_code == 400
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": False})
    counted = requests.post(
        path, data={"dry_run": "true", "status": "held"}, auth=(merchant.key, ""), timeout=20
    ).json()
    assert counted["matched"] == 1 and counted["id"] is None and not receiver.posts
    requests.post(path, data={"status": "held"}, auth=(merchant.key, ""), timeout=20)
    receiver.wait_for_types("charge.captured")
    wait_for(lambda: deliveries(merchant)[0]["status"] == "succeeded")


def test_an_endpoint_that_is_gone_is_disabled(client, merchant, receive):
    receiver = receive(lambda post: (410, {}, b""))
    endpoint = listen(client, receiver, ["charge.captured"])
    pay(client)
    wait_for(lambda: client.v1.webhook_endpoints.retrieve(endpoint.id).status == "disabled")
    assert client.v1.webhook_endpoints.retrieve(endpoint.id).disabled_reason == "gone"
    pay(client)
    wait_for(lambda: {one["status"] for one in deliveries(merchant)} == {"failed", "held"})
    assert len(receiver.posts) == 1


def test_a_deleted_endpoint_gets_nothing_more(client, merchant, receive):
    receiver, other = receive(), receive()
    endpoint = listen(client, receiver, ["charge.captured"])
    listen(client, other, ["charge.captured"])
    deleted = client.v1.webhook_endpoints.delete(endpoint.id)
    assert deleted.deleted is True and deleted.id == endpoint.id
    pay(client)
    other.wait_for_types("charge.captured")
    assert not receiver.posts
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.webhook_endpoints.retrieve(endpoint.id)


def test_a_receiver_that_lost_everything_catches_up(client, merchant, receive):
    receiver = receive()
    listen(client, receiver)
    pay(client)
    posts = receiver.wait_for_types(*PAID)
    seen, cursor = [], ""
    while True:
        page = merchant.get("/v1/events", {"after": cursor, "limit": 4})
        seen += page["data"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert {post.id for post in posts} == {event["id"] for event in seen}


def test_a_receiver_that_asks_to_wait_is_waited_for(client, merchant, receive):
    receiver = receive(lambda post: (503, {"Retry-After": "7200"}, b""))
    listen(client, receiver, ["charge.captured"])
    pay(client)
    wait_for(lambda: deliveries(merchant) and deliveries(merchant)[0]["response_status"] == 503)
    delivery = deliveries(merchant)[0]
    assert delivery["status"] == "pending" and delivery["attempt_count"] == 1
    assert 7_190 <= delivery["next_attempt_at"] - delivery["created"] <= 7_260


def test_a_rate_limit_is_kept(client, merchant, receive):
    receiver = receive()
    listen(client, receiver, rate_limit=5)
    for _ in range(3):
        pay(client)
    posts = receiver.wait_for(lambda posts: len(posts) == 3 * len(PAID), 60)
    # Five at once, and then five a second: no pause of the test's own could make it longer.
    assert posts[-1].at - posts[0].at >= (len(posts) - 5) / 5 * 0.9
    for index, post in enumerate(posts[5:-5], start=5):
        assert posts[index + 5].at - post.at >= 0.5
