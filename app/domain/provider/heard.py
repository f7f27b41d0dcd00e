"""Whether the provider was heard lately, which the inbox knows, and what it cost a brand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .models import Charge, InboxEvent, ProviderEvent

LOOKED_AT = 2000
"""The newest of them; who was not heard among so many was not heard lately."""
A_DAY = timedelta(days=1)
STUCK = timedelta(minutes=10)
"""A job that waits works an event within seconds."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Of one source (platform, connect, sweep): the last word, how many in a day, how many nobody has worked."""

    last_at: datetime
    in_a_day: int
    stuck: int


def heard_lately(session: Session, *, provider: str, now: datetime) -> dict[str, Heard]:
    newest = (select(InboxEvent.source, InboxEvent.received_at, InboxEvent.done_at).where(InboxEvent.provider == provider)
              .order_by(InboxEvent.id.desc()).limit(LOOKED_AT).subquery())
    rows = session.execute(select(
        newest.c.source, func.max(newest.c.received_at), func.count().filter(newest.c.received_at >= now - A_DAY),
        func.count().filter(newest.c.done_at.is_(None), newest.c.received_at < now - STUCK)).group_by(newest.c.source))
    return {source: Heard(last_at, in_a_day, stuck) for source, last_at, in_a_day, stuck in rows}


def brand_heard(session: Session, *, brand_id: int, provider: str, now: datetime) -> tuple[datetime | None, int]:
    """Of this brand's own things: the last word that led to something, and how many in a day."""
    of_brand = select(func.max(ProviderEvent.received_at), func.count()).where(ProviderEvent.brand_id == brand_id, ProviderEvent.provider == provider)
    in_a_day = session.execute(of_brand.where(ProviderEvent.received_at >= now - A_DAY)).one()
    last = in_a_day[0] or session.scalar(select(ProviderEvent.received_at).where(ProviderEvent.brand_id == brand_id, ProviderEvent.provider == provider)
                                         .order_by(ProviderEvent.received_at.desc()).limit(1))
    return last, in_a_day[1]


def fees_paid(session: Session, *, brand_id: int, since: datetime) -> tuple[int, int]:
    """(collected, the provider's fees of it that the brand bears) since then, minor units of the brand's currency."""
    collected, fees = session.execute(select(
        func.coalesce(func.sum(Charge.amount_minor), 0), func.coalesce(func.sum(Charge.fee_order_minor).filter(Charge.fee_party == "brand"), 0))
        .where(Charge.brand_id == brand_id, Charge.charged_at >= since)).one()
    return int(collected), int(fees)
