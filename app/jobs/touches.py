"""Touches that arrived are moved into the log, brand by brand."""

from __future__ import annotations

from datetime import datetime

from app.domain.sharing.touch_log import AT_ONCE, drain, have_arrived
from app.extensions import Database
from app.gateways.wiring import Gateways
from app.jobs import job
from app.jobs.brands import queue_where

BATCHES = 10


@job("find_touches", own_sessions=True, attempts=1, cron="* * * * *")
def find_touches(database: Database, *, now: datetime, gateways: Gateways) -> None:
    queue_where(database, lambda session, brand_id: have_arrived(session, brand_id=brand_id), "log_touches")


@job("log_touches", own_sessions=True, attempts=3)
def log_touches(database: Database, *, now: datetime, gateways: Gateways, brand_id: int) -> None:
    """Batch after batch for a while, each committed by itself; what is left waits for the next minute."""
    for _ in range(BATCHES):
        with database.transaction(brand_id) as session:
            if drain(session, brand_id=brand_id) < AT_ONCE:
                return
