"""Refunds travel to the provider; those that did not leave are sent again by the clock. What was taken there is read by the sweep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.orders.models import Refund
from app.domain.provider.models import TransferReversal
from app.extensions import Database
from app.flows import send_refunds as sending
from app.flows.prepare_reversals import UNDECIDED
from app.flows.take_back_transfers import JOB
from app.gateways.wiring import Gateways
from app.jobs import job
from app.jobs.brands import each_brand
from app.kernel.db import gather
from app.kernel.queue import waiting

log = structlog.get_logger()

QUIET = timedelta(minutes=5)
"""A refund younger than this is with its own job."""
AT_ONCE = 200


@job(JOB, own_sessions=True)
def send_refund(database: Database, *, now: datetime, gateways: Gateways, brand_id: int, refund_id: str) -> None:
    if gateways.online is None:
        log.error("a refund waits for a provider that is not configured", brand_id=brand_id, refund_id=refund_id)
        return
    sending.send_refund(database, brand_id=brand_id, refund_id=UUID(refund_id), provider=gateways.online, now=now)


@job("find_unsent_refunds", own_sessions=True, attempts=1, cron="7-59/10 * * * *")
def find_unsent_refunds(database: Database, *, now: datetime, gateways: Gateways) -> None:
    """Each by a job of its own, so that one which gives trouble does not hold up the others."""

    def look(session: Session, brand_id: int) -> None:
        gather(session, *(waiting(JOB, brand_id=brand_id, refund_id=str(refund_id)) for refund_id in unsent_refunds(session, now=now)))

    if gateways.online:
        each_brand(database, look)


def unsent_refunds(session: Session, *, now: datetime) -> Sequence[UUID]:
    """Pending ones the provider has not taken, and those of which something is still to be taken back; longest waiting first."""
    unreversed = select(TransferReversal.refund_id).where(TransferReversal.state.in_(UNDECIDED))
    return session.scalars(
        select(Refund.id).where((Refund.state == "pending") & (Refund.provider_ref == "") | Refund.id.in_(unreversed), Refund.requested_at < now - QUIET)
        .order_by(Refund.requested_at).limit(AT_ONCE)).all()
