"""WeChat's public platform as its documents describe it: the stable token, the ticket, and its error codes."""

from __future__ import annotations

import json

from .serving import Asked, Said, ShopDouble


class WeChatDouble(ShopDouble):
    """`codes` are played on the next answers in turn (0 plays none). A token is the same until it is ended."""

    app_id, secret = "wx1234567890abcdef", "a public account's secret"

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.tokens = 1
        super().__init__()

    def end_token(self) -> None:
        """It is good no longer, whatever was said of its seconds."""
        self.tokens += 1

    def answer(self, asked: Asked) -> Said:
        code = self.codes.pop(0) if self.codes else 0
        if code:
            return Said({"errcode": code, "errmsg": f"error {code} rid: 0"})
        if asked.path == "/cgi-bin/stable_token":
            return self._token(asked)
        if asked.path == "/cgi-bin/ticket/getticket":
            return self._ticket(asked)
        return Said({"errcode": 48001, "errmsg": "api unauthorized"})

    def _token(self, asked: Asked) -> Said:
        body = json.loads(asked.body)
        if asked.method != "POST" or body.get("grant_type") != "client_credential":
            return Said({"errcode": 40002, "errmsg": "invalid grant_type"})
        if body.get("appid") != self.app_id:
            return Said({"errcode": 40013, "errmsg": "invalid appid"})
        if body.get("secret") != self.secret:
            return Said({"errcode": 40125, "errmsg": "invalid appsecret"})
        return Said({"access_token": f"TOKEN-{self.tokens}", "expires_in": 7200})

    def _ticket(self, asked: Asked) -> Said:
        if asked.query.get("access_token") != f"TOKEN-{self.tokens}":
            return Said({"errcode": 40001, "errmsg": "invalid credential, access_token is invalid or not latest"})
        if asked.query.get("type") != "jsapi":
            return Said({"errcode": 40097, "errmsg": "invalid args"})
        return Said({"errcode": 0, "errmsg": "ok", "ticket": f"TICKET-{self.tokens}", "expires_in": 7200})
