"""The wire contract around the payments: keys, errors, idempotency, pages, isolation."""

import json
import uuid

import pytest
import requests
import stripe

from books import journals


def pay(merchant, **params):
    defaults = {"amount": 5_000, "currency": "inr", "payment_method": "pm_card_visa", "confirm": True,
                "payment_method_types": ["card"]}
    return stripe.PaymentIntent.create(api_key=merchant.key, **(defaults | params))


def test_no_key_and_a_wrong_key_are_told_apart(stack):
    missing = requests.get(stack.base + "/v1/payment_intents", timeout=10)
    assert missing.status_code == 401
    assert missing.json()["error"]["type"] == "invalid_request_error"
    with pytest.raises(stripe.AuthenticationError):
        stripe.PaymentIntent.list(api_key="sk_test_" + "0" * 30)


def test_basic_authentication_works_as_in_curl(stack, merchant):
    answer = requests.get(stack.base + "/v1/payment_intents", auth=(merchant.key, ""), timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Request-Id"].startswith("req_")


def test_a_publishable_key_can_only_do_what_a_browser_needs(merchant):
    with pytest.raises(stripe.PermissionError):
        stripe.PaymentIntent.list(api_key=merchant.publishable_key)
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    assert stripe.Token.create(card=card, api_key=merchant.publishable_key).id.startswith("tok_")


def test_unknown_urls_and_methods_answer_in_json(stack, merchant):
    for method, path in (("GET", "/v1/nope"), ("DELETE", "/v1/payment_intents"), ("PUT", "/v1/refunds")):
        answer = requests.request(method, stack.base + path, auth=(merchant.key, ""), timeout=10)
        assert answer.status_code in (404, 405)
        assert answer.json()["error"]["message"].startswith("Unrecognized request URL")


@pytest.mark.parametrize(
    "params, code, param",
    [
        ({"amount": 100, "currency": "inr", "bogus": "1"}, "parameter_unknown", "bogus"),
        ({"currency": "inr"}, "parameter_missing", "amount"),
        ({"amount": "abc", "currency": "inr"}, "parameter_invalid_integer", "amount"),
        ({"amount": 10, "currency": "inr"}, "amount_too_small", "amount"),
        ({"amount": 100_000_000, "currency": "inr"}, "amount_too_large", "amount"),
    ],
)
def test_wrong_parameters_are_named(merchant, params, code, param):
    with pytest.raises(stripe.InvalidRequestError) as error:
        stripe.PaymentIntent.create(api_key=merchant.key, **params)
    assert (error.value.http_status, error.value.code, error.value.param) == (400, code, param)


def test_every_bracket_style_is_understood(stack, merchant):
    forms = (
        "payment_method_types[]=card&metadata[a b]=1&expand[]=latest_charge",
        "payment_method_types[0]=card&metadata[a+b]=1&expand[0]=latest_charge",
        "payment_method_types%5B0%5D=card&metadata%5Ba%20b%5D=1&expand%5B%5D=latest_charge",
    )
    for form in forms:
        answer = requests.post(
            stack.base + "/v1/payment_intents", auth=(merchant.key, ""), timeout=10,
            data="amount=5000&currency=INR&payment_method=pm_card_visa&confirm=true&" + form,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["metadata"] == {"a b": "1"}
        assert body["latest_charge"]["object"] == "charge"
        assert '\n  "object": "payment_intent",' in answer.text


def test_an_idempotency_key_is_one_effect_and_one_body(stack, merchant):
    key = str(uuid.uuid4())
    form = {"amount": 5_000, "currency": "inr", "payment_method": "pm_card_visa", "confirm": "true"}

    def post(path, data):
        return requests.post(stack.base + path, data=data, auth=(merchant.key, ""), timeout=20,
                             headers={"Idempotency-Key": key})

    first, second = post("/v1/payment_intents", form), post("/v1/payment_intents", form)
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]
    assert second.headers["Request-Id"] != first.headers["Request-Id"]
    assert len(journals(merchant, payment_intent=first.json()["id"])) == 1

    other = post("/v1/payment_intents", form | {"amount": 5_001})
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    elsewhere = post("/v1/refunds", {"payment_intent": first.json()["id"]})
    assert (elsewhere.status_code, elsewhere.json()["error"]["type"]) == (400, "idempotency_error")


def test_a_decline_is_replayed_and_a_refused_parameter_is_not(stack, merchant):
    key = str(uuid.uuid4())
    form = {"amount": 5_000, "currency": "inr", "payment_method": "pm_card_visa_chargeDeclined",
            "confirm": "true"}
    post = lambda data: requests.post(stack.base + "/v1/payment_intents", data=data, timeout=20,
                                      auth=(merchant.key, ""), headers={"Idempotency-Key": key})
    assert post(form | {"bogus": "1"}).status_code == 400
    first, second = post(form), post(form)
    assert first.status_code == second.status_code == 402
    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("path, form", [
    ("/v1/tokens", {}),
    ("/v1/payment_methods", {"type": "card"}),
    ("/v1/payment_intents", {"amount": 5_000, "currency": "inr", "confirm": "true",
                             "payment_method_data[type]": "card"}),
])
def test_a_card_that_the_vault_refuses_is_the_answer_of_its_key(stack, merchant, path, form):
    prefix = "payment_method_data[card]" if "amount" in form else "card"
    wrong = {f"{prefix}[number]": "4242424242424241", f"{prefix}[exp_month]": "12", f"{prefix}[exp_year]": "2034"}
    key = str(uuid.uuid4())
    post = lambda data: requests.post(stack.base + path, data=data, timeout=20, auth=(merchant.key, ""),
                                      headers={"Idempotency-Key": key})
    first, second = post(form | wrong), post(form | wrong)
    assert first.status_code == second.status_code == 402, first.text
    assert first.json()["error"]["code"] == "incorrect_number"
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    other = post(form | wrong | {f"{prefix}[number]": "4242424242424242"})
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")


def test_pages_go_forwards_and_backwards_and_refuse_strange_cursors(merchant):
    made = [pay(merchant, amount=5_000 + index).id for index in range(7)]
    made.reverse()
    listed = [intent.id for intent in stripe.PaymentIntent.list(limit=3, api_key=merchant.key).auto_paging_iter()]
    assert listed == made
    back = stripe.PaymentIntent.list(limit=2, ending_before=made[5], api_key=merchant.key)
    assert [intent.id for intent in back.data] == made[3:5]
    assert back.has_more
    charges = stripe.Charge.list(limit=100, api_key=merchant.key)
    assert [charge.payment_intent for charge in charges.data] == made
    for limit in (0, 101, "x"):
        with pytest.raises(stripe.InvalidRequestError) as error:
            stripe.PaymentIntent.list(limit=limit, api_key=merchant.key)
        assert error.value.param == "limit"
    with pytest.raises(stripe.InvalidRequestError) as error:
        stripe.PaymentIntent.list(starting_after="pi_" + "Zz" * 12, api_key=merchant.key)
    assert (error.value.code, error.value.param) == ("resource_missing", "starting_after")


def test_another_merchants_objects_answer_like_ids_that_never_were(merchant, other_merchant):
    paid = pay(merchant)
    refund = stripe.Refund.create(payment_intent=paid.id, amount=100, api_key=merchant.key)
    never = "pi_" + "Zz" * 12
    for identifier in (paid.id, never):
        with pytest.raises(stripe.InvalidRequestError) as error:
            stripe.PaymentIntent.retrieve(identifier, api_key=other_merchant.key)
        assert (error.value.http_status, error.value.code) == (404, "resource_missing")
        assert error.value.error.message == f"No such payment_intent: '{identifier}'"
    for read in (
        lambda: stripe.Charge.retrieve(paid.latest_charge, api_key=other_merchant.key),
        lambda: stripe.Refund.retrieve(refund.id, api_key=other_merchant.key),
        lambda: stripe.PaymentMethod.retrieve(paid.payment_method, api_key=other_merchant.key),
        lambda: stripe.PaymentIntent.capture(paid.id, api_key=other_merchant.key),
        lambda: stripe.PaymentIntent.cancel(paid.id, api_key=other_merchant.key),
        lambda: stripe.Refund.create(payment_intent=paid.id, api_key=other_merchant.key),
    ):
        with pytest.raises(stripe.InvalidRequestError) as error:
            read()
        assert error.value.code == "resource_missing"
    assert journals(other_merchant, payment_intent=paid.id) == []
    assert stripe.PaymentIntent.list(api_key=other_merchant.key).data == []
    assert stripe.Event.list(api_key=other_merchant.key).data == []


def test_the_version_is_echoed_and_an_unknown_one_refused(stack, merchant):
    answer = requests.get(stack.base + "/v1/balance", auth=(merchant.key, ""), timeout=10,
                          headers={"Stripe-Version": stripe.api_version})
    assert answer.headers["Stripe-Version"] == stripe.api_version
    refused = requests.get(stack.base + "/v1/balance", auth=(merchant.key, ""), timeout=10,
                           headers={"Stripe-Version": "1999-01-01"})
    assert refused.status_code == 400


def test_the_description_is_made_from_what_stands(stack, merchant):
    description = json.loads(requests.get(stack.base + "/openapi.json", timeout=10).text)
    assert description["openapi"].startswith("3.1")
    assert "post" in description["paths"]["/v1/payment_intents"]
    assert "get" in description["paths"]["/v1/ledger/journals"]
