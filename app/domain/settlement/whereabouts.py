"""Where the money of released lines has gone since: asked for, in a payout, paid. Told from the entries, nothing is stored (R12, R15).

A withdrawal and a payout move one sum of a payee, not lines; like a clawback they take the oldest money that is there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather

Line = tuple[UUID, str]
"""(order line, role); a guide's own coupon goes with her role."""
ON_THE_WAY = {"requested": "requested", "paying": "in_payout", "draft": "in_payout", "approved": "in_payout", "sent": "in_payout"}

MOVES = """
SELECT e.order_line_id, CASE WHEN e.order_line_id IS NOT NULL THEN replace(e.role, '_subsidy', '') END, sum(e.amount_minor)::bigint,
  max(coalesce(w.state, p.state, CASE WHEN e.kind = 'payout' THEN 'paid' END))
FROM ledger_entries e JOIN ledger_transactions t ON t.brand_id = e.brand_id AND t.id = e.transaction_id
LEFT JOIN withdrawals w ON w.brand_id = t.brand_id AND w.id = (t.note ->> 'withdrawal_id')::uuid
LEFT JOIN payouts p ON p.brand_id = t.brand_id AND p.id = (t.note ->> 'payout_id')::uuid
WHERE e.brand_id = %(brand_id)s AND e.payee_id = %(payee_id)s AND e.phase = 'available'
GROUP BY e.order_line_id, 2, coalesce(w.id, p.id, t.id) HAVING sum(e.amount_minor) <> 0
ORDER BY min(e.posted_at), sum(e.amount_minor) < 0, e.order_line_id"""
"""What was undone sums to nothing with what it undid."""


@dataclass(frozen=True, slots=True)
class Move:
    """Signed minor units on the available balance; `state` of the withdrawal or payout that took them, if one did."""

    line: Line | None
    amount_minor: int
    state: str | None = None

    @property
    def fate(self) -> str:
        return "netted" if self.state is None else ON_THE_WAY.get(self.state, "paid")


@dataclass(slots=True)
class _Open:
    move: Move
    left: int


def gone(moves: Iterable[Move]) -> dict[Line, dict[str, int]]:
    """In the order they were posted → of each line what has left: requested, in_payout, paid, or netted with an older clawback.

    What is taken back of a line that is still there is its own money and has not gone anywhere.
    """
    there: deque[_Open] = deque()
    owed: deque[_Open] = deque()
    found: dict[Line, dict[str, int]] = {}
    for move in moves:
        this = _Open(move, abs(move.amount_minor))
        if move.amount_minor < 0:
            _take_own(this, there)
        waiting = owed if move.amount_minor > 0 else there
        while this.left and waiting:
            debit, credit = (waiting[0], this) if move.amount_minor > 0 else (this, waiting[0])
            _note(found, credit.move.line, debit.move.fate, _settle(debit, credit))
            if not waiting[0].left:
                waiting.popleft()
        if this.left:
            (there if move.amount_minor > 0 else owed).append(this)
    return found


def lines_gone(session: Session, *, brand_id: int, payee_id: UUID) -> dict[Line, dict[str, int]]:
    """Of one payee, see `gone`."""
    rows = gather(session, (MOVES, {"brand_id": brand_id, "payee_id": payee_id}))[0]
    return gone(Move((line_id, role) if line_id else None, amount, state) for line_id, role, amount, state in rows)


def _take_own(debit: _Open, there: deque[_Open]) -> None:
    for credit in there:
        if debit.move.line and credit.move.line == debit.move.line:
            _settle(debit, credit)


def _settle(debit: _Open, credit: _Open) -> int:
    part = min(debit.left, credit.left)
    debit.left, credit.left = debit.left - part, credit.left - part
    return part


def _note(found: dict[Line, dict[str, int]], line: Line | None, fate: str, part: int) -> None:
    if line and part:
        parts = found.setdefault(line, {})
        parts[fate] = parts.get(fate, 0) + part
