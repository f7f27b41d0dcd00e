"""Where the money of released lines has gone since: asked for, in a payout, paid. Told from the entries, nothing is stored (R12, R15).

A withdrawal and a payout move one sum of a payee, not lines; like a clawback they take the oldest money that is there. A payout over
everything names the entries it claimed: it takes the oldest of those.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather

Line = tuple[UUID, str]
"""(order line, role); a guide's own coupon goes with her role."""
ON_THE_WAY = {"requested": "requested", "paying": "in_payout", "draft": "in_payout", "approved": "in_payout", "sent": "in_payout"}

MOVES = """
SELECT e.order_line_id, CASE WHEN e.order_line_id IS NOT NULL THEN replace(e.role, '_subsidy', '') END, sum(e.amount_minor)::bigint,
  max(coalesce(w.state, p.state, CASE WHEN e.kind = 'payout' THEN 'paid' END)), coalesce(x.payout_id, p.id), coalesce(w.payout_id, p.id)
FROM ledger_entries e JOIN ledger_transactions t ON t.brand_id = e.brand_id AND t.id = e.transaction_id
LEFT JOIN withdrawals w ON w.brand_id = t.brand_id AND w.id = (t.note ->> 'withdrawal_id')::uuid
LEFT JOIN payouts p ON p.brand_id = t.brand_id AND p.id = (t.note ->> 'payout_id')::uuid
LEFT JOIN payout_entries x ON x.brand_id = e.brand_id AND x.entry_id = e.id
WHERE e.brand_id = %(brand_id)s AND e.payee_id = %(payee_id)s AND e.phase = 'available'
  AND coalesce(w.state, p.state, '') NOT IN ('cancelled', 'rejected', 'failed')
GROUP BY e.order_line_id, 2, coalesce(w.id, p.id, t.id), 5, 6 HAVING sum(e.amount_minor) <> 0
ORDER BY min(e.posted_at), sum(e.amount_minor) < 0, e.order_line_id"""
"""What was undone is left out with what it undid: together they come to nothing."""


class Fate(NamedTuple):
    """requested, in_payout, paid or netted (with an older clawback), and by which payout, if by one."""

    name: str
    payout_id: UUID | None = None


Gone = dict[Line, dict[Fate, int]]


@dataclass(frozen=True, slots=True)
class Move:
    """Signed minor units on the available balance; `state` and `payout_id` of the withdrawal or payout that took them, if one did;
    `claim` is the payout that names this entry as its own."""

    line: Line | None
    amount_minor: int
    state: str | None = None
    claim: UUID | None = None
    payout_id: UUID | None = None

    @property
    def fate(self) -> Fate:
        return Fate("netted") if self.state is None else Fate(ON_THE_WAY.get(self.state, "paid"), self.payout_id)


@dataclass(slots=True)
class _Open:
    move: Move
    left: int


def gone(moves: Iterable[Move]) -> Gone:
    """In the order they were posted → of each line what has left.

    First within each claim, then what is left among each other. What is taken back of a line that is still there is its own
    money and has not gone anywhere.
    """
    opened = [_Open(move, abs(move.amount_minor)) for move in moves]
    claims: dict[UUID | None, list[_Open]] = {}
    for one in opened:
        claims.setdefault(one.move.claim, []).append(one)
    found: Gone = {}
    for group in (*claims.values(), opened):
        _match([one for one in group if one.left], found)
    return found


def _match(group: Sequence[_Open], found: Gone) -> None:
    """The oldest debit takes of the oldest credit."""
    there: deque[_Open] = deque()
    owed: deque[_Open] = deque()
    for this in group:
        earned = this.move.amount_minor > 0
        if not earned:
            _take_own(this, there)
        waiting = owed if earned else there
        while this.left and waiting:
            debit, credit = (waiting[0], this) if earned else (this, waiting[0])
            _note(found, credit.move.line, debit.move.fate, _settle(debit, credit))
            if not waiting[0].left:
                waiting.popleft()
        if this.left:
            (there if earned else owed).append(this)


def lines_gone(session: Session, *, brand_id: int, payee_id: UUID) -> Gone:
    """Of one payee, see `gone`."""
    rows = gather(session, (MOVES, {"brand_id": brand_id, "payee_id": payee_id}))[0]
    return gone(Move((line_id, role) if line_id else None, *rest) for line_id, role, *rest in rows)


def by_name(parts: Mapping[Fate, int]) -> dict[str, int]:
    """Minor units by where they went, whichever payout took them."""
    sums: dict[str, int] = {}
    for fate, amount in parts.items():
        sums[fate.name] = sums.get(fate.name, 0) + amount
    return sums


def _take_own(debit: _Open, there: deque[_Open]) -> None:
    if debit.move.line:
        for credit in there:
            if credit.move.line == debit.move.line:
                _settle(debit, credit)


def _settle(debit: _Open, credit: _Open) -> int:
    part = min(debit.left, credit.left)
    debit.left, credit.left = debit.left - part, credit.left - part
    return part


def _note(found: Gone, line: Line | None, fate: Fate, part: int) -> None:
    if line and part:
        parts = found.setdefault(line, {})
        parts[fate] = parts.get(fate, 0) + part
