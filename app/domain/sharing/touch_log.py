"""The log of touches: a page's beacon leaves one narrow row, the worker moves rows into the log by thousands (R8).

The share page itself never waits for it. Who decides reads both, `SEEN`, so a touch counts from the moment it arrived.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.kernel.db import gather

from .models import TouchArrival

AT_ONCE = 20_000
BURST, BURST_SECONDS = 20, 10
"""More touches than this by one visitor within so many seconds are a program's, whatever it says of itself."""

SEEN = """(SELECT brand_id, id, visitor, share_link_id, at, bot FROM touches
  UNION ALL SELECT brand_id, id, visitor, share_link_id, at, bot FROM touch_arrivals)"""

DRAIN = f"""
WITH arrived AS (
  DELETE FROM touch_arrivals WHERE brand_id = %(brand_id)s AND id IN (
    SELECT id FROM touch_arrivals WHERE brand_id = %(brand_id)s ORDER BY id LIMIT {AT_ONCE} FOR UPDATE SKIP LOCKED)
  RETURNING id, visitor, share_link_id, at, bot
)
INSERT INTO touches (brand_id, id, visitor, share_link_id, at, bot)
SELECT %(brand_id)s, id, visitor, share_link_id, at, bot OR count(*) OVER burst > {BURST} FROM arrived
WINDOW burst AS (PARTITION BY visitor ORDER BY at RANGE BETWEEN '{BURST_SECONDS} seconds' PRECEDING AND CURRENT ROW)
RETURNING 1"""  # noqa: S608 (numbers of this module)


def note_touch(session: Session, *, brand_id: int, visitor: str, share_link_id: UUID, at: datetime, bot: bool = False) -> None:
    """This visitor came by this link. Every time is kept: who counts people counts visitors."""
    session.add(TouchArrival(brand_id=brand_id, visitor=visitor, share_link_id=share_link_id, at=at, bot=bot))


def have_arrived(session: Session, *, brand_id: int) -> bool:
    return bool(session.scalar(select(exists().where(TouchArrival.brand_id == brand_id))))


def drain(session: Session, *, brand_id: int) -> int:
    """Moves a batch of arrivals into the log, in one statement; how many. Two at once take different ones."""
    return len(gather(session, (DRAIN, {"brand_id": brand_id}))[0])
