"""A payout by transfer is closed once its transfers have told: paid when all have left, failed when none may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.catalog.ports import Transactions
from app.domain.provider.models import Transfer
from app.domain.settlement.models import Payout
from app.domain.settlement.ports import PayoutAnswer
from app.domain.settlement.rules import BY_TRANSFER
from app.domain.settlement.transfers import RESTRICTED, SENDING, take_from_sending
from app.flows.reconcile_payouts import locked_run, record_answers


def under_way(brand_id: int) -> Select[UUID]:
    """Payouts by transfer that were executed and are not closed."""
    return select(Payout.id).where(Payout.brand_id == brand_id, Payout.state == "sent", Payout.method == BY_TRANSFER)


def close_payouts(database: Transactions, *, brand_id: int, now: datetime) -> None:
    with database.transaction(brand_id) as session:
        waiting = session.scalars(under_way(brand_id).order_by(Payout.id)).all()
    for payout_id in waiting:
        with database.transaction(brand_id) as session:
            close_payout(session, brand_id=brand_id, payout_id=payout_id, now=now)


def close_payout(session: Session, *, brand_id: int, payout_id: UUID, now: datetime) -> None:
    """Paid when all have left. Failed, and the money due again, when none has and her account may not be sent any."""
    run_id = session.scalars(select(Payout.run_id).where(Payout.id == payout_id)).one()
    locked_run(session, run_id)
    payout = session.scalars(select(Payout).where(Payout.id == payout_id).with_for_update().execution_options(populate_existing=True)).one()
    rows = session.scalars(select(Transfer).where(Transfer.payout_id == payout_id).order_by(Transfer.id).execution_options(populate_existing=True)).all()
    if payout.state != "sent" or not rows:
        return
    if all(row.state == "sent" for row in rows):
        answer = PayoutAnswer(payout_id, "paid", _refs(rows))
    elif any(row.problem == RESTRICTED for row in rows) and not any(row.state in SENDING for row in rows):
        take_from_sending(session, brand_id=brand_id, payout_ids=[payout_id])
        answer = PayoutAnswer(payout_id, "failed", "", RESTRICTED)
    else:
        return
    record_answers(session, brand_id=brand_id, run_id=run_id, answers=[answer], now=now)


def _refs(rows: Sequence[Transfer]) -> str:
    """Of the first, and how many more there are."""
    return rows[0].provider_ref + (f" +{len(rows) - 1}" if len(rows) > 1 else "")
