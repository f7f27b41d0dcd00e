"""WeChat's public platform as its documents describe it: the stable token, the ticket, who a person is, template messages, error codes."""

from __future__ import annotations

import json
import re
from typing import Any

from .serving import Asked, Said, ShopDouble

LIMITS = {"thing": r".{1,20}", "amount": r"[^\d\s]?\d{1,10}(\.\d+)?元?", "time": r"(\d{4}[-年/.]\d{1,2}[-月/.]\d{1,2}日? ?)?\d{1,2}:\d{2}",
          "phrase": r"[一-鿿]{1,5}", "character_string": r"[\x21-\x7e]{1,32}"}
"""What a field of a template takes (类目模板消息参数值内容限制)."""


class WeChatDouble(ShopDouble):
    """`codes` are played on the next answers in turn (0 plays none). A token is the same until it is ended.

    `templates`: id → its fields. `followers` gets messages; a code of `codes_given` is good once.
    """

    app_id, secret = "wx1234567890abcdef", "a public account's secret"

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.tokens = 1
        self.templates = {"TM-any": {"thing1", "thing2", "time3"}, "TM-paid": {"amount1", "thing2"}}
        self.followers = {"oLin"}
        self.codes_given = {"code-of-lin": "oLin"}
        self.sent: list[dict[str, Any]] = []
        self.remembered: set[tuple[str, str]] = set()
        super().__init__()

    def end_token(self) -> None:
        """It is good no longer, whatever was said of its seconds."""
        self.tokens += 1

    def answer(self, asked: Asked) -> Said:
        code = self.codes.pop(0) if self.codes else 0
        if code:
            return _wrong(code, "error")
        does = {"/cgi-bin/stable_token": self._token, "/cgi-bin/ticket/getticket": self._ticket, "/sns/oauth2/access_token": self._who,
                "/cgi-bin/message/template/send": self._send}.get(asked.path)
        return does(asked) if does else _wrong(48001, "api unauthorized")

    def _token(self, asked: Asked) -> Said:
        body = json.loads(asked.body)
        if asked.method != "POST" or body.get("grant_type") != "client_credential":
            return _wrong(40002, "invalid grant_type")
        if body.get("appid") != self.app_id:
            return _wrong(40013, "invalid appid")
        if body.get("secret") != self.secret:
            return _wrong(40125, "invalid appsecret")
        return Said({"access_token": f"TOKEN-{self.tokens}", "expires_in": 7200})

    def _ticket(self, asked: Asked) -> Said:
        if asked.query.get("access_token") != f"TOKEN-{self.tokens}":
            return _wrong(40001, "invalid credential, access_token is invalid or not latest")
        if asked.query.get("type") != "jsapi":
            return _wrong(40097, "invalid args")
        return Said({"errcode": 0, "errmsg": "ok", "ticket": f"TICKET-{self.tokens}", "expires_in": 7200})

    def _who(self, asked: Asked) -> Said:
        if asked.query.get("appid") != self.app_id or asked.query.get("secret") != self.secret:
            return _wrong(40125, "invalid appsecret")
        if asked.query.get("grant_type") != "authorization_code":
            return _wrong(40002, "invalid grant_type")
        openid = self.codes_given.pop(asked.query.get("code", ""), None)
        if openid is None:
            return _wrong(40029, "invalid code")
        return Said({"access_token": "ANOTHER", "expires_in": 7200, "refresh_token": "R", "openid": openid, "scope": "snsapi_base"})

    def _send(self, asked: Asked) -> Said:
        body = json.loads(asked.body)
        if asked.query.get("access_token") != f"TOKEN-{self.tokens}":
            return _wrong(40001, "invalid credential, access_token is invalid or not latest")
        fields = self.templates.get(body["template_id"])
        if fields is None:
            return _wrong(40037, "invalid template_id")
        if set(body["data"]) != fields or not all(_holds(name, said["value"]) for name, said in body["data"].items()):
            return _wrong(47003, "argument invalid!")
        if body["touser"] not in self.followers:
            return _wrong(43004, "require subscribe")
        key = (body["touser"], body["client_msg_id"])
        if key not in self.remembered:
            self.remembered.add(key)
            self.sent.append(body)
        return Said({"errcode": 0, "errmsg": "ok", "msgid": 200228332 + len(self.sent)})


def _holds(name: str, value: str) -> bool:
    return re.fullmatch(LIMITS[name.rstrip("0123456789")], value) is not None


def _wrong(code: int, message: str) -> Said:
    return Said({"errcode": code, "errmsg": f"{message} rid: 0"})
