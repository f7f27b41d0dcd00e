"""What a guide sends: her link, its QR code, the words, and the poster. Guide app, storefront and API all hand them out."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace

from flask import g, request
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.models import Brand, BrandSettings
from app.domain.promotions.prices import Offer
from app.domain.sharing.poster import PosterFacts, draw_poster
from app.domain.sharing.poster_facts import DESIGN, LAYOUTS
from app.domain.sharing.qr import qr_svg
from app.domain.sharing.queries import OpenLink
from app.domain.sharing.shelf import ShelfProduct, ShelfVariant, product_of
from app.domain.sharing.wording import filled
from app.kernel.clock import local_day
from app.kernel.errors import Conflict, NotFound

from .activity_kit import Sale, sale_alt, sale_facts, sale_of, sale_picture, sale_words
from .application import app, now
from .descriptions import as_text
from .formats import day, last_moment, money_short, money_symbol

TONE_WORDS = {"plain": _("直接"), "warm": _("亲切"), "lively": _("活泼"), "formal": _("正式")}


def share_url(code: str) -> str:
    return f"{app().settings.public_url}/s/{code}"


def share_qr(code: str) -> bytes:
    """The link as a QR code, standalone SVG."""
    return qr_svg(share_url(code))


def share_words(found: OpenLink, product: ShelfProduct | None, brand: Brand, sale: Sale | None = None) -> str:
    """Text to paste into a chat: what, how much, who, and the link."""
    url = share_url(found.link.code)
    if sale is not None:
        return sale_words(sale, store=found.link.store.name, url=url)
    if product is None:
        return gettext("我是%(store)s的%(name)s，这是我的%(brand)s云店，想看什么都可以问我：%(url)s",
                       store=found.link.store.name, name=found.link.guide.name, brand=_named(brand), url=url)
    return gettext("%(title)s，%(price)s。我在%(store)s，颜色尺寸拿不准可以问我：%(url)s",
                   title=_titled(product), price=_price_till(product), store=found.link.store.name, url=url)


def kit_words(body: str, found: OpenLink, product: ShelfProduct | None, brand: Brand) -> str:
    """HQ's text with the guide's own link, and who, where and how much."""
    return filled(body, {"链接": share_url(found.link.code), "商品": _titled(product) if product else _named(brand),
                         "价格": _price_till(product) if product else "", "门店": found.link.store.name, "导购": found.link.guide.name})


def poster_alt(product: ShelfProduct | None, brand: Brand, sale: Sale | None = None) -> str:
    """The poster in words: what, how much, and of which day."""
    if sale is not None:
        return sale_alt(sale)
    if product is None:
        return gettext("海报：我的%(brand)s云店，含二维码", brand=_named(brand))
    return gettext("海报：%(title)s，%(price)s，%(note)s，含二维码", title=_titled(product), price=_price(product),
                   note=_price_note(_cheapest(product), brand))


def layouts_for(product: ShelfProduct | Sale | None) -> tuple[str, ...]:
    """A storefront has no price to put first."""
    return LAYOUTS if product else tuple(one for one in LAYOUTS if one != "price")


def asked_layout() -> str:
    """?layout=; the first for anything that is none."""
    asked = request.args.get("layout", "")
    return asked if asked in LAYOUTS else LAYOUTS[0]


def poster_png(session: Session, found: OpenLink, *, brand: Brand, layout: str = LAYOUTS[0]) -> tuple[bytes, str]:
    """The poster and the mark of its content; drawn once for the same facts and DESIGN, kept with the brand's files.

    Conflict product_gone once its product is taken off: a picture saved to a phone cannot take its offer back.
    """
    facts, sale = _facts(session, found, brand), sale_of(session, found)
    facts = replace(facts, layout=layout, **({**sale_facts(sale), "picture": _picture(sale_picture(sale))} if sale else {}))
    mark = hashlib.sha256(repr([DESIGN, *(getattr(facts, one.name) for one in fields(facts))]).encode()).hexdigest()[:32]
    key, files = f"{brand.id}/posters/{mark}.png", app().gateways.files
    try:
        return files.get(key), mark
    except NotFound:
        drawn = draw_poster(facts)
    files.put(key, drawn)
    return drawn, mark


def _facts(session: Session, found: OpenLink, brand: Brand) -> PosterFacts:
    link, guide, settings = found.link, found.guide, session.scalars(select(BrandSettings)).one()
    product = product_of(session, brand_id=brand.id, product_id=link.product_id, now=now(), by_link=True) if link.product_id else None
    if product is not None and not product.on_sale:
        raise Conflict("product_gone", "“%(title)s”已下架，不再出海报；链接照常有效，会带顾客去看替代款", title=_titled(product))
    cheapest = _cheapest(product) if product else None
    exclusive = bool(cheapest and cheapest.list_price_minor and cheapest.list_price_minor > cheapest.price_minor)
    picture = product.picture_keys[0] if product and product.picture_keys else ""
    return PosterFacts(
        brand_name=_named(brand), slogan=settings.slogan, brand_color=settings.color, brand_tint=settings.tint,
        logo=_picture(settings.logo_key), guide_name=guide.name if guide else link.store.name, url=share_url(link.code),
        store_name=link.store.name if guide else "", avatar=_picture(guide.avatar_key) if guide else None,
        product_title=_titled(product) if product else None, subtitle=_subtitle(product),
        price_text=_price(product) if product else "",
        list_price_text=money_symbol() + money_short(cheapest.list_price_minor) if exclusive and cheapest and cheapest.list_price_minor else None,
        price_note=_price_note(cheapest, brand) if cheapest else "",
        price_is_exclusive=exclusive, picture=_picture(picture), invite_text=gettext("长按识别，问我也可以") if guide else gettext("长按识别，进店看看"),
        badge=gettext("品牌认证导购") if guide else gettext("品牌直营"),
        disclosure=gettext("导购会从成交中获得佣金") if guide else gettext("门店会从成交中获得分成"))


def _picture(key: str) -> bytes | None:
    try:
        return app().gateways.files.get(f"{key}-l.webp") if key else None
    except NotFound:
        return None


def _cheapest(product: ShelfProduct) -> ShelfVariant:
    return min(product.variants, key=lambda one: (one.left <= 0, one.price_minor))


def _price_note(cheapest: ShelfVariant, brand: Brand) -> str:
    """Until when the price holds, or of which day it is."""
    if cheapest.activity is None:
        return gettext("%(day)s 的价格", day=day(local_day(now(), brand.timezone), "M/d"))
    end = _end(cheapest.activity)
    return gettext("扫码专享价 · 到 %(end)s", end=end) if cheapest.activity.link_only else gettext("活动价 · 到 %(end)s", end=end)


def _price_till(product: ShelfProduct) -> str:
    offer = _cheapest(product).activity
    return gettext("%(price)s（到 %(end)s）", price=_price(product), end=_end(offer)) if offer else _price(product)


def _end(offer: Offer) -> str:
    return last_moment(offer.ends_at, "M/d").removesuffix(" 24:00")


def _price(product: ShelfProduct) -> str:
    prices = {one.price_minor for one in product.variants if one.left} or {one.price_minor for one in product.variants}
    text = money_symbol(g.get("currency")) + money_short(min(prices))
    return text if len(prices) == 1 else gettext("%(price)s 起", price=text)


def _subtitle(product: ShelfProduct | None) -> str:
    line = as_text(product.description).split("\n", 1)[0].strip() if product else ""
    return line[:40]


def _english() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "en"


def _titled(product: ShelfProduct) -> str:
    return product.title_en if product.title_en and _english() else product.title


def _named(brand: Brand) -> str:
    return brand.name_en if brand.name_en and _english() else brand.name
