"""Template messages of a public account, and who a person is to it.

https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.html
https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson

from app.domain.notices.templates import ANY, Template
from app.domain.sharing.ports import WeChatRefused

from .js_sdk import BUSY, WeChat

NO_TEMPLATE = 40037
LONGEST_CODE = 128


@dataclass(frozen=True, slots=True)
class TemplateMessages:
    account: WeChat
    templates: Mapping[str, Template]
    open_base: str = "https://open.weixin.qq.com"

    @property
    def app_id(self) -> str:
        return self.account.app_id

    def authorise_url(self, *, back: str, state: str) -> str:
        """snsapi_base asks nothing of her. WeChat wants the parameters in this order, and the mark at the end."""
        asked = urlencode({"appid": self.app_id, "redirect_uri": back, "response_type": "code", "scope": "snsapi_base", "state": state})
        return f"{self.open_base}/connect/oauth2/authorize?{asked}#wechat_redirect"

    def openid(self, code: str) -> str:
        asked = urlencode({"appid": self.app_id, "secret": self.account.secret, "code": code[:LONGEST_CODE], "grant_type": "authorization_code"})
        openid = self.account.ask("GET", f"/sns/oauth2/access_token?{asked}").get("openid")
        if not isinstance(openid, str) or not 0 < len(openid) <= 64 or not openid.isascii() or not openid.isprintable():
            raise WeChatRefused(BUSY)
        return openid

    def token(self) -> tuple[str, int]:
        return self.account.token()

    def send(self, token: str, *, openid: str, kind: str, parts: Mapping[str, str], url: str, key: str) -> None:
        template = self.templates.get(kind) or self.templates.get(ANY)
        if template is None:
            raise WeChatRefused(NO_TEMPLATE)
        body = {"touser": openid, "template_id": template.id, "url": url, "client_msg_id": key, "data": template.filled(parts)}
        self.account.ask("POST", "/cgi-bin/message/template/send?" + urlencode({"access_token": token}), orjson.dumps(body), matters=True)
