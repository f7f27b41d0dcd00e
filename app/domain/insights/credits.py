"""Sales credit (业绩): how much of what was sold counts for whom, net of what was refunded since. KPI, not money.

One sale counts for the online team and for the store that sold it, and again for the store that shipped it; the money it
brought is counted once, with who sold it. Periods are half-open, by the moment the credit arose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather
from app.kernel.paging import PAGE_SIZE, Page

INSIDE = "(%(within)s::text IS NULL OR left(u.path, length(%(within)s)) = %(within)s)"
CREDITED = f"""
WITH credited AS MATERIALIZED (
  SELECT c.kind, c.org_unit_id, c.guide_id, c.credited_at, c.quantity, c.amount_minor,
    c.amount_minor - CASE WHEN l.refunded_minor > coalesce(b.amount, 0)
      THEN div(2::numeric * c.amount_minor * (l.refunded_minor - coalesce(b.amount, 0)) + l.paid_minor - coalesce(b.amount, 0),
               2 * (l.paid_minor - coalesce(b.amount, 0)))::bigint ELSE 0 END AS net,
    CASE WHEN c.kind = 'fulfilling' THEN 0 ELSE l.paid_minor - l.refunded_minor END AS money
  FROM sales_credits c JOIN order_lines l ON l.brand_id = c.brand_id AND l.id = c.order_line_id
  LEFT JOIN org_units u ON u.brand_id = c.brand_id AND u.id = c.org_unit_id
  LEFT JOIN LATERAL (
    SELECT sum(r.amount_minor)::bigint AS amount FROM refund_lines r JOIN refunds f ON f.brand_id = r.brand_id AND f.id = r.refund_id
    WHERE r.brand_id = l.brand_id AND r.order_line_id = l.id AND f.requested_at < c.credited_at
  ) b ON c.kind = 'fulfilling' AND l.refunded_minor > 0
  WHERE c.brand_id = %(brand_id)s AND c.credited_at >= %(from)s AND c.credited_at < %(to)s AND {INSIDE}
    AND NOT EXISTS (SELECT FROM sales_credits n WHERE n.brand_id = c.brand_id AND n.order_line_id = c.order_line_id AND n.kind = c.kind
      AND n.version > c.version)
)"""  # noqa: S608 (pieces are ours)
"""What a parcel is credited for was not refunded when it left: only later refunds count against it, on what was left."""

TOTALS = f"""{CREDITED}
SELECT kind, count(*), sum(quantity)::bigint, sum(amount_minor)::bigint, sum(net)::bigint, sum(money)::bigint FROM credited GROUP BY kind"""  # noqa: S608 (constants of the code)
BY_DAY = f"""{CREDITED}
SELECT (credited_at AT TIME ZONE %(timezone)s)::date, sum(net) FILTER (WHERE kind = 'online')::bigint,
  sum(net) FILTER (WHERE kind IN ('selling', 'fulfilling'))::bigint, sum(money) FILTER (WHERE kind = %(money_of)s)::bigint
FROM credited GROUP BY 1 ORDER BY 1"""  # noqa: S608 (constants of the code)
FIGURES = """coalesce(sum(c.quantity), 0)::bigint AS quantity, coalesce(sum(c.selling), 0)::bigint AS selling,
    coalesce(sum(c.fulfilling), 0)::bigint AS fulfilling, coalesce(sum(c.gross - c.selling - c.fulfilling), 0)::bigint AS refunded,
    coalesce(sum(c.selling + c.fulfilling), 0)::bigint AS credit,
    coalesce(sum(c.money), 0)::bigint AS money"""
BY_UNIT = f"""{CREDITED}, per_unit AS (
  SELECT u.path, sum(d.quantity) AS quantity, coalesce(sum(d.net) FILTER (WHERE d.kind = 'selling'), 0) AS selling,
    coalesce(sum(d.net) FILTER (WHERE d.kind = 'fulfilling'), 0) AS fulfilling, sum(d.amount_minor) AS gross, sum(d.money) AS money
  FROM credited d JOIN org_units u ON u.brand_id = %(brand_id)s AND u.id = d.org_unit_id WHERE d.kind IN ('selling', 'fulfilling') GROUP BY u.path
), listed AS (
  SELECT v.id, v.kind AS what, v.name, v.code AS note, v.path,
    EXISTS (SELECT FROM org_units k WHERE k.brand_id = v.brand_id AND k.parent_id = v.id) AS parent, {FIGURES}
  FROM org_units v LEFT JOIN per_unit c ON left(c.path, length(v.path)) = v.path
  WHERE v.brand_id = %(brand_id)s AND (%(within)s::text IS NULL OR left(v.path, length(%(within)s)) = %(within)s)
    AND CASE WHEN %(q)s <> '' THEN strpos(lower(v.name || ' ' || v.code), lower(%(q)s)) > 0
             WHEN %(unit)s::uuid IS NOT NULL THEN v.parent_id = %(unit)s
             WHEN %(within)s::text IS NULL THEN v.parent_id IS NULL ELSE v.path = %(within)s END
  GROUP BY v.brand_id, v.id, v.kind, v.name, v.code, v.path
)
SELECT id, what, name, note, parent, quantity, selling, fulfilling, refunded, credit, money, count(*) OVER () FROM listed"""  # noqa: S608 (constants of the code)
BY_GUIDE = f"""{CREDITED}, listed AS (
  SELECT g.id, 'guide' AS what, g.name, s.name AS note, false AS parent, {FIGURES}
  FROM (SELECT guide_id, quantity, net AS selling, 0 AS fulfilling, amount_minor AS gross, money FROM credited WHERE kind = 'guide') c
  JOIN guides g ON g.brand_id = %(brand_id)s AND g.id = c.guide_id JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id
  WHERE %(q)s = '' OR strpos(lower(g.name || ' ' || g.employee_no || ' ' || s.name), lower(%(q)s)) > 0
  GROUP BY g.brand_id, g.id, g.name, s.name
)
SELECT id, what, name, note, parent, quantity, selling, fulfilling, refunded, credit, money, count(*) OVER () FROM listed"""  # noqa: S608 (constants of the code)

SORTS = {"name": "name", "-name": "name DESC", "credit": "credit", "-credit": "credit DESC", "selling": "selling", "-selling": "selling DESC",
         "fulfilling": "fulfilling", "-fulfilling": "fulfilling DESC", "refunded": "refunded", "-refunded": "refunded DESC", "money": "money",
         "-money": "money DESC"}
KINDS = ("online", "selling", "fulfilling", "guide")


@dataclass(frozen=True, slots=True)
class Credited:
    """Of one kind: how many lines, pieces, what they came to at first, what is left of it, and the money behind it (minor units)."""

    lines: int = 0
    quantity: int = 0
    gross_minor: int = 0
    net_minor: int = 0
    money_minor: int = 0


@dataclass(frozen=True, slots=True)
class CreditRow:
    """A unit with all below it, or a guide. `credit` = selling + fulfilling, net; `refunded` was taken off; `money` is counted
    with who sold. `parent`: there are units below."""

    id: UUID
    what: str
    name: str
    note: str
    parent: bool
    quantity: int
    selling: int
    fulfilling: int
    refunded: int
    credit: int
    money: int


@dataclass(frozen=True, slots=True)
class CreditDay:
    on: date
    online: int
    offline: int
    money: int


def credit_totals(session: Session, *, brand_id: int, from_: datetime, to: datetime, within: str | None = None) -> dict[str, Credited]:
    """By kind. A scope has no part in `online`, which is the whole brand's."""
    rows = gather(session, (TOTALS, _asked(brand_id, from_, to, within)))[0]
    return {kind: Credited() for kind in KINDS} | {row[0]: Credited(*row[1:]) for row in rows}


def credits_page(session: Session, *, brand_id: int, by: str, from_: datetime, to: datetime, within: str | None = None, unit_id: UUID | None = None,
                 q: str = "", sort: str = "-credit", number: int = 1, size: int = PAGE_SIZE) -> Page:
    """`by` unit: the units below `unit_id` (or the top ones, or those found by name), each with all below it; by guide: guides."""
    number = max(number, 1)
    sql = f"{BY_GUIDE if by == 'guide' else BY_UNIT} ORDER BY {SORTS.get(sort, SORTS['-credit'])}, name, id LIMIT %(size)s OFFSET %(offset)s"
    asked = {**_asked(brand_id, from_, to, within), "q": q, "unit": unit_id, "size": size, "offset": (number - 1) * size}
    rows = gather(session, (sql, asked))[0]
    if not rows and number > 1:
        return credits_page(session, brand_id=brand_id, by=by, from_=from_, to=to, within=within, unit_id=unit_id, q=q, sort=sort, size=size)
    return Page([CreditRow(*row[:-1]) for row in rows], rows[0][-1] if rows else 0, number, size)


def credit_days(session: Session, *, brand_id: int, timezone: str, from_: datetime, to: datetime, within: str | None = None) -> list[CreditDay]:
    """Day by day: online beside offline, and the money, once."""
    asked = {**_asked(brand_id, from_, to, within), "timezone": timezone, "money_of": "online" if within is None else "selling"}
    return [CreditDay(row[0], *(amount or 0 for amount in row[1:])) for row in gather(session, (BY_DAY, asked))[0]]


def _asked(brand_id: int, from_: datetime, to: datetime, within: str | None) -> dict[str, Any]:
    return {"brand_id": brand_id, "from": from_, "to": to, "within": within}
