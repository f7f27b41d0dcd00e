"""Evidence travels to the provider, and the brand is reminded of the bank's deadline."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from app.extensions import Database
from app.flows import answer_dispute as answering
from app.flows.remind_disputes import remind_disputes
from app.gateways.wiring import Gateways
from app.jobs import job
from app.jobs.brands import each_brand
from app.kernel.queue import defer

log = structlog.get_logger()


@job(answering.JOB, own_sessions=True)
def answer_dispute(database: Database, *, now: datetime, gateways: Gateways, brand_id: int, chargeback_id: str) -> None:
    """Without a provider it waits until one is set up again."""
    if gateways.online:
        answering.answer_dispute(database, provider=gateways.online, brand_id=brand_id, chargeback_id=UUID(chargeback_id), now=now)


@job("look_at_disputes", own_sessions=True, attempts=1, cron="*/10 * * * *")
def look_at_disputes(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """Deadlines that come near, and evidence nobody has confirmed."""

    def look(session: Session, brand_id: int) -> None:
        if reminded := remind_disputes(session, brand_id=brand_id, now=now):
            log.info("brand reminded of its disputes", brand_id=brand_id, count=reminded)
        for chargeback_id in answering.unanswered(session) if gateways.online else ():
            defer(session, answering.JOB, brand_id=brand_id, chargeback_id=str(chargeback_id))

    each_brand(database, look)
