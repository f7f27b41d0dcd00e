"""选品: what is on sale with what it pays, activities that are on, and the share sheet: link, words, QR code, poster."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.community.models import CommunityGroup
from app.domain.community.queries import group_of, open_groups
from app.domain.promotions.models import Activity
from app.domain.promotions.queries import activities_page
from app.domain.promotions.queries import activity as activity_by_id
from app.domain.promotions.rules import COMING, LIVE, state_of
from app.domain.sharing.actions import share_link
from app.domain.sharing.kits import kits_for
from app.domain.sharing.own_shelf import is_on_shelf
from app.domain.sharing.queries import OpenLink, link_by_code
from app.domain.sharing.shelf import ShelfProduct, product_of
from app.domain.sharing.shelf_lines import sold_variants
from app.domain.sharing.shelf_list import shelf_categories
from app.flows.offer_instead import offer_instead
from app.flows.rank_products import rank_products
from app.kernel.errors import NotFound
from app.kernel.ids import parse_id
from app.web.shared.activity_kit import Sale, sale_of
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.explaining import why
from app.web.shared.formats import option_text
from app.web.shared.media import media_url
from app.web.shared.serving import brand, brand_id, db
from app.web.shared.share_kit import TONE_WORDS, asked_layout, kit_words, layouts_for, poster_alt, poster_png, share_url, share_words

from .blueprint import guide
from .frame import in_english
from .pays import cards_of, pay_of
from .rank_words import MINE, SORT_WORDS, SORTS, ranked_cards, weights


@guide.get("/products")
def products() -> str:
    """?sort=: one of SORTS; what it is worth to her if none is asked."""
    q, category = request.args.get("q", "").strip()[:60], request.args.get("category", "")[:200]
    sort = request.args.get("sort", "")
    sort = sort if sort in SORTS else MINE
    page, group = rank_products(db(), brand_id=brand_id(), guide_id=g.guide.id, sort=sort, q=q, category=category, number=page_number(), now=now()), _group()
    keep: dict[str, Any] = {name: value for name, value in (("category", category), ("q", q), ("group", str(group.id) if group else ""),
                                                            ("sort", sort if sort != MINE else "")) if value}
    tabs = [{"label": name, "href": url_for("guide.products", **{**keep, "category": name, "q": None}), "active": name == category, "count": count}
            for name, count in shelf_categories(db(), brand_id=brand_id())]
    sorts = [{"label": str(label), "href": url_for("guide.products", **{**keep, "sort": one if one != MINE else None}), "active": one == sort}
             for one, label in SORT_WORDS.items()]
    return render_template("guide/products.html", page=page, cards=ranked_cards(page.items, group=group), q=q, category=category, keep=keep,
                           filters={name: value for name, value in keep.items() if name != "q"}, categories=tabs, sorts=sorts, group=group, weights=weights(),
                           activities=_activities(group) if not q and not category and page.number == 1 else [])


@guide.get("/products/<product_id>")
def product(product_id: str) -> str:
    """Opening the sheet makes her link, or finds the one she has: the same address every time, one for each of her groups.

    What is taken off is not shared anew.
    """
    found = product_of(db(), brand_id=brand_id(), product_id=parse_id(product_id, "product"), now=now(), by_link=True)
    if not found.on_sale:
        return render_template("guide/gone.html", title=_title(found), picture=_picture(found), **_instead(found))
    group = _group()
    link = share_link(db(), brand_id=brand_id(), guide_id=g.guide.id, product_id=found.id, label=group.mark if group else "")
    return _sheet(link.code, found, group)


@guide.get("/shop")
def my_shop() -> str:
    """The link to everything, in her name."""
    group = _group()
    return _sheet(share_link(db(), brand_id=brand_id(), guide_id=g.guide.id, label=group.mark if group else "").code, None, group)


@guide.get("/activities/<activity_id>")
def activity(activity_id: str) -> ResponseReturnValue:
    """The sheet of an activity that is on; one that is not is not shared."""
    found = activity_by_id(db(), brand_id=brand_id(), activity_id=parse_id(activity_id, "activity"))
    state, group = state_of(found.starts_at, found.ends_at, now()), _group()
    if state != LIVE:
        said = gettext("“%(name)s”还没开始，先发云店吧", name=found.name) if state == COMING else gettext("“%(name)s”已经结束，发云店吧", name=found.name)
        flash(said, "warn")
        return redirect(url_for("guide.my_shop"), 303)
    link = share_link(db(), brand_id=brand_id(), guide_id=g.guide.id, activity_id=found.id, label=group.mark if group else "")
    return _sheet(link.code, None, group, found)


def _activities(group: CommunityGroup | None) -> list[dict[str, Any]]:
    """What is on now, the first to end first."""
    kept: dict[str, Any] = {"group": str(group.id)} if group else {}
    return [{"name": one.name, "until": one.ends_at, "href": url_for("guide.activity", activity_id=one.id, **kept) + "#share"}
            for one, _ in activities_page(db(), brand_id=brand_id(), state=LIVE, sort="ends", now=now()).items]


def _group() -> CommunityGroup | None:
    """The group she is sharing to, if she chose one of hers."""
    chosen = request.args.get("group", "")
    return group_of(db(), brand_id=brand_id(), guide_id=g.guide.id, group_id=parse_id(chosen, "community_group")) if chosen else None


@guide.get("/links/<code>/poster.png")
def poster(code: str) -> Response:
    """Her poster as a file to keep; another guide's link is not found."""
    content, mark = poster_png(db(), _own(code), brand=brand(), layout=asked_layout())
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


def _sheet(code: str, found: ShelfProduct | None, group: CommunityGroup | None, activity: Activity | None = None) -> str:
    own = _own(code)
    sale = sale_of(db(), own)
    groups = open_groups(db(), brand_id=brand_id(), guide_id=g.guide.id)
    here = (url_for("guide.product", product_id=found.id) if found else url_for("guide.activity", activity_id=activity.id) if activity
            else url_for("guide.my_shop"))
    chips = [{"label": gettext("不分群"), "href": here, "active": group is None},
             *({"label": one.name, "href": f"{here}?group={one.id}#share", "active": group is not None and one.id == group.id} for one in groups)]
    return render_template(
        "guide/share.html", code=code, url=share_url(code), product=found, activity=activity, sale=sale,
        title=_title(found) if found else activity.name if activity else "", pays=_pays(found) if found else [],
        on_shelf=found is not None and is_on_shelf(db(), brand_id=brand_id(), guide_id=g.guide.id, product_id=found.id),
        kits=_kits(own, found), groups=chips if groups else [], **_poster(found, here, group, sale),
        words=share_words(own, found, brand(), sale), picture=_picture(found) if found else None,
        **_instead(found) if found and found.standing != "on_sale" else {"cards": [], "named": False})


def _kits(own: OpenLink, found: ShelfProduct | None) -> list[dict[str, Any]]:
    """HQ's material that may be used now, its texts with her link inside."""
    return [{"name": view.kit.name, "until": view.kit.valid_to, "video": f"/media/{view.kit.video_key}" if view.kit.video_key else "",
             "pictures": [one.file_key for one in view.pictures],
             "texts": [(str(TONE_WORDS[one.tone]), kit_words(one.body, own, found, brand())) for one in view.texts]}
            for view in kits_for(db(), brand_id=brand_id(), product_id=found.id if found else None, now=now())]


def _poster(found: ShelfProduct | None, here: str, group: CommunityGroup | None, sale: Sale | None) -> dict[str, Any]:
    """The layout asked for and the others to choose from."""
    layouts, names = layouts_for(found or sale), {"classic": gettext("经典"), "picture": gettext("大图"), "price": gettext("价格优先")}
    layout = asked_layout() if asked_layout() in layouts else layouts[0]
    kept = {"group": str(group.id)} if group else {}
    chips = [{"label": names[one], "href": f"{here}?{urlencode({**kept, 'layout': one})}#poster", "active": one == layout} for one in layouts]
    return {"layout": layout, "layouts": chips, "poster_alt": poster_alt(found, brand(), sale)}


def _title(found: ShelfProduct) -> str:
    return found.title_en if found.title_en and in_english() else found.title


def _picture(found: ShelfProduct) -> str | None:
    return media_url(found.picture_keys[0], "s") if found.picture_keys else None


def _instead(found: ShelfProduct) -> dict[str, Any]:
    """What her link shows while the product cannot be bought."""
    instead = offer_instead(db(), brand_id=brand_id(), product=found, now=now(), by_link=True)
    return {"cards": cards_of(instead.tiles), "named": instead.chosen}


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
