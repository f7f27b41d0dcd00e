"""Orders that were paid, by the facts frozen on them, so that other terms can divide them again (R4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import driver, gather

from .facts import Seller, Unit

MOST_LINES = 100_000
"""More lines than this are not divided again: the newest are, and the answer says from when on."""
AT_ONCE = 2_000

SOLD = "orders o JOIN order_lines l ON l.brand_id = o.brand_id AND l.order_id = o.id"
PAID = "o.brand_id = %(brand_id)s AND o.placed_at >= %(since)s AND o.placed_at < %(until)s AND o.paid_at IS NOT NULL"

TOO_OLD = f"SELECT o.placed_at FROM {SOLD} WHERE {PAID} ORDER BY o.placed_at DESC OFFSET %(most)s LIMIT 1"  # noqa: S608 (parts above, values bound)
COUNTED = f"SELECT count(*), count(DISTINCT o.id), coalesce(sum(l.base_minor), 0)::bigint FROM {SOLD} WHERE {PAID}"  # noqa: S608 (parts above, values bound)
GIVEN = f"""
SELECT s.role, s.guide_id, o.store_id, sum(s.amount_minor)::bigint
FROM {SOLD} JOIN commission_lines s ON s.brand_id = l.brand_id AND s.order_line_id = l.id WHERE {PAID} GROUP BY 1, 2, 3"""  # noqa: S608 (parts above, values bound)
SALES = f"""
SELECT o.channel, o.guide_id, o.store_id, l.variant_id, l.product_id, p.category, v.commissionable, l.activity_id, l.quantity, l.base_minor, count(*)
FROM {SOLD} JOIN variants v ON v.brand_id = l.brand_id AND v.id = l.variant_id JOIN products p ON p.brand_id = l.brand_id AND p.id = l.product_id
WHERE {PAID} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"""  # noqa: S608 (parts above, values bound)

SELLERS = """
SELECT g.id, g.name, g.level, g.store_id, g.payee_id, r.id, r.name, r.payee_id, r.status = 'active', g.status = 'active'
FROM guides g LEFT JOIN guides r ON r.brand_id = g.brand_id AND r.id = g.referrer_id
WHERE g.brand_id = %(brand_id)s AND g.id = ANY(%(guides)s)"""

ABOVE = """
SELECT s.id, u.id, u.kind, u.name, u.payee_id, length(u.path) FROM org_units s
JOIN org_units u ON u.brand_id = s.brand_id AND u.id = ANY (string_to_array(trim(BOTH '/' FROM s.path), '/')::uuid[])
WHERE s.brand_id = %(brand_id)s AND s.kind = 'store' ORDER BY s.id, length(u.path) DESC"""


@dataclass(frozen=True, slots=True)
class PastSale:
    """One line as it was sold, and how many `times` exactly so. Category and whether it pays commission are the product's of today."""

    channel: str
    guide_id: UUID | None
    store_id: UUID | None
    variant_id: UUID
    product_id: UUID
    category: str
    commissionable: bool
    activity_id: UUID | None
    quantity: int
    base_minor: int
    times: int


@dataclass(frozen=True, slots=True)
class Period:
    """Paid orders placed in [since, until). `shortened` when there were too many and `since` was moved up."""

    since: datetime
    until: datetime
    lines: int
    orders: int
    base_minor: int
    shortened: bool


@dataclass(frozen=True, slots=True)
class Given:
    """What was frozen for a role; `guide_id` of who got it, if a guide did, `store_id` of the order."""

    role: str
    guide_id: UUID | None
    store_id: UUID | None
    amount_minor: int


def past_period(session: Session, *, brand_id: int, since: datetime, until: datetime, most: int = MOST_LINES) -> Period:
    """The period, with its size; of more than `most` lines only the newest."""
    asked = {"brand_id": brand_id, "since": since, "until": until, "most": most}
    too_old = gather(session, (TOO_OLD, asked))[0]
    first = too_old[0][0] + timedelta(microseconds=1) if too_old else since
    lines, orders, base = gather(session, (COUNTED, {**asked, "since": first}))[0][0]
    return Period(first, until, lines, orders, base, bool(too_old))


def past_given(session: Session, *, brand_id: int, period: Period) -> list[Given]:
    """Every share that was frozen, summed."""
    return [Given(*row) for row in gather(session, (GIVEN, {"brand_id": brand_id, "since": period.since, "until": period.until}))[0]]


def past_sales(session: Session, *, brand_id: int, period: Period) -> Iterator[PastSale]:
    """Every line that was sold, equal ones together, a few thousand at a time."""
    with driver(session).cursor(name="past_sales") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(SALES, {"brand_id": brand_id, "since": period.since, "until": period.until})
        for row in cursor:
            yield PastSale(*row)


def read_sellers(session: Session, *, brand_id: int, guides: Sequence[UUID]) -> dict[UUID, Seller]:
    """Guides with their referrers, as an order would freeze them now."""
    return {row[0]: Seller(*row) for row in gather(session, (SELLERS, {"brand_id": brand_id, "guides": list(guides)}))[0]}


def read_places(session: Session, *, brand_id: int) -> dict[UUID, list[Unit]]:
    """Store → itself and what is above it, nearest first, of every store there ever was."""
    places: dict[UUID, list[Unit]] = {}
    for store_id, *unit in gather(session, (ABOVE, {"brand_id": brand_id}))[0]:
        places.setdefault(store_id, []).append(Unit(*unit))
    return places
