"""Balances are sums of entries, and the check that they add up (R34)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.kernel.db import gather
from app.kernel.paging import Page, numbered

from .checking import Violation, check_ledger
from .models import LedgerEntry, LedgerTransaction, Payee

__all__ = ["Account", "Violation", "accounts", "balances", "check_ledger", "entries_of", "house_payees", "phase_balances", "transactions_page"]

PHASES = ("estimated", "pending", "held", "available", "requested", "in_payout", "paid", "withheld")
"""In the order money goes through them."""
OWED = ["pending", "held", "available", "requested", "in_payout"]
"""What is earned and not paid yet; an estimate of an unpaid order is not."""
LIFE = {phase: place for place, phase in enumerate(("expected", "received", *PHASES))}
HOUSE = ("brand", "platform", "clearing", "fulfilment")


@dataclass(frozen=True, slots=True)
class Account:
    """A balance in minor units on (payee, role, phase)."""

    payee_id: UUID
    payee_name: str
    party: str
    role: str
    phase: str
    balance_minor: int


def house_payees(session: Session, *, brand_id: int) -> dict[str, UUID]:
    """The brand's own payees: brand, platform, clearing, fulfilment."""
    rows = session.execute(select(Payee.party, Payee.id).where(Payee.party.in_(HOUSE)))
    return {row.party: row.id for row in rows}


def phase_balances(session: Session, *, brand_id: int, order_id: UUID) -> dict[tuple[UUID | None, UUID, str], dict[str, int]]:
    """Of one order: (line, payee, role) → phase → what stands there. Payouts are per payee and do not show here."""
    standing: dict[tuple[UUID | None, UUID, str], dict[str, int]] = {}
    sql = """SELECT e.order_line_id, e.payee_id, e.role, e.phase, sum(e.amount_minor)::bigint
             FROM ledger_entries e JOIN ledger_transactions t ON t.brand_id = e.brand_id AND t.id = e.transaction_id
             WHERE e.brand_id = %(brand_id)s AND t.order_id = %(order_id)s AND t.brand_id = %(brand_id)s
               AND e.role <> 'clearing' GROUP BY 1, 2, 3, 4
             UNION ALL
             SELECT e.order_line_id, e.payee_id, e.role, e.phase, sum(e.amount_minor)::bigint
             FROM ledger_entries e JOIN order_lines l ON l.brand_id = e.brand_id AND l.id = e.order_line_id
             WHERE e.brand_id = %(brand_id)s AND l.brand_id = %(brand_id)s AND l.order_id = %(order_id)s AND e.kind = 'released' GROUP BY 1, 2, 3, 4"""
    for line_id, payee_id, role, phase, amount in gather(session, (sql, {"brand_id": brand_id, "order_id": order_id}))[0]:
        phases = standing.setdefault((line_id, payee_id, role), {})
        phases[phase] = phases.get(phase, 0) + amount
    return standing


def balances(session: Session, *, brand_id: int, payee_id: UUID) -> dict[str, int]:
    """Every phase of one payee, zeros included."""
    rows = session.execute(select(LedgerEntry.phase, func.sum(LedgerEntry.amount_minor)).where(LedgerEntry.payee_id == payee_id).group_by(LedgerEntry.phase))
    return {**dict.fromkeys(PHASES, 0), **{phase: int(amount) for phase, amount in rows}}


def accounts(session: Session, *, brand_id: int, payee_id: UUID | None = None) -> list[Account]:
    """All accounts that ever moved, with their balances; each payee's phases in the order of life."""
    statement = (
        select(Payee.id, Payee.name, Payee.party, LedgerEntry.role, LedgerEntry.phase, func.sum(LedgerEntry.amount_minor))
        .join(Payee, (Payee.id == LedgerEntry.payee_id) & (Payee.brand_id == LedgerEntry.brand_id))
        .group_by(Payee.id, Payee.name, Payee.party, LedgerEntry.role, LedgerEntry.phase)
        .order_by(Payee.party, Payee.name, Payee.id, LedgerEntry.role, case(LIFE, value=LedgerEntry.phase)))
    if payee_id:
        statement = statement.where(LedgerEntry.payee_id == payee_id)
    return [Account(*row[:5], int(row[5])) for row in session.execute(statement)]


def transactions_page(session: Session, *, brand_id: int, kind: str = "", order_id: UUID | None = None, payee_id: UUID | None = None,
                      from_: datetime | None = None, to: datetime | None = None, number: int = 1) -> Page:
    """Transactions newest first."""
    statement = select(LedgerTransaction)
    if kind:
        statement = statement.where(LedgerTransaction.kind == kind)
    if order_id:
        statement = statement.where(LedgerTransaction.order_id == order_id)
    if payee_id:
        touched = select(LedgerEntry.id).where(LedgerEntry.transaction_id == LedgerTransaction.id, LedgerEntry.brand_id == LedgerTransaction.brand_id,
                                               LedgerEntry.payee_id == payee_id)
        statement = statement.where(touched.exists())
    if from_:
        statement = statement.where(LedgerTransaction.posted_at >= from_)
    if to:
        statement = statement.where(LedgerTransaction.posted_at < to)
    return numbered(session, statement.order_by(LedgerTransaction.posted_at.desc(), LedgerTransaction.id.desc()), number=number)


def entries_of(session: Session, *, brand_id: int, transaction_ids: Sequence[UUID]) -> dict[UUID, list[tuple[LedgerEntry, str, str]]]:
    """Entries with the payee's party and name, by transaction."""
    found: dict[UUID, list[tuple[LedgerEntry, str, str]]] = {transaction_id: [] for transaction_id in transaction_ids}
    statement = select(LedgerEntry, Payee.party, Payee.name).join(Payee, (Payee.id == LedgerEntry.payee_id) & (Payee.brand_id == LedgerEntry.brand_id)).where(
        LedgerEntry.transaction_id.in_(transaction_ids)).order_by(LedgerEntry.id)
    for entry, party, name in session.execute(statement):
        found[entry.transaction_id].append((entry, party, name))
    return found
