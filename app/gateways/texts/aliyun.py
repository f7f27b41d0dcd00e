"""Texts through Alibaba Cloud (阿里云短信, SendSms of 2017-05-25): approved templates, each call signed by signing_acs3.

https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson

from app.domain.catalog.ports import FlagshipUnreachable, Talk
from app.domain.customers.ports import Fate, NotSent
from app.kernel.clock import Clock, system_clock

from .signing_acs3 import canonical_query, signed_headers

SECONDS = 10.0
MOST_BYTES = 64 * 1024
LONGEST_PART = 35
"""Characters a variable may have (isv.PARAM_LENGTH_LIMIT)."""
HOUR = 3600
LATER = {
    "isv.BUSINESS_LIMIT_CONTROL": HOUR, "isv.DAY_LIMIT_CONTROL": 4 * HOUR, "isv.MONTH_LIMIT_CONTROL": 4 * HOUR,
    "isv.AMOUNT_NOT_ENOUGH": HOUR, "isv.OUT_OF_SERVICE": HOUR, "isp.SYSTEM_ERROR": 0, "isv.SYSTEM_ERROR": 0,
    "ServiceUnavailable": 0, "SignatureNonceUsed": 0,
}
"""Not taken, and worth another try after these seconds: limits per phone and per account, an account without money, their own trouble."""
GONE = frozenset({"isv.MOBILE_NUMBER_ILLEGAL", "isv.DOMESTIC_NUMBER_NOT_SUPPORTED"})


@dataclass(frozen=True, slots=True)
class AliyunTexts:
    """`templates`: code and notice → TemplateCode. `sign` is the approved signature (签名) every text begins with."""

    talk: Talk
    key_id: str
    secret: str = field(repr=False)
    sign: str
    templates: Mapping[str, str]
    base: str = "https://dysmsapi.aliyuncs.com"
    clock: Clock = system_clock
    ready: bool = True

    def send(self, *, phone: str, text: str, template: str, parts: Mapping[str, str], key: str) -> None:
        query = {"PhoneNumbers": phone.removeprefix("+86") if phone.startswith("+86") else phone.lstrip("+"), "SignName": self.sign,
                 "TemplateCode": self.templates[template], "TemplateParam": orjson.dumps({name: _fit(part) for name, part in parts.items()}).decode(),
                 "OutId": key}
        headers = signed_headers(query, host=urlsplit(self.base).netloc, action="SendSms", version="2017-05-25", key_id=self.key_id,
                                 secret=self.secret, at=self.clock(), nonce=secrets.token_hex(16))
        try:
            answer = self.talk("POST", f"{self.base}/?{canonical_query(query)}", headers=headers, seconds=SECONDS, max_bytes=MOST_BYTES)
        except FlagshipUnreachable as error:
            raise NotSent(error.code, "unsure" if error.data.get("unsure") else "later") from None
        _judge(answer.status, answer.body)


def _judge(status: int, body: bytes) -> None:
    """Raises NotSent unless it says OK."""
    try:
        said = orjson.loads(body)
        code = said["Code"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise NotSent(f"http_{status}", "unsure") from None
    if code == "OK":
        return
    code = str(code)
    fate: Fate = "later" if code in LATER or code.startswith("Throttling") else "gone" if code in GONE else "unsure" if code == "InternalError" else "never"
    raise NotSent(code, fate, seconds=LATER.get(code, 0))


def _fit(part: str) -> str:
    """One line of what a variable holds; longer is cut where it can be seen."""
    line = " ".join(part.split())
    return line if len(line) <= LONGEST_PART else f"{line[:LONGEST_PART - 1]}…"
