"""What has to happen by itself: unpaid orders give their stock back, held money is released when its day has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.extensions import Database
from app.flows.cancel_order import cancel_overdue
from app.flows.settle_period import due, settle
from app.gateways.wiring import Gateways
from app.jobs import job

log = structlog.get_logger()


@job("cancel_overdue_orders", own_sessions=True, attempts=1, cron="* * * * *")
def cancel_overdue_orders(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """Brand by brand, each in its own transaction."""
    for brand_id in _brands(database):
        with database.transaction(brand_id) as session:
            count = cancel_overdue(session, brand_id=brand_id, now=now)
        if count:
            log.info("orders not paid in time", brand_id=brand_id, count=count)


@job("settle_what_is_due", own_sessions=True, attempts=1, cron="7 * * * *")
def settle_what_is_due(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """Hourly, because brands live in different time zones and a hold period ends at local midnight (R12)."""
    for brand_id in _brands(database):
        with database.transaction(brand_id) as session:
            if due(session, brand_id=brand_id, as_of=now)[0]:
                run = settle(session, brand_id=brand_id, as_of=now, now=now)
                log.info("settled", brand_id=brand_id, lines=run.line_count)


def _brands(database: Database) -> Sequence[int]:
    with database.transaction() as session:
        return session.scalars(select(Brand.id).where(Brand.status == "approved")).all()
