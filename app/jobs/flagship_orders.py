"""Orders and stock on their way to the flagship: at once when something is sold, and by itself every minute for what is due again."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.fulfilment.queries import due_pushes, due_writes
from app.extensions import Database
from app.flows.hear_from_flagship import work_push
from app.flows.push_orders import PUSH, WRITE
from app.flows.write_stock import work_write
from app.gateways.wiring import Gateways
from app.jobs import job
from app.kernel.queue import defer

log = structlog.get_logger()
MOST = 200
"""Of one brand in one minute; the rest has waited longest by then and comes first."""


@job(PUSH, own_sessions=True)
def push_order(database: Database, *, now: datetime, gateways: Gateways, brand_id: int, row_id: str) -> None:
    """Run twice it finds nothing due, or goes on where it stopped."""
    heard = work_push(database, brand_id=brand_id, push_id=UUID(row_id), flagship=gateways.flagship, now=now)
    log.info("flagship order", push=row_id, heard=heard)


@job(WRITE, own_sessions=True)
def write_stock(database: Database, *, now: datetime, gateways: Gateways, brand_id: int, row_id: str) -> None:
    state = work_write(database, brand_id=brand_id, write_id=UUID(row_id), flagship=gateways.flagship, now=now)
    log.info("flagship stock", write=row_id, state=state)


@job("find_due_flagship_orders", own_sessions=True, attempts=1, cron="* * * * *")
def find_due_flagship_orders(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """One job per brand: one brand's flagship that answers slowly keeps no other waiting, and is waited for before the next is queued."""
    with database.transaction() as session:
        brands = session.scalars(select(Brand.id).where(Brand.status == "approved")).all()
    for brand_id in brands:
        with suppress(AlreadyEnqueued), database.transaction(brand_id) as session:
            if due_pushes(session, brand_id=brand_id, now=now, most=1) or due_writes(session, brand_id=brand_id, now=now, most=1):
                defer(session, "work_due_flagship_orders", queueing_lock=f"flagship-orders:{brand_id}", brand_id=brand_id)


@job("work_due_flagship_orders", own_sessions=True, attempts=1)
def work_due_flagship_orders(database: Database, *, now: datetime, gateways: Gateways, brand_id: int) -> None:
    """The longest waiting first. A flagship that does not answer is left alone until the next minute; one order that breaks is tried again
    after its lease and stops none of the others."""
    with database.transaction(brand_id) as session:
        pushes, writes = due_pushes(session, brand_id=brand_id, now=now, most=MOST), due_writes(session, brand_id=brand_id, now=now, most=MOST)
    silent, began = set[UUID](), time.monotonic()
    for push_id, source_id in pushes:
        turn = partial(work_push, database, brand_id=brand_id, push_id=push_id, flagship=gateways.flagship, now=_moment(now, began))
        if source_id not in silent and _tried(turn) == "silent":
            silent.add(source_id)
    for write_id, source_id in writes:
        turn = partial(work_write, database, brand_id=brand_id, write_id=write_id, flagship=gateways.flagship, now=_moment(now, began))
        if source_id not in silent and _tried(turn) == "waiting":
            silent.add(source_id)


def _moment(now: datetime, began: float) -> datetime:
    """Many orders take their time, and a lease counts from when it is taken."""
    return now + timedelta(seconds=time.monotonic() - began)


def _tried(work: Callable[[], str]) -> str:
    try:
        return work()
    except Exception:
        log.exception("flagship order broke")
        return ""
