"""From a product page to bag or checkout. The page is cached for everyone, so its form carries no token of a person:
what comes from another site is turned away by what the browser says about it."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import Forbidden

from app.domain.orders.baskets import BasketLine
from app.domain.sharing.queries import is_link
from app.domain.sharing.shelf import product_of
from app.domain.sharing.shelf_lines import bag_lines
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.errors import says
from app.web.shared.media import media_url
from app.web.shared.safety import csrf
from app.web.shared.serving import brand, brand_id, db

from . import wording
from .bag_cookie import Bag, bag, checked_quantity, keep_bag, typed_quantity
from .blueprint import shop
from .options import picked
from .product_page import page_words, product_url

OWN_SITES = ("", "same-origin", "none")


@shop.post("/b/<slug>/buy")
@csrf.exempt
def buy(slug: str) -> ResponseReturnValue:
    """The chosen options become a variant, which goes to checkout, or into the bag."""
    if request.headers.get("Sec-Fetch-Site", "") not in OWN_SITES:
        raise Forbidden()
    product = product_of(db(), brand_id=brand_id(), product_id=parse_id(request.form.get("product"), "product"), now=now())
    code = request.form.get("share", "")[:32]
    variant = picked(product.variants, request.form)
    if variant is None or variant.left <= 0:
        flash(gettext("这个组合的库存正在确认，请稍后再试或换一个。") if variant and variant.confirming else gettext("这个组合暂时没有货，请换一个。"), "warn")
        return redirect(product_url(product.id, code), 303)
    quantity = checked_quantity(typed_quantity(request.form.get("quantity")))
    if request.form.get("go") != "bag":
        return redirect(url_for("storefront.checkout", slug=slug, share=code or None, v=variant.id, q=quantity), 303)
    kept = bag().with_line(BasketLine(variant.id, quantity), code, now())
    return _to_bag(kept)


@shop.get("/b/<slug>/bag", endpoint="bag")
def show_bag(slug: str) -> str:
    return _render_bag(bag())


@shop.post("/b/<slug>/bag")
def change_bag(slug: str) -> ResponseReturnValue:
    """Another quantity for one line; 0 or the button `remove` takes it out."""
    kept = bag()
    variant_id = parse_id(request.form.get("variant"), "variant")
    try:
        quantity = 0 if "remove" in request.form else typed_quantity(request.form.get("quantity"))
        return _to_bag(kept.changed(variant_id, quantity))
    except Refused as refused:
        return _render_bag(kept, wrong=str(variant_id), problem=says(refused)), 422


def _to_bag(kept: Bag) -> ResponseReturnValue:
    answer = redirect(url_for("storefront.bag", slug=brand().slug), 303)
    assert isinstance(answer, Response)
    return keep_bag(answer, kept)


def _render_bag(kept: Bag, *, wrong: str = "", problem: str = "") -> str:
    quantities = {one.variant_id: one.quantity for one in kept.lines}
    found = bag_lines(db(), brand_id=brand_id(), variant_ids=list(quantities), now=now(),
                      by_link=is_link(db(), brand_id=brand_id(), code=kept.share))
    lines: list[dict[str, Any]] = [{"line": one, "title": wording.title_of(one.title, one.title_en), "quantity": quantities[one.variant_id],
              "href": product_url(one.product_id, kept.share), "picture": media_url(one.picture_key, "s") if one.picture_key else None,
              "short": one.left < quantities[one.variant_id], "problem": problem if str(one.variant_id) == wrong else ""}
             for one in sorted(found, key=lambda one: list(quantities).index(one.variant_id))]
    total = sum(one.price_minor * quantities[one.variant_id] for one in found)
    return render_template("storefront/bag.html", lines=lines, total=total, share=kept.share,
                           open=bool(lines) and not any(one["short"] for one in lines), **page_words(None))
