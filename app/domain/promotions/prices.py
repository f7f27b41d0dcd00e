"""What a piece costs at a moment: its list price, or the price of the activity that holds for this shopper (R5).

Page, quote and order read the same SQL, so that what is shown is what is paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


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


LIVE_PRICES = """(SELECT DISTINCT ON (x.variant_id) x.variant_id, x.price_minor, t.id AS activity_id
FROM activity_prices x JOIN activities t ON t.brand_id = x.brand_id AND t.id = x.activity_id
WHERE x.brand_id = %(brand_id)s AND t.starts_at <= %(now)s AND t.ends_at > %(now)s ORDER BY x.variant_id, x.price_minor, t.number)"""
"""The same choice for who comes by a link, for all variants at once: for statements over the whole shelf, where asking one by one is slow."""

NEXT_PRICES = """(SELECT min(CASE WHEN starts_at > %(now)s THEN starts_at ELSE ends_at END) FROM activities
WHERE brand_id = %(brand_id)s AND ends_at > %(now)s)"""
"""When some activity of the brand next begins or ends; NULL for never."""
