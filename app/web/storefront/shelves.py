"""Share pages and the shop: lists and products, in a guide's name or in the brand's."""

from __future__ import annotations

from typing import Any

from flask import Response, g, render_template, request
from flask_babel import gettext

from app.domain.promotions.rules import COMING, LIVE
from app.domain.sharing.activity_shelf import activity_shelf
from app.domain.sharing.pins import shop_front
from app.domain.sharing.shelf import Recommender, SharedActivity, SharedPage, shared_page, shelf_product, shown_until
from app.domain.sharing.shelf_list import ShelfTile, shelf_page
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.formats import last_moment, moment
from app.web.shared.media import media_url
from app.web.shared.serving import brand_id, db
from app.web.shared.theme import theme_css

from . import wording
from .blueprint import shop
from .caching import public
from .product_page import page_words, product_url, render_product, shelf_url


@shop.get("/s/<code>")
def share(code: str) -> Response:
    """A share link: its product, its activity, or the guide's storefront.

    A product that is taken off, sold out or waits for its stock answers 200 like any other, and says so: the link stands in chats for
    years, chat apps show an error page of their own for anything else, and what it leads on to is worth opening. Search engines are
    told `noindex`, as on every page of a link, so no gone product lingers there.
    """
    page = shared_page(db(), brand_id=brand_id(), code=code, now=now())
    return _priced(render_product(page.product, page.recommender) if page.product else _activity_or_shelf(page))


@shop.get("/s/<code>/shop")
def shared_shelf(code: str) -> Response:
    """Everything on sale, in the name of whose link it is."""
    return _priced(render_shelf(shared_page(db(), brand_id=brand_id(), code=code, now=now()).recommender))


@shop.get("/s/<code>/p/<product_id>")
def shared_product(code: str, product_id: str) -> Response:
    page = shared_page(db(), brand_id=brand_id(), code=code, product_id=parse_id(product_id, "product"), now=now())
    assert page.product is not None
    return _priced(render_product(page.product, page.recommender))


@shop.get("/b/<slug>")
def shelf(slug: str) -> Response:
    """The brand's shop, in nobody's name."""
    return _priced(render_shelf(None))


@shop.get("/b/<slug>/p/<product_id>")
def product(slug: str, product_id: str) -> Response:
    found = shelf_product(db(), brand_id=brand_id(), product_id=parse_id(product_id, "product"), now=now())
    return _priced(render_product(found, None))


@shop.get("/b/<slug>/theme.css")
def theme(slug: str) -> Response:
    """The brand's colours."""
    answer = public(theme_css(g.settings), seconds=300, by_language=False)
    answer.content_type = "text/css; charset=utf-8"
    return answer


def _priced(page: str) -> Response:
    """A page for everyone, until an activity begins or ends and its prices may be others, or stock goes stale and is hidden."""
    return public(page, until=shown_until(db(), brand_id=brand_id(), now=now()))


def _activity_or_shelf(page: SharedPage) -> str:
    """The activity while it is on and sells something; else the storefront, which says what became of it."""
    if page.activity is None:
        return render_shelf(page.recommender)
    if page.activity.state == LIVE:
        found = activity_shelf(db(), brand_id=brand_id(), activity_id=page.activity.id, number=page_number(), now=now()).page
        if found.total:
            who = page.recommender
            return render_template("storefront/shelf.html", code=who.code, page=found, q="", category="", keep={}, categories=[],
                                   activity=page.activity, notice="",
                                   tiles=[{**tile_of(one, who.code), "said": ""} for one in found.items], **page_words(who))
    return render_shelf(page.recommender, _no_activity(page.activity))


def _no_activity(activity: SharedActivity) -> str:
    """Why the activity a link leads to is not shown."""
    if activity.state == COMING:
        return gettext("“%(name)s”%(start)s 开始，先看看店里的。", name=activity.name, start=moment(activity.starts_at))
    if activity.state == LIVE:
        return gettext("“%(name)s”的商品都下架了，店里还有别的。", name=activity.name)
    return gettext("“%(name)s”已经结束，谢谢你来。店里的都在这里，有问题照常可以问。", name=activity.name)


def render_shelf(who: Recommender | None, notice: str = "") -> str:
    """`notice`: why it is the storefront a link shows."""
    code = who.code if who else ""
    q, category = request.args.get("q", "").strip()[:60], request.args.get("category", "")[:200]
    front = shop_front(db(), brand_id=brand_id(), code=code)
    found = shelf_page(db(), brand_id=brand_id(), q=q, category=category, number=page_number(), now=now(), by_link=bool(code), first=front.order)
    keep = {key: value for key, value in (("category", category), ("q", q)) if value}
    categories = [{"label": name, "href": shelf_url(code, category=name), "active": name == category} for name, _ in found.categories]
    return render_template("storefront/shelf.html", code=code, page=found.page, q=q, category=category, keep=keep, activity=None, notice=notice,
                           tiles=[{**tile_of(one, code), "said": front.own.get(one.id, "")} for one in found.page.items],
                           categories=categories, **page_words(who))


def tile_of(tile: ShelfTile, code: str) -> dict[str, Any]:
    return {"name": wording.title_of(tile.title, tile.title_en), "href": product_url(tile.id, code), "minor": tile.price_minor,
            "was": tile.list_price_minor, "gone": wording.standing_label(tile.standing), "note": _note(tile),
            "picture": media_url(tile.picture_key, "m") if tile.picture_key else None}


def _note(tile: ShelfTile) -> str:
    if tile.activity:
        return gettext("活动价 · 到 %(end)s", end=last_moment(tile.activity.ends_at))
    return gettext("多款可选") if tile.several_prices else ""
