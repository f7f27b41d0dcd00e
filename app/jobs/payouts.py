"""Payout runs that draft themselves on the brand's day, and payouts that travel to a provider. Nothing here approves."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.queries import brand, settings_of
from app.domain.settlement.models import PayoutRun
from app.domain.settlement.rules import drafted_at, scheduled_day
from app.extensions import Database
from app.flows import prepare_transfers, send_transfers
from app.flows import send_payouts as sending
from app.flows.pay_out import draft_payout_run
from app.gateways.wiring import Gateways
from app.jobs import job
from app.jobs.brands import queue_where
from app.kernel.errors import Refused

log = structlog.get_logger()


@job("find_scheduled_payouts", own_sessions=True, attempts=1, cron="*/15 * * * *")
def find_scheduled_payouts(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """Every quarter of an hour, because nine o'clock comes at another moment in every time zone."""
    queue_where(database, lambda session, brand_id: due_day(session, brand_id=brand_id, now=now), "draft_scheduled_payout")


@job("draft_scheduled_payout", attempts=3)
def draft_scheduled_payout(session: Session, *, now: datetime, gateways: Gateways, brand_id: int) -> None:
    """One run a day, drafted only: while another is open, or with nothing to pay, the day's next try may find more."""
    day = due_day(session, brand_id=brand_id, now=now)
    if day is None:
        return
    try:
        run = draft_payout_run(session, brand_id=brand_id, cutoff=drafted_at(day, brand(session, brand_id=brand_id).timezone), scheduled_for=day, now=now)
        log.info("payout run drafted", number=run.number, payouts=run.payout_count)
    except Refused as refused:
        session.rollback()
        log.info("no payout run drafted", why=refused.code)


def due_day(session: Session, *, brand_id: int, now: datetime) -> date | None:
    """The day whose scheduled run is due and not drafted yet."""
    settings = settings_of(session, brand_id=brand_id)
    day = scheduled_day(schedule=settings.payout_schedule, day=settings.payout_day, timezone=brand(session, brand_id=brand_id).timezone, now=now)
    return None if day is None or session.scalar(select(PayoutRun.id).where(PayoutRun.scheduled_for == day)) else day


@job(sending.JOB, own_sessions=True)
def send_payouts(database: Database, *, now: datetime, gateways: Gateways, brand_id: int, run_id: str) -> None:
    sending.send_payouts(database, brand_id=brand_id, run_id=UUID(run_id), provider=gateways.payouts, now=now)


@job("find_unsent_transfers", own_sessions=True, attempts=1, cron="*/5 * * * *")
def find_unsent_transfers(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """What waits for funds, an account or a bank's ruling is tried again, and what has no answer is asked for again."""
    if gateways.online:
        queue_where(database, lambda session, brand_id: send_transfers.has_unsent(session, brand_id=brand_id), prepare_transfers.JOB)


@job(prepare_transfers.JOB, own_sessions=True)
def send_payout_transfers(database: Database, *, now: datetime, gateways: Gateways, brand_id: int) -> None:
    """Without the provider they wait as they are."""
    if gateways.online:
        send_transfers.send_transfers(database, brand_id=brand_id, provider=gateways.online, now=now)
