"""Every change of an audited row is written down by the session itself: who, what, before, after.

A table opts in with `__audited__ = True`. Work that bypasses the unit of work (sync, settlement, checkout) records
itself with `note`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from app.kernel.db import Base, BrandOwned
from app.kernel.tenancy import BrandSession

from .actors import SYSTEM, Actor
from .models import AuditEvent

HIDDEN = ("password_hash", "digest", "secret_digest", "bank_sealed", "secrets_sealed", "secret_sealed")
NOISE = ("updated_at", "last_sign_in_at", "last_used_at", "created_at", "checked_at")
NAMES = ("name", "title", "number", "code", "sku")


def act_as(session: Session, actor: Actor, *, request_id: str = "") -> None:
    """Say who is behind the changes this session makes from now on."""
    session.info["actor"] = actor
    session.info["request_id"] = request_id


def acting(session: Session) -> Actor:
    actor = session.info.get("actor", SYSTEM)
    assert isinstance(actor, Actor)
    return actor


def note(session: Session, *, action: str, subject_kind: str, subject_id: object, subject_name: str = "",
         before: dict[str, Any] | None = None, after: dict[str, Any] | None = None, brand_id: int | None = None) -> None:
    """Write one audit event by hand."""
    actor = acting(session)
    session.add(AuditEvent(**({"brand_id": brand_id} if brand_id is not None else {}),
        at=datetime.now(UTC), actor_kind=actor.kind, actor_id=actor.id, actor_name=actor.name, action=action,
        subject_kind=subject_kind, subject_id=str(subject_id)[:40], subject_name=subject_name[:200],
        before=before, after=after, request_id=session.info.get("request_id", "")))


@event.listens_for(BrandSession, "before_flush")
def _write_down(session: Session, *_: object) -> None:
    for action, rows in (("create", session.new), ("update", session.dirty), ("delete", session.deleted)):
        for row in list(rows):
            if isinstance(row, BrandOwned) and isinstance(row, Base) and getattr(row, "__audited__", False):
                _note_row(session, action, row)


def _note_row(session: Session, action: str, row: Base) -> None:
    before, after = _values(action, row)
    if before == after:
        return
    name = next((str(getattr(row, field)) for field in NAMES if getattr(row, field, None)), "")
    note(session, action=action, subject_kind=row.__tablename__, subject_id=getattr(row, "id", ""), subject_name=name,
         before=before or None, after=after or None, brand_id=getattr(row, "brand_id", None))


def _values(action: str, row: Base) -> tuple[dict[str, Any], dict[str, Any]]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for attribute in inspect(row).mapper.column_attrs:
        key = attribute.key
        if key in NOISE or key in ("brand_id", "id"):
            continue
        history = inspect(row).attrs[key].history
        if action == "create" and getattr(row, key, None) is not None:
            after[key] = _plain(key, getattr(row, key))
        elif action == "delete":
            before[key] = _plain(key, getattr(row, key))
        elif action == "update" and history.has_changes():
            before[key] = _plain(key, history.deleted[0] if history.deleted else None)
            after[key] = _plain(key, history.added[0] if history.added else None)
    return before, after


def _plain(key: str, value: object) -> Any:
    if key in HIDDEN:
        return "•••"
    return value if isinstance(value, (bool, int, str, dict, list, type(None))) else str(value)
