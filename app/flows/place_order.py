"""A shopper orders: price, shares and attribution are frozen, stock is reserved, the ledger expects the money.

One read trip more than a quote, one write trip. The same checkout key twice is one order (R10): its secret, order and
payment come back.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.errors import CheckViolation, UniqueViolation
from sqlalchemy.orm import Session

from app.domain.customers.actions import meeting
from app.domain.customers.rules import customer_key
from app.domain.fraud.rules import device_digest
from app.domain.ledger.actions import Entry, Statement, posting
from app.domain.orders.baskets import Basket, Quote
from app.domain.orders.contacts import clean_address, clean_contact
from app.flows.announce import announce
from app.flows.quote_order import quote_order
from app.kernel import sealing
from app.kernel.clock import local_day
from app.kernel.db import gather, insert_rows
from app.kernel.errors import Conflict
from app.kernel.ids import digest, new_id
from app.kernel.texts import clean

KNOWN = """SELECT o.id, o.number, o.total_minor, o.currency, o.state,
  (SELECT p.id FROM payments p WHERE p.brand_id = o.brand_id AND p.order_id = o.id ORDER BY p.id DESC LIMIT 1)
FROM orders o WHERE o.brand_id = %(brand_id)s AND o.checkout_key = %(key)s"""

RESERVE = """UPDATE variants v SET reserved = v.reserved + w.quantity
FROM (SELECT * FROM jsonb_to_recordset(%(wanted)s::jsonb) AS w(id uuid, quantity int)) w
WHERE v.brand_id = %(brand_id)s AND v.id = w.id AND v.stock - v.reserved >= w.quantity RETURNING v.id"""

LOCK = """SELECT id FROM variants WHERE brand_id = %(brand_id)s AND id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"""

USE_COUPONS = """WITH held AS (SELECT id FROM coupons WHERE brand_id = %(brand_id)s AND id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE)
UPDATE coupons c SET used_count = c.used_count + 1 FROM held WHERE c.brand_id = %(brand_id)s AND c.id = held.id RETURNING c.id"""
QUOTA = "ck_coupons_quota"
"""What the database says when a coupon's last use is taken at the same moment."""


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """`secret` opens the shopper's own order page; `payment_id` is the payment to ask for."""

    order_id: UUID
    number: str
    secret: str
    total_minor: int
    currency: str
    state: str
    payment_id: UUID | None
    replayed: bool


def place_order(session: Session, *, brand_id: int, basket: Basket, contact: Mapping[str, Any], address: Mapping[str, Any],
                note: str = "", checkout_key: str = "", expected_total_minor: int | None = None, provider: str = "sandbox",
                now: datetime) -> PlacedOrder:
    """Freeze and write an order in state pending_payment (R4, R8, R10).

    Raises Conflict out_of_stock, stock_unconfirmed, price_changed (when the total is not what the shopper saw) or coupon_*; Invalid with
    every bad contact or address field.
    """
    checkout_key = _short(checkout_key)
    if checkout_key and (known := _known(session, brand_id, checkout_key)):
        return known
    guest: dict[str, Any] = {"contact": clean_contact(contact), "address": clean_address(address), "note": clean(note)[:300]}
    phone = "" if basket.customer_id else guest["contact"]["phone"]
    customer_id = basket.customer_id or customer_key(brand_id, phone)
    quote = quote_order(session, brand_id=brand_id, basket=replace(basket, customer_id=customer_id, guest=bool(phone)), now=now)
    if expected_total_minor is not None and expected_total_minor != quote.total_minor:
        raise Conflict("price_changed", "价格刚刚有变动，请确认后再下单", field="expected_total",
                       expected_minor=expected_total_minor, total_minor=quote.total_minor)
    order_id = new_id()
    placed = _Placing(brand_id, order_id, quote, now, checkout_key, provider, customer_id, device_digest(brand_id, basket.visitor))
    try:
        *_, reserved, used = gather(session, *placed.statements(guest, phone))
    except UniqueViolation as error:
        return _already(session, brand_id, checkout_key, error)
    except CheckViolation as error:
        if error.diag.constraint_name != QUOTA:
            raise
        raise Conflict("coupon_used_up", "券已被领完", field="coupon_codes") from error
    if len(reserved) != len(quote.lines):
        raise Conflict("out_of_stock", "刚刚被别人买走了，库存不足", field="lines")
    if len(used) != len(quote.coupons):
        raise Conflict("coupon_unknown", "没有这张券", field="coupon_codes")
    if quote.notes["has_webhooks"]:
        announce(session, brand_id=brand_id, event="order.placed", payload={"order_id": str(order_id), "number": placed.number}, now=now)
    return PlacedOrder(order_id, placed.number, order_secret(order_id), quote.total_minor, quote.currency, "pending_payment", placed.payment_id, False)


def order_secret(order_id: UUID) -> str:
    """The key of the shopper's own page; derived, so it is never stored and a repeated checkout gives the same."""
    return sealing.derive("order", str(order_id))


def _short(checkout_key: str) -> str:
    """A key that fits its column; two long ones never become the same."""
    key = clean(checkout_key)
    return key if len(key) <= 64 else digest(key)


def _known(session: Session, brand_id: int, checkout_key: str) -> PlacedOrder | None:
    rows = gather(session, (KNOWN, {"brand_id": brand_id, "key": checkout_key}))[0]
    if not rows:
        return None
    order_id, number, total, currency, state, payment_id = rows[0]
    return PlacedOrder(order_id, number, order_secret(order_id), total, currency, state, payment_id, True)


def _already(session: Session, brand_id: int, checkout_key: str, error: UniqueViolation) -> PlacedOrder:
    """Another request with the same checkout key won: give its order. Any other collision is tried again by the shopper."""
    session.rollback()
    known = _known(session, brand_id, checkout_key) if checkout_key else None
    if known is None:
        raise Conflict("busy", "同一件事正在处理，请稍后再试") from error
    return known


class _Placing:
    """The rows of one new order, as statements for one trip: order first, stock last (kept locked the shortest)."""

    def __init__(self, brand_id: int, order_id: UUID, quote: Quote, now: datetime, checkout_key: str, provider: str,
                 customer_id: UUID, device: str) -> None:
        self.brand_id, self.order_id, self.quote, self.now = brand_id, order_id, quote, now
        self.checkout_key, self.provider, self.customer_id, self.payment_id = checkout_key, provider, customer_id, new_id()
        self.device = device
        self.number = f"{local_day(now, quote.timezone):%y%m%d}{random.SystemRandom().randrange(10**8):08d}"
        self.line_ids = [new_id() for _ in quote.lines]

    def statements(self, guest: dict[str, Any], phone: str) -> list[Statement]:
        """`phone` of a guest, who becomes a customer by ordering; '' of one who is signed in."""
        met = [meeting(brand_id=self.brand_id, phone=phone, name=guest["contact"]["name"], now=self.now)] if phone else []
        wanted = sorted((str(line.variant_id), line.quantity) for line in self.quote.lines)
        return [
            *met, insert_rows("orders", [self._order(guest)]),
            insert_rows("order_lines", self._lines()),
            insert_rows("attribution_decisions", self._decisions()),
            insert_rows("commission_lines", self._shares()),
            insert_rows("payments", [self._payment()]),
            *posting(brand_id=self.brand_id, cause=f"order:{self.order_id}:placed", kind="placed", order_id=self.order_id,
                     entries=self._entries(), now=self.now),
            (LOCK, {"brand_id": self.brand_id, "ids": [line.variant_id for line in self.quote.lines]}),
            (RESERVE, {"brand_id": self.brand_id, "wanted": _json(wanted)}),
            (USE_COUPONS, {"brand_id": self.brand_id, "ids": [coupon.id for coupon in self.quote.coupons]}),
        ]

    def _order(self, guest: dict[str, Any]) -> dict[str, Any]:
        quote, who = self.quote, self.quote.attribution
        return {
            "brand_id": self.brand_id, "id": self.order_id, "number": self.number, "state": "pending_payment",
            "channel": quote.channel, "share_link_id": who.share_link_id, "guide_id": who.guide_id,
            "store_id": who.store_id, "customer_id": self.customer_id, "currency": quote.currency,
            "gross_minor": quote.gross_minor, "discount_minor": quote.discount_minor,
            "shipping_minor": quote.shipping_minor, "shipping_refunded_minor": 0, "total_minor": quote.total_minor,
            "platform_fee_bp": quote.platform_fee_bp, "platform_fee_plan_id": quote.platform_fee_plan_id,
            "contact": guest["contact"], "address": guest["address"], "note": guest["note"],
            "coupons": [asdict(coupon) for coupon in quote.coupons], "checkout_key": self.checkout_key, "device": self.device, "placed_at": self.now,
            "pay_by": self.now + timedelta(minutes=quote.payment_minutes)}

    def _lines(self) -> list[dict[str, Any]]:
        zero = {"refunded_minor": 0, "refunded_quantity": 0, "shipped_quantity": 0, "delivered_quantity": 0}
        return [{
            "brand_id": self.brand_id, "id": line_id, "order_id": self.order_id, "position": position, "variant_id": line.variant_id,
            "product_id": line.product_id, "title": line.title, "sku": line.sku, "options": line.options, "quantity": line.quantity,
            "list_price_minor": line.list_price_minor, "activity_id": line.activity_id, "unit_price_minor": line.unit_price_minor,
            "gross_minor": line.gross_minor, "brand_discount_minor": line.brand_discount_minor,
            "platform_discount_minor": line.platform_discount_minor, "store_discount_minor": line.store_discount_minor,
            "guide_discount_minor": line.guide_discount_minor, "base_minor": line.base_minor, "paid_minor": line.paid_minor, **zero,
        } for position, (line_id, line) in enumerate(zip(self.line_ids, self.quote.lines, strict=True))]

    def _decisions(self) -> list[dict[str, Any]]:
        who = self.quote.attribution
        return [{"brand_id": self.brand_id, "id": new_id(), "order_line_id": line_id, "version": 1, "guide_id": who.guide_id,
                 "store_id": who.store_id, "reason": who.reason, "candidates": who.candidates, "decided_at": self.now}
                for line_id in self.line_ids]

    def _shares(self) -> list[dict[str, Any]]:
        return [{
            "brand_id": self.brand_id, "id": new_id(), "order_line_id": line_id, "role": share.role, "payee_id": share.payee_id,
            "amount_minor": share.amount_minor, "funded_minor": share.funded_minor, "rate_bp": share.rate_bp, "rule_id": share.rule_id,
            "rule_version": share.rule_version, "split_plan_id": share.split_plan_id,
            "guide_id": share.guide_id, "org_unit_id": share.org_unit_id, "trace": share.trace,
        } for line_id, line in zip(self.line_ids, self.quote.lines, strict=True) for share in line.allocations]

    def _payment(self) -> dict[str, Any]:
        return {"brand_id": self.brand_id, "id": self.payment_id, "order_id": self.order_id, "provider": self.provider, "provider_ref": "",
                "amount_minor": self.quote.total_minor, "refunded_minor": 0, "currency": self.quote.currency, "state": "open", "opened_at": self.now}

    def _entries(self) -> list[Entry]:
        """What everyone is expected to get, against what the shopper is expected to pay and the funders of coupons to add (R7)."""
        house = self.quote.house
        entries = [Entry(share.payee_id, share.role, "estimated", share.amount_minor, line_id)
                   for line_id, line in zip(self.line_ids, self.quote.lines, strict=True) for share in line.allocations]
        entries += [Entry(house["platform"], "platform_subsidy", "estimated", -line.platform_discount_minor, line_id)
                    for line_id, line in zip(self.line_ids, self.quote.lines, strict=True)]
        entries += [Entry(share.payee_id, f"{share.role}_subsidy", "estimated", -share.funded_minor, line_id)
                    for line_id, line in zip(self.line_ids, self.quote.lines, strict=True) for share in line.allocations]
        entries.append(Entry(house["brand"], "shipping", "estimated", self.quote.shipping_minor))
        entries.append(Entry(house["clearing"], "clearing", "expected", -self.quote.total_minor))
        return entries


def _json(wanted: list[tuple[str, int]]) -> str:
    return "[" + ",".join(f'{{"id":"{variant_id}","quantity":{quantity}}}' for variant_id, quantity in wanted) + "]"


