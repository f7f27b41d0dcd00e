"""Identifiers: UUIDv7 for rows, short unambiguous codes for what people carry."""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

import uuid_utils.compat

from .errors import NotFound

CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""No 0/o, 1/l/i: a code can be read aloud."""


def new_id() -> UUID:
    """A UUIDv7: unique without a round trip, roughly ordered by time."""
    return uuid_utils.compat.uuid7()


def new_code(length: int = 10) -> str:
    """A random code for links and invitations; 10 letters are 31^10, about 2^49."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))


def new_secret() -> str:
    """A bearer secret, URL-safe, 256 bits."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored instead of a bearer secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def parse_id(text: object, kind: str = "row") -> UUID:
    """An id that came from outside; anything that is not a UUID is simply not found."""
    try:
        return text if isinstance(text, UUID) else UUID(str(text))
    except ValueError:
        raise NotFound(kind, text) from None
