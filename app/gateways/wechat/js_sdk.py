"""Token and ticket of the JS-SDK: https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html

The token is the stable one
(`/cgi-bin/stable_token`): asked for again it is the same while it is valid, so several callers do not end one another's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson

from app.domain.catalog.ports import FlagshipUnreachable, Talk
from app.domain.sharing.ports import WeChatRefused

SECONDS = 5.0
MOST_BYTES = 64 * 1024
BUSY = -1


@dataclass(frozen=True, slots=True)
class WeChat:
    """One public account. `talk` makes one HTTP call; nothing is logged, addresses carry secrets."""

    talk: Talk
    app_id: str
    secret: str = field(repr=False)
    base: str = "https://api.weixin.qq.com"

    def token(self) -> tuple[str, int]:
        """(access_token, seconds it is valid). Raises WeChatRefused."""
        body = {"grant_type": "client_credential", "appid": self.app_id, "secret": self.secret, "force_refresh": False}
        return _told(self.ask("POST", "/cgi-bin/stable_token", body=orjson.dumps(body)), "access_token")

    def ticket(self, token: str) -> tuple[str, int]:
        """(jsapi_ticket, seconds it is valid). Raises WeChatRefused; its `stale` says that the token is no longer good."""
        return _told(self.ask("GET", "/cgi-bin/ticket/getticket?" + urlencode({"access_token": token, "type": "jsapi"})), "ticket")

    def ask(self, method: str, path: str, body: bytes = b"", *, matters: bool = False) -> dict[str, Any]:
        """What it says. Raises WeChatRefused; its `unsure` only where an effect that nobody told of `matters`."""
        try:
            answer = self.talk(method, self.base + path, headers={"Content-Type": "application/json"} if body else {}, body=body,
                               seconds=SECONDS, max_bytes=MOST_BYTES)
            said = orjson.loads(answer.body) if answer.status == 200 else None
        except FlagshipUnreachable as error:
            raise WeChatRefused(BUSY, unsure=matters and bool(error.data.get("unsure"))) from None
        except orjson.JSONDecodeError:
            raise WeChatRefused(BUSY, unsure=matters) from None
        if not isinstance(said, dict):
            raise WeChatRefused(BUSY, unsure=matters)
        code = said.get("errcode", 0)
        if code != 0:
            raise WeChatRefused(code if isinstance(code, int) and not isinstance(code, bool) else BUSY)
        return said


def _told(said: dict[str, Any], name: str) -> tuple[str, int]:
    value, seconds = said.get(name), said.get("expires_in")
    if not isinstance(value, str) or not value or not isinstance(seconds, int) or not 0 < seconds <= 86400:
        raise WeChatRefused(BUSY)
    return value, seconds
