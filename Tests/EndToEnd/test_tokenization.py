"""Card numbers and security codes are nowhere outside the network's vault."""

import subprocess

import pytest
import requests
import stripe

# Numbers and codes that nothing else in the system could contain by chance.
MARKER_NUMBERS = ["4242424242424242", "5555555555554444", "4000000000009995", "4242424242424241"]
MARKER_CODE = "9173"
AMEX = "378282246310005"


def card(number, code="917"):
    return {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": code}


def send_marker_cards(stack, merchant):
    """Through every entrance, with and without errors behind it."""
    tries = []
    for number in MARKER_NUMBERS:
        tries.append(lambda number=number: stripe.Token.create(card=card(number), api_key=merchant.key))
        tries.append(lambda number=number: stripe.PaymentMethod.create(
            type="card", card=card(number), api_key=merchant.key))
        tries.append(lambda number=number: stripe.PaymentIntent.create(
            amount=5_000, currency="inr", confirm=True, api_key=merchant.key,
            payment_method_data={"type": "card", "card": card(number)}))
        # In places where no card belongs.
        tries.append(lambda number=number: stripe.PaymentIntent.create(
            amount=5_000, currency="inr", api_key=merchant.key, **{"card": card(number)}))
        tries.append(lambda number=number: stripe.PaymentIntent.retrieve(number, api_key=merchant.key))
        tries.append(lambda number=number: requests.get(
            stack.base + "/v1/charges", params={"number": number}, auth=(merchant.key, ""), timeout=10))
    tries.append(lambda: stripe.Token.create(card=card(AMEX, MARKER_CODE), api_key=merchant.key))
    tries.append(lambda: stripe.Token.create(card=card("4242424242424242", MARKER_CODE), api_key=merchant.key))
    for attempt in tries:
        try:
            attempt()
        except stripe.StripeError:
            pass


def files_with(state, text):
    found = subprocess.run(["grep", "-rlaF", "--", text, str(state)], capture_output=True, text=True, timeout=300)
    return found.stdout.split()


@pytest.fixture(scope="module")
def marked(stack):
    merchant = stack.demo_merchant()
    send_marker_cards(stack, merchant)
    stack.value("SELECT pg_switch_wal()")
    stack.value("CHECKPOINT; SELECT 1")
    return merchant


@pytest.mark.parametrize("number", MARKER_NUMBERS + [AMEX])
def test_no_card_number_is_in_any_file_of_the_state_folder(stack, marked, number):
    assert files_with(stack.state, number) == []


def test_no_card_number_or_code_is_in_a_dump(stack, marked):
    dump = subprocess.run(["pg_dump", stack.published("database.url")], capture_output=True, timeout=120).stdout
    assert b"CREATE TABLE public.payment" in dump
    for text in MARKER_NUMBERS + [AMEX, f'"{MARKER_CODE}"', "cvc=", "card[number]"]:
        assert text.encode() not in dump, text


def test_no_security_code_is_logged(stack, marked):
    for path in stack.state.rglob("*.log"):
        assert MARKER_CODE not in path.read_text(errors="replace").split('"'), path
