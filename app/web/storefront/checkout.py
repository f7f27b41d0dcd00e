"""Checkout: what it costs and who recommends, the address, one order per press."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.care.actions import note_checkout
from app.domain.customers.models import Customer
from app.domain.customers.queries import phone_of
from app.domain.orders.baskets import Basket, BasketLine, Quote
from app.domain.orders.contacts import clean_address, clean_contact
from app.domain.sharing.shelf import Recommender, shared_page
from app.domain.sharing.shelf_lines import ShelfLine, bag_lines
from app.flows.place_order import PlacedOrder, place_order
from app.flows.quote_order import quote_order
from app.kernel.errors import Conflict, Invalid, NotFound, Refused
from app.kernel.ids import parse_id
from app.web.shared.application import app, now
from app.web.shared.errors import says
from app.web.shared.media import media_url
from app.web.shared.serving import brand, brand_id, db

from . import wording
from .bag_cookie import Bag, bag, checked_quantity, keep_bag, typed_quantity
from .blueprint import shop
from .checkout_form import CheckoutForm
from .price_words import goods_rows, why_not
from .product_page import page_words, product_url
from .served import served
from .shopper import guide_account, shopper
from .visitor import visitor_id


@shop.get("/b/<slug>/checkout")
def checkout(slug: str) -> ResponseReturnValue:
    """The form, with the price as it is now."""
    form = CheckoutForm(formdata=None)
    form.guide_number.data = served().guide_number
    basket = _basket(form)
    if not basket.lines:
        return redirect(url_for("storefront.bag", slug=slug), 303)
    if known := shopper():
        form.name.data, form.phone.data = known.name, phone_of(known)
    return _answer(form, basket, 200, begun=known)


@shop.post("/b/<slug>/checkout")
def checkout_post(slug: str) -> ResponseReturnValue:
    """Places the order, or says at which field it failed; `go=coupon` only asks what a code takes off, `drop` puts one back."""
    form = CheckoutForm()
    dropped = request.form.get("drop", "").upper()
    basket = replace(_basket(form), coupon_codes=tuple(code for code in form.coupon_codes() if code != dropped))
    if request.form.get("go") == "coupon" or dropped:
        return _answer(form, basket, 200)
    try:
        _refuse_bad_address(form)
        placed = place_order(
            db(), brand_id=brand_id(), basket=basket, contact=form.contact(), address=form.address(), note=form.note.data or "",
            checkout_key=form.checkout_key(), expected_total_minor=form.expected_minor(),
            provider=app().gateways.payments.name, now=now())
    except Refused as refused:
        db().rollback()
        return _refused(form, basket, refused)
    return _placed(placed)


def _refuse_bad_address(form: CheckoutForm) -> None:
    """Every wrong field at once, not the contact's first and the address's on the next try."""
    errors: list[Refused] = []
    for check, values in ((clean_contact, form.contact()), (clean_address, form.address())):
        try:
            check(values)
        except Invalid as invalid:
            errors += invalid.errors
    if errors:
        raise Invalid(errors)


def _placed(placed: PlacedOrder) -> ResponseReturnValue:
    """To the cashier; to the order page when this press came after the money."""
    if placed.state == "pending_payment" and placed.payment_id:
        url = app().gateways.payments.pay_url(brand_slug=brand().slug, payment_id=placed.payment_id, order_secret=placed.secret)
        answer = redirect(url.removeprefix(app().settings.public_url), 303)
    else:
        answer = redirect(url_for("storefront.order", slug=brand().slug, number=placed.number, token=placed.secret), 303)
    return answer if request.args.get("v") else keep_bag(app().make_response(answer), Bag())


def _refused(form: CheckoutForm, basket: Basket, refused: Refused) -> ResponseReturnValue:
    """The page says why; a coupon that fell away is a moved price, and told beside the coupons."""
    coupon = refused.code.startswith("coupon_")
    if not coupon:
        form.say(refused)
    return _answer(form, basket, 409 if isinstance(refused, Conflict) else 422, moved=coupon or refused.code == "price_changed")


def _basket(form: CheckoutForm) -> Basket:
    """From the address (one variant), or else from the bag; with what is known of who buys and who served her."""
    known = shopper()
    who: dict[str, Any] = {"guide_number": form.guide_number.data or "", "store_code": served().store_code,
                           "customer_id": known.id if known else None, "account_id": guide_account()}
    if request.args.get("v"):
        line = BasketLine(parse_id(request.args["v"], "variant"), checked_quantity(typed_quantity(request.args.get("q"))))
        return Basket((line,), request.args.get("share", "")[:32] or None, visitor_id(), **who)
    kept = bag()
    return Basket(kept.lines, kept.share or None, visitor_id(), shared_at=kept.shared_at, **who)


def _answer(form: CheckoutForm, basket: Basket, status: int, *, moved: bool = False, begun: Customer | None = None) -> ResponseReturnValue:
    """The page at today's price, with the coupons that apply. `begun`: she has just come here, which her guide may follow up."""
    try:
        quote, refusals = _quoted(basket)
    except Refused as refused:
        if refused.code == "guide_number_unknown":
            form.guide_number.errors = [says(refused)]
            return _answer(form, replace(basket, guide_number=""), 422, moved=moved)
        if refused.code not in ("out_of_stock", "stock_unconfirmed"):
            raise
        return _sold_out(refused, basket), 409
    if begun:
        note_checkout(db(), brand_id=brand_id(), customer_id=begun.id, guide_id=quote.attribution.guide_id, product_id=quote.lines[0].product_id, now=now())
    unused = {code: why_not(refused) for code, refused in refusals.items()}
    form.keep_coupons([coupon.code for coupon in quote.coupons], unused)
    form.checkout_key()
    form.seen_total.data = str(quote.total_minor)
    return _render(form, basket, quote, unused, moved=moved), max(status, 422) if unused else status


def _quoted(basket: Basket) -> tuple[Quote, dict[str, Refused]]:
    """The quote with every coupon that applies, and the others with the reason (R27)."""
    refusals: dict[str, Refused] = {}
    while True:
        codes = tuple(code for code in basket.coupon_codes if code not in refusals)
        try:
            return quote_order(db(), brand_id=brand_id(), basket=replace(basket, coupon_codes=codes), now=now()), refusals
        except Refused as refused:
            db().rollback()
            if not refused.code.startswith("coupon_"):
                raise
            named = str(refused.data["coupon"])
            refusals[named if named in codes else codes[-1]] = refused


def _render(form: CheckoutForm, basket: Basket, quote: Quote, unused: dict[str, str], *, moved: bool) -> str:
    who = _who(basket)
    shown = _known(one.variant_id for one in quote.lines)
    lines = [{"title": wording.title_of(one.title, shown[one.variant_id].title_en), "options": one.options, "minor": one.unit_price_minor,
              "was": one.list_price_minor, "quantity": one.quantity, "picture": _picture(shown[one.variant_id].picture_key)} for one in quote.lines]
    rows = [*goods_rows(quote.lines, quote.gross_minor, quote.coupons), (gettext("运费"), quote.shipping_minor), (gettext("应付"), quote.total_minor)]
    left = {code: why for code, why in unused.items() if code != form.typed_coupon()}
    return render_template("storefront/checkout.html", known=shopper() is not None, here=request.full_path.rstrip("?"),
                           form=form, lines=lines, rows=rows, quote=quote, moved=moved, unused=left,
                           back=_back(who, quote), **page_words(who))


def _known(variant_ids: Iterable[UUID]) -> dict[UUID, ShelfLine]:
    return {one.variant_id: one for one in bag_lines(db(), brand_id=brand_id(), variant_ids=list(variant_ids), now=now(), by_link=False)}


def _back(who: Recommender | None, quote: Quote) -> str:
    """Where the shopper came from: the product she is buying, or her bag."""
    if request.args.get("v"):
        return product_url(quote.lines[0].product_id, who.code if who else "")
    return url_for("storefront.bag", slug=brand().slug)


def _who(basket: Basket) -> Recommender | None:
    """Whose link the order comes by, as the page names them."""
    if not basket.share_code:
        return None
    try:
        return shared_page(db(), brand_id=brand_id(), code=basket.share_code, now=now()).recommender
    except NotFound:
        return None


def _sold_out(refused: Refused, basket: Basket) -> str:
    """Which product, how many are left, and the way on."""
    who = _who(basket)
    gone = UUID(str(refused.data["variant_id"]))
    return render_template("storefront/stopped.html", text=says(refused), gone=_known([gone]).get(gone), confirming=refused.code == "stock_unconfirmed",
                           from_bag=not request.args.get("v"), code=who.code if who else "", **page_words(who))


def _picture(key: str) -> str | None:
    return media_url(key, "s") if key else None
