"""A payout by Stripe becomes transfers: one a charge, oldest first, and one for what no charge covers; both amounts are frozen with the rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.queries import brand
from app.domain.catalog.ports import Transactions
from app.domain.provider.models import Charge, ProviderAccount, Transfer
from app.domain.provider.rules import Part, spread, uncovered
from app.domain.settlement.models import Payout
from app.domain.settlement.rules import BY_TRANSFER
from app.domain.settlement.transfer_rooms import latest_rate, rooms_of
from app.kernel.ids import new_id
from app.kernel.queue import defer

log = structlog.get_logger()
JOB = "send_transfers"


def queue_transfers(session: Session, *, brand_id: int) -> None:
    """If any payout by transfer has still to leave."""
    if unprepared(session, brand_id=brand_id):
        defer(session, JOB, brand_id=brand_id)


def unprepared(session: Session, *, brand_id: int) -> Sequence[UUID]:
    """Payouts by transfer that are under way and have none yet."""
    theirs = select(Transfer.id).where(Transfer.payout_id == Payout.id, Transfer.brand_id == Payout.brand_id)
    return session.scalars(select(Payout.id).where(Payout.brand_id == brand_id, Payout.state == "sent", Payout.method == BY_TRANSFER, ~theirs.exists())
                           .order_by(Payout.id)).all()


def prepare_transfers(database: Transactions, *, brand_id: int, now: datetime) -> None:
    """Each payout by itself: all of its rows or none. One whose charge the provider has not settled yet waits for it."""
    with database.transaction(brand_id) as session:
        payouts = unprepared(session, brand_id=brand_id)
    for payout_id in payouts:
        with database.transaction(brand_id) as session:
            _prepare(session, brand_id, payout_id, now)


def _prepare(session: Session, brand_id: int, payout_id: UUID, now: datetime) -> None:
    payout = session.scalars(select(Payout).where(Payout.id == payout_id).with_for_update()).one()
    account = session.scalar(select(ProviderAccount).where(
        ProviderAccount.payee_id == payout.payee_id, ProviderAccount.provider == BY_TRANSFER, ProviderAccount.state != "closed"))
    if payout.state != "sent" or account is None or session.scalar(select(Transfer.id).where(Transfer.payout_id == payout_id).limit(1)):
        return
    own = brand(session, brand_id=brand_id).currency
    rooms, unsettled = rooms_of(session, brand_id=brand_id, payee_id=payout.payee_id)
    parts, rest = spread(payout.amount_minor - payout.tax_withheld_minor, rooms)
    rate = latest_rate(session, brand_id=brand_id)
    if rest and (unsettled or rate is None):
        log.info("a payout waits until its charges are settled", payout_id=str(payout_id))
        return
    session.add_all(_rows(session, payout, account, parts, own, now))
    if rest and rate:
        amount, settled, currency = rate
        session.add(_row(payout, account, None, rest, uncovered(rest, amount_minor=amount, settled_minor=settled), currency, own, now))
    session.flush()


def _rows(session: Session, payout: Payout, account: ProviderAccount, parts: Sequence[Part], own: str, now: datetime) -> list[Transfer]:
    chosen = select(Charge.payment_id, Charge.settled_currency).where(Charge.payment_id.in_([part.payment_id for part in parts]))
    currencies = {row.payment_id: row.settled_currency for row in session.execute(chosen)}
    return [_row(payout, account, part.payment_id, part.amount_minor, part.settled_minor, currencies[part.payment_id], own, now) for part in parts]


def _row(payout: Payout, account: ProviderAccount, payment_id: UUID | None, amount_minor: int, settled_minor: int, settled_currency: str, own: str,
         now: datetime) -> Transfer:
    return Transfer(brand_id=payout.brand_id, id=new_id(), payout_id=payout.id, payment_id=payment_id, payee_id=payout.payee_id, account_id=account.id,
                    amount_minor=amount_minor, currency=own, settled_minor=settled_minor, settled_currency=settled_currency, attempt=1, state="due",
                    created_at=now)
