"""Neither the key nor a signing secret comes out in a log, an error or a printed object, whatever is logged."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

import pytest

from app.config import Stripe
from app.domain.provider.ports import Misused, ProviderProblem
from app.gateways.stripe.provider import StripeProvider, open_stripe
from tests.builders.stripe_changes import changes
from tests.builders.stripe_world import StripeWorld

SECRETS = {"key": "sk_test_thisIsTheKey0123456789", "platform": "whsec_thisSignsThePlatform", "connect": "whsec_thisSignsAccounts"}


def test_whatever_is_logged(world: StripeWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    online = StripeProvider(SECRETS["key"], address=world.url, secrets=SECRETS)
    change, told = changes(world)["refund"], []
    change.make(online, "refund:1:1")
    world.does("faults", api=[{"status": 500, "count": 2}])
    for odd in (online, StripeProvider("sk_live_thisIsTheKey0123456789", address=world.url, secrets=SECRETS),
                StripeProvider(SECRETS["key"], address="http://127.0.0.1:9", secrets=SECRETS)):
        try:
            odd.read_refund("re_1")
        except ProviderProblem as problem:
            told.append(f"{problem!r} {problem} {problem.__cause__!r}")
    assert len(told) == 3 and "/v1/refunds" in caplog.text, "and there was something to look through"
    said = "".join([caplog.text, *told, repr(online)])
    assert not [secret for secret in ("thisIsTheKey", SECRETS["platform"], SECRETS["connect"]) if secret in said]
    world.does("reset")


def test_settings_do_not_show_it() -> None:
    shown = repr(Stripe(SECRETS["key"], "http://127.0.0.1:1", SECRETS["platform"], SECRETS["connect"]))
    assert urlsplit("http://127.0.0.1:1").netloc in shown and not [secret for secret in SECRETS.values() if secret in shown]


def test_no_key_no_provider() -> None:
    with pytest.raises(Misused):
        open_stripe("", address="", webhook_secret="", connect_secret="")
