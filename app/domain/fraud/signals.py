"""What every signal sees on some orders: one statement a signal, all in one round trip, each over any number of orders.

The windows lie around an order, not before it: the first of many orders to one address is as much a part of it as the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.customers.rules import customer_key
from app.kernel import sealing
from app.kernel.db import gather

from .rules import HOUR, LOOK_BACK, WINDOW, Seen

PLACE = """lower(regexp_replace(concat({o}.address ->> 'province', {o}.address ->> 'city', {o}.address ->> 'district', {o}.address ->> 'street'),
  '[[:space:][:punct:]，。、；：（）－—·]+', '', 'g'))"""
PAYER = """(SELECT p.payer FROM payments p WHERE p.brand_id = {o}.brand_id AND p.order_id = {o}.id AND p.state = 'succeeded' AND p.payer <> ''
  ORDER BY p.id DESC LIMIT 1)"""
SALE = f"""
SELECT o.id, o.guide_id, o.customer_id, o.placed_at, o.device, o.contact ->> 'phone' AS phone, {PLACE.format(o="o")} AS place,
  {PAYER.format(o="o")} AS payer FROM orders o WHERE o.brand_id = %(brand_id)s AND o.id = ANY(%(orders)s) AND o.guide_id IS NOT NULL"""  # noqa: S608 (constants of the code)
HERSELF = "SELECT k.guide_id, k.customer_id FROM unnest(%(guides)s::uuid[], %(keys)s::uuid[]) AS k(guide_id, customer_id)"
"""A guide as a customer: her id as one follows from her phone."""
SIGNED_IN = "SELECT t.order_id, t.phone FROM unnest(%(typed)s::uuid[], %(phones)s::text[]) AS t(order_id, phone)"
"""The phone a shopper proved, where she did; it need not be the one on the parcel."""
WORKING = "g.status NOT IN ('left', 'rejected')"
NUMBERS = "(array_agg(DISTINCT b.number))[1:5]"

PHONE = f"""
WITH sale AS ({SALE}), named AS (SELECT id, phone FROM sale UNION SELECT t.order_id, t.phone FROM ({SIGNED_IN}) t)
SELECT DISTINCT ON (s.id) s.id, 1, g.name, g.id = s.guide_id, g.phone, ARRAY[]::text[]
FROM sale s JOIN named n ON n.id = s.id JOIN guides g ON g.brand_id = %(brand_id)s AND g.phone = n.phone AND {WORKING}
ORDER BY s.id, (g.id = s.guide_id) DESC"""  # noqa: S608 (constants of the code)
DEVICE = f"""
WITH sale AS ({SALE})
SELECT DISTINCT ON (s.id) s.id, 1, g.name, g.id = s.guide_id, '', ARRAY[]::text[]
FROM sale s JOIN guide_devices d ON d.brand_id = %(brand_id)s AND d.device = s.device AND s.device <> ''
JOIN guides g ON g.brand_id = d.brand_id AND g.id = d.guide_id AND {WORKING}
ORDER BY s.id, (g.id = s.guide_id) DESC"""  # noqa: S608 (constants of the code)
OWN_ADDRESS = f"""
WITH sale AS ({SALE}), herself AS ({HERSELF})
SELECT s.id, count(*), '', true, '', {NUMBERS}
FROM sale s JOIN herself h ON h.guide_id = s.guide_id AND h.customer_id IS DISTINCT FROM s.customer_id
JOIN orders b ON b.brand_id = %(brand_id)s AND b.customer_id = h.customer_id AND b.id <> s.id AND b.paid_at IS NOT NULL AND {PLACE.format(o="b")} = s.place
GROUP BY s.id"""  # noqa: S608 (constants of the code)
OWN_PAYER = f"""
WITH sale AS ({SALE}), herself AS ({HERSELF})
SELECT s.id, count(*), '', true, '', {NUMBERS}
FROM sale s JOIN herself h ON h.guide_id = s.guide_id AND h.customer_id IS DISTINCT FROM s.customer_id
JOIN payments p ON p.brand_id = %(brand_id)s AND p.payer = s.payer AND p.payer <> '' AND p.state = 'succeeded' AND p.order_id <> s.id
JOIN orders b ON b.brand_id = p.brand_id AND b.id = p.order_id AND b.customer_id = h.customer_id
GROUP BY s.id"""  # noqa: S608 (constants of the code)
ONE_ADDRESS = f"""
WITH sale AS ({SALE})
SELECT s.id, count(DISTINCT b.contact ->> 'phone'), '', true, '', {NUMBERS}
FROM sale s JOIN orders b ON b.brand_id = %(brand_id)s AND b.guide_id = s.guide_id AND b.paid_at IS NOT NULL
  AND b.placed_at > s.placed_at - %(window)s AND b.placed_at < s.placed_at + %(window)s AND {PLACE.format(o="b")} = s.place
GROUP BY s.id"""  # noqa: S608 (constants of the code)
ONE_PAYER = f"""
WITH sale AS ({SALE})
SELECT s.id, count(DISTINCT b.contact ->> 'phone'), '', true, '', {NUMBERS}
FROM sale s JOIN payments p ON p.brand_id = %(brand_id)s AND p.payer = s.payer AND p.payer <> '' AND p.state = 'succeeded'
JOIN orders b ON b.brand_id = p.brand_id AND b.id = p.order_id AND b.guide_id = s.guide_id
  AND b.placed_at > s.placed_at - %(window)s AND b.placed_at < s.placed_at + %(window)s
GROUP BY s.id"""  # noqa: S608 (constants of the code)
NEW = """NOT EXISTS (SELECT FROM orders e WHERE e.brand_id = {o}.brand_id AND e.customer_id = {o}.customer_id AND e.paid_at IS NOT NULL
  AND e.placed_at <= {o}.placed_at - %(hour)s)"""
BURST = f"""
WITH sale AS ({SALE})
SELECT s.id, count(DISTINCT b.customer_id), '', true, '', {NUMBERS}
FROM sale s JOIN orders o ON o.brand_id = %(brand_id)s AND o.id = s.id AND {NEW.format(o="o")}
JOIN orders b ON b.brand_id = %(brand_id)s AND b.guide_id = s.guide_id AND b.paid_at IS NOT NULL
  AND b.placed_at > s.placed_at - %(hour)s AND b.placed_at < s.placed_at + %(hour)s AND {NEW.format(o="b")}
GROUP BY s.id"""  # noqa: S608 (constants of the code)
REFUNDED_LATE = f"""
WITH sale AS ({SALE}), late AS (
  SELECT g.id AS guide_id, count(DISTINCT b.id) AS count, {NUMBERS} AS numbers
  FROM guides g JOIN ledger_entries e ON e.brand_id = g.brand_id AND e.payee_id = g.payee_id AND e.role = 'guide' AND e.phase = 'available'
    AND e.kind = 'reversed' AND e.posted_at > %(now)s - %(look_back)s
  JOIN order_lines l ON l.brand_id = e.brand_id AND l.id = e.order_line_id JOIN orders b ON b.brand_id = l.brand_id AND b.id = l.order_id
  WHERE g.brand_id = %(brand_id)s AND g.id IN (SELECT guide_id FROM sale) GROUP BY g.id)
SELECT s.id, t.count, '', true, '', t.numbers FROM sale s JOIN late t ON t.guide_id = s.guide_id"""  # noqa: S608 (constants of the code)
ALL = {"phone": PHONE, "device": DEVICE, "own_address": OWN_ADDRESS, "own_payer": OWN_PAYER, "one_address": ONE_ADDRESS, "one_payer": ONE_PAYER,
       "burst": BURST, "refunded_late": REFUNDED_LATE}

PEOPLE = """
SELECT o.id, g.id, g.phone, c.phone_sealed FROM orders o JOIN guides g ON g.brand_id = o.brand_id AND g.id = o.guide_id
LEFT JOIN customers c ON c.brand_id = o.brand_id AND c.id = o.customer_id AND c.signed_in_at IS NOT NULL
WHERE o.brand_id = %(brand_id)s AND o.id = ANY(%(orders)s)"""


def seen_on(session: Session, *, brand_id: int, order_ids: Sequence[UUID], now: datetime) -> dict[UUID, list[Seen]]:
    """Order → what each signal saw on it, counts of whatever size: the rule says which are too many."""
    people = gather(session, (PEOPLE, {"brand_id": brand_id, "orders": list(order_ids)}))[0]
    guides = {guide_id: customer_key(brand_id, phone) for _, guide_id, phone, _ in people}
    proved = {order_id: str(sealing.unseal(bytes(sealed))) for order_id, _, _, sealed in people if sealed}
    asked = {"brand_id": brand_id, "orders": list(order_ids), "now": now, "window": WINDOW, "hour": HOUR, "look_back": LOOK_BACK,
             "guides": list(guides), "keys": list(guides.values()), "typed": list(proved), "phones": list(proved.values())}
    found: dict[UUID, list[Seen]] = {order_id: [] for order_id in order_ids}
    for name, rows in zip(ALL, gather(session, *((sql, asked) for sql in ALL.values())), strict=True):
        for order_id, count, guide, same, phone, numbers in rows:
            found[order_id].append(Seen(name, int(count), guide, same, phone, tuple(numbers)))
    return found
