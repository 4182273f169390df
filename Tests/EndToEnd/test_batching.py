"""Requests in flight together share commits; a request alone waits for nobody."""

import base64
import selectors
import socket
import urllib.parse

import requests

from books import wait_for

IN_FLIGHT = 64
PAYMENTS = 1_920
MOST_SYNCS_PER_PAYMENT = 0.25

FORM = {"amount": 5_000, "currency": "inr", "payment_method": "pm_card_visa", "confirm": "true"}

# A backend reports what it did at the end of a transaction, but not within a second of its last
# report, and then when it has been idle for ten seconds.
UNREPORTED = """
    SELECT count(*) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
        AND state_change < '{moment}'::timestamptz + interval '1.1 s'
        AND state_change > clock_timestamp() - interval '11 s'
"""


def syncs(stack):
    """The flushes of the write-ahead log so far, once every backend has reported its own."""
    moment = stack.value("SELECT clock_timestamp()")
    wait_for(lambda: stack.value(UNREPORTED.format(moment=moment)) == "0")
    return int(stack.value("SELECT wal_sync FROM pg_stat_wal"))


def submissions(stack):
    return int(stack.value("SELECT count(DISTINCT xmin::text) FROM command"))


class Payer:
    """A connection that asks for one payment after another.

    It is written for its cost: a client that takes longer to ask than the gateway to answer would
    never have so many requests in flight.
    """

    def __init__(self, stack, merchant):
        address = urllib.parse.urlsplit(stack.base)
        body = urllib.parse.urlencode(FORM).encode()
        key = base64.b64encode(f"{merchant.key}:".encode()).decode()
        head = (
            f"POST /v1/payment_intents HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Authorization: Basic {key}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n")
        self.request = head.encode() + body
        self.socket = socket.create_connection((address.hostname, address.port), timeout=30)
        self.answer = b""

    def ask(self):
        self.answer = b""
        self.socket.sendall(self.request)

    def is_answered(self):
        """Reads what is there; true once the answer is whole, and then it must be a success."""
        part = self.socket.recv(65_536)
        assert part, "the gateway closed the connection"
        self.answer += part
        head, separator, body = self.answer.partition(b"\r\n\r\n")
        if not separator:
            return False
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return False
        assert head.startswith(b"HTTP/1.1 200 "), self.answer
        assert b'"status": "succeeded"' in body, self.answer
        return True


def pay(payers, count):
    """Makes so many payments, as many at a time as there are payers."""
    with selectors.DefaultSelector() as selector:
        for payer in payers:
            selector.register(payer.socket, selectors.EVENT_READ, payer)
            payer.ask()
        asked, answered = len(payers), 0
        while answered < count:
            for key, _ in selector.select(timeout=30):
                if not key.data.is_answered():
                    continue
                answered += 1
                if asked < count:
                    key.data.ask()
                    asked += 1


def test_payments_in_flight_together_share_their_commits(stack, merchant):
    payers = [Payer(stack, merchant) for _ in range(IN_FLIGHT)]
    pay(payers, IN_FLIGHT)
    before = syncs(stack)
    pay(payers, PAYMENTS)
    cost = (syncs(stack) - before) / PAYMENTS
    print(f"{cost:.3f} WAL syncs a payment with {IN_FLIGHT} in flight")
    assert cost <= MOST_SYNCS_PER_PAYMENT


def test_a_payment_alone_does_not_wait_for_a_batch_to_fill(stack, merchant):
    wait_for(lambda: stack.value("SELECT count(*) FROM work") == "0")
    before = submissions(stack)
    for _ in range(3):
        answer = requests.post(stack.base + "/v1/payment_intents", data=FORM, auth=(merchant.key, ""), timeout=30)
        # A batch that waits to be filled would never be: the answer would be `processing`.
        assert answer.json()["status"] == "succeeded"
    assert submissions(stack) - before == 3
