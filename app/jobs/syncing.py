"""The one-click sync and its pictures in the background."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.people.actors import Actor
from app.domain.people.audit import act_as
from app.extensions import Database
from app.flows.fetch_pictures import ask_for_pictures, fetch_pictures
from app.flows.sync_flagship import queue_due, run_sync
from app.gateways.wiring import Gateways
from app.jobs import job
from app.jobs.brands import each_brand
from app.kernel.errors import msgid

BATCHES = 5


@job("sync_flagship", own_sessions=True)
def sync_flagship(database: Database, *, now: datetime, gateways: Gateways, brand_id: int, run_id: str) -> None:
    """Run twice it goes on where it stopped, or finds nothing left to do."""
    run_sync(database, brand_id=brand_id, run_id=UUID(run_id), flagship=gateways.flagship, now=now)


@job("find_due_syncs", own_sessions=True, attempts=1, cron="* * * * *")
def find_due_syncs(database: Database, *, now: datetime, gateways: Gateways) -> None:
    def look(session: Session, brand_id: int) -> None:
        act_as(session, Actor("system", "schedule", msgid("自动")))
        queue_due(session, brand_id=brand_id, now=now)

    each_brand(database, look)


@job("fetch_pictures", own_sessions=True)
def fetch_waiting_pictures(database: Database, *, now: datetime, gateways: Gateways, brand_id: int) -> None:
    """Batch after batch for a while, then the rest in a job of its own so that syncs and other brands get their turn."""
    for _ in range(BATCHES):
        if not fetch_pictures(database, brand_id=brand_id, download=gateways.download, files=gateways.files):
            return
    with database.transaction(brand_id) as session:
        ask_for_pictures(session, brand_id=brand_id)
