"""How the storefront API's parts look."""

from __future__ import annotations

from app.domain.orders.rules import STATES
from app.domain.sharing.rules import STANDINGS

from .fields import Amount, Choice, Flag, Ref, Text, When, Whole
from .order_shapes import Asked
from .shapes import Currency, Listed, Nest, Paging, Shape, Table


class OfferOut(Shape):
    id = Ref("activity")
    name = Text(80)
    link_only = Flag()
    ends_at = When(metadata={"description": "Not included: from then on the list price holds."})


class ShelfVariantOut(Shape):
    id = Ref("variant")
    sku = Text(120)
    options = Table()
    price = Amount()
    list_price = Amount(allow_none=True, metadata={"description": "What `price` is compared with: while an activity is on, the price without it."})
    activity = Nest(OfferOut, allow_none=True, metadata={"description": "The activity `price` comes from."})
    currency = Currency()
    stock = Whole(metadata={"description": "What can be bought now."})
    confirming = Flag(metadata={"description": "Nothing can be bought until the flagship's stock is confirmed again."})
    image = Text(2000, allow_none=True)


class ShelfProductOut(Shape):
    id = Ref("product")
    name = Text(300)
    name_en = Text(300)
    description = Text(100_000)
    category = Text(200)
    on_sale = Flag()
    standing = Choice(*STANDINGS, metadata={"description": "`gone`: taken off. `confirming`: its stock is being confirmed."})
    images = Listed(Text(2000))
    variants = Listed(Nest(ShelfVariantOut), most=10_000)


class ByLink(Shape):
    share_code = Text(40, load_default="", metadata={"description": "Prices as who comes by this link pays them."})


class ProductQuery(ByLink, Paging):
    q = Text(60, load_default="")
    category = Text(200, load_default="")


class StoreOut(Shape):
    name = Text(80)
    city = Text(40)


class SharedActivityOut(Shape):
    id = Ref("activity")
    name = Text(80)
    starts_at = When()
    ends_at = When()


class ShareOut(Shape):
    code = Text(32)
    guide_name = Text(40, allow_none=True, metadata={"description": "null once she has left; the store stands in."})
    words = Text(200)
    store = Nest(StoreOut)
    product = Nest(ShelfProductOut, allow_none=True)
    activity = Nest(SharedActivityOut, allow_none=True, metadata={"description": "Of a link to an activity; once `ends_at` has passed, show the shop."})
    instead = Listed(Nest(ShelfProductOut), most=4, metadata={"description": "Shown while the product cannot be bought; sell them with the same code."})


class Contact(Shape):
    name = Text(40, least=1, required=True, metadata={"examples": ["李小姐"]})
    phone = Text(40, least=1, required=True, metadata={"examples": ["13912345678"]})


class Address(Shape):
    country = Text(2, load_default="CN", metadata={"examples": ["CN"]})
    province = Text(40, least=1, required=True, metadata={"examples": ["广东省"]})
    city = Text(40, least=1, required=True, metadata={"examples": ["深圳市"]})
    district = Text(40, load_default="", metadata={"examples": ["南山区"]})
    street = Text(120, least=1, required=True, metadata={"examples": ["科苑路 15 号"]})
    postal_code = Text(12, load_default="", metadata={"examples": ["518057"]})


def visitor_field() -> Text:
    """The device, as an answer named it before; one that is not ours or too old counts as none."""
    return Text(200, load_default="", metadata={"description": "The device, as `/shares/{code}/touches` or `/sign-ins` answered."})


class NewTouch(Shape):
    visitor = visitor_field()


class TouchOut(Shape):
    visitor = Text(200, metadata={"description": "Keep it on the device and send it along from now on."})


class NewOrder(Shape):
    share_code = Text(40, load_default=None, allow_none=True)
    guide_id = Ref("guide", load_default=None, allow_none=True, metadata={"description": "Who served the shopper: she comes before any link."})
    store_code = Text(40, load_default="", metadata={"description": "The store the shopper names; it earns what no guide does."})
    lines = Listed(Nest(Asked), least=1, most=50, required=True)
    contact = Nest(Contact, required=True)
    address = Nest(Address, required=True)
    coupon_codes = Listed(Text(40, least=1), most=10, load_default=list)
    expected_total = Amount(load_default=None, allow_none=True)
    note = Text(300, load_default="")
    visitor = visitor_field()


class OrderHead(Shape):
    id = Ref("order")
    number = Text(24)
    total = Amount()
    currency = Text(3)
    state = Choice(*STATES)
    token = Text(200, metadata={"description": "Opens `GET /orders/{number}`; keep it with the shopper."})


class PaymentUrl(Shape):
    id = Ref("payment")
    url = Text(2000, metadata={"description": "Where the shopper pays."})


class Placed(Shape):
    order = Nest(OrderHead)
    payment = Nest(PaymentUrl, allow_none=True)


class OrderToken(Shape):
    token = Text(200, load_default="", metadata={"description": "Not needed by the shopper who is signed in, for orders of hers."})


class LineSeen(Shape):
    id = Ref("order line")
    variant_id = Ref("variant")
    title = Text(300)
    sku = Text(120)
    options = Table()
    quantity = Whole()
    list_price = Amount(attribute="list_price_minor")
    activity_id = Ref("activity", allow_none=True)
    unit_price = Amount(attribute="unit_price_minor")
    paid = Amount(attribute="paid_minor")
    refunded = Amount(attribute="refunded_minor")
    shipped_quantity = Whole()
    delivered_quantity = Whole()


class OwnOrder(Shape):
    number = Text(24)
    state = Choice(*STATES)
    currency = Text(3)
    gross = Amount(attribute="gross_minor")
    discount = Amount(attribute="discount_minor")
    shipping = Amount(attribute="shipping_minor")
    total = Amount(attribute="total_minor")
    placed_at = When()
    pay_by = When()
    paid_at = When(allow_none=True)
    lines = Listed(Nest(LineSeen))


class OrderSeen(OwnOrder):
    payment = Nest(PaymentUrl, allow_none=True)
