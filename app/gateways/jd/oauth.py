"""A merchant's permission: where she gives it, and what it is exchanged for. Both generations of JD's OAuth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from app.domain.catalog.ports import FlagshipUnreachable, NeedsAuthorisation, Talk
from app.kernel.errors import msgid
from app.kernel.texts import clean

from .replies import WORDS, read_object, text, whole_number
from .signing import moment_of

OFFICIAL = "jd.com"
ENDED = msgid("京东店铺的授权已失效，请用店铺主账号重新授权（京东：%(words)s）")
UNKNOWN_APP = "401"


@dataclass(frozen=True, slots=True)
class App:
    """The application registered at JD whose key and secret sign every call."""

    key: str
    secret: str = field(repr=False)
    gateway_url: str = "https://api.jd.com/routerjson"

    @property
    def official(self) -> bool:
        host = urlsplit(self.gateway_url).hostname or ""
        return host == OFFICIAL or host.endswith("." + OFFICIAL)

    @property
    def origin(self) -> str:
        parts = urlsplit(self.gateway_url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Grant:
    """What JD gave. `refresh_token` is "" when none came; the access token's value may be the former one, living longer."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime | None
    refresh_at: datetime | None
    shop_user: str = ""


@dataclass(frozen=True, slots=True)
class OAuth:
    """`legacy` is oauth.jd.com with client_id; the present one is open-oauth.jd.com with app_key.

    A gateway that is not JD's own (a test, a private one) is asked for its OAuth at the same address.
    """

    app: App
    talk: Talk
    legacy: bool = False

    def authorise_url(self, *, redirect_uri: str, state: str) -> str:
        """Where the shop's owner gives her permission; it comes back to `redirect_uri` with `code` and `state`."""
        asked = {self._names[0]: self.app.key, "response_type": "code", "redirect_uri": redirect_uri, "state": state}
        return self._url("authorize" if self.legacy else "to_login", asked if self.legacy else asked | {"scope": "snsapi_base"})

    def exchange(self, code: str, *, redirect_uri: str, now: datetime) -> Grant:
        """The code of the redirect, good once."""
        more = {"redirect_uri": redirect_uri} if self.legacy else {}
        return self._ask("access_token", {"grant_type": "authorization_code", "code": code, **more}, now)

    def granted(self, code: str, *, redirect_uri: str, now: datetime) -> dict[str, str]:
        """What to keep after the exchange, by name."""
        return secrets_of(self.exchange(code, redirect_uri=redirect_uri, now=now))

    def refresh(self, refresh_token: str, *, now: datetime) -> Grant:
        """Raises NeedsAuthorisation when JD refuses; FlagshipUnreachable when nobody knows whether it worked."""
        return self._ask("refresh_token", {"grant_type": "refresh_token", "refresh_token": refresh_token}, now)

    @property
    def _names(self) -> tuple[str, str]:
        return ("client_id", "client_secret") if self.legacy else ("app_key", "app_secret")

    def _url(self, call: str, query: Mapping[str, str]) -> str:
        host = self.app.origin if not self.app.official else "https://oauth.jd.com" if self.legacy else "https://open-oauth.jd.com"
        return f"{host}/{'oauth' if self.legacy else 'oauth2'}/{call}?{urlencode(query)}"

    def _ask(self, call: str, query: Mapping[str, str], now: datetime) -> Grant:
        """The secret goes in the query because JD wants it there; whatever fails is told without the address."""
        key, secret = self._names
        url = self._url("token" if self.legacy else call, {key: self.app.key, secret: self.app.secret, **query})
        try:
            answer = self.talk("GET", url)
        except FlagshipUnreachable as failure:
            kept = {name: failure.data[name] for name in ("unsure", "status", "seconds") if name in failure.data}
            raise FlagshipUnreachable(failure.code, msgid("连接不上京东的授权服务"), **kept) from None
        told = read_object(answer.body, status=answer.status)
        if not text(told.get("access_token")):
            raise _refused(told)
        return grant_of(told, now)


def secrets_of(grant: Grant) -> dict[str, str]:
    """As the source's secrets are named."""
    return {"access_token": grant.access_token, "refresh_token": grant.refresh_token, "expires_at": moment_text(grant.expires_at),
            "refresh_at": moment_text(grant.refresh_at)}


def moment_text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def grant_of(told: Mapping[str, Any], now: datetime) -> Grant:
    """The end is JD's `time` plus `expires_in`; it is to be renewed a day before, or after three quarters of a short life."""
    seconds = whole_number(told.get("expires_in"))
    began = moment_of(told.get("time")) or now
    life = timedelta(seconds=seconds)
    ends = began + life if seconds > 0 else None
    return Grant(text(told["access_token"]), text(told.get("refresh_token")), ends,
                 ends - min(timedelta(days=1), life / 4) if ends else None, text(told.get("user_nick"))[:80])


def _refused(told: Mapping[str, Any]) -> FlagshipUnreachable:
    if text(told.get("code")) == UNKNOWN_APP:
        return FlagshipUnreachable("jd_signature", msgid("京东不认识这对 app_key 和 app_secret，请核对"))
    words = next((text(told[name]) for name in (*WORDS, "error") if text(told.get(name))), "")
    return NeedsAuthorisation("needs_authorisation", ENDED, words=clean(words)[:100])
