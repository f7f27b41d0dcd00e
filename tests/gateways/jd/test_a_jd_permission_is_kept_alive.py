from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from jd_shops import KEY, SECRET, InProcess, Open, Sealed, Shop, products

from app.domain.catalog.ports import Answer, FlagshipUnreachable, NeedsAuthorisation
from app.gateways.jd.gateway import now_utc
from app.gateways.jd.oauth import App, OAuth, grant_of, secrets_of
from tests.gateways.doubles.jd_double import JdDouble

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
QUERY = "jingdong.vender.shop.query"


def never(*_: object, **__: object) -> Answer:
    raise AssertionError("nothing is to be called")


def test_where_the_owner_gives_her_permission() -> None:
    url = urlsplit(OAuth(App(KEY, SECRET), never).authorise_url(redirect_uri="https://yd.example/back?a=1", state="s/1"))
    assert url.netloc + url.path == "open-oauth.jd.com/oauth2/to_login"
    assert parse_qs(url.query) == {"app_key": [KEY], "response_type": ["code"], "redirect_uri": ["https://yd.example/back?a=1"], "state": ["s/1"],
                                   "scope": ["snsapi_base"]}
    legacy = urlsplit(OAuth(App(KEY, SECRET), never, legacy=True).authorise_url(redirect_uri="https://yd.example/back", state="s1"))
    assert legacy.netloc + legacy.path == "oauth.jd.com/oauth/authorize" and parse_qs(legacy.query)["client_id"] == [KEY]


@pytest.mark.parametrize("legacy", [False, True])
def test_code_to_token_to_renewed_token(jd: Open, legacy: bool) -> None:
    shop = jd()
    oauth = OAuth(shop.app, shop.talk, legacy=legacy)
    answer = shop.talk("GET", oauth.authorise_url(redirect_uri="http://127.0.0.1/back", state="s1"))
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    grant = oauth.exchange(code, redirect_uri="http://127.0.0.1/back", now=now_utc())
    assert grant.expires_at is not None and timedelta(hours=23) < grant.expires_at - now_utc() <= timedelta(hours=24)
    with pytest.raises(NeedsAuthorisation):
        oauth.exchange(code, redirect_uri="http://127.0.0.1/back", now=now_utc())
    assert oauth.refresh(grant.refresh_token, now=now_utc()).access_token == grant.access_token, "JD keeps the value and prolongs it"
    with pytest.raises(NeedsAuthorisation):
        oauth.refresh("nonsense", now=now_utc())


def test_wrong_app_secret_is_no_matter_for_the_owner(jd: Open) -> None:
    shop = jd()
    with pytest.raises(FlagshipUnreachable) as caught:
        OAuth(App(KEY, "wrong", shop.app.gateway_url), shop.talk).refresh(shop.secrets.values["refresh_token"], now=now_utc())
    assert caught.value.code == "jd_signature" and not isinstance(caught.value, NeedsAuthorisation)


def test_the_end_is_jds_time_plus_the_life() -> None:
    """One year: renewed a day before. 24 hours of an app in test: after three quarters, not at every call."""
    year = grant_of({"access_token": "a", "expires_in": 31536000, "time": "1795320000000"}, NOON)
    assert year.expires_at == datetime(2027, 11, 22, 4, 0, tzinfo=UTC) and year.refresh_at == datetime(2027, 11, 21, 4, 0, tzinfo=UTC)
    day = grant_of({"access_token": "a", "expires_in": "86400"}, NOON)
    assert day.expires_at == NOON + timedelta(hours=24) and day.refresh_at == NOON + timedelta(hours=18)
    assert grant_of({"access_token": "a"}, NOON).expires_at is None


def kept(shop: Shop, expires: timedelta, refresh: timedelta) -> None:
    shop.secrets.values |= {"expires_at": (now_utc() + expires).isoformat(), "refresh_at": (now_utc() + refresh).isoformat()}


def test_it_is_renewed_before_its_end(jd: Open) -> None:
    shop = jd(refresh_rotates=True)
    before = dict(shop.secrets.values)
    kept(shop, timedelta(hours=5), -timedelta(minutes=1))
    facts = shop.pop().check()
    assert shop.secrets.values["access_token"] != before["access_token"] and shop.secrets.values["refresh_token"] != before["refresh_token"]
    assert facts.expires_at is not None and facts.expires_at > now_utc() + timedelta(hours=23)
    assert "19" not in {entry["code"] for entry in shop.control("log")}


def test_a_renewal_that_fails_early_does_not_stop_a_living_token(jd: Open) -> None:
    shop = jd()
    shop.secrets.values["refresh_token"] = "nonsense"
    kept(shop, timedelta(hours=5), -timedelta(minutes=1))
    assert shop.pop().check().shop
    kept(shop, -timedelta(minutes=1), -timedelta(hours=2))
    with pytest.raises(NeedsAuthorisation):
        shop.pop().check()


def test_a_dead_token_is_renewed_once_and_the_call_repeated(jd: Open) -> None:
    shop = jd()
    shop.control("tokens/expire", {})
    assert shop.pop().check().shop
    assert [entry["code"] for entry in shop.control("log") if entry["method"] == QUERY] == ["19", "0"]


def test_a_permission_that_ended_asks_for_the_owner(jd: Open) -> None:
    shop = jd()
    shop.control("tokens/expire", {})
    shop.secrets.values["refresh_token"] = "nonsense"
    with pytest.raises(NeedsAuthorisation) as caught:
        shop.pop().check()
    assert caught.value.code == "needs_authorisation" and "重新授权" in caught.value.message % caught.value.data


def test_a_token_that_stays_dead_is_not_renewed_for_ever() -> None:
    shop = Shop("http://jd.example", Sealed({"access_token": "x", "refresh_token": "refreshA"}), InProcess(JdDouble(products(2))))
    double = shop.talk.double  # type: ignore[attr-defined]
    double.faults.append({"kind": "error", "code": "19", "count": 99})
    with pytest.raises(NeedsAuthorisation):
        shop.gateway().call(QUERY, {}, lambda body: body)
    assert len(double.log) == 2 and shop.secrets.kept == 1


def test_a_lost_answer_to_a_renewal_is_not_the_end() -> None:
    """The refresh token was used up by the call whose answer got lost; JD prolonged the token in place, so it still serves."""
    double = JdDouble(products(2))
    plain, lost = InProcess(double), [True]

    def losing(method: str, url: str, **more: object) -> Answer:
        answer = plain(method, url, **more)  # type: ignore[arg-type]
        if "/oauth" in url and lost:
            lost.pop()
            raise FlagshipUnreachable("timeout", "…", unsure=True)
        return answer

    shop = Shop("http://jd.example", Sealed({"access_token": "tokA", "refresh_token": "refreshA"}), losing)
    double.control("tokens/expire", {})
    assert shop.gateway().call(QUERY, {}, lambda body: body["shop_jos_result"]["shop_name"]) == "示例官方旗舰店"


@pytest.mark.parametrize("locked", [True, False])
def test_many_workers_renew_once(jd: Open, locked: bool) -> None:
    """The refresh token is good once and tokens rotate: with the source's lock there is one renewal. The twin without it:
    several use the same refresh token, and only looking again saves those who came late."""
    shop = jd(refresh_rotates=True)
    shop.control("tokens/expire", {})
    lock, start, failures = threading.Lock(), threading.Barrier(6), []

    @contextmanager
    def free() -> Iterator[None]:
        yield

    def work() -> None:
        gateway = shop.gateway()
        gateway.tokens = shop.tokens(lock=(lambda: lock) if locked else free)
        gateway.tokens.current()
        start.wait()
        try:
            gateway.call(QUERY, {}, lambda body: body)
        except NeedsAuthorisation as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if locked:
        assert not failures and shop.secrets.kept == 1
    assert shop.secrets.kept >= 1 and shop.pop().check().shop


def test_nothing_secret_is_logged_or_shown(jd: Open, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shop = jd(refresh_rotates=True)
    secrets = {SECRET, *(shop.secrets.values[name] for name in ("access_token", "refresh_token"))}
    shop.control("tokens/expire", {})
    gateway = shop.gateway()
    gateway.call(QUERY, {}, lambda body: body)
    secrets |= {shop.secrets.values[name] for name in ("access_token", "refresh_token")}
    shop.secrets.values["refresh_token"] = "nonsense-refresh"
    shop.control("tokens/expire", {})
    with pytest.raises(NeedsAuthorisation) as caught:
        gateway.call(QUERY, {}, lambda body: body)
    grant = grant_of({"access_token": "seen-access", "refresh_token": "seen-refresh"}, NOON)
    shown = f"{caught.value!r} {caught.value.data} {caught.value.__cause__!r} {grant!r} {shop.app!r} {gateway.tokens!r} {caplog.text}"
    assert not [secret for secret in secrets | {"nonsense-refresh", "seen-access", "seen-refresh"} if secret in shown]
    assert secrets_of(grant)["access_token"] == "seen-access"


def test_an_unreachable_oauth_does_not_show_its_address() -> None:
    def broken(method: str, url: str, **_: object) -> Answer:
        raise FlagshipUnreachable("connection_failed", f"cannot reach {url}", url=url, unsure=False)

    with pytest.raises(FlagshipUnreachable) as caught:
        OAuth(App(KEY, SECRET), broken).refresh("r-secret", now=NOON)
    assert SECRET not in repr(caught.value) and "r-secret" not in repr(caught.value) and caught.value.code == "connection_failed"
