"""How orders, quotes and their parts look."""

from __future__ import annotations

from app.domain.orders.rules import REASONS, STATES
from app.domain.promotions.actions import FUNDERS

from .fields import Amount, Choice, Rate, Ref, Text, When, Whole
from .flagship_orders import FlagshipOrderOut
from .shapes import Anything, Currency, Free, Listed, Nest, Paging, Shape, Table

ROLES = ("guide", "referrer", "platform", "store", "fulfilling_store", "dealer", "mall", "region", "brand")


class AllocationOut(Shape):
    role = Choice(*ROLES)
    payee_id = Ref("payee")
    amount = Amount()
    funded = Amount(metadata={"description": "What this party gives of `amount` for a coupon of its own, minor units."})
    net = Amount(metadata={"description": "`amount` less `funded`: what it receives, minor units."})
    rate_bp = Rate(allow_none=True)
    rule_id = Ref("commission rule", allow_none=True)
    rule_version = Whole(allow_none=True)
    split_plan_id = Ref("split plan", allow_none=True)
    why = Text(2000, metadata={"description": "Why this rate, in the language of Accept-Language."})
    trace = Free(metadata={"description": "The same for programs."})


class AttributionOut(Shape):
    guide_id = Ref("guide", allow_none=True)
    store_id = Ref("store", allow_none=True)
    reason = Choice(*REASONS, allow_none=True)
    candidates = Listed(Anything(), most=10_000)


class Asked(Shape):
    variant_id = Ref("variant", required=True)
    quantity = Whole(1, 999, required=True)


class QuoteAsk(Shape):
    guide_id = Ref("guide", load_default=None, allow_none=True)
    share_code = Text(40, load_default=None, allow_none=True)
    store_code = Text(40, load_default="", metadata={"description": "The store the shopper names; it earns what no guide does."})
    lines = Listed(Nest(Asked), least=1, most=50, required=True)
    coupon_codes = Listed(Text(40, least=1), most=10, load_default=list)


class QuoteLineOut(Shape):
    variant_id = Ref("variant")
    product_id = Ref("product")
    title = Text(300)
    sku = Text(120)
    quantity = Whole()
    list_price = Amount(attribute="list_price_minor", metadata={"description": "A piece without any activity, minor units."})
    activity_id = Ref("activity", allow_none=True, metadata={"description": "The activity `unit_price` comes from."})
    unit_price = Amount(attribute="unit_price_minor")
    gross = Amount(attribute="gross_minor")
    brand_discount = Amount(attribute="brand_discount_minor")
    platform_discount = Amount(attribute="platform_discount_minor")
    store_discount = Amount(attribute="store_discount_minor")
    guide_discount = Amount(attribute="guide_discount_minor")
    commission_base = Amount(attribute="base_minor")
    paid = Amount(attribute="paid_minor")
    currency = Currency()
    allocations = Listed(Nest(AllocationOut))


class CouponUse(Shape):
    code = Text(40)
    funder = Choice(*FUNDERS)
    amount = Amount(attribute="amount_minor")


class QuoteOut(Shape):
    currency = Currency()
    lines = Listed(Nest(QuoteLineOut))
    gross = Amount(attribute="gross_minor")
    discount = Amount(attribute="discount_minor")
    shipping = Amount(attribute="shipping_minor")
    total = Amount(attribute="total_minor")
    coupons = Listed(Nest(CouponUse))
    attribution = Nest(AttributionOut)


class OrderLineOut(QuoteLineOut):
    id = Ref("order line")
    options = Table()
    refunded = Amount(attribute="refunded_minor")
    refunded_quantity = Whole()
    shipped_quantity = Whole()
    delivered_quantity = Whole()
    hold_until = When(allow_none=True, metadata={"description": "When its shares become available."})


class PaymentOut(Shape):
    id = Ref("payment")
    provider = Text(20)
    amount = Amount(attribute="amount_minor")
    refunded = Amount(attribute="refunded_minor")
    currency = Text(3)
    state = Choice("open", "succeeded", "failed", "expired")
    opened_at = When()
    settled_at = When(allow_none=True)


class FulfilmentLineOut(Shape):
    line_id = Ref("order line", attribute="order_line_id")
    quantity = Whole()


class FulfilmentOut(Shape):
    id = Ref("fulfilment")
    source = Choice("flagship", "store")
    store_id = Ref("store", allow_none=True)
    carrier = Text(40)
    tracking_no = Text(60)
    shipped_at = When()
    delivered_at = When(allow_none=True)
    lines = Listed(Nest(FulfilmentLineOut))


class RefundLineOut(Shape):
    line_id = Ref("order line", attribute="order_line_id")
    quantity = Whole()
    amount = Amount(attribute="amount_minor")


class RefundOut(Shape):
    id = Ref("refund")
    amount = Amount(attribute="amount_minor")
    shipping_amount = Amount(attribute="shipping_minor")
    currency = Currency()
    reason = Text(200)
    state = Choice("pending", "succeeded", "failed", metadata={"description": "pending until the provider says that it arrived; the books moved when "
                                                                              "it was made."})
    problem = Text(200, metadata={"description": "Why it waits or failed, in the provider's words."})
    attempt = Whole()
    outside_ref = Text(120, metadata={"description": "How she got her money where the provider could not bring it."})
    requested_at = When()
    settled_at = When(allow_none=True)
    lines = Listed(Nest(RefundLineOut))


class OrderOut(Shape):
    id = Ref("order")
    number = Text(24)
    state = Choice(*STATES)
    channel = Text(16)
    currency = Text(3)
    gross = Amount(attribute="gross_minor")
    discount = Amount(attribute="discount_minor")
    shipping = Amount(attribute="shipping_minor")
    total = Amount(attribute="total_minor")
    contact = Free()
    address = Free()
    coupons = Listed(Nest(CouponUse))
    note = Text(300)
    placed_at = When()
    pay_by = When()
    paid_at = When(allow_none=True)
    delivered_at = When(allow_none=True)
    cancelled_at = When(allow_none=True)
    attribution = Nest(AttributionOut)
    lines = Listed(Nest(OrderLineOut))
    payments = Listed(Nest(PaymentOut))
    fulfilments = Listed(Nest(FulfilmentOut))
    refunds = Listed(Nest(RefundOut))
    flagship_orders = Listed(Nest(FlagshipOrderOut), metadata={"description": "What of it flagships are to ship, and how that stands."})


class OrderQuery(Paging):
    q = Text(40, load_default="", metadata={"description": "Order number, from its start."})
    state = Choice(*STATES, load_default=None)
    guide_id = Ref("guide", load_default=None)
    store_id = Ref("store", load_default=None)
    placed_from = When(load_default=None)
    placed_to = When(load_default=None, metadata={"description": "Not included."})


class ShippedLine(Shape):
    line_id = Ref("order line", required=True)
    quantity = Whole(1, 9999, required=True)


class Ship(Shape):
    lines = Listed(Nest(ShippedLine), most=50, load_default=None, allow_none=True, metadata={"description": "All that is left if none named."})
    carrier = Text(40, load_default="", metadata={"examples": ["顺丰"]})
    tracking_no = Text(60, load_default="", metadata={"examples": ["SF1234567890"]})
    store_id = Ref("store", load_default=None, allow_none=True, metadata={"description": "The store that ships; none is the flagship's warehouse."})


class Deliver(Shape):
    fulfilment_id = Ref("fulfilment", load_default=None, allow_none=True)


class Cancel(Shape):
    reason = Text(200, load_default="")


class RefundedLine(Shape):
    line_id = Ref("order line", required=True)
    quantity = Whole(1, 9999, load_default=None, allow_none=True)
    amount = Amount(1, load_default=None, allow_none=True)


class RefundAskIn(Shape):
    lines = Listed(Nest(RefundedLine), most=50, load_default=list)
    shipping_amount = Amount(load_default=0)
    reason = Text(200, load_default="")


