"""Who might earn an order of this shopper, by every rung of the ladder, in one statement of raw SQL (R8); it names its brand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.domain.customers.rules import customer_key
from app.domain.sharing.touch_log import SEEN
from app.kernel.db import gather

from .baskets import Basket
from .rules import Candidate

LONGEST = timedelta(days=90)
"""No brand's window is longer."""

COMPETING = f"""
WITH seen AS (
  SELECT 'touch' AS rung, id AS link_id, NULL::uuid AS guide_id, NULL::uuid AS store_id, coalesce(%(shared_at)s::timestamptz, %(now)s) AS at, false AS bot,
    true AS exclusive, NULL::timestamptz AS until, '' AS mark FROM share_links WHERE brand_id = %(brand_id)s AND code = %(code)s
  UNION ALL
  (SELECT 'touch', share_link_id, NULL, NULL, at, bot, true, NULL, '' FROM {SEEN} t
   WHERE brand_id = %(brand_id)s AND at > %(since)s AND at <= %(now)s AND visitor = ANY (ARRAY(
     SELECT %(visitor)s::text UNION SELECT visitor FROM visitor_logins WHERE brand_id = %(brand_id)s AND customer_id = %(customer)s))
   ORDER BY at DESC LIMIT 200)
  UNION ALL
  SELECT 'chosen', NULL, id, NULL, %(now)s, false, true, NULL, employee_no FROM guides
  WHERE brand_id = %(brand_id)s AND (id = %(guide)s OR (employee_no <> '' AND employee_no = %(number)s))
  UNION ALL
  SELECT 'coupon', NULL, owner_id, NULL, %(now)s, false, true, NULL, code FROM coupons
  WHERE brand_id = %(brand_id)s AND code = ANY(%(coupons)s) AND owner_id IS NOT NULL
  UNION ALL
  SELECT 'binding', NULL, guide_id, NULL, bound_at, false, exclusive, expires_at, '' FROM customer_bindings
  WHERE brand_id = %(brand_id)s AND customer_id = %(customer)s AND ended_at IS NULL
  UNION ALL
  SELECT 'store', NULL, NULL, id, %(now)s, false, true, NULL, code FROM org_units
  WHERE brand_id = %(brand_id)s AND kind = 'store' AND code = %(store)s
)
SELECT l.id, g.id, coalesce(g.name, ''), coalesce(g.status, ''), s.id, s.status = 'open', seen.at, seen.bot, seen.rung, seen.exclusive, seen.until, seen.mark,
  g.phone, g.account_id, (SELECT customer_id FROM visitor_logins WHERE brand_id = %(brand_id)s AND visitor = %(visitor)s)
FROM seen LEFT JOIN share_links l ON l.brand_id = %(brand_id)s AND l.id = seen.link_id
LEFT JOIN guides g ON g.brand_id = %(brand_id)s AND g.id = coalesce(l.guide_id, seen.guide_id)
JOIN org_units s ON s.brand_id = %(brand_id)s
  AND s.id = coalesce(seen.store_id, CASE WHEN g.status = 'active' THEN g.store_id ELSE coalesce(l.store_id, g.store_id) END)"""  # noqa: S608 (the log's own text)


def read_candidates(session: Session, *, brand_id: int, basket: Basket, now: datetime) -> list[Candidate]:
    """Who might earn an order of this shopper, without the order."""
    return [as_candidate(brand_id, basket, row) for row in gather(session, competing_for(brand_id, basket, now))[0]]


def competing_for(brand_id: int, basket: Basket, now: datetime) -> tuple[str, dict[str, Any]]:
    return COMPETING, {
        "brand_id": brand_id, "code": basket.share_code, "shared_at": basket.shared_at, "visitor": basket.visitor, "now": now,
        "since": now - LONGEST, "customer": basket.customer_id, "guide": basket.guide_id, "number": basket.guide_number,
        "store": basket.store_code, "coupons": list(basket.coupon_codes)}


def as_candidate(brand_id: int, basket: Basket, row: Sequence[Any]) -> Candidate:
    """A guide is her own customer by her phone, by a browser she has signed in with, or by her account (R20)."""
    link_id, guide_id, name, status, store_id, store_open, at, bot, rung, exclusive, until, mark, phone, account_id, visitor_is = row
    own = customer_key(brand_id, phone) if phone else None
    by_phone = own is not None and own == basket.customer_id
    proved = own is not None and (own == visitor_is or (account_id is not None and account_id == basket.account_id) or (by_phone and not basket.guest))
    return Candidate(link_id, guide_id, name, status, store_id, store_open, at, bot, rung, by_phone or proved, exclusive, until, mark, proved)
