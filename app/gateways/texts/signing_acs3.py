"""Signature version 3 of Alibaba Cloud (ACS3-HMAC-SHA256), for calls with their parameters in the query and no body.

https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"
EMPTY = hashlib.sha256(b"").hexdigest()


def canonical_query(query: Mapping[str, str]) -> str:
    """Sorted by name, everything percent-encoded but RFC 3986's unreserved characters."""
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(query.items()))


def signed_headers(query: Mapping[str, str], *, host: str, action: str, version: str, key_id: str, secret: str, at: datetime, nonce: str) -> dict[str, str]:
    """The headers of a POST to / without a body. `host` as the Host header says it; the call must come within 15 minutes of `at`."""
    headers = {"x-acs-action": action, "x-acs-content-sha256": EMPTY, "x-acs-date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
               "x-acs-signature-nonce": nonce, "x-acs-version": version}
    signed = sorted({"host": host, **headers}.items())
    names = ";".join(name for name, _ in signed)
    lines = "".join(f"{name}:{value}\n" for name, value in signed)
    request = f"POST\n/\n{canonical_query(query)}\n{lines}\n{names}\n{EMPTY}"
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return {**headers, "Authorization": f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"}
