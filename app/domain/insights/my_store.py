"""One store as its manager looks at it on her phone: today, what is to be sent, how her guides do, and what is going wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.ledger.queries import OWED
from app.domain.sharing.link_list import standings
from app.domain.sharing.touch_log import SEEN
from app.kernel.db import gather

SILENT = timedelta(days=7)
"""Without a share for so long a guide is silent."""
COUNTED = timedelta(days=30)
MOST = 100
"""Rows of each list; a store has fewer of everything but links."""


@dataclass(frozen=True, slots=True)
class StoreDay:
    """Of today: paid orders placed, their amount in minor units, visitors of its guides' links, and how many guides were opened."""

    orders: int
    sales_minor: int
    visitors: int
    sharing: int


@dataclass(frozen=True, slots=True)
class StoreGuide:
    """`last`: when she made a link, or one was opened, last; None never. `orders` and `sales_minor` are paid, of 30 days; `owed_minor`
    is her commission that is not paid out; `late` her tasks in this store past their deadline and not made up, of 30 days."""

    id: UUID
    name: str
    last: datetime | None
    orders: int
    sales_minor: int
    owed_minor: int
    late: int
    joined_at: datetime | None

    def silent(self, now: datetime) -> bool:
        """Who joined less than a week ago is not silent yet."""
        return all(now - at >= SILENT for at in (self.last, self.joined_at) if at)


@dataclass(frozen=True, slots=True)
class ToSend:
    id: UUID
    number: str
    placed_at: datetime
    pieces: int
    goods: str


@dataclass(frozen=True, slots=True)
class LostGoods:
    """Goods that cannot be bought or an activity that has ended, and how many links of the store's guides lead there.

    `standing` is one of sharing.rules.STANDINGS, or 'over' for the activity.
    """

    id: UUID
    title: str
    links: int
    standing: str


@dataclass(frozen=True, slots=True)
class LateTask:
    template_id: UUID
    title: str
    guides: int


@dataclass(frozen=True, slots=True)
class MyStore:
    day: StoreDay
    guides: list[StoreGuide]
    to_send: list[ToSend]
    lost: list[LostGoods]
    late: list[LateTask]


_DAY = f"""
SELECT o.orders, o.sales, v.visitors, v.sharing FROM (
  SELECT count(*) AS orders, coalesce(sum(total_minor), 0)::bigint AS sales FROM orders
  WHERE brand_id = %(brand_id)s AND store_id = %(store)s AND paid_at IS NOT NULL AND placed_at >= %(from)s AND placed_at < %(to)s) o CROSS JOIN (
  SELECT count(DISTINCT t.visitor) AS visitors, count(DISTINCT g.id) AS sharing
  FROM guides g JOIN share_links l ON l.brand_id = g.brand_id AND l.guide_id = g.id JOIN {SEEN} t ON t.brand_id = l.brand_id AND t.share_link_id = l.id
  WHERE g.brand_id = %(brand_id)s AND g.store_id = %(store)s AND g.status = 'active' AND NOT t.bot AND t.at >= %(from)s AND t.at < %(to)s) v"""  # noqa: S608 (constants of the code)
_GUIDES = f"""
SELECT g.id, g.name, (SELECT max(greatest(l.created_at, (
      SELECT max(t.at) FROM {SEEN} t WHERE t.brand_id = l.brand_id AND t.share_link_id = l.id AND NOT t.bot)))
    FROM share_links l WHERE l.brand_id = g.brand_id AND l.guide_id = g.id), coalesce(o.orders, 0)::int, coalesce(o.sales, 0)::bigint,
  (SELECT coalesce(sum(e.amount_minor), 0)::bigint FROM ledger_entries e WHERE e.brand_id = g.brand_id AND e.payee_id = g.payee_id
    AND e.phase = ANY(%(owed)s)),
  (SELECT count(*) FROM task_assignments a JOIN tasks t ON t.brand_id = a.brand_id AND t.id = a.task_id
    WHERE a.brand_id = g.brand_id AND a.guide_id = g.id AND a.store_id = g.store_id
    AND a.state IN ('open', 'late') AND a.done_at IS NULL AND t.due_at <= %(now)s AND t.due_at > %(since)s)::int, g.joined_at
FROM guides g LEFT JOIN LATERAL (SELECT count(*) AS orders, sum(x.total_minor) AS sales FROM orders x
  WHERE x.brand_id = g.brand_id AND x.guide_id = g.id AND x.paid_at >= %(since)s) o ON true
WHERE g.brand_id = %(brand_id)s AND g.store_id = %(store)s AND g.status = 'active' ORDER BY 3 NULLS FIRST, g.name, g.id LIMIT {MOST}"""  # noqa: S608 (the log's own text)
_TO_SEND = f"""
SELECT o.id, o.number, o.placed_at, sum(l.quantity - l.refunded_quantity - l.shipped_quantity)::int, string_agg(l.title, '、' ORDER BY l.id)
FROM orders o JOIN order_lines l ON l.brand_id = o.brand_id AND l.order_id = o.id AND l.quantity - l.refunded_quantity > l.shipped_quantity
WHERE o.brand_id = %(brand_id)s AND o.store_id = %(store)s AND o.state IN ('paid', 'partly_shipped') AND NOT EXISTS (
  SELECT FROM order_push_lines t JOIN order_pushes p ON p.brand_id = t.brand_id AND p.id = t.push_id WHERE t.brand_id = l.brand_id
  AND t.order_line_id = l.id AND t.shipped_quantity < t.quantity AND p.state NOT IN ('declined', 'cancelled', 'delivered'))
GROUP BY o.brand_id, o.id ORDER BY o.placed_at, o.id LIMIT {MOST}"""  # noqa: S608 (a number of this module)
_LINKS = """
SELECT p.id, p.title, count(*)::int FROM share_links l JOIN guides g ON g.brand_id = l.brand_id AND g.id = l.guide_id AND g.status = 'active'
JOIN products p ON p.brand_id = l.brand_id AND p.id = l.product_id
WHERE l.brand_id = %(brand_id)s AND g.store_id = %(store)s GROUP BY p.id, p.title ORDER BY 3 DESC, p.title, p.id"""
_OVER = """
SELECT a.id, a.name, count(*)::int FROM share_links l JOIN guides g ON g.brand_id = l.brand_id AND g.id = l.guide_id AND g.status = 'active'
JOIN activities a ON a.brand_id = l.brand_id AND a.id = l.activity_id AND a.ends_at <= %(now)s
WHERE l.brand_id = %(brand_id)s AND g.store_id = %(store)s GROUP BY a.id, a.name, a.ends_at ORDER BY a.ends_at DESC, a.id"""
_LATE = f"""
SELECT p.id, p.title, count(DISTINCT a.guide_id)::int FROM task_assignments a JOIN tasks t ON t.brand_id = a.brand_id AND t.id = a.task_id
JOIN task_templates p ON p.brand_id = t.brand_id AND p.id = t.template_id
JOIN guides g ON g.brand_id = a.brand_id AND g.id = a.guide_id AND g.store_id = a.store_id AND g.status = 'active'
WHERE a.brand_id = %(brand_id)s AND a.store_id = %(store)s AND a.state IN ('open', 'late') AND a.done_at IS NULL
  AND t.due_at <= %(now)s AND t.due_at > %(since)s
GROUP BY p.id, p.title ORDER BY 3 DESC, p.title LIMIT {MOST}"""  # noqa: S608 (a number of this module)


def my_store(session: Session, *, brand_id: int, store_id: UUID, from_: datetime, to: datetime, now: datetime) -> MyStore:
    """[from_, to) is today on the brand's clock. Guides come silent ones first, orders the longest waiting first."""
    values = {"brand_id": brand_id, "store": store_id, "from": from_, "to": to, "now": now, "since": now - COUNTED, "owed": OWED}
    day, guides, waiting, links, over, late = gather(session, *((sql, values) for sql in (_DAY, _GUIDES, _TO_SEND, _LINKS, _OVER, _LATE)))
    stands = standings(session, brand_id=brand_id, product_ids=[row[0] for row in links], now=now)
    lost = [LostGoods(key, title, count, stands[key]) for key, title, count in links if stands[key] != "on_sale"]
    lost += [LostGoods(key, name, count, "over") for key, name, count in over]
    return MyStore(StoreDay(*day[0]), [StoreGuide(*row) for row in guides], [ToSend(*row) for row in waiting], lost[:MOST], [LateTask(*row) for row in late])
