"""What the storefront API answers: shelf, share, order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import selectinload

from app.domain.catalog.models import Product, Variant
from app.domain.customers.actions import claim_visitor
from app.domain.orders.models import Order
from app.domain.orders.queries import order_by_number
from app.domain.sharing.queries import is_link, link_by_code
from app.domain.sharing.rules import is_bot
from app.domain.sharing.shelf import SharedPage, ShelfProduct, ShelfVariant, product_of, shared_page, shelf_product
from app.domain.sharing.touch_log import note_touch
from app.flows.offer_instead import offer_instead
from app.flows.pay_order import reopen_payment
from app.flows.place_order import PlacedOrder, order_secret, place_order
from app.kernel.errors import NotFound
from app.kernel.ids import new_code, parse_id
from app.web.shared.application import app, now
from app.web.shared.media import media_url
from app.web.shared.own_orders import order_of
from app.web.shared.serving import brand, brand_id, db
from app.web.shared.visitor_cookie import sealed_visitor, visitor_in

from . import shop_gate
from .operations import Rows
from .quotes import basket_of
from .rows import contains, listed
from .shop_shapes import ByLink, NewOrder, NewTouch, OrderSeen, OrderToken, OwnOrder, Placed, ProductQuery, ShareOut, ShelfProductOut, TouchOut
from .storefront import storefront

TAG: dict[str, Any] = {"tag": "storefront"}


@storefront.get("/products", listed=ShelfProductOut, query=ProductQuery, summary="What is on sale", **TAG)
def list_shelf(query: dict[str, Any]) -> Rows:
    variant = select(Variant.id).where(Variant.brand_id == Product.brand_id, Variant.product_id == Product.id, Variant.status == "published",
                                       Variant.tombstoned_at.is_(None))
    statement = select(Product).where(Product.status == "published", Product.tombstoned_at.is_(None), exists(variant))
    if query["q"]:
        statement = statement.where(or_(Product.title.ilike(contains(query["q"])), Product.title_en.ilike(contains(query["q"]))))
    if query["category"]:
        statement = statement.where(or_(Product.category == query["category"], Product.category.startswith(query["category"] + " > ", autoescape=True)))
    page = listed(statement, Product, query)
    by_link = _by_link(query)
    return Rows([shown(shelf_product(db(), brand_id=brand_id(), product_id=one.id, now=now(), by_link=by_link)) for one in page.items], page.next_cursor)


@storefront.get("/products/<id>", out=ShelfProductOut, query=ByLink, summary="One product", **TAG)
def get_shelf_product(id: str, query: dict[str, Any]) -> dict[str, Any]:
    """At the price everyone pays; with `share_code`, at the price of who comes by that link."""
    return shown(shelf_product(db(), brand_id=brand_id(), product_id=parse_id(id, "product"), now=now(), by_link=_by_link(query)))


def _by_link(query: dict[str, Any]) -> bool:
    """NotFound for a code no link has."""
    if query["share_code"] and not is_link(db(), brand_id=brand_id(), code=query["share_code"]):
        raise NotFound("share", query["share_code"])
    return bool(query["share_code"])


@storefront.get("/shares/<code>", out=ShareOut, summary="What a share link opens", **TAG)
def get_share(code: str) -> dict[str, Any]:
    """The guide who shared it, or her store once she has left, and the product or activity the link is to; `instead` once it cannot be bought."""
    page: SharedPage = shared_page(db(), brand_id=brand_id(), code=code, now=now())
    who = page.recommender
    return {"code": who.code, "guide_name": who.guide_name or None, "words": who.words, "store": {"name": who.store_name, "city": who.store_city},
            "product": shown(page.product) if page.product else None,
            "activity": page.activity, "instead": _instead(page.product) if page.product else []}


def _instead(product: ShelfProduct) -> list[dict[str, Any]]:
    """What to show while the product cannot be bought; [] while it can."""
    if product.standing == "on_sale":
        return []
    tiles = offer_instead(db(), brand_id=brand_id(), product=product, now=now(), by_link=True).tiles
    return [shown(product_of(db(), brand_id=brand_id(), product_id=one.id, now=now(), by_link=True)) for one in tiles]


@storefront.post("/shares/<code>/touches", body=NewTouch, out=TouchOut, shopper="may", summary="A share link was opened", **TAG)
def touch_share(code: str, body: dict[str, Any]) -> dict[str, Any]:
    """Say it each time a shopper comes by a link, from her device: a program that names itself in `User-Agent` is no shopper. Her orders
    are credited by it (the brand's window), and by what she opens on other devices once she signs in on both.
    """
    found = link_by_code(db(), brand_id=brand_id(), code=code)
    visitor, known = visitor_in(body["visitor"]) or new_code(24), shop_gate.shopper()
    if known and not claim_visitor(db(), brand_id=brand_id(), visitor=visitor, customer_id=known.id, now=now()):
        visitor = new_code(24)
        claim_visitor(db(), brand_id=brand_id(), visitor=visitor, customer_id=known.id, now=now())
    note_touch(db(), brand_id=brand_id(), visitor=visitor, share_link_id=found.link.id, at=now(), bot=is_bot(request.headers.get("User-Agent", "")))
    return {"visitor": sealed_visitor(visitor)}


@storefront.post("/orders", body=NewOrder, out=Placed, status=201, shopper="may", key_required=True, summary="Place an order", **TAG)
def order(body: dict[str, Any]) -> dict[str, Any]:
    """`expected_total`, if given, must be what the order comes to, else 409 `price_changed`. Of a shopper who is signed in it is hers,
    whatever phone the parcel needs."""
    known = shop_gate.shopper()
    basket = replace(basket_of(body), visitor=visitor_in(body["visitor"]), customer_id=known.id if known else None)
    placed = place_order(db(), brand_id=brand_id(), basket=basket, contact=body["contact"], address=body["address"], note=body["note"],
                         expected_total_minor=body["expected_total"], provider=app().gateways.payments.name, now=now())
    return placed_shown(placed)


@storefront.get("/orders", listed=OwnOrder, shopper="must", summary="Every order of the shopper who is signed in", **TAG)
def list_own_orders(query: dict[str, Any]) -> Rows:
    """From whatever device, link or page."""
    hers = select(Order).where(Order.customer_id == shop_gate.signed_in().id).options(selectinload(Order.lines))
    page = listed(hers, Order, query)
    return Rows([_order(one) for one in page.items], page.next_cursor)


@storefront.get("/orders/<number>", out=OrderSeen, query=OrderToken, shopper="may", summary="The shopper's own order", **TAG)
def get_order(number: str, query: dict[str, Any]) -> dict[str, Any]:
    """By its secret token, or of the shopper who is signed in; any other is not found."""
    found = own_order(number, query)
    payment = reopen_payment(db(), brand_id=brand_id(), order_id=found.id) if found.state == "pending_payment" else None
    return {**_order(found), "payment": _payment(payment.id, order_secret(found.id)) if payment else None}


def own_order(number: str, query: dict[str, Any]) -> Order:
    """The order whose token was sent, or one of the shopper's who is signed in; NotFound for every other."""
    known = shop_gate.token()
    if query["token"] or known is None:
        return order_of(number, query["token"])
    found = order_by_number(db(), brand_id=brand_id(), number=number[:24])
    if found.customer_id != known.customer_id:
        raise NotFound("order", number)
    return found


def _order(found: Order) -> dict[str, Any]:
    names = ("number", "state", "currency", "gross_minor", "discount_minor", "shipping_minor", "total_minor", "placed_at", "pay_by", "paid_at", "lines")
    return {name: getattr(found, name) for name in names}


def placed_shown(placed: PlacedOrder) -> dict[str, Any]:
    order = {"id": placed.order_id, "number": placed.number, "total": placed.total_minor, "currency": placed.currency, "state": placed.state,
             "token": placed.secret}
    return {"order": order, "payment": _payment(placed.payment_id, placed.secret) if placed.payment_id else None}


def _payment(payment_id: UUID, secret: str) -> dict[str, str]:
    return {"id": str(payment_id), "url": app().gateways.payments.pay_url(brand_slug=brand().slug, payment_id=payment_id, order_secret=secret)}


def shown(product: ShelfProduct) -> dict[str, Any]:
    variants = [_variant(one) for one in product.variants]
    return {"id": product.id, "name": product.title, "name_en": product.title_en, "description": product.description, "category": product.category,
            "on_sale": product.on_sale, "standing": product.standing, "images": [_absolute(key) for key in product.picture_keys], "variants": variants}


def _variant(one: ShelfVariant) -> dict[str, Any]:
    offer = one.activity
    return {"id": one.id, "sku": one.sku, "options": one.options, "price": one.price_minor, "list_price": one.list_price_minor,
            "activity": {"id": offer.activity_id, "name": offer.name, "link_only": offer.link_only, "ends_at": offer.ends_at} if offer else None,
            "stock": one.left, "confirming": one.confirming, "image": _absolute(one.picture_key)}


def _absolute(key: str) -> str | None:
    return app().settings.public_url + media_url(key) if key else None
