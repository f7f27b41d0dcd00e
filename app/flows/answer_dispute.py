"""The brand answers the bank: a draft at any time, handed in once (R18). Frozen first, sent outside of any transaction, then booked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.aftersales.evidence import ASK_AGAIN_WITHIN, UNDECIDED, as_handed_in, clean_evidence
from app.domain.aftersales.models import Chargeback
from app.domain.aftersales.queries import locked_chargeback
from app.domain.catalog.ports import Transactions
from app.domain.provider.health import note_down
from app.domain.provider.ports import Declined, Later, Misused, OnlineProvider, Unsure
from app.flows.follow_disputes import apply_dispute
from app.kernel.errors import Conflict, Refused
from app.kernel.queue import defer

JOB = "answer_dispute"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Sending:
    """As it was frozen. `again`: it was sent before, and nobody said what came of it."""

    ref: str
    evidence: Mapping[str, str]
    key: str
    again: bool


def draft_evidence(session: Session, *, brand_id: int, chargeback_id: UUID, evidence: Mapping[str, object]) -> Chargeback:
    """Replaces the draft. Conflict once it was handed in or the bank has decided."""
    _, row = locked_chargeback(session, brand_id=brand_id, chargeback_id=chargeback_id)
    _require_answerable(row)
    row.evidence = clean_evidence(evidence)
    session.flush()
    return row


def hand_in_evidence(session: Session, *, brand_id: int, chargeback_id: UUID, now: datetime) -> Chargeback:
    """The draft is frozen and will be sent; nothing changes it from here on. Refused when it is empty or the time is over."""
    _, row = locked_chargeback(session, brand_id=brand_id, chargeback_id=chargeback_id)
    _require_answerable(row)
    if not row.provider:
        raise Conflict("chargeback_by_hand", "这笔拒付是手工登记的，请直接把证明交给银行")
    if not row.evidence:
        raise Refused("evidence_empty", "先填好证明再提交", field="evidence")
    if row.answer_by is not None and row.answer_by <= now:
        raise Conflict("chargeback_too_late", "银行的截止时间已经过了，不能再提交证明")
    row.asked_at, row.problem = now, ""
    session.flush()
    defer(session, JOB, brand_id=brand_id, chargeback_id=str(row.id))
    return row


def _require_answerable(row: Chargeback) -> None:
    if row.asked_at is not None or row.answered_at is not None:
        raise Conflict("evidence_handed_in", "证明已经提交给银行，不能再改")
    if row.state not in UNDECIDED:
        raise Conflict("chargeback_state", "这笔拒付已经有结果了", state=row.state)


def answer_dispute(database: Transactions, *, provider: OnlineProvider, brand_id: int, chargeback_id: UUID, now: datetime) -> bool:
    """Sends what was handed in; whether the provider has it. Asked again after a kill or a silence it goes under the same key."""
    sending = _frozen(database, brand_id, chargeback_id, now)
    if sending is not None and sending.again:
        apply_dispute(database, provider=provider, ref=sending.ref, now=now)
        sending = _frozen(database, brand_id, chargeback_id, now)
    if sending is None:
        return False
    try:
        answered = provider.answer_dispute(sending.ref, evidence=sending.evidence, key=sending.key).answered
    except (Unsure, Later) as problem:
        return _problem(database, brand_id, chargeback_id, problem.code)
    except Misused as problem:
        log.error("evidence was refused as a mistake of ours", chargeback_id=str(chargeback_id), problem=str(problem))
        with database.transaction(brand_id) as session:
            note_down(session, provider.name, problem.code, now)
        return _problem(database, brand_id, chargeback_id, problem.code)
    except Declined as problem:
        apply_dispute(database, provider=provider, ref=sending.ref, now=now)
        return _problem(database, brand_id, chargeback_id, str(problem), open_again=True)
    if answered:
        with database.transaction(brand_id) as session:
            _, row = locked_chargeback(session, brand_id=brand_id, chargeback_id=chargeback_id)
            row.answered_at, row.problem = row.answered_at or now, ""
    return answered


def unanswered(session: Session) -> list[UUID]:
    """What was handed in and is not known to have arrived."""
    return list(session.scalars(select(Chargeback.id).where(
        Chargeback.asked_at.is_not(None), Chargeback.answered_at.is_(None), Chargeback.state.in_(UNDECIDED)).order_by(Chargeback.asked_at)))


def _frozen(database: Transactions, brand_id: int, chargeback_id: UUID, now: datetime) -> _Sending | None:
    """An answer the provider keeps under a key, such as a fault of its own, never becomes another: after an hour of it the next key is used."""
    with database.transaction(brand_id) as session:
        _, row = locked_chargeback(session, brand_id=brand_id, chargeback_id=chargeback_id)
        if row.asked_at is None or row.answered_at is not None or row.state not in UNDECIDED:
            return None
        again = bool(row.problem)
        if again and now - row.asked_at >= ASK_AGAIN_WITHIN:
            row.attempt, row.asked_at = row.attempt + 1, now
        key = f"evidence:{row.id}" + (f":{row.attempt}" if row.attempt > 1 else "")
        return _Sending(row.provider_ref, as_handed_in(row.evidence), key, again)


def _problem(database: Transactions, brand_id: int, chargeback_id: UUID, problem: str, *, open_again: bool = False) -> bool:
    """`open_again`: surely not taken, so the draft may be changed and handed in again, under the next key."""
    with database.transaction(brand_id) as session:
        _, row = locked_chargeback(session, brand_id=brand_id, chargeback_id=chargeback_id)
        if row.answered_at is not None:
            return True
        row.problem = problem[:200]
        if open_again:
            row.asked_at, row.attempt = None, row.attempt + 1
    return False
