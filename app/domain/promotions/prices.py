"""What a piece costs at a moment: its list price, or the price of the activity that holds for this shopper (R5).

Page, quote and order read the same SQL, so that what is shown is what is paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from .models import Activity


@dataclass(frozen=True, slots=True)
class Offer:
    """The activity a price comes from; it holds until `ends_at`, not included."""

    activity_id: UUID
    number: int
    name: str
    ends_at: datetime
    link_only: bool


def joined_activity(by_link: str) -> str:
    """JOIN of variants `v` to the activity price `a` that holds at %(now)s; `by_link` is SQL that says whether a link brought the shopper.

    `a` has price_minor and the fields of Offer, all NULL when the list price holds. A variant is in one activity at a time
    (`activities.add_activity`); should a fault put it in two, the lower price decides on every page alike.
    """
    return f"""LEFT JOIN LATERAL (
  SELECT x.price_minor, t.id AS activity_id, t.number, t.name, t.ends_at, t.link_only
  FROM activity_prices x JOIN activities t ON t.brand_id = x.brand_id AND t.id = x.activity_id
  WHERE x.brand_id = v.brand_id AND x.variant_id = v.id AND t.starts_at <= %(now)s AND t.ends_at > %(now)s AND (NOT t.link_only OR {by_link})
  ORDER BY x.price_minor, t.number LIMIT 1) a ON true"""  # noqa: S608 (by_link is our own SQL)


def next_change(session: Session, *, brand_id: int, now: datetime) -> datetime | None:
    """When some activity of the brand next begins or ends: what is shown now holds until then. Ask before reading prices."""
    moment = case((Activity.starts_at > now, Activity.starts_at), else_=Activity.ends_at)
    return session.scalar(select(func.min(moment)).where(Activity.brand_id == brand_id, Activity.ends_at > now))
