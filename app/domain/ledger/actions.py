"""Posting: a transaction with a unique cause and entries that sum to zero; nothing is ever changed (R34)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import dump_json, gather, insert_rows
from app.kernel.ids import new_id

Statement = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Entry:
    """`amount_minor` is signed: positive is owed to the payee."""

    payee_id: UUID
    role: str
    phase: str
    amount_minor: int
    order_line_id: UUID | None = None


def posting(*, brand_id: int, cause: str, kind: str, entries: Sequence[Entry], now: datetime, order_id: UUID | None = None,
            note: dict[str, Any] | None = None) -> list[Statement]:
    """The two statements that post a transaction, for callers that send several in one trip. Zero amounts are left out."""
    transaction_id = new_id()
    rows = [{"brand_id": brand_id, "id": new_id(), "transaction_id": transaction_id, "payee_id": e.payee_id, "role": e.role,
             "phase": e.phase, "kind": kind, "amount_minor": e.amount_minor, "order_line_id": e.order_line_id, "posted_at": now}
            for e in entries if e.amount_minor]
    header = {"brand_id": brand_id, "id": transaction_id, "cause": cause, "kind": kind, "order_id": order_id, "posted_at": now, "note": note}
    statements = [insert_rows("ledger_transactions", [header])]
    if rows:
        statements.append(insert_rows("ledger_entries", rows))
    return statements


def post(session: Session, *, brand_id: int, cause: str, kind: str, entries: Sequence[Entry], now: datetime,
         order_id: UUID | None = None, note: dict[str, Any] | None = None) -> None:
    """Post at once. The same cause twice violates its unique key: the second does not happen (R18)."""
    gather(session, *posting(brand_id=brand_id, cause=cause, kind=kind, entries=entries, now=now, order_id=order_id, note=note))


MOVE = """
WITH header AS (
  INSERT INTO ledger_transactions (brand_id, id, cause, kind, order_id, posted_at, note)
  VALUES (%(brand_id)s, %(id)s, %(cause)s, %(kind)s, %(order_id)s, %(now)s, %(note)s::jsonb) RETURNING id
), due AS (
  SELECT e.payee_id, e.role, e.phase, e.order_line_id, sum(e.amount_minor) AS amount
  FROM ledger_entries e JOIN ledger_transactions t ON t.brand_id = e.brand_id AND t.id = e.transaction_id
  WHERE e.brand_id = %(brand_id)s AND t.brand_id = %(brand_id)s AND t.order_id = %(order_id)s AND e.phase = ANY(%(from)s)
    AND (%(lines)s::uuid[] IS NULL OR e.order_line_id = ANY(%(lines)s))
  GROUP BY 1, 2, 3, 4 HAVING sum(e.amount_minor) <> 0
)
INSERT INTO ledger_entries (brand_id, id, transaction_id, payee_id, role, phase, kind, amount_minor, order_line_id, posted_at)
SELECT %(brand_id)s, gen_random_uuid(), header.id, due.payee_id, due.role, side.phase, %(kind)s, side.sign * due.amount,
       due.order_line_id, %(now)s
FROM due CROSS JOIN header CROSS JOIN LATERAL (VALUES (due.phase, -1), (%(map)s::jsonb ->> due.phase, 1)) AS side(phase, sign)
WHERE side.phase IS NOT NULL
"""


def move(session: Session, *, brand_id: int, order_id: UUID, cause: str, kind: str, phases: dict[str, str], now: datetime,
         line_ids: Sequence[UUID] | None = None, note: dict[str, Any] | None = None) -> None:
    """Move what an order (or some of its lines) has in each phase to the next: {'pending': 'held'}."""
    gather(session, (MOVE, {
        "brand_id": brand_id, "id": new_id(), "cause": cause, "kind": kind, "order_id": order_id, "now": now,
        "note": dump_json(note) if note else None, "from": list(phases), "map": dump_json(phases),
        "lines": list(line_ids) if line_ids is not None else None}))


def void(session: Session, *, brand_id: int, order_id: UUID, cause: str, now: datetime) -> None:
    """Take back everything of an order nobody paid anything for: all its parties and the shopper's side sum to zero."""
    gather(session, (MOVE, {
        "brand_id": brand_id, "id": new_id(), "cause": cause, "kind": "cancelled", "order_id": order_id, "now": now, "note": None,
        "from": ["estimated", "expected", "pending", "received"], "map": "{}", "lines": None}))
