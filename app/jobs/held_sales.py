"""A sale is looked at once it is paid: whether it seems self-made (domain/fraud)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from app.flows.hold_sales import JOB, look_at_sale
from app.gateways.wiring import Gateways
from app.jobs import job

log = structlog.get_logger()


@job(JOB)
def look(session: Session, *, now: datetime, gateways: Gateways, brand_id: int, order_id: str) -> None:
    """Run twice it finds what it has kept already."""
    held = look_at_sale(session, brand_id=brand_id, order_id=UUID(order_id), now=now)
    if held:
        log.info("sales held", count=held, after=order_id)
