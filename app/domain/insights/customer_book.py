"""Customers as a guide or headquarters sees them: who serves her, what she bought, which tags are true of her now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.customers.rules import customer_key
from app.domain.orders.contacts import normal_phone
from app.domain.orders.models import Order
from app.kernel import sealing
from app.kernel.clock import local_day
from app.kernel.db import gather
from app.kernel.errors import NotFound
from app.kernel.paging import PAGE_SIZE, Page

SORTS = {"last": "last_at", "seen": "last_seen_at", "sales": "sales_minor", "orders": "orders", "bound": "bound_at", "name": "name"}

PAID = "o.brand_id = c.brand_id AND o.customer_id = c.id AND o.paid_at IS NOT NULL AND o.state <> 'cancelled'"
KEPT = """o.total_minor - (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r
  WHERE r.brand_id = o.brand_id AND r.order_id = o.id)"""
TRUE_OF = f"""CASE t.kind
  WHEN 'manual' THEN EXISTS (SELECT FROM customer_taggings m WHERE m.brand_id = c.brand_id AND m.customer_id = c.id
    AND m.tag_id = t.id AND m.expires_at > %(now)s)
  WHEN 'bought' THEN EXISTS (SELECT FROM orders o JOIN order_lines l ON l.brand_id = o.brand_id AND l.order_id = o.id
    JOIN products p ON p.brand_id = l.brand_id AND p.id = l.product_id
    WHERE {PAID} AND o.paid_at > %(now)s - make_interval(days => t.days) AND (p.category = t.category OR starts_with(p.category, t.category || ' > ')))
  WHEN 'spent' THEN (SELECT coalesce(sum({KEPT}), 0) FROM orders o WHERE {PAID} AND o.paid_at > %(now)s - make_interval(days => t.days)) >= t.amount_minor
  WHEN 'lapsed' THEN (SELECT max(o.paid_at) FROM orders o WHERE {PAID}) <= %(now)s - make_interval(days => t.days)
  ELSE left(c.birthday, 2) = %(month)s END"""  # noqa: S608 (pieces are ours)
"""Whether tag t is true of customer c: rule tags are found out each time, so they cannot be stale."""

FOUND = """
FROM customers c
LEFT JOIN customer_bindings b ON b.brand_id = c.brand_id AND b.customer_id = c.id AND b.ended_at IS NULL AND b.expires_at > %(now)s
LEFT JOIN guides g ON g.brand_id = b.brand_id AND g.id = b.guide_id
LEFT JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id"""
WHICH = f"""
WHERE c.brand_id = %(brand_id)s AND (%(guide)s::uuid IS NULL OR b.guide_id = %(guide)s) AND (%(customer)s::uuid IS NULL OR c.id = %(customer)s)
  AND (%(within)s::text IS NULL OR left(s.path, length(%(within)s)) = %(within)s)
  AND (%(bound)s = '' OR (%(bound)s = 'nobody') = (b.id IS NULL)) AND (%(bound)s <> 'left' OR g.status <> 'active')
  AND (%(store)s::uuid IS NULL OR s.id = %(store)s) AND (%(of)s::uuid IS NULL OR b.guide_id = %(of)s)
  AND (%(q)s = '' OR c.id = %(phone)s::uuid OR (c.phone_end = %(q)s AND length(%(q)s) = 4) OR strpos(lower(c.name), lower(%(q)s)) > 0
    OR EXISTS (SELECT FROM orders o WHERE o.brand_id = c.brand_id AND o.customer_id = c.id AND strpos(lower(o.contact ->> 'name'), lower(%(q)s)) > 0))
  AND (cardinality(%(tags)s::uuid[]) = 0 OR NOT EXISTS (
    SELECT FROM customer_tags t WHERE t.brand_id = c.brand_id AND t.id = ANY(%(tags)s) AND NOT coalesce({TRUE_OF}, false)))
  AND (%(bought_within)s::int IS NULL OR EXISTS (SELECT FROM orders o WHERE {PAID} AND o.paid_at > %(now)s - make_interval(days => %(bought_within)s::int)))
  AND (%(silent_for)s::int IS NULL OR (SELECT max(o.paid_at) FROM orders o WHERE {PAID}) <= %(now)s - make_interval(days => %(silent_for)s::int))
  AND (%(spent_minor)s::bigint IS NULL OR %(spent_minor)s <= (SELECT coalesce(sum({KEPT}), 0) FROM orders o
    WHERE {PAID} AND o.paid_at > %(now)s - make_interval(days => %(spent_days)s::int)))"""  # noqa: S608 (pieces are ours)
NAME = """coalesce(nullif(c.name, ''), (SELECT o.contact ->> 'name' FROM orders o WHERE o.brand_id = c.brand_id AND o.customer_id = c.id
    ORDER BY o.placed_at DESC LIMIT 1), '')"""
HERS = f"""
LEFT JOIN LATERAL (SELECT count(*) AS orders, sum({KEPT}) AS sales, max(o.paid_at) AS last_at FROM orders o
  WHERE {PAID} AND (%(guide)s::uuid IS NULL OR o.guide_id = %(guide)s)) w ON true"""  # noqa: S608 (pieces are ours)
EVERYBODYS = """
LEFT JOIN (SELECT o.customer_id, count(*) AS orders, sum(o.total_minor - coalesce(r.amount_minor, 0)) AS sales, max(o.paid_at) AS last_at FROM orders o
  LEFT JOIN (SELECT order_id, sum(amount_minor) AS amount_minor FROM refunds WHERE brand_id = %(brand_id)s GROUP BY order_id) r ON r.order_id = o.id
  WHERE o.brand_id = %(brand_id)s AND o.customer_id IS NOT NULL AND o.paid_at IS NOT NULL AND o.state <> 'cancelled' GROUP BY o.customer_id
) w ON w.customer_id = c.id"""
"""The same for all customers at once: one reading of the brand's orders instead of a hundred thousand look-ups."""
COLUMNS = f"""c.id, {NAME} AS name, c.phone_sealed, c.birthday, c.first_seen_at, c.last_seen_at, c.signed_in_at,
  b.id AS binding_id, g.id AS guide_id, g.name AS guide_name, g.status AS guide_status, s.id AS store_id, s.name AS store_name,
  b.bound_at, b.protected_until, b.expires_at, b.exclusive, coalesce(w.orders, 0)::int AS orders, coalesce(w.sales, 0)::bigint AS sales_minor, w.last_at"""
ROWS = f"SELECT {COLUMNS} {FOUND} {HERS} {WHICH}"
COUNT = f"SELECT count(*) {FOUND} {WHICH}"
SERVING = f"SELECT DISTINCT b.guide_id {FOUND} {WHICH} AND b.guide_id IS NOT NULL"

TAGGED = f"""
SELECT c.id, t.id, t.name, t.kind FROM customers c JOIN customer_tags t ON t.brand_id = c.brand_id AND t.ended_at IS NULL
WHERE c.brand_id = %(brand_id)s AND c.id = ANY(%(ids)s) AND coalesce({TRUE_OF}, false) ORDER BY t.name"""  # noqa: S608 (pieces are ours)


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """`orders`, `sales_minor` (paid less given back) and `last_at` are those won by the guide who looks, or all. `phone` is E.164."""

    id: UUID
    name: str
    phone: str
    birthday: str
    first_seen_at: datetime
    last_seen_at: datetime
    signed_in_at: datetime | None
    binding_id: UUID | None
    guide_id: UUID | None
    guide_name: str | None
    guide_status: str | None
    store_id: UUID | None
    store_name: str | None
    bound_at: datetime | None
    protected_until: datetime | None
    expires_at: datetime | None
    exclusive: bool | None
    orders: int
    sales_minor: int
    last_at: datetime | None
    tags: tuple[tuple[UUID, str, str], ...] = ()
    """(id, name, kind)"""


_COLUMNS = ", ".join(name if name != "phone" else "phone_sealed" for name in CustomerRow.__dataclass_fields__ if name != "tags")


def customers_page(session: Session, *, brand_id: int, timezone: str, now: datetime, guide_id: UUID | None = None, within: str | None = None, q: str = "",
                   terms: Mapping[str, Any] | None = None, bound: str = "", of: UUID | None = None, sort: str = "-seen", number: int = 1,
                   size: int = PAGE_SIZE) -> Page:
    """Customers bound to a guide, or inside a scope, or all. `q`: in the name, a whole phone, or its last four digits. `terms` as of a
    segment; `bound` is nobody, somebody or left (to one who works no more)."""
    column, direction = SORTS.get(sort.lstrip("-"), "last_seen_at"), "DESC" if sort.startswith("-") else "ASC"
    values = _values(brand_id, timezone, now, guide_id=guide_id, within=within, q=q, terms=terms or {}, bound=bound, of=of)
    (total,), = gather(session, (COUNT, values))[0]
    number = min(max(number, 1), max(1, -(-total // size)))
    order = f"ORDER BY {column} {direction} NULLS LAST, id"
    picked = f"SELECT id FROM (SELECT {COLUMNS} {FOUND} {HERS if guide_id else EVERYBODYS} {WHICH}) p {order} LIMIT %(size)s OFFSET %(skip)s"  # noqa: S608 (constants)
    which = f"WHERE c.brand_id = %(brand_id)s AND c.id = ANY(ARRAY({picked}))"
    listed = f"SELECT {_COLUMNS} FROM (SELECT {COLUMNS} {FOUND} {HERS} {which}) r {order}"  # noqa: S608 (constants of the code)
    rows = gather(session, (listed, values | {"size": size, "skip": (number - 1) * size}))[0]
    return Page(_tagged(session, [_row(row) for row in rows], values), total, number, size)


def customer_row(session: Session, *, brand_id: int, timezone: str, now: datetime, customer_id: UUID, guide_id: UUID | None = None,
                 within: str | None = None) -> CustomerRow:
    """One of them; whom the guide or the scope does not reach is not found (R35)."""
    values = _values(brand_id, timezone, now, guide_id=guide_id, within=within, customer=customer_id)
    rows = gather(session, (f"SELECT {_COLUMNS} FROM ({ROWS}) r", values))[0]  # noqa: S608 (constants of the code)
    if not rows:
        raise NotFound("customer", customer_id)
    return _tagged(session, [_row(rows[0])], values)[0]


def customer_count(session: Session, *, brand_id: int, timezone: str, now: datetime, terms: Mapping[str, Any], within: str | None = None) -> int:
    """How many a segment has now."""
    rows = gather(session, (COUNT, _values(brand_id, timezone, now, within=within, terms=terms)))[0]
    return int(rows[0][0])


def serving(session: Session, *, brand_id: int, timezone: str, now: datetime, terms: Mapping[str, Any]) -> list[UUID]:
    """Guides who serve at least one customer of a segment now."""
    return [row[0] for row in gather(session, (SERVING, _values(brand_id, timezone, now, terms=terms)))[0]]


def _values(brand_id: int, timezone: str, now: datetime, *, guide_id: UUID | None = None, within: str | None = None, customer: UUID | None = None,
            q: str = "", terms: Mapping[str, Any] | None = None, bound: str = "", of: UUID | None = None) -> dict[str, Any]:
    asked, phone = terms or {}, normal_phone(q) if len(q) > 4 else None
    return {"brand_id": brand_id, "now": now, "month": f"{local_day(now, timezone):%m}", "guide": guide_id, "within": within, "customer": customer, "q": q,
            "phone": customer_key(brand_id, phone) if phone else None, "bound": bound, "of": of, "tags": [UUID(one) for one in asked.get("tags", ())],
            "store": asked.get("store_id"), **{name: asked.get(name) for name in ("bought_within", "silent_for", "spent_minor", "spent_days")}}


def _row(row: Sequence[Any]) -> CustomerRow:
    return CustomerRow(*[*row[:2], str(sealing.unseal(bytes(row[2]))), *row[3:]])


def _tagged(session: Session, found: list[CustomerRow], values: dict[str, Any]) -> list[CustomerRow]:
    tags: dict[UUID, list[tuple[UUID, str, str]]] = {}
    for customer_id, *tag in gather(session, (TAGGED, values | {"ids": [one.id for one in found]}))[0]:
        tags.setdefault(customer_id, []).append((tag[0], tag[1], tag[2]))
    return [replace(one, tags=tuple(tags.get(one.id, ()))) for one in found]


def customer_orders(session: Session, *, brand_id: int, customer_id: UUID, guide_id: UUID | None = None) -> Sequence[Order]:
    """The last twenty, newest first; those won by one guide, or all."""
    statement = select(Order).where(Order.brand_id == brand_id, Order.customer_id == customer_id)
    if guide_id is not None:
        statement = statement.where(Order.guide_id == guide_id)
    return session.scalars(statement.order_by(Order.placed_at.desc(), Order.id.desc()).limit(20)).all()
