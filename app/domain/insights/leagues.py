"""Leagues (排行榜): guides of comparable strength beside each other, by what they sold in a week. KPI, not money.

Who sold alike in the four weeks before the week stands in one league of at most twenty; who joined within the week stands among
newcomers, in the order of joining. Both follow from facts that no longer change once the week has begun, so nobody is moved in
its midst, and nothing is stored. Within a league: paid sales of the week, less what was refunded since; who sold nothing has no
place. A week is half-open in the brand's time zone. Who is `unlisted` keeps her league's size fair but is shown to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather
from app.kernel.paging import PAGE_SIZE, Page

LEAGUE = 20
"""At most so many guides in one league."""
BEFORE = timedelta(days=28)

SOLD = """
SELECT c.guide_id, c.credited_at >= %(from)s AS late, sum(c.amount_minor - CASE WHEN b.back > 0
    THEN div(2::numeric * c.amount_minor * b.back + l.paid_minor, 2 * l.paid_minor)::bigint ELSE 0 END)::bigint AS net
FROM sales_credits c JOIN order_lines l ON l.brand_id = c.brand_id AND l.id = c.order_line_id
CROSS JOIN LATERAL (
  SELECT coalesce(sum(r.amount_minor), 0)::bigint AS back FROM refund_lines r JOIN refunds f ON f.brand_id = r.brand_id AND f.id = r.refund_id
  WHERE l.refunded_minor > 0 AND r.brand_id = l.brand_id AND r.order_line_id = l.id
    AND (c.credited_at >= %(from)s OR f.requested_at < %(from)s)) b
WHERE c.brand_id = %(brand_id)s AND c.kind = 'guide' AND c.credited_at >= %(before)s AND c.credited_at < %(to)s
  AND NOT EXISTS (SELECT FROM sales_credits n WHERE n.brand_id = c.brand_id AND n.order_line_id = c.order_line_id AND n.kind = c.kind
    AND n.version > c.version)
GROUP BY 1, 2"""
"""Per guide, in the weeks before (refunds until the week began) and in the week (all refunds)."""
RANKED = f"""
WITH sold AS ({SOLD}), members AS (
  SELECT g.id, g.name, g.store_id, g.status = 'active' AND NOT g.unlisted AS listed, g.joined_at, g.joined_at >= %(from)s AS fresh,
    coalesce(p.net, 0) AS earlier, coalesce(w.net, 0) AS net
  FROM guides g LEFT JOIN sold p ON p.guide_id = g.id AND NOT p.late LEFT JOIN sold w ON w.guide_id = g.id AND w.late
  WHERE g.brand_id = %(brand_id)s AND g.joined_at < %(to)s AND (g.left_at IS NULL OR g.left_at >= %(from)s)
), put AS (
  SELECT *, (CASE WHEN fresh THEN (row_number() OVER (PARTITION BY fresh ORDER BY joined_at, id) - 1) / {LEAGUE} + 1
    ELSE ntile((SELECT greatest(ceil(count(*) / {LEAGUE}.0), 1)::int FROM members WHERE NOT fresh))
      OVER (PARTITION BY fresh ORDER BY earlier DESC, joined_at, id) END)::int AS league
  FROM members
), ranked AS (
  SELECT p.*, CASE WHEN listed AND net > 0 THEN row_number() OVER (PARTITION BY fresh, league, listed ORDER BY net DESC, joined_at, id) END::int AS place,
    count(*) FILTER (WHERE listed) OVER (PARTITION BY fresh, league)::int AS mates
  FROM put p
)"""  # noqa: S608 (pieces are ours)
COLUMNS = "r.id, r.name, s.id AS store_id, s.name AS store_name, r.listed, r.fresh, r.league, r.place, r.mates, r.net, r.earlier"
STORES = "JOIN org_units s ON s.brand_id = %(brand_id)s AND s.id = r.store_id"
ONE = f"""{RANKED}
SELECT {COLUMNS} FROM ranked r {STORES} JOIN ranked me ON me.id = %(guide)s AND me.fresh = r.fresh AND me.league = r.league
WHERE r.id = me.id OR me.listed AND r.listed ORDER BY r.place NULLS LAST, r.joined_at, r.id"""  # noqa: S608 (constants of the code)
INSIDE = "(%(within)s::text IS NULL OR left(s.path, length(%(within)s)) = %(within)s)"
ALL = f"""{RANKED}
SELECT {COLUMNS}, count(*) OVER () FROM ranked r {STORES}
WHERE r.listed AND {INSIDE} AND (%(q)s = '' OR strpos(lower(r.name || ' ' || s.name), lower(%(q)s)) > 0)
  AND (%(league)s::int IS NULL OR r.league = %(league)s AND r.fresh = %(fresh)s)"""  # noqa: S608 (constants of the code)
SUMMED = f"""{RANKED}
SELECT r.fresh, r.league, count(*) FILTER (WHERE r.listed)::int, count(*) FILTER (WHERE r.place IS NOT NULL)::int,
  coalesce(sum(r.net) FILTER (WHERE r.listed), 0)::bigint, min(r.earlier)::bigint, max(r.earlier)::bigint, count(*) FILTER (WHERE NOT r.listed)::int
FROM ranked r {STORES} WHERE {INSIDE} GROUP BY 1, 2 ORDER BY 1, 2"""  # noqa: S608 (constants of the code)

SORTS = {"place": "fresh, league, place NULLS LAST, joined_at, id", "-place": "fresh DESC, league DESC, place DESC NULLS LAST, joined_at, id",
         "sales": "net, id", "-sales": "net DESC, id", "name": "name, id", "-name": "name DESC, id", "store": "s.name, net DESC, id",
         "-store": "s.name DESC, net DESC, id"}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A guide in her league. `place` is None for who sold nothing or takes no part; `mates`: how many the league lists; minor units."""

    id: UUID
    name: str
    store_id: UUID
    store_name: str
    listed: bool
    fresh: bool
    league: int
    place: int | None
    mates: int
    net_minor: int
    earlier_minor: int


@dataclass(frozen=True, slots=True)
class League:
    """`lowest` and `highest`: what its guides had sold in the four weeks before; `away`: who takes no part."""

    fresh: bool
    number: int
    guides: int
    selling: int
    net_minor: int
    lowest_minor: int
    highest_minor: int
    away: int


def own_league(session: Session, *, brand_id: int, guide_id: UUID, from_: datetime, to: datetime) -> list[Ranked]:
    """Her league in the week [from_, to), by place; only herself if she takes no part; nobody if she had not joined yet."""
    return [Ranked(*row) for row in gather(session, (ONE, _asked(brand_id, from_, to) | {"guide": guide_id}))[0]]


def ahead(rows: Sequence[Ranked], guide_id: UUID) -> tuple[Ranked, Ranked | None] | None:
    """She, and whom she overtakes next: the one before her, or the last who sold anything; None if she is not among them."""
    me = next((row for row in rows if row.id == guide_id), None)
    if me is None:
        return None
    placed = [row for row in rows if row.place is not None and (me.place is None or row.place < me.place)]
    return me, placed[-1] if placed and me.listed else None


def leagues_page(session: Session, *, brand_id: int, from_: datetime, to: datetime, within: str | None = None, q: str = "", fresh: bool = False,
                 league: int | None = None, sort: str = "place", number: int = 1) -> Page:
    """Listed guides of a scope with their places in the whole brand's leagues."""
    number = max(number, 1)
    values = _asked(brand_id, from_, to) | {"within": within, "q": q, "fresh": fresh, "league": league, "skip": (number - 1) * PAGE_SIZE}
    rows = gather(session, (f"{ALL} ORDER BY {_order(sort)} LIMIT {PAGE_SIZE} OFFSET %(skip)s", values))[0]
    return Page([Ranked(*row[:-1]) for row in rows], rows[0][-1] if rows else 0, number)


def league_list(session: Session, *, brand_id: int, from_: datetime, to: datetime, within: str | None = None) -> list[League]:
    return [League(*row) for row in gather(session, (SUMMED, _asked(brand_id, from_, to) | {"within": within}))[0]]


def _order(sort: str) -> str:
    return ", ".join(part if part.startswith("s.") else f"r.{part}" for part in SORTS.get(sort, SORTS["place"]).split(", "))


def _asked(brand_id: int, from_: datetime, to: datetime) -> dict[str, Any]:
    return {"brand_id": brand_id, "from": from_, "to": to, "before": from_ - BEFORE}
