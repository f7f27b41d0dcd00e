"""选品: what is on sale with what it pays, and the share sheet: link, words, QR code, poster."""

from __future__ import annotations

from typing import Any

from flask import Response, g, make_response, render_template, request, url_for
from flask_babel import gettext

from app.domain.sharing.actions import share_link
from app.domain.sharing.queries import OpenLink, link_by_code
from app.domain.sharing.shelf import ShelfProduct, shelf_product
from app.domain.sharing.shelf_lines import sold_variants
from app.domain.sharing.shelf_list import shelf_page
from app.kernel.errors import NotFound
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.explaining import why
from app.web.shared.formats import option_text
from app.web.shared.media import media_url
from app.web.shared.serving import brand, brand_id, db
from app.web.shared.share_kit import poster_png, share_url, share_words

from .blueprint import guide
from .frame import in_english
from .pays import cards_of, pay_of


@guide.get("/products")
def products() -> str:
    q, category = request.args.get("q", "").strip()[:60], request.args.get("category", "")[:200]
    found = shelf_page(db(), brand_id=brand_id(), q=q, category=category, number=page_number(), now=now(), by_link=True)
    keep = {key: value for key, value in (("category", category), ("q", q)) if value}
    tabs = [{"label": name, "href": url_for("guide.products", category=name), "active": name == category, "count": count}
            for name, count in found.categories]
    return render_template("guide/products.html", page=found.page, cards=cards_of(found.page.items), q=q, category=category, keep=keep, categories=tabs)


@guide.get("/products/<product_id>")
def product(product_id: str) -> str:
    """Opening the sheet makes her link, or finds the one she has: the same address every time."""
    found = shelf_product(db(), brand_id=brand_id(), product_id=parse_id(product_id, "product"), now=now(), by_link=True)
    link = share_link(db(), brand_id=brand_id(), guide_id=g.guide.id, product_id=found.id)
    return _sheet(link.code, found)


@guide.get("/shop")
def my_shop() -> str:
    """The link to everything, in her name."""
    return _sheet(share_link(db(), brand_id=brand_id(), guide_id=g.guide.id).code, None)


@guide.get("/links/<code>/poster.png")
def poster(code: str) -> Response:
    """Her poster as a file to keep; another guide's link is not found."""
    content, mark = poster_png(db(), _own(code), brand=brand())
    response = make_response(content)
    response.content_type = "image/png"
    response.headers["Content-Disposition"] = f'attachment; filename="{code}.png"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(mark)
    response.make_conditional(request)
    return response


def _own(code: str) -> OpenLink:
    found = link_by_code(db(), brand_id=brand_id(), code=code)
    if found.link.guide_id != g.guide.id:
        raise NotFound("share", code)
    return found


def _sheet(code: str, found: ShelfProduct | None) -> str:
    own = _own(code)
    title = (found.title_en if found.title_en and in_english() else found.title) if found else ""
    return render_template(
        "guide/share.html", code=code, url=share_url(code), product=found, title=title, pays=_pays(found) if found else [],
        words=share_words(own, found, brand()), picture=media_url(found.picture_keys[0], "s") if found and found.picture_keys else None)


def _pays(found: ShelfProduct) -> list[dict[str, Any]]:
    """What one piece of each variant pays, and why; equal ones together."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in sold_variants(db(), brand_id=brand_id(), product_ids=[found.id], now=now()):
        pay = pay_of(one)
        if pay is None:
            continue
        key = (one.price_minor, pay.lowest_minor, pay.rate_bp)
        row = rows.setdefault(key, {"price_minor": one.price_minor, "was_minor": one.list_price_minor, "activity": one.activity,
                                    "minor": pay.lowest_minor, "rate_bp": pay.rate_bp, "why": why(pay.trace), "options": []})
        row["options"].append(one.options)
    return [{**row, "name": _common(row["options"])} for row in rows.values()]


def _common(options: list[dict[str, str]]) -> str:
    """What variants that pay the same have in common: '20 寸'; else the first few of them."""
    shared = [value for name, value in options[0].items() if all(one.get(name) == value for one in options)]
    return " · ".join(shared) or gettext("、").join(option_text(one) for one in options[:3])
