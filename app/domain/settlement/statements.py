"""A payee's statement for a period: what became available, was taken back and was paid, line by line, adding up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.ledger.models import LedgerEntry, Payee
from app.kernel.db import driver
from app.kernel.errors import NotFound

LINES = """
SELECT e.posted_at, e.kind, e.role, e.amount_minor, o.number, l.title, l.options, l.base_minor, c.rate_bp, c.amount_minor, c.trace, t.note, t.cause
FROM ledger_entries e JOIN ledger_transactions t ON t.brand_id = e.brand_id AND t.id = e.transaction_id
LEFT JOIN order_lines l ON l.brand_id = e.brand_id AND l.id = e.order_line_id
LEFT JOIN orders o ON o.brand_id = l.brand_id AND o.id = l.order_id
LEFT JOIN commission_lines c ON c.brand_id = e.brand_id AND c.order_line_id = e.order_line_id AND c.payee_id = e.payee_id AND c.role = e.role
WHERE e.brand_id = %(brand_id)s AND e.payee_id = %(payee_id)s AND e.phase = 'available' AND e.posted_at >= %(from)s AND e.posted_at < %(to)s
ORDER BY e.posted_at, t.id, o.number, l.position, e.id"""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """`share_minor` is the frozen share (base × rate); `amount_minor` what this line adds to or takes from the balance."""

    at: datetime
    kind: str
    role: str
    amount_minor: int
    order_number: str | None
    title: str | None
    options: dict[str, Any] | None
    base_minor: int | None
    rate_bp: int | None
    share_minor: int | None
    trace: dict[str, Any] | None
    note: dict[str, Any] | None
    cause: str


@dataclass(frozen=True, slots=True)
class Statement:
    """opening + earned + reversed + paid = closing; earned, reversed and paid are sums of the lines. Period [from_, to)."""

    payee: Payee
    from_: datetime
    to: datetime
    opening_minor: int
    earned_minor: int
    reversed_minor: int
    paid_minor: int
    closing_minor: int
    lines: list[StatementLine]


def statement(session: Session, *, brand_id: int, payee_id: UUID, from_: datetime, to: datetime) -> Statement:
    """The whole statement of one payee; NotFound for a payee of another brand."""
    payee = session.scalar(select(Payee).where(Payee.id == payee_id))
    if payee is None:
        raise NotFound("payee", payee_id)
    opening = session.scalar(select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0)).where(
        LedgerEntry.payee_id == payee_id, LedgerEntry.phase == "available", LedgerEntry.posted_at < from_)) or 0
    lines = list(statement_lines(session, brand_id=brand_id, payee_id=payee_id, from_=from_, to=to))
    sums = {kind: sum(line.amount_minor for line in lines if group_of(line.kind) == kind) for kind in ("earned", "reversed", "paid")}
    return Statement(payee, from_, to, int(opening), sums["earned"], sums["reversed"], sums["paid"], int(opening) + sum(sums.values()), lines)


def statement_lines(session: Session, *, brand_id: int, payee_id: UUID, from_: datetime, to: datetime) -> Iterator[StatementLine]:
    """The lines alone, streamed by a server-side cursor: constant memory however many there are."""
    with driver(session).cursor(name="statement") as cursor:
        cursor.itersize = 2000
        cursor.execute(LINES, {"brand_id": brand_id, "payee_id": payee_id, "from": from_, "to": to})
        for row in cursor:
            yield StatementLine(*row)


def group_of(kind: str) -> str:
    """Which total of the statement a line belongs to."""
    return {"reversed": "reversed", "payout": "paid", "payout_undone": "paid"}.get(kind, "earned")
