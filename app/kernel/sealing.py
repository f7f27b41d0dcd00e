"""Secrets at rest: bank details, flagship credentials, webhook secrets. Sealed with a key derived from SECRET_KEY."""

from __future__ import annotations

import base64
import hashlib
import hmac

import orjson
from cryptography.fernet import Fernet, InvalidToken

_keys: dict[str, Fernet] = {}
_keys_raw: dict[str, bytes] = {}


def use_secret(secret: str) -> None:
    """Called once by the composition root."""
    raw = hashlib.scrypt(secret.encode(), salt=b"yundian sealing", n=2**12, r=8, p=1, dklen=32)
    _keys_raw["current"] = raw
    _keys["current"] = Fernet(base64.urlsafe_b64encode(raw))


def seal(value: object) -> bytes:
    """Any JSON value, encrypted and authenticated."""
    return _keys["current"].encrypt(orjson.dumps(value))


def unseal(sealed: bytes) -> object:
    """The value again; ValueError when the key is another one or the bytes were changed."""
    try:
        return orjson.loads(_keys["current"].decrypt(sealed))
    except InvalidToken:
        raise ValueError("sealed with another SECRET_KEY, or damaged") from None


def derive(purpose: str, subject: str) -> str:
    """A secret that is always the same for one subject and can be guessed by nobody: the key of a shopper's order page."""
    mac = hmac.new(_keys_raw["current"], f"{purpose}:{subject}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:24]).decode()


def matches(purpose: str, subject: str, secret: str) -> bool:
    return hmac.compare_digest(derive(purpose, subject).encode(), secret.encode("utf-8", "surrogatepass"))
