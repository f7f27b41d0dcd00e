"""When the ledger was last checked and what came out: the check notes itself in the audit log (R34)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.ledger.checking import Violation, check_ledger
from app.domain.people.audit import note
from app.domain.people.models import AuditEvent


@dataclass(frozen=True, slots=True)
class LastCheck:
    at: datetime
    violations: int


def run_check(session: Session, *, brand_id: int) -> list[Violation]:
    """Checks now and writes down how many violations there are."""
    found = check_ledger(session, brand_id=brand_id)
    note(session, action="check", subject_kind="ledger", subject_id="ledger", after={"violations": len(found)})
    return found


def last_check(session: Session, *, brand_id: int) -> LastCheck | None:
    row = session.execute(
        select(AuditEvent.at, AuditEvent.after).where(
            AuditEvent.brand_id == brand_id, AuditEvent.subject_kind == "ledger", AuditEvent.subject_id == "ledger", AuditEvent.action == "check")
        .order_by(AuditEvent.at.desc()).limit(1)).first()
    return LastCheck(row[0], int((row[1] or {}).get("violations", 0))) if row else None
