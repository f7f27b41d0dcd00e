"""Plays the public account: a page of the sandbox stands for WeChat's, and the last message to each person lies in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from app.domain.sharing.ports import WeChatRefused
from app.kernel.errors import NotFound
from app.kernel.files import Files
from app.kernel.ids import digest

PAGE = "/guide/notices/wechat/played"
CODE = "played-"
INVALID_CODE = 40029


@dataclass(frozen=True, slots=True)
class PlayedWeChat:
    files: Files
    app_id: str = "played"

    def authorise_url(self, *, back: str, state: str) -> str:
        return f"{PAGE}?{urlencode({'state': state})}"

    def openid(self, code: str) -> str:
        if not code.startswith(CODE) or len(code) > 64:
            raise WeChatRefused(INVALID_CODE)
        return f"o{digest(code)[:27]}"

    def token(self) -> tuple[str, int]:
        return "played", 7200

    def send(self, token: str, *, openid: str, kind: str, parts: Mapping[str, str], url: str, key: str) -> None:
        self.files.put(_key(openid), "\n".join([parts["title"], parts["text"], url]).encode())

    def last(self, openid: str) -> str:
        """What was sent to her last, '' for nothing."""
        try:
            return self.files.get(_key(openid)).decode()
        except NotFound:
            return ""


def _key(openid: str) -> str:
    return f"sandbox/wechat/{digest(openid)}.txt"
