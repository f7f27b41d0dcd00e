"""Payout runs and payouts as lists: filtered and paged in the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, UnaryExpression, and_, or_, select
from sqlalchemy.orm import Session

from app.domain.ledger.models import Payee
from app.kernel.db import gather
from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered

from .models import Payout, PayoutRun
from .rules import BY_TRANSFER

OPEN = ("draft", "approved")
SORTS: dict[str, UnaryExpression[Any]] = {
    "name": Payee.name.asc(), "-name": Payee.name.desc(), "amount": Payout.amount_minor.asc(), "-amount": Payout.amount_minor.desc()}


@dataclass(frozen=True, slots=True)
class RunTotals:
    """Of the payouts of a run that were not left out or taken out; amounts in minor units. `waiting` have no word from the bank yet,
    `transferring` are on their way by transfer, `failed_minor` is the net of those that came back."""

    count: int
    gross_minor: int
    tax_minor: int
    waiting: int
    transferring: int
    failed: int
    failed_minor: int
    by_method: dict[str, int]

    @property
    def net_minor(self) -> int:
        return self.gross_minor - self.tax_minor


@dataclass(frozen=True, slots=True)
class PaidEntry:
    """One ledger entry a payout is the sum of."""

    at: datetime
    kind: str
    role: str
    amount_minor: int
    order_id: UUID | None
    order_number: str | None
    guide_id: UUID | None
    title: str | None
    options: dict[str, Any] | None
    withdrawal: int | None


def run_by_id(session: Session, *, brand_id: int, run_id: UUID) -> PayoutRun:
    run = session.scalar(select(PayoutRun).where(PayoutRun.brand_id == brand_id, PayoutRun.id == run_id))
    if run is None:
        raise NotFound("payout_run", run_id)
    return run


def open_run(session: Session, *, brand_id: int) -> PayoutRun | None:
    return session.scalar(select(PayoutRun).where(PayoutRun.brand_id == brand_id, PayoutRun.state.in_(OPEN)))


def runs_of(session: Session, *, brand_id: int, payout_ids: Collection[UUID]) -> dict[UUID, tuple[UUID, int]]:
    """Payout → its run and that run's number."""
    statement = select(Payout.id, PayoutRun.id, PayoutRun.number).join(PayoutRun, (PayoutRun.id == Payout.run_id) & (PayoutRun.brand_id == Payout.brand_id))
    return {payout_id: (run_id, number) for payout_id, run_id, number in session.execute(
        statement.where(Payout.brand_id == brand_id, Payout.id.in_(payout_ids)))}


def runs_page(session: Session, *, brand_id: int, state: str = "", number: int = 1) -> Page:
    """Newest first; state 'unreconciled' has the executed ones of which the bank's word is missing for some."""
    statement = select(PayoutRun).where(PayoutRun.brand_id == brand_id)
    if state == "unreconciled":
        statement = statement.where(PayoutRun.state == "executed", PayoutRun.reconciled_at.is_(None))
    elif state:
        statement = statement.where(PayoutRun.state == state)
    return numbered(session, statement.order_by(PayoutRun.number.desc()), number=number)


TOTALS = f"""
SELECT count(*), coalesce(sum(amount_minor), 0)::bigint, coalesce(sum(tax_withheld_minor), 0)::bigint,
  count(*) FILTER (WHERE method <> '{BY_TRANSFER}' AND (state = 'sent' OR state = 'paid' AND confirmed_at IS NULL)),
  count(*) FILTER (WHERE method = '{BY_TRANSFER}' AND state = 'sent'), count(*) FILTER (WHERE state = 'failed'),
  coalesce(sum(amount_minor - tax_withheld_minor) FILTER (WHERE state = 'failed'), 0)::bigint, method
FROM payouts WHERE brand_id = %(brand_id)s AND run_id = %(run_id)s
  AND (state NOT IN ('left_out', 'cancelled') OR state = 'cancelled' AND reason = '') GROUP BY method ORDER BY method"""  # noqa: S608 (constants of the code)


def run_totals(session: Session, *, brand_id: int, run_id: UUID) -> RunTotals:
    rows = gather(session, (TOTALS, {"brand_id": brand_id, "run_id": run_id}))[0]
    count, gross, tax, waiting, transferring, failed, failed_minor = (sum(row[at] for row in rows) for at in range(7))
    return RunTotals(count, gross, tax, waiting, transferring, failed, failed_minor, {row[7]: row[1] for row in rows})


def payouts_page(session: Session, *, brand_id: int, run_id: UUID, q: str = "", state: str = "", sort: str = "-amount", number: int = 1) -> Page:
    """(Payout, Payee) of those that are or were to be paid; state 'waiting' has those the bank has not spoken of."""
    statement = _with_payee(q).where(Payout.brand_id == brand_id, Payout.run_id == run_id, Payout.state != "left_out",
                                     or_(Payout.state != "cancelled", Payout.reason == ""))
    if state == "waiting":
        statement = statement.where(or_(Payout.state == "sent", and_(Payout.state == "paid", Payout.confirmed_at.is_(None))), Payout.method != BY_TRANSFER)
    elif state == "confirmed":
        statement = statement.where(Payout.state == "paid", Payout.confirmed_at.is_not(None))
    elif state:
        statement = statement.where(Payout.state == state)
    return numbered(session, statement.order_by(SORTS.get(sort, SORTS["-amount"]), Payout.id), number=number)


def passed_over_page(session: Session, *, brand_id: int, run_id: UUID, q: str = "", reason: str = "", number: int = 1) -> Page:
    """(Payout, Payee) left out when the run was drafted, or taken out when it was executed; both keep the reason."""
    statement = _with_payee(q).where(Payout.brand_id == brand_id, Payout.run_id == run_id,
                                     or_(Payout.state == "left_out", and_(Payout.state == "cancelled", Payout.reason != "")))
    if reason:
        statement = statement.where(Payout.reason == reason)
    return numbered(session, statement.order_by(Payout.reason, Payout.amount_minor.desc(), Payout.id), number=number)


def _with_payee(q: str) -> Select[Payout, Payee]:
    statement = select(Payout, Payee).join(Payee, (Payee.id == Payout.payee_id) & (Payee.brand_id == Payout.brand_id))
    return statement.where(Payee.name.icontains(q, autoescape=True)) if q else statement


def payouts_to(session: Session, *, brand_id: int, payee_id: UUID, number: int = 1) -> Page:
    """(Payout, PayoutRun) of one payee, newest first, with those she was passed over in."""
    statement = (select(Payout, PayoutRun).join(PayoutRun, (PayoutRun.id == Payout.run_id) & (PayoutRun.brand_id == Payout.brand_id))
                 .where(Payout.brand_id == brand_id, Payout.payee_id == payee_id).order_by(PayoutRun.number.desc()))
    return numbered(session, statement, number=number)


def payout_to(session: Session, *, brand_id: int, payee_id: UUID, payout_id: UUID) -> tuple[Payout, PayoutRun]:
    row = session.execute(
        select(Payout, PayoutRun).join(PayoutRun, (PayoutRun.id == Payout.run_id) & (PayoutRun.brand_id == Payout.brand_id))
        .where(Payout.brand_id == brand_id, Payout.payee_id == payee_id, Payout.id == payout_id)).first()
    if row is None:
        raise NotFound("payout", payout_id)
    return row[0], row[1]


def latest_word(session: Session, *, brand_id: int, payee_id: UUID) -> Payout | None:
    """Her payout of the newest run she was in, if it did not reach her: left out, taken out or failed."""
    newest = session.scalar(
        select(Payout).join(PayoutRun, (PayoutRun.id == Payout.run_id) & (PayoutRun.brand_id == Payout.brand_id))
        .where(Payout.brand_id == brand_id, Payout.payee_id == payee_id, PayoutRun.state != "cancelled").order_by(PayoutRun.number.desc()).limit(1))
    return newest if newest is not None and newest.state in ("left_out", "cancelled", "failed") else None


ENTRIES = """
SELECT e.posted_at, e.kind, e.role, e.amount_minor, o.id, o.number, o.guide_id, l.title, l.options, w.number, count(*) OVER ()
FROM payout_entries x JOIN ledger_entries e ON e.brand_id = x.brand_id AND e.id = x.entry_id
JOIN ledger_transactions t ON t.brand_id = e.brand_id AND t.id = e.transaction_id
LEFT JOIN order_lines l ON l.brand_id = e.brand_id AND l.id = e.order_line_id
LEFT JOIN orders o ON o.brand_id = l.brand_id AND o.id = l.order_id
LEFT JOIN withdrawals w ON w.brand_id = t.brand_id AND w.id = (t.note ->> 'withdrawal_id')::uuid
WHERE x.brand_id = %(brand_id)s AND x.payout_id = %(payout_id)s
ORDER BY e.posted_at DESC, o.number, l.position, e.id LIMIT %(size)s OFFSET %(offset)s"""


def entries_of_payout(session: Session, *, brand_id: int, payout_id: UUID, number: int = 1, size: int = 50) -> Page:
    """What a payout is the sum of, newest first; nothing once it failed or was cancelled."""
    number = max(number, 1)
    rows = gather(session, (ENTRIES, {"brand_id": brand_id, "payout_id": payout_id, "size": size, "offset": (number - 1) * size}))[0]
    return Page([PaidEntry(*row[:-1]) for row in rows], rows[0][-1] if rows else 0, number, size)
