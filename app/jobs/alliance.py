"""Every hour what changed among the orders an alliance owes a commission for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select

from app.domain.alliance.models import AllianceReading
from app.domain.brands.models import Brand
from app.extensions import Database
from app.flows.read_alliance import read_alliance
from app.gateways.wiring import Gateways
from app.jobs import job
from app.kernel.queue import defer

log = structlog.get_logger()


@job("find_alliances", own_sessions=True, attempts=1, cron="23 * * * *")
def find_alliances(database: Database, *, now: datetime, gateways: Gateways) -> None:
    with database.transaction() as session:
        brands = session.scalars(select(Brand.id).where(Brand.status == "approved")).all()
    for brand_id in brands:
        with database.transaction(brand_id) as session:
            for source_id in session.scalars(select(AllianceReading.source_id).where(AllianceReading.brand_id == brand_id, AllianceReading.active)):
                defer(session, "read_alliance", brand_id=brand_id, source_id=str(source_id))


@job("read_alliance", own_sessions=True)
def read_alliance_orders(database: Database, *, now: datetime, gateways: Gateways, brand_id: int, source_id: str) -> None:
    """Run twice it reads the last hours again, to the same rows. What failed is read with the next hour's."""
    state = read_alliance(database, brand_id=brand_id, source_id=UUID(source_id), doors=gateways.flagship, now=now)
    log.info("alliance read", source_id=source_id, state=state)
