"""What each group brought in the last thirty days: visitors, openings, orders, sales; and how long it has been silent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.community.rules import DEAD, EARNS_FROM, QUIET, health, silent_days
from app.domain.sharing.touch_log import SEEN
from app.kernel.db import gather
from app.kernel.paging import Page, gathered

COUNTED = timedelta(days=30)
SORTS = {"name": "name", "members": "members", "visitors": "visitors", "orders": "orders", "sales": "sales_minor", "last": "last"}


@dataclass(frozen=True, slots=True)
class GroupRow:
    """`sales_minor` is what was paid less what was given back, in minor units; `last` when a link of it was opened last, or it was entered."""

    id: UUID
    name: str
    members: int
    counted_at: datetime
    closed_at: datetime | None
    guide_id: UUID
    guide_name: str
    store_name: str
    links: int
    opened: int
    visitors: int
    orders: int
    sales_minor: int
    last: datetime

    def health(self, now: datetime) -> str:
        return health(members=self.members, last=self.last, now=now)

    def silent_days(self, now: datetime) -> int:
        return silent_days(last=self.last, now=now)


_ROWS = f"""
SELECT c.id, c.name, c.members, c.counted_at, c.closed_at, g.id AS guide_id, g.name AS guide_name, s.name AS store_name,
  count(l.id)::int AS links, coalesce(sum(t.opened), 0)::int AS opened, coalesce(max(v.visitors), 0)::int AS visitors,
  coalesce(sum(o.orders), 0)::int AS orders, coalesce(sum(o.sales), 0)::bigint AS sales_minor, greatest(c.created_at, max(t.last)) AS last
FROM community_groups c
JOIN guides g ON g.brand_id = c.brand_id AND g.id = c.guide_id
JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id
LEFT JOIN share_links l ON l.brand_id = c.brand_id AND l.guide_id = c.guide_id AND l.label = c.mark
LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE at >= %(since)s) AS opened, max(at) AS last
  FROM {SEEN} t WHERE t.brand_id = l.brand_id AND t.share_link_id = l.id AND NOT t.bot) t ON true
LEFT JOIN LATERAL (SELECT count(DISTINCT t.visitor) AS visitors FROM share_links k JOIN {SEEN} t ON t.brand_id = k.brand_id AND t.share_link_id = k.id
  WHERE k.brand_id = c.brand_id AND k.guide_id = c.guide_id AND k.label = c.mark AND NOT t.bot AND t.at >= %(since)s) v ON true
LEFT JOIN LATERAL (SELECT count(*) AS orders, sum(x.total_minor - (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r
    WHERE r.brand_id = x.brand_id AND r.order_id = x.id)) AS sales
  FROM orders x WHERE x.brand_id = l.brand_id AND x.share_link_id = l.id AND x.paid_at >= %(since)s) o ON true
WHERE c.brand_id = %(brand_id)s AND (%(guide)s::uuid IS NULL OR c.guide_id = %(guide)s) AND (%(group)s::uuid IS NULL OR c.id = %(group)s)
  AND (%(within)s::text IS NULL OR left(s.path, length(%(within)s)) = %(within)s)
  AND (%(q)s = '' OR position(lower(%(q)s) IN lower(c.name || ' ' || g.name || ' ' || s.name)) > 0)
GROUP BY c.brand_id, c.id, g.brand_id, g.id, s.brand_id, s.id"""  # noqa: S608 (pieces are ours)
_STATE = f"""CASE WHEN closed_at IS NOT NULL THEN 'closed' WHEN %(now)s - last >= interval '{DEAD.days} days' THEN 'dead'
  WHEN %(now)s - last >= interval '{QUIET.days} days' THEN 'quiet' WHEN members >= {EARNS_FROM} THEN 'earning' ELSE 'growing' END"""
_COLUMNS = ", ".join(GroupRow.__dataclass_fields__)


def groups_page(session: Session, *, brand_id: int, now: datetime, guide_id: UUID | None = None, within: str | None = None, q: str = "", state: str = "",
                sort: str = "-sales", number: int = 1) -> Page:
    """Rows of a guide, or of everybody inside a scope; without `state` those that are not closed."""
    column, direction = SORTS.get(sort.lstrip("-"), "sales_minor"), "DESC" if sort.startswith("-") else "ASC"
    values = _values(brand_id, now, guide_id=guide_id, within=within, q=q) | {"state": state}
    listed = f"SELECT {_COLUMNS} FROM ({_ROWS}) r WHERE CASE WHEN %(state)s = '' THEN closed_at IS NULL ELSE {_STATE} = %(state)s END"  # noqa: S608 (constants of the code)
    page = gathered(session, listed, f"{column} {direction}, id", values, number=number)
    return replace(page, items=[GroupRow(*row) for row in page.items])


def group_row(session: Session, *, brand_id: int, guide_id: UUID, group_id: UUID, now: datetime) -> GroupRow | None:
    rows = gather(session, (f"SELECT {_COLUMNS} FROM ({_ROWS}) r", _values(brand_id, now, guide_id=guide_id, group_id=group_id)))[0]  # noqa: S608 (constants of the code)
    return GroupRow(*rows[0]) if rows else None


def group_states(session: Session, *, brand_id: int, now: datetime, guide_id: UUID | None = None, within: str | None = None) -> dict[str, int]:
    """How many are earning, growing, quiet, dead, closed."""
    counted = f"SELECT {_STATE}, count(*)::int FROM ({_ROWS}) r GROUP BY 1"  # noqa: S608 (constants of the code)
    return dict(gather(session, (counted, _values(brand_id, now, guide_id=guide_id, within=within)))[0])


def _values(brand_id: int, now: datetime, *, guide_id: UUID | None = None, group_id: UUID | None = None, within: str | None = None,
            q: str = "") -> dict[str, Any]:
    return {"brand_id": brand_id, "now": now, "since": now - COUNTED, "guide": guide_id, "group": group_id, "within": within, "q": q}
