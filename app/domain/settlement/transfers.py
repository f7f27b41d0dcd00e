"""The transfers a payout was split into: as pages show them, and taken back from sending while none has left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from app.domain.ledger.models import Payee
from app.domain.orders.models import Order, Payment
from app.domain.provider.models import Charge, Transfer
from app.kernel.errors import Conflict
from app.kernel.paging import Page, numbered

from .models import Payout, PayoutRun
from .rules import BY_TRANSFER

RESTRICTED, DISPUTED = "account_restricted", "disputed"
"""Why a transfer waits without the provider having said so."""
SENDING = ("sending", "sent")


STATES = ("due", "sending", "sent", "waiting", "refused")


@dataclass(frozen=True, slots=True)
class Shown:
    """A transfer, whose it is, and the charge and order it is of; neither for what no charge covers."""

    transfer: Transfer
    payee: Payee
    charge_ref: str
    order_id: UUID | None
    order_number: str


@dataclass(frozen=True, slots=True)
class Sums:
    """Of transfers into one currency of settlement: how many left, wait or are on their way, and what those that left came to there."""

    currency: str
    sent: int
    waiting: int
    settled_minor: int


SUMS = (Transfer.settled_currency, func.count().filter(Transfer.state == "sent"), func.count().filter(Transfer.state.in_(("due", "sending", "waiting"))),
        func.coalesce(func.sum(Transfer.settled_minor).filter(Transfer.state == "sent"), 0))


def transfers_page(session: Session, *, brand_id: int, run_id: UUID, q: str = "", state: str = "", number: int = 1) -> Page:
    """`Shown` of a run, by payee and oldest charge first; `q` is of a payee's name or an order's number."""
    statement = (
        select(Transfer, Payee, Charge.charge_ref, Order.id, Order.number)
        .join(Payout, (Payout.id == Transfer.payout_id) & (Payout.brand_id == Transfer.brand_id))
        .join(Payee, (Payee.id == Transfer.payee_id) & (Payee.brand_id == Transfer.brand_id))
        .outerjoin(Charge, (Charge.payment_id == Transfer.payment_id) & (Charge.brand_id == Transfer.brand_id))
        .outerjoin(Payment, (Payment.id == Transfer.payment_id) & (Payment.brand_id == Transfer.brand_id))
        .outerjoin(Order, (Order.id == Payment.order_id) & (Order.brand_id == Payment.brand_id))
        .where(Transfer.brand_id == brand_id, Payout.run_id == run_id)
        .order_by(Payee.name, Transfer.payee_id, Charge.charged_at.asc().nulls_last(), Transfer.id))
    if q:
        statement = statement.where(or_(Payee.name.icontains(q, autoescape=True), Order.number.icontains(q, autoescape=True)))
    if state:
        statement = statement.where(Transfer.state == state)
    page = numbered(session, statement, number=number)
    return replace(page, items=[Shown(one, payee, charge or "", order_id, order or "") for one, payee, charge, order_id, order in page.items])


def transfer_sums(session: Session, *, brand_id: int, run_id: UUID) -> list[Sums]:
    """What a run's payouts by transfer came to where they are settled, a currency each."""
    statement = select(*SUMS).join(Payout, (Payout.id == Transfer.payout_id) & (Payout.brand_id == Transfer.brand_id)).where(
        Transfer.brand_id == brand_id, Payout.run_id == run_id).group_by(Transfer.settled_currency).order_by(Transfer.settled_currency)
    return [Sums(row[0], row[1], row[2], int(row[3])) for row in session.execute(statement)]


def sums_of(session: Session, *, brand_id: int, payout_ids: Sequence[UUID]) -> dict[UUID, list[Sums]]:
    """The same of each of these payouts."""
    statement = select(Transfer.payout_id, *SUMS).where(Transfer.brand_id == brand_id, Transfer.payout_id.in_(payout_ids)).group_by(
        Transfer.payout_id, Transfer.settled_currency).order_by(Transfer.settled_currency)
    found: dict[UUID, list[Sums]] = {}
    for payout_id, currency, sent, waiting, settled in session.execute(statement):
        found.setdefault(payout_id, []).append(Sums(currency, sent, waiting, int(settled)))
    return found


def to_look_at(session: Session, *, brand_id: int, now: datetime) -> list[tuple[UUID, int, int]]:
    """(run, its number, how many transfers): those that have not left within a day, and for two weeks those that left and are not as they should be."""
    late = and_(Transfer.state.in_(("sending", "waiting")), Transfer.created_at < now - timedelta(days=1))
    odd = and_(Transfer.state == "sent", Transfer.problem != "", Transfer.sent_at > now - timedelta(days=14))
    statement = (select(PayoutRun.id, PayoutRun.number, func.count())
                 .join(Payout, (Payout.run_id == PayoutRun.id) & (Payout.brand_id == PayoutRun.brand_id))
                 .join(Transfer, (Transfer.payout_id == Payout.id) & (Transfer.brand_id == Payout.brand_id))
                 .where(PayoutRun.brand_id == brand_id, or_(late, odd)).group_by(PayoutRun.id, PayoutRun.number).order_by(PayoutRun.number.desc()).limit(3))
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def take_from_sending(session: Session, *, brand_id: int, payout_ids: Sequence[UUID]) -> None:
    """Of payouts that are to fail: their transfers will not be sent. Refuses once one has left, or may have."""
    held = session.scalars(select(Payout.id).where(Payout.brand_id == brand_id, Payout.id.in_(payout_ids), Payout.method == BY_TRANSFER,
                                                   Payout.state.in_(("sent", "paid"))).order_by(Payout.id).with_for_update()).all()
    if not held:
        return
    chosen = (Transfer.brand_id == brand_id, Transfer.payout_id.in_(held))
    if session.scalar(select(Transfer.id).where(*chosen, Transfer.state.in_(SENDING)).limit(1)):
        raise Conflict("transfers_sent", "这笔打款已经有转账到了 Stripe 账户，不能记为失败")
    session.execute(update(Transfer).where(*chosen).values(state="refused").execution_options(synchronize_session=False))
