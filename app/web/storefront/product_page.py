"""A product as its page shows it: in a guide's name, in a store's, or in the brand's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import g, render_template, request, url_for

from app.domain.sharing.shelf import Recommender, ShelfProduct, ShelfVariant
from app.domain.sharing.shelf_list import ShelfTile
from app.flows.offer_instead import Instead, offer_instead
from app.kernel.clock import local_day
from app.kernel.money import decimal_text
from app.web.shared.application import app, now
from app.web.shared.descriptions import as_text
from app.web.shared.language import LANGUAGES
from app.web.shared.media import media_url
from app.web.shared.serving import brand, brand_id, db

from . import wording
from .options import Choices, choices_of, chosen_variant, for_script, stock_text
from .structured import product_data

MOST_PICTURES = 8
KEPT = ("v", "q", "category", "page", "share", "token", "kind")


@dataclass(frozen=True, slots=True)
class ProductView:
    """Everything `storefront/product.html` needs; texts are in the reader's language.

    `standing` is one of sharing.rules.STANDINGS; all but on_sale are `gone`: nothing can be bought, and `near` is offered instead,
    by the brand's choice if `named`. `notice` says what happened to what the address asks for. `data` is JSON-LD.
    """

    product: ShelfProduct
    title: str
    sub: str
    text: str
    chosen: ShelfVariant
    tag: str
    note: str
    pictures: Sequence[str]
    choices: Sequence[Choices]
    skus: Sequence[dict[str, Any]]
    stock: str
    standing: str
    gone: bool
    label: str
    notice: str
    named: bool
    near: Sequence[dict[str, Any]]
    data: dict[str, Any]


def view_of(product: ShelfProduct, who: Recommender | None, *, wanted: str) -> ProductView:
    code = who.code if who else ""
    chosen = chosen_variant(product.variants, wanted)
    standing = product.standing
    gone = standing != "on_sale"
    text, title = as_text(product.description), wording.title_of(product.title, product.title_en)
    instead = offer_instead(db(), brand_id=brand_id(), product=product, now=now(), by_link=bool(code)) if gone else Instead(False, [])
    pictures = pictures_of(product, chosen)
    return ProductView(
        product, title, wording.first_sentence(text), text, chosen, wording.standing_label(standing) or wording.price_tag(chosen, who),
        "" if gone else wording.price_note(chosen, who), pictures, choices_of(product.variants, chosen), for_script(product.variants, who),
        stock_text(chosen), standing, gone, wording.standing_label(standing),
        wording.standing_notice(standing, who) if gone else wording.missed(product, wanted), instead.chosen, [near_item(one, code) for one in instead.tiles],
        product_data(product, name=title, text=text, brand_name=wording.brand_name(brand()), currency=brand().currency,
                     url=absolute(product_url(product.id, code)), pictures=[absolute(one) for one in pictures]))


def pictures_of(product: ShelfProduct, chosen: ShelfVariant) -> list[str]:
    """The chosen variant's own picture first."""
    keys = dict.fromkeys([*([chosen.picture_key] if chosen.picture_key else []), *product.picture_keys])
    return [media_url(key, "m") for key in list(keys)[:MOST_PICTURES]]


def near_item(tile: ShelfTile, code: str) -> dict[str, Any]:
    return {"name": wording.title_of(tile.title, tile.title_en), "href": product_url(tile.id, code), "minor": tile.price_minor,
            "picture": media_url(tile.picture_key, "s") if tile.picture_key else None}


def product_url(product_id: object, code: str = "") -> str:
    if code:
        return url_for("storefront.shared_product", code=code, product_id=product_id)
    return url_for("storefront.product", slug=brand().slug, product_id=product_id)


def render_product(product: ShelfProduct, who: Recommender | None) -> str:
    code = who.code if who else ""
    view = view_of(product, who, wanted=request.args.get("v", ""))
    return render_template("storefront/product.html", view=view, code=code, **page_words(who),
                           price_amount=decimal_text(view.chosen.price_minor, brand().currency),
                           share_picture=absolute(view.pictures[0]) if view.pictures else "")


def page_words(who: Recommender | None) -> dict[str, Any]:
    """What every storefront page is given: brand, theme, texts that depend on who recommends."""
    name = wording.brand_name(brand())
    return {
        "who": who, "brand": brand(), "brand_name": name, "currency": brand().currency, "settings": g.settings,
        "theme_url": url_for("storefront.theme", slug=brand().slug, lang=None), "disclosure": wording.disclosure(name, who),
        "benefits": wording.benefits(g.settings),
        "standing": wording.standing(who, local_day(now(), brand().timezone)) if who else "",
        "page_language": "en" if wording.in_english() else "zh-CN",
        "languages": [(code, text, language_url(code)) for code, text in LANGUAGES.items()],
        "public_url": app().settings.public_url, "avatar_url": media_url(who.avatar_key, "s") if who and who.avatar_key else None,
        "canonical": absolute(request.path), "shelf_url": shelf_url(who.code if who else ""),
        "bag_url": url_for("storefront.bag", slug=brand().slug),
        "wechat_url": url_for("storefront.wechat_config", code=who.code, lang=None) if who and app().gateways.wechat else "",
    }


def language_url(code: str) -> str:
    """This page in another language; what it is about stays, what a chat app added goes."""
    kept = {name: request.args[name] for name in KEPT if request.args.get(name)}
    return f"{request.path}?{urlencode({**kept, 'lang': code})}"


def shelf_url(code: str = "", **filters: Any) -> str:
    if code:
        return url_for("storefront.shared_shelf", code=code, **filters)
    return url_for("storefront.shelf", slug=brand().slug, **filters)


def absolute(path: str) -> str:
    return app().settings.public_url + path
