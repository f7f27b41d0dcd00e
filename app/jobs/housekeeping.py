"""What has to happen by itself: unpaid orders give their stock back, held money is released when its day has come.

The clock's tick only looks which brands have something to do and queues a job for each: one brand's trouble stays its own.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.customers.actions import forget_codes, old_codes
from app.domain.customers.tokens import forget_shopper_tokens, old_shopper_tokens
from app.domain.orders.models import Order
from app.extensions import Database
from app.flows.cancel_order import cancel_overdue
from app.flows.pay_online.end_sessions import end_overdue
from app.flows.settle_period import due, settle
from app.gateways.wiring import Gateways
from app.jobs import job
from app.jobs.brands import queue_where

log = structlog.get_logger()


@job("find_overdue_orders", own_sessions=True, attempts=1, cron="* * * * *")
def find_overdue_orders(database: Database, *, now: datetime, gateways: Gateways) -> None:
    def overdue(session: Session, brand_id: int) -> bool:
        return session.scalar(select(Order.id).where(Order.state == "pending_payment", Order.pay_by < now).limit(1)) is not None

    queue_where(database, overdue, "cancel_overdue_orders")


@job("cancel_overdue_orders", own_sessions=True, attempts=3)
def cancel_overdue_orders(database: Database, *, now: datetime, gateways: Gateways, brand_id: int) -> None:
    """Nobody may pay any more, then they are cancelled."""
    if gateways.online is not None:
        end_overdue(database, brand_id=brand_id, provider=gateways.online, now=now)
    with database.transaction(brand_id) as session:
        log.info("orders not paid in time", count=cancel_overdue(session, brand_id=brand_id, now=now))


@job("find_due_money", own_sessions=True, attempts=1, cron="7 * * * *")
def find_due_money(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """Hourly, because brands live in different time zones and a hold period ends at local midnight (R12)."""
    queue_where(database, lambda session, brand_id: due(session, brand_id=brand_id, as_of=now)[0] > 0, "settle_due_money")


@job("settle_due_money", attempts=3)
def settle_due_money(session: Session, *, now: datetime, gateways: Gateways, brand_id: int) -> None:
    if due(session, brand_id=brand_id, as_of=now)[0]:
        run = settle(session, brand_id=brand_id, as_of=now, now=now)
        log.info("settled", number=run.number, lines=run.line_count)


@job("find_old_codes", own_sessions=True, attempts=1, cron="23 3 * * *")
def find_old_codes(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """Codes and tokens of shoppers that open nothing any more."""
    def old(session: Session, brand_id: int) -> bool:
        return old_codes(session, brand_id=brand_id, now=now) or old_shopper_tokens(session, brand_id=brand_id, now=now)

    queue_where(database, old, "forget_codes")


@job("forget_codes", attempts=3)
def forget_old_codes(session: Session, *, now: datetime, gateways: Gateways, brand_id: int) -> None:
    forget_codes(session, brand_id=brand_id, now=now)
    forget_shopper_tokens(session, brand_id=brand_id, now=now)
