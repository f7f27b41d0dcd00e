"""A payment provider that is set up by half, or with real money in the wrong place, is refused at the start and by name."""

from __future__ import annotations

import pytest

from app.config import BadSetting, from_env

TEST = {"PAYMENT_PROVIDER": "stripe", "STRIPE_SECRET_KEY": "sk_test_abc"}
SECRETS = {"STRIPE_WEBHOOK_SECRET": "whsec_a", "STRIPE_CONNECT_WEBHOOK_SECRET": "whsec_b"}
PRODUCTION = {"APP_ENV": "production", "SECRET_KEY": "x" * 32, "PUBLIC_URL": "https://shop.example", "DATABASE_URL": "postgresql+psycopg://a@h/d"}
LIVE = {**PRODUCTION, **TEST, **SECRETS, "STRIPE_SECRET_KEY": "sk_live_abc"}


def test_a_whole_one() -> None:
    stripe = from_env({**TEST, **SECRETS, "STRIPE_API_BASE": "http://127.0.0.1:12111/"}).stripe
    assert stripe is not None and (stripe.key, stripe.address, stripe.webhook_secret, stripe.connect_secret, stripe.live) == (
        "sk_test_abc", "http://127.0.0.1:12111", "whsec_a", "whsec_b", False)
    assert from_env({}).stripe is None and from_env({"STRIPE_SECRET_KEY": "sk_live_abc"}).stripe is None, "not asked for, not looked at"


@pytest.mark.parametrize("prefix", ["sk_live_", "rk_live_"])
def test_real_money(prefix: str) -> None:
    stripe = from_env({**LIVE, "STRIPE_SECRET_KEY": f"{prefix}abc"}).stripe
    assert stripe is not None and stripe.live and stripe.address == ""


@pytest.mark.parametrize("key", ["", " ", "abc", "pk_test_abc", "pk_live_abc", "whsec_abc", "sk_abc", "SK_TEST_abc", "live_sk_test_", "sk_test_", "sk_test_a\nb",
                                 "sk_test_a b", "sk_live_é"])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(BadSetting, match="^STRIPE_SECRET_KEY: "):
        from_env({**TEST, "STRIPE_SECRET_KEY": key})


@pytest.mark.parametrize("prefix", ["sk_live_", "rk_live_"])
def test_real_money_goes_nowhere_but_to_stripe(prefix: str) -> None:
    with pytest.raises(BadSetting, match="^STRIPE_API_BASE: "):
        from_env({**LIVE, "STRIPE_SECRET_KEY": f"{prefix}abc", "STRIPE_API_BASE": "https://api.stripe.example"})


@pytest.mark.parametrize("app_env", ["", "development", "sandbox"])
def test_real_money_moves_only_in_production(app_env: str) -> None:
    with pytest.raises(BadSetting, match="^STRIPE_SECRET_KEY: .*real money"):
        from_env({**LIVE, "APP_ENV": app_env})


@pytest.mark.parametrize("name", list(SECRETS))
@pytest.mark.parametrize("key", ["sk_test_abc", "sk_live_abc"])
def test_production_hears_what_stripe_tells(name: str, key: str) -> None:
    for nothing in ("", " "):
        with pytest.raises(BadSetting, match=f"^{name}: "):
            from_env({**LIVE, "STRIPE_SECRET_KEY": key, name: nothing})


@pytest.mark.parametrize("name", list(SECRETS))
def test_a_key_is_no_secret(name: str) -> None:
    """Taken for each other they would be sent to the wrong place."""
    with pytest.raises(BadSetting, match=f"^{name}: "):
        from_env({**TEST, **SECRETS, name: "sk_test_abc"})


@pytest.mark.parametrize("address", ["ftp://a", "127.0.0.1:12111", "http://a/?x=1", "http://me:pw@a"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(BadSetting, match="^STRIPE_API_BASE: "):
        from_env({**TEST, "STRIPE_API_BASE": address})


def test_another_provider_is_not_guessed() -> None:
    with pytest.raises(BadSetting, match="^PAYMENT_PROVIDER: "):
        from_env({"PAYMENT_PROVIDER": "Stripe"})


def test_nothing_secret_is_shown() -> None:
    shown = repr(from_env(LIVE))
    assert not [secret for secret in ("sk_live_abc", "whsec_a", "whsec_b") if secret in shown]
