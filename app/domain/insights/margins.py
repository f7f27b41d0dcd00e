"""What selling costs and what the brand keeps (R5, R22): from list value to the brand's part, by SKU, guide or store.

Of orders placed in a half-open period and paid since; but for quantity and list value everything is net of what was refunded. For
each row and for all of them list − refunded − activity − brand coupon = base = what guides, stores, dealers, malls, regions, who
shipped, the platform and the brand have, which is what the ledger says of these lines. What was refunded is told at list value:
what was given back of the base, and the part of each discount that went with it. Shipping fees are no margin and stay out.

Two costs of the brand's are no share of a line and stand beside: what the payment provider kept of these orders, spread over their
lines by what was paid for each, and the rewards of challenges decided in the period, with whom they went to and her store of today.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather
from app.kernel.money import FULL_BP, half_up
from app.kernel.paging import PAGE_SIZE, Page

NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
"""A key that equals itself, unlike NULL: so the sums may be joined by hashing."""
KEYS = {name: f"coalesce({column}, {NOBODY})" for name, column in (("sku", "l.variant_id"), ("guide", "o.guide_id"), ("store", "o.store_id"))}
REWARDED = {"sku": NOBODY, "guide": "w.guide_id", "store": "u.id"}
NAMES = {
    "sku": ("coalesce(p.title, '')", "coalesce(v.sku, '')", "LEFT JOIN variants v ON v.brand_id = %(brand_id)s AND v.id = m.key "
            "LEFT JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id"),
    "guide": ("coalesce(g.name, '')", "coalesce(s.name, '')", "LEFT JOIN guides g ON g.brand_id = %(brand_id)s AND g.id = m.key "
              "LEFT JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id"),
    "store": ("coalesce(s.name, '')", "coalesce(s.code, '')", "LEFT JOIN org_units s ON s.brand_id = %(brand_id)s AND s.id = m.key"),
}
PARTIES = ("guide", "store", "fulfilling", "dealer", "mall", "region", "platform", "brand")

SOLD = """orders o JOIN order_lines l ON l.brand_id = o.brand_id AND l.order_id = o.id
  LEFT JOIN org_units u ON u.brand_id = o.brand_id AND u.id = o.store_id {more}
  WHERE o.brand_id = %(brand_id)s AND o.placed_at >= %(from)s AND o.placed_at < %(to)s AND o.paid_at IS NOT NULL
    AND (%(within)s::text IS NULL OR left(u.path, length(%(within)s)) = %(within)s)"""
"""The lines that count. Said anew for each sum, not once before them: so the sums may be taken by several workers."""
BRAND = "(SELECT id FROM payees WHERE brand_id = %(brand_id)s AND party = 'brand')"
GROUPED = """
WITH goods AS (
  SELECT {key} AS key, sum(l.quantity) AS quantity, sum(l.list_price_minor * l.quantity) AS list,
    sum(l.list_price_minor * l.quantity - l.gross_minor) AS activity, sum(l.brand_discount_minor) AS brand_coupon,
    sum(l.platform_discount_minor) AS platform_coupon, sum(l.store_discount_minor) AS store_coupon, sum(l.guide_discount_minor) AS guide_coupon,
    sum(l.base_minor) AS base
  FROM {sold} GROUP BY 1
), frozen AS (
  SELECT {key} AS key, {frozen} FROM {sold_with_shares} GROUP BY 1
), changed AS (
  SELECT {key} AS key, -sum(x.base) AS base, {backs}, {changed} FROM {sold_with_returns} AND (l.refunded_minor > 0 OR l.refunded_quantity > 0) GROUP BY 1
), shipped AS (
  SELECT {key} AS key, sum(e.amount_minor) AS amount FROM {sold_with_shipped} GROUP BY 1
), charged AS MATERIALIZED (
  SELECT o.id AS order_id, sum(c.fee_order_minor) AS fee
  FROM charges c JOIN payments p ON p.brand_id = c.brand_id AND p.id = c.payment_id JOIN orders o ON o.brand_id = p.brand_id AND o.id = p.order_id
  WHERE %(costs)s AND c.brand_id = %(brand_id)s AND c.fee_party = 'brand' AND o.placed_at >= %(from)s AND o.placed_at < %(to)s GROUP BY 1
), feed AS (
  SELECT key, sum(div(2 * fee * upto + whole, 2 * whole) - div(2 * fee * (upto - part) + whole, 2 * whole)) AS fee FROM (
    SELECT {key} AS key, c.fee, x.part, sum(x.part) OVER (PARTITION BY o.id ORDER BY l.id) AS upto, sum(x.part) OVER (PARTITION BY o.id) AS whole
    FROM {sold_with_fees}) one GROUP BY 1
), rewarded AS (
  SELECT {rewarded} AS key, sum(w.amount_minor) AS reward
  FROM challenges k JOIN challenge_rewards w ON w.brand_id = k.brand_id AND w.challenge_id = k.id
  JOIN guides g ON g.brand_id = w.brand_id AND g.id = w.guide_id JOIN org_units u ON u.brand_id = g.brand_id AND u.id = g.store_id
  WHERE %(costs)s AND k.brand_id = %(brand_id)s AND k.decided_at >= %(from)s AND k.decided_at < %(to)s
    AND (%(within)s::text IS NULL OR left(u.path, length(%(within)s)) = %(within)s) GROUP BY 1
), figures AS (
  SELECT key, coalesce(g.quantity, 0)::bigint AS quantity, coalesce(g.list, 0)::bigint AS list,
    (coalesce(b.base, 0) + coalesce(b.activity, 0) + coalesce(b.brand_coupon, 0))::bigint AS refunded,
    coalesce(b.base, 0)::bigint AS refunded_base, {kept}, {net}, coalesce(c.fee, 0)::bigint AS fee, coalesce(w.reward, 0)::bigint AS reward
  FROM goods g FULL JOIN rewarded w USING (key) LEFT JOIN frozen f USING (key) LEFT JOIN changed b USING (key) LEFT JOIN shipped s USING (key)
  LEFT JOIN feed c USING (key)
), named AS (
  SELECT nullif(m.key, {nobody}) AS key, {name} AS name, {note} AS note, {columns} FROM figures m {joins}
)
SELECT *, count(*) OVER (), {sums} FROM named WHERE %(q)s = '' OR strpos(lower(name || ' ' || note), lower(%(q)s)) > 0
ORDER BY {order}, name, key NULLS LAST LIMIT %(size)s OFFSET %(offset)s"""
RETURNED = """SELECT CASE WHEN l.paid_minor > 0 THEN l.paid_minor ELSE l.quantity END AS whole,
    CASE WHEN l.paid_minor > 0 THEN l.refunded_minor ELSE l.refunded_quantity END AS so_far,
    sum(e.amount_minor) FILTER (WHERE right(e.role, 8) <> '_subsidy') AS base, {returns}
  FROM ledger_entries e WHERE e.brand_id = l.brand_id AND e.order_line_id = l.id AND e.kind IN ('reversed', 'chargeback')"""
"""Of one line; a coupon's funder got back what the ledger says."""
BACK = {"activity": "l.list_price_minor * l.quantity - l.gross_minor", "brand_coupon": "l.brand_discount_minor"}
"""What the ledger does not know goes back in proportion, like the shares do (R11)."""
FUNDERS = ("platform", "store", "guide")
SHIPPED = f"""JOIN ledger_entries e ON e.brand_id = l.brand_id AND e.order_line_id = l.id AND e.payee_id = {BRAND}
  AND e.phase IN ('estimated', 'pending', 'held', 'available') AND e.kind = 'fulfilled' AND e.posted_at >= %(from)s"""
"""The share of who fulfils is the brand's where the flagship shipped: it has moved there in the ledger, and so it does here."""
FEES = """JOIN charged c ON c.order_id = o.id CROSS JOIN LATERAL (SELECT CASE WHEN o.gross_minor > o.discount_minor THEN l.paid_minor
  ELSE l.quantity END AS part) x"""
"""A fee goes over an order's lines by what was paid for each, to the fen; by pieces where only shipping was paid."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Minor units. `refunded` is what was given back at list value, `refunded_base` of the base; discounts, coupons (by who funds
    them), base and parties are net of it, and the parties sum to the base. `fee` and `reward` come out of what the brand has."""

    quantity: int = 0
    list: int = 0
    refunded: int = 0
    refunded_base: int = 0
    activity: int = 0
    brand_coupon: int = 0
    platform_coupon: int = 0
    store_coupon: int = 0
    guide_coupon: int = 0
    base: int = 0
    guide: int = 0
    store: int = 0
    fulfilling: int = 0
    dealer: int = 0
    mall: int = 0
    region: int = 0
    platform: int = 0
    brand: int = 0
    fee: int = 0
    reward: int = 0

    @property
    def given(self) -> int:
        """What promotion cost: all that was given away of the list value of what stayed sold, discounts and shares; and rewards."""
        return self.activity + self.brand_coupon + self.base - self.brand + self.reward

    @property
    def left(self) -> int:
        """What the brand keeps after the provider's fees and the rewards it pays."""
        return self.brand - self.fee - self.reward

    @property
    def of_list_bp(self) -> int:
        return part_bp(self.brand, self.list)

    @property
    def of_base_bp(self) -> int:
        return part_bp(self.brand, self.base)


@dataclass(frozen=True, slots=True)
class MarginRow:
    """`key` is the variant, guide or store; None for orders nobody guided or no store sold, and for rewards, which are for no SKU."""

    key: UUID | None
    name: str
    note: str
    figures: Figures


COLUMNS = tuple(field.name for field in fields(Figures))
SORTS = {**{name: name for name in ("name", *COLUMNS)}, **{f"-{name}": f"{name} DESC" for name in ("name", *COLUMNS)},
         "of_list": "brand::numeric / nullif(list, 0) NULLS LAST", "-of_list": "brand::numeric / nullif(list, 0) DESC NULLS LAST",
         "left": "brand - fee - reward", "-left": "brand - fee - reward DESC"}


def margins_page(session: Session, *, brand_id: int, by: str, from_: datetime, to: datetime, within: str | None = None, q: str = "", sort: str = "-list",
                 number: int = 1, size: int = PAGE_SIZE, costs: bool = True) -> tuple[Page, Figures]:
    """One page of rows by 'sku', 'guide' or 'store', and the figures of all that were found; without the brand's own `costs` fee and reward are 0."""
    number = max(number, 1)
    asked: dict[str, Any] = {"brand_id": brand_id, "from": from_, "to": to, "within": within, "q": q, "size": size, "offset": (number - 1) * size,
                             "costs": costs}
    rows = gather(session, (_sql(by, SORTS.get(sort, SORTS["-list"])), asked))[0]
    if not rows and number > 1:
        return margins_page(session, brand_id=brand_id, by=by, from_=from_, to=to, within=within, q=q, sort=sort, size=size, costs=costs)
    width = len(COLUMNS)
    total, figures = (rows[0][3 + width], Figures(*rows[0][4 + width:])) if rows else (0, Figures())
    found = [MarginRow(row[0], row[1], row[2], Figures(*row[3:3 + width])) for row in rows]
    return Page(found, total, number, size), figures


def part_bp(part: int, whole: int) -> int:
    """Basis points; 0 of nothing."""
    return half_up(part * FULL_BP, whole) if whole > 0 else 0


def _sql(by: str, order: str) -> str:
    name, note, joins = NAMES[by]
    returns = ", ".join([*(f"sum(e.amount_minor) FILTER (WHERE {_has(party)}) AS {party}" for party in PARTIES),
                         *(f"sum(e.amount_minor) FILTER (WHERE e.role = '{one}_subsidy') AS {one}_coupon" for one in FUNDERS)])
    discounts = (*BACK, *(f"{one}_coupon" for one in FUNDERS))
    pieces = {
        "{order}": order, "{sums}": ", ".join(f"(sum({column}) OVER ())::bigint" for column in COLUMNS),
        "{sold}": _sold(""), "{sold_with_shares}": _sold("JOIN commission_lines c ON c.brand_id = l.brand_id AND c.order_line_id = l.id"),
        "{sold_with_returns}": _sold(f"CROSS JOIN LATERAL ({RETURNED.replace('{returns}', returns)}) x"), "{sold_with_shipped}": _sold(SHIPPED),
        "{sold_with_fees}": _sold(FEES), "{key}": KEYS[by], "{rewarded}": REWARDED[by], "{nobody}": NOBODY,
        "{name}": name, "{note}": note, "{joins}": joins, "{columns}": ", ".join(f"m.{column}" for column in COLUMNS),
        "{frozen}": ", ".join(f"coalesce(sum(c.amount_minor) FILTER (WHERE {_is(party, 'c.role')}), 0) AS {party}" for party in PARTIES),
        "{backs}": ", ".join([*(f"sum(div(2::numeric * ({what}) * least(x.so_far, x.whole) + x.whole, 2 * x.whole)) AS {name}" for name, what in BACK.items()),
                              *(f"coalesce(sum(x.{one}_coupon), 0) AS {one}_coupon" for one in FUNDERS)]),
        "{kept}": ", ".join(f"(coalesce(g.{name}, 0) - coalesce(b.{name}, 0))::bigint AS {name}" for name in (*discounts, "base")),
        "{changed}": ", ".join(f"coalesce(sum(x.{party}), 0) AS {party}" for party in PARTIES),
        "{net}": ", ".join(f"(coalesce(f.{party}, 0) + coalesce(b.{party}, 0){_moved(party)})::bigint AS {party}" for party in PARTIES)}
    sql = GROUPED
    for place, piece in pieces.items():
        sql = sql.replace(place, piece)
    return sql


def _sold(more: str) -> str:
    return SOLD.replace("{more}", more)


def _is(party: str, role: str) -> str:
    roles = {"guide": ("guide", "referrer"), "fulfilling": ("fulfilling_store",)}.get(party, (party,))
    return f"{role} IN ({', '.join(repr(one) for one in roles)})"


def _has(party: str) -> str:
    """Who gave back: of the fulfilling share, the brand where it had it."""
    mine = f"e.payee_id = {BRAND}"
    if party == "brand":
        return f"({_is('brand', 'e.role')} OR {_is('fulfilling', 'e.role')} AND {mine})"
    return f"{_is(party, 'e.role')} AND NOT {mine}" if party == "fulfilling" else _is(party, "e.role")


def _moved(party: str) -> str:
    return {"brand": " + coalesce(s.amount, 0)", "fulfilling": " - coalesce(s.amount, 0)"}.get(party, "")
