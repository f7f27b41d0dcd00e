"""Alibaba Cloud's text service (dysmsapi 2017-05-25): checks the V3 signature over what arrived, the clock, the nonce, then sign, template and phone.

Its signature is worked out anew from the request as it came in, with the algorithm as the documents put it, not with our code.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from urllib.parse import quote

from .serving import Asked, Said, ShopDouble


class AliyunSmsDouble(ShopDouble):
    """`codes` are played on the next answers in turn ("" plays none)."""

    key_id, secret, sign = "LTAI-double", "an access key's secret", "云店"
    templates = {"SMS_CODE": {"code"}, "SMS_NOTICE": {"brand", "title", "text"}}

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.codes: list[str] = []
        self.nonces: set[str] = set()
        self.sent: list[tuple[str, str, dict[str, str]]] = []
        """(phone, template, parts)."""
        super().__init__()

    def answer(self, asked: Asked) -> Said:
        wrong = self._unsigned(asked)
        if wrong:
            return Said({"Code": wrong, "Message": wrong, "RequestId": "R", "HostId": "dysmsapi.aliyuncs.com"}, 400)
        code = self.codes.pop(0) if self.codes else self._send(asked)
        if code.startswith(("Throttling", "ServiceUnavailable", "InternalError")):
            return Said({"Code": code, "Message": code, "RequestId": "R"}, 503)
        return Said({"Code": code, "Message": code, "RequestId": "R", **({"BizId": "9006^0"} if code == "OK" else {})})

    def _unsigned(self, asked: Asked) -> str:
        """The error code, '' for a good signature."""
        said = re.fullmatch(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})", asked.headers.get("authorization", ""))
        if said is None:
            return "IncompleteSignature"
        key_id, names, signature = said.groups()
        needed = {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"}
        if key_id != self.key_id:
            return "InvalidAccessKeyId.NotFound"
        if not needed <= set(names.split(";")) or asked.headers["x-acs-content-sha256"] != hashlib.sha256(asked.body).hexdigest():
            return "SignatureDoesNotMatch"
        encoded = [(quote(name, safe="~"), quote(value, safe="~")) for name, value in asked.query.items()]
        query = "&".join("=".join(pair) for pair in sorted(encoded))
        headers = "".join(f"{name}:{asked.headers[name].strip()}\n" for name in names.split(";"))
        request = "\n".join([asked.method, asked.path, query, headers, names, asked.headers["x-acs-content-sha256"]])
        text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
        if not hmac.compare_digest(signature, hmac.new(self.secret.encode(), text.encode(), "sha256").hexdigest()):
            return "SignatureDoesNotMatch"
        at = datetime.strptime(asked.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs((self.now - at).total_seconds()) > 900:
            return "InvalidTimeStamp.Expired"
        nonce, seen = asked.headers["x-acs-signature-nonce"], self.nonces
        if nonce in seen:
            return "SignatureNonceUsed"
        seen.add(nonce)
        return ""

    def _send(self, asked: Asked) -> str:
        said = asked.query
        if (asked.headers["x-acs-action"], asked.headers["x-acs-version"]) != ("SendSms", "2017-05-25"):
            return "InvalidAction.NotFound"
        if said["SignName"] != self.sign:
            return "isv.SMS_SIGNATURE_ILLEGAL"
        needed = self.templates.get(said["TemplateCode"])
        if needed is None:
            return "isv.SMS_TEMPLATE_ILLEGAL"
        parts = json.loads(said["TemplateParam"])
        if not needed <= set(parts):
            return "isv.TEMPLATE_MISSING_PARAMETERS"
        if any(len(part) > 35 for part in parts.values()):
            return "isv.PARAM_LENGTH_LIMIT"
        if not re.fullmatch(r"1[3-9]\d{9}|[2-9]\d{6,14}", said["PhoneNumbers"]):
            return "isv.MOBILE_NUMBER_ILLEGAL"
        self.sent.append((said["PhoneNumbers"], said["TemplateCode"], parts))
        return "OK"
