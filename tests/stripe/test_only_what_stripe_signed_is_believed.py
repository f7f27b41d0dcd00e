"""A webhook is heard only with a signature of its own source's secret over exactly these bytes, not older than five minutes."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest
import stripe

from app.gateways.stripe.provider import StripeProvider
from tests.builders.stripe_world import CONNECT_SECRET, KEY, PLATFORM_SECRET

EVENT: dict[str, Any] = {"id": "evt_1", "object": "event", "type": "refund.updated", "created": 1_790_000_000, "livemode": False,
                         "data": {"object": {"id": "re_1", "object": "refund", "note": "退款"}}}


def body(**more: Any) -> bytes:
    return json.dumps({**EVENT, **more}, ensure_ascii=False).encode()


def signed(payload: bytes, secret: str = PLATFORM_SECRET, *, ago: int = 0) -> str:
    return stripe.WebhookSignature.generate_signature_header(payload.decode(), secret, int(time.time()) - ago)


def hears(payload: bytes, signature: str, source: str = "platform") -> Any:
    provider = StripeProvider(KEY, secrets={"platform": PLATFORM_SECRET, "connect": CONNECT_SECRET})
    return provider.hear(source=source, body=payload, signature=signature)


def test_it_is_read() -> None:
    heard = hears(body(), signed(body()))
    assert (heard.id, heard.type, heard.object_ref, heard.account_ref, heard.at.year) == ("evt_1", "refund.updated", "re_1", "", 2026)
    assert heard.payload["data"]["object"]["note"] == "退款"
    told = body(account="acct_1", type="account.updated")
    assert hears(told, signed(told, CONNECT_SECRET), "connect").account_ref == "acct_1"


def test_two_secrets_for_a_while() -> None:
    """While a secret is rolled Stripe signs with both."""
    other = signed(body(), "whsec_older").split(",")[1]
    assert hears(body(), f"{signed(body())},{other}") and hears(body(), signed(body()).replace(",v1", f",{other},v1"))


@pytest.mark.parametrize("signature", [
    "", "t=1", "v1=abc", "t=,v1=", "garbage", "=,=,=", "t", "t=1,v1", ",", "t=abc,v1=abc", f"t={'9' * 5000},v1=a", "t=1e400,v1=a", "t=-1,v1=a", "\0", "é" * 50,
    "t=99999999999999999999,v1=abc", "t=1,v1=\ud800", "t=\u0661,v1=a"])
def test_what_is_no_signature(signature: str) -> None:
    assert hears(body(), signature) is None


def test_of_somebody_else_or_changed_or_old() -> None:
    good = signed(body())
    assert hears(body(), good) is not None
    assert hears(body(), signed(body(), "whsec_guess")) is None
    assert hears(body(), signed(body(), CONNECT_SECRET)) is None, "the connected accounts' secret does not speak for the platform"
    assert hears(body(), good, "connect") is None
    assert hears(body(type="refund.failed"), good) is None
    assert hears(body().replace(b"{", b"{ ", 1), good) is None, "the raw bytes count, not what they mean"
    assert hears(body(), good.replace("v1=", "v0=")) is None
    assert hears(body(), signed(body(), ago=299)) is not None
    assert hears(body(), signed(body(), ago=301)) is None


def test_without_a_secret_nobody_is_heard() -> None:
    """An empty secret would be everybody's."""
    provider = StripeProvider(KEY, secrets={"platform": "", "connect": CONNECT_SECRET})
    assert provider.hear(source="platform", body=body(), signature=signed(body(), "")) is None
    assert provider.hear(source="nobody", body=body(), signature=signed(body())) is None


@pytest.mark.parametrize("payload", [
    b"", b"null", b"[]", b"5", b'"evt_1"', b"{}", b"{", b'{"id": "evt_1"}', body(created="soon"), body(created=10**30), body(created=None), body(created=[]),
    body(data=5), body(data={"object": "re_1"}), body(data=[]), b"[" * 100_000, b'{"a":' * 100_000, b"\xef\xbb\xbf{}"])
def test_what_is_signed_and_still_makes_no_sense(payload: bytes) -> None:
    assert hears(payload, signed(payload)) is None


def test_a_thin_event_says_only_which() -> None:
    """v2 accounts send notes without the object: its id is all there is, and all that is needed."""
    thin = json.dumps({"id": "evt_2", "object": "v2.core.event", "type": "v2.core.account[requirements].updated", "created": "2026-11-26T00:00:00.000Z",
                       "livemode": False, "related_object": {"id": "acct_1", "type": "v2.core.account", "url": "/v2/core/accounts/acct_1"}}).encode()
    heard = hears(thin, signed(thin, CONNECT_SECRET), "connect")
    assert (heard.object_ref, heard.at.isoformat()) == ("acct_1", "2026-11-26T00:00:00+00:00")
    assert hears(thin, signed(thin)[:-1] + "x") is None


def test_any_bytes_at_all() -> None:
    chance = random.Random(6)
    for _ in range(300):
        payload = chance.randbytes(chance.randrange(80))
        assert hears(payload, chance.randbytes(30).decode("latin-1")) is None
        assert hears(payload, f"t={int(time.time())},v1={chance.randbytes(32).hex()}") is None


def test_without_the_check_anybody_could_say_paid() -> None:
    """The twin: the same forged bytes, read without looking at the signature, are an event like any other."""
    from app.gateways.stripe.reading import event

    forged = body(type="checkout.session.completed")
    assert event(json.loads(forged)).type == "checkout.session.completed" and hears(forged, "t=1,v1=0") is None
