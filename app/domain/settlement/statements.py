"""A payee's statement for a period: what came, was taken back, asked for, paid or written off; opening and groups make the closing (R31).

Of guides and units it is their available balance. Brand and platform are not paid out: theirs is all they have of what
shoppers paid for, whichever phase it stands in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.ledger.models import Payee
from app.kernel.db import gather
from app.kernel.errors import NotFound

GROUPS = ("earned", "reversed", "fees", "requested", "paid", "written_off")
GROUP_OF = {
    "reversed": "reversed", "chargeback": "reversed", "cancelled": "reversed", "chargeback_fee": "fees", "provider_fee": "fees", "write_off": "written_off",
    "withdrawal": "requested", "withdrawal_undo": "requested",
    "payout": "paid", "payout_undone": "paid", "payout_failed": "paid", "payout_done": "paid", "transfer_back": "paid"}
"""Kinds of posting by group; all others bring in what was earned."""
STATED = ("guide", "org_unit", "brand", "platform")
OWN = ("pending", "held", "available", "requested", "in_payout", "paid", "withheld")
"""Phases of money a shopper has paid for."""
MOVES = ("received", "released", "withdrawal", "withdrawal_undo", "payout", "payout_undone", "payout_failed", "payout_done", "transfer_back")
"""Kinds that only move a payee's own money from phase to phase."""

OPENING = """
SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_entries
WHERE brand_id = %(brand_id)s AND payee_id = %(payee_id)s AND phase = ANY(%(phases)s) AND posted_at < %(from)s"""
MOVED = """
SELECT kind, sum(amount_minor)::bigint, count(*) FROM ledger_entries
WHERE brand_id = %(brand_id)s AND payee_id = %(payee_id)s AND phase = ANY(%(phases)s) AND kind <> ALL(%(moves)s)
  AND posted_at >= %(from)s AND posted_at < %(to)s GROUP BY kind"""
STANDING = """
SELECT phase, sum(amount_minor)::bigint FROM ledger_entries
WHERE brand_id = %(brand_id)s AND payee_id = %(payee_id)s AND posted_at < %(to)s GROUP BY phase HAVING sum(amount_minor) <> 0"""
PAYOUTS = """
SELECT p.id, r.id, r.number, p.state, p.method, coalesce(p.paid_at, p.failed_at, r.executed_at, r.drafted_at), p.confirmed_at, p.amount_minor,
       p.tax_withheld_minor, p.tax_trace, p.reason
FROM payouts p JOIN payout_runs r ON r.brand_id = p.brand_id AND r.id = p.run_id
WHERE p.brand_id = %(brand_id)s AND p.payee_id = %(payee_id)s AND p.state NOT IN ('left_out', 'cancelled')
  AND (r.drafted_at >= %(from)s AND r.drafted_at < %(to)s OR p.paid_at >= %(from)s AND p.paid_at < %(to)s OR p.failed_at >= %(from)s AND p.failed_at < %(to)s)
ORDER BY r.number, p.id"""


@dataclass(frozen=True, slots=True)
class Account:
    """What of a payee's money a statement is about: entries in `phases`, but for kinds that are `moves` inside it."""

    payee: Payee
    phases: tuple[str, ...]
    moves: tuple[str, ...]

    @property
    def house(self) -> bool:
        return bool(self.moves)


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A payout of the period: gross, tax withheld and net (R31)."""

    id: UUID
    run_id: UUID
    run_number: int
    state: str
    method: str
    at: datetime
    confirmed_at: datetime | None
    gross_minor: int
    tax_minor: int
    tax_trace: dict[str, Any] | None
    reason: str

    @property
    def net_minor(self) -> int:
        return self.gross_minor - self.tax_minor


@dataclass(frozen=True, slots=True)
class Statement:
    """opening + all groups = closing, in minor units. `standing` is what stands in each phase when the period [from_, to) ends."""

    account: Account
    from_: datetime
    to: datetime
    opening_minor: int
    groups: Mapping[str, int]
    line_count: int
    standing: Mapping[str, int]
    payouts: Sequence[PaidOut]

    @property
    def payee(self) -> Payee:
        return self.account.payee

    @property
    def closing_minor(self) -> int:
        return self.opening_minor + sum(self.groups.values())

    @property
    def paid_out(self) -> Sequence[PaidOut]:
        """What has left for the payee; sent, failed and drafted payouts are not it."""
        return [one for one in self.payouts if one.state == "paid"]


def account_of(session: Session, *, brand_id: int, payee_id: UUID) -> Account:
    """NotFound for a payee of another brand, and for accounts that are nobody's."""
    payee = session.scalar(select(Payee).where(Payee.brand_id == brand_id, Payee.id == payee_id, Payee.party.in_(STATED)))
    if payee is None:
        raise NotFound("payee", payee_id)
    return Account(payee, OWN, MOVES) if payee.party in ("brand", "platform") else Account(payee, ("available",), ())


def statement(session: Session, *, brand_id: int, payee_id: UUID, from_: datetime, to: datetime) -> Statement:
    """Everything but the lines, in one round trip; the lines are `statement_lines`."""
    account = account_of(session, brand_id=brand_id, payee_id=payee_id)
    asked = {"brand_id": brand_id, "payee_id": payee_id, "from": from_, "to": to, "phases": list(account.phases), "moves": list(account.moves)}
    opening, moved, standing, payouts = gather(session, *((sql, asked) for sql in (OPENING, MOVED, STANDING, PAYOUTS)))
    groups = dict.fromkeys(GROUPS, 0)
    for kind, amount, _ in moved:
        groups[group_of(kind)] += amount
    return Statement(account, from_, to, opening[0][0], groups, sum(row[2] for row in moved), dict(standing), [PaidOut(*row) for row in payouts])


def kinds_of(*groups: str) -> list[str]:
    """The kinds of posting in these groups; what is in no group was earned."""
    return [kind for kind, group in GROUP_OF.items() if group in groups]


def group_of(kind: str) -> str:
    """Which total of the statement a line belongs to."""
    return GROUP_OF.get(kind, "earned")
