"""AWS Signature Version 4 for a call whose body is at hand and whose address has no query (S3 and what speaks like it).

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html; the test computes its published example.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

SERVICE = "s3"


def signed(method: str, url: str, headers: Mapping[str, str], body: bytes, *, region: str, key_id: str, secret: str, now: datetime) -> dict[str, str]:
    """`headers` with those that prove who asks, and that these very bytes were sent. `url` is already percent-encoded."""
    digest = hashlib.sha256(body).hexdigest()
    moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    told = {**headers, "x-amz-content-sha256": digest, "x-amz-date": moment}
    lines = sorted((name.lower(), " ".join(value.split())) for name, value in {**told, "host": host_of(url)}.items())
    names = ";".join(name for name, _ in lines)
    request = "\n".join([method, urlsplit(url).path or "/", "", *(f"{name}:{value}" for name, value in lines), "", names, digest])
    scope = f"{day}/{region}/{SERVICE}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in (day, region, SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return told | {"Authorization": f"AWS4-HMAC-SHA256 Credential={key_id}/{scope},SignedHeaders={names},Signature={signature}"}


def host_of(url: str) -> str:
    """As the Host header says it: without the port that goes without saying."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return name if parts.port in (None, usual) else f"{name}:{parts.port}"


def object_url(base: str, key: str) -> str:
    """Where the object of this key lies under a bucket's address."""
    return f"{base}/{quote(key, safe='/-_.~')}"
