"""Payouts a provider only took note of are delivered, outside of any transaction, and what it answers is booked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalog.ports import Transactions
from app.domain.settlement.models import Payout, PayoutRun
from app.domain.settlement.payout_orders import payout_orders
from app.domain.settlement.ports import PayoutOrder, PayoutProvider
from app.domain.settlement.rules import BY_TRANSFER
from app.flows.reconcile_payouts import record_answers
from app.kernel.queue import defer

JOB = "send_payouts"
BATCH = 50


def queue_sending(session: Session, *, brand_id: int, run_id: UUID) -> None:
    """If any payout of the run still has to leave."""
    if _waiting(session, run_id):
        defer(session, JOB, brand_id=brand_id, run_id=str(run_id))


def send_payouts(database: Transactions, *, brand_id: int, run_id: UUID, provider: PayoutProvider, now: datetime) -> int:
    """Delivers what has not left yet, each answer booked by itself; how many. A worker killed in between sends the same key again."""
    sent = 0
    while orders := _orders(database, brand_id, run_id):
        for order in orders:
            answer = provider.deliver(order)
            with database.transaction(brand_id) as session:
                record_answers(session, brand_id=brand_id, run_id=run_id, answers=[answer], now=now)
            sent += 1
    return sent


def _orders(database: Transactions, brand_id: int, run_id: UUID) -> list[PayoutOrder]:
    with database.transaction(brand_id) as session:
        run = session.scalar(select(PayoutRun).where(PayoutRun.id == run_id))
        waiting = _waiting(session, run_id)
        return list(payout_orders(session, run=run, payout_ids=waiting)) if run and waiting else []


def _waiting(session: Session, run_id: UUID) -> list[UUID]:
    """Taken note of, and without the provider's reference: they have not left. Transfers have a job of their own."""
    return list(session.scalars(select(Payout.id).where(Payout.run_id == run_id, Payout.state == "sent", Payout.provider_ref == "",
                                                        Payout.method != BY_TRANSFER).order_by(Payout.id).limit(BATCH)))
