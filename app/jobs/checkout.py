"""Sessions on a provider's page that end because their order is over."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.extensions import Database
from app.flows.pay_online.end_sessions import end_session
from app.flows.pay_online.live_sessions import JOB
from app.gateways.wiring import Gateways
from app.jobs import job


@job(JOB, own_sessions=True, attempts=6)
def end_one_session(database: Database, *, now: datetime, gateways: Gateways, brand_id: int, session_id: str) -> None:
    if gateways.online is not None:
        end_session(database, brand_id=brand_id, session_id=UUID(session_id), provider=gateways.online, now=now)
