"""WeChat's token and ticket, kept in the database for all processes: sealed, until they expire. They belong to the house, not to a brand."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.kernel.sealing import seal, unseal

from .models import WeChatKey


def known(session: Session, *, app_id: str, kind: str, now: datetime) -> str | None:
    """The value while it is good."""
    row = session.get(WeChatKey, (app_id, kind))
    if row is None or row.expires_at <= now:
        return None
    try:
        return str(unseal(row.sealed))
    except ValueError:
        return None


def keep(session: Session, *, app_id: str, kind: str, value: str, until: datetime) -> None:
    session.merge(WeChatKey(app_id=app_id, kind=kind, sealed=seal(value), expires_at=until))
    session.flush()


def forget(session: Session, *, app_id: str, kind: str) -> None:
    session.execute(delete(WeChatKey).where(WeChatKey.app_id == app_id, WeChatKey.kind == kind))


def signature(*, ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """SHA-1 over the four in the order of their names; `url` is the page's own address up to its '#'."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url.split('#', 1)[0]}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
