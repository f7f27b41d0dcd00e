"""What has to happen by itself: unpaid orders give their stock back."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.extensions import Database
from app.flows.cancel_order import cancel_overdue
from app.gateways.wiring import Gateways
from app.jobs import job

log = structlog.get_logger()


@job("cancel_overdue_orders", own_sessions=True, attempts=1, cron="* * * * *")
def cancel_overdue_orders(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """Brand by brand, each in its own transaction."""
    with database.transaction() as session:
        brands = session.scalars(select(Brand.id).where(Brand.status == "approved")).all()
    for brand_id in brands:
        with database.transaction(brand_id) as session:
            count = cancel_overdue(session, brand_id=brand_id, now=now)
        if count:
            log.info("orders not paid in time", brand_id=brand_id, count=count)
