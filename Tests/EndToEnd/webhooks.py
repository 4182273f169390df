"""What the tests of webhooks share: a stack with short limits, and a merchant's few lines."""

import pytest
import stripe

import stack as system
from receivers import Receiver

# What is told of a payment that succeeds at once.
PAID = {
    "payment_intent.created", "payment.created", "charge.succeeded", "payment.authorized",
    "charge.captured", "payment_intent.succeeded", "charge.updated",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """A system whose limits are short enough to be reached."""
    made = system.Stack(
        tmp_path_factory.mktemp("webhooks"),
        environment={
            "WEBHOOK_LEASE_SECONDS": "8",
            "WEBHOOK_CONNECT_TIMEOUT_MILLISECONDS": "1000",
            "WEBHOOK_FIRST_BYTE_TIMEOUT_MILLISECONDS": "2000",
            "WEBHOOK_TOTAL_TIMEOUT_MILLISECONDS": "3000",
        },
    )
    made.up()
    yield made
    made.down()


@pytest.fixture
def client(merchant):
    return stripe.StripeClient(merchant.key, base_addresses={"api": merchant.base})


@pytest.fixture
def receive():
    made = []

    def make(*arguments, kind=Receiver):
        made.append(kind(*arguments))
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


def listen(client, receiver, events=("*",), **options):
    return client.v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": list(events), **options}
    )


def pay(client, amount=100_000, **options):
    return client.v1.payment_intents.create(
        {
            "amount": amount, "currency": "inr", "payment_method": "pm_card_visa",
            "confirm": True, **options,
        }
    )


def deliveries(merchant, **filters):
    return merchant.get("/v1/webhook_deliveries", {"limit": 100} | filters)["data"]
