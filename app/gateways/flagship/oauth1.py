"""OAuth 1.0a with one leg, HMAC-SHA256, everything in the query: how WooCommerce is asked over plain HTTP (RFC 5849)."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit


def signed_query(method: str, url: str, params: Mapping[str, str], *, key: str, secret: str, nonce: str, timestamp: int) -> str:
    """The query string with its signature; `url` is without one."""
    signed = {**params, "oauth_consumer_key": key, "oauth_nonce": nonce, "oauth_signature_method": "HMAC-SHA256",
              "oauth_timestamp": str(timestamp)}
    signature = base64.b64encode(hmac.digest(f"{secret}&".encode(), base_string(method, url, signed).encode(), "sha256"))
    return urlencode({**signed, "oauth_signature": signature.decode()}, quote_via=quote, safe="")


def base_string(method: str, url: str, params: Mapping[str, str]) -> str:
    """Method, address and the sorted parameters, each escaped, joined by &."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = f":{parts.port}" if parts.port and parts.port != {"http": 80, "https": 443}.get(parts.scheme) else ""
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in params.items())
    return "&".join((method.upper(), _escaped(f"{parts.scheme}://{host}{port}{parts.path}"),
                     _escaped("&".join(f"{name}={value}" for name, value in pairs))))


def _escaped(text: str) -> str:
    return quote(text, safe="-._~")
