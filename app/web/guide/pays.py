"""Products with what each pays the signed-in guide, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import g, url_for
from flask_babel import gettext

from app.domain.community.models import CommunityGroup
from app.domain.sharing.shelf_lines import SoldVariant, sold_variants
from app.domain.sharing.shelf_list import ShelfTile
from app.flows.show_pay import Pay, Priced, show_pay
from app.web.shared.application import now
from app.web.shared.explaining import why
from app.web.shared.formats import last_moment, money_short, money_symbol
from app.web.shared.media import media_url
from app.web.shared.serving import brand_id, db

from .frame import in_english


def pays_of(variants: Sequence[SoldVariant]) -> dict[UUID, Pay]:
    """product id → what one piece pays her."""
    priced = [Priced(one.variant_id, one.product_id, one.category, one.commissionable, one.price_minor, one.activity.activity_id if one.activity else None)
              for one in variants]
    return show_pay(db(), brand_id=brand_id(), guide_id=g.guide.id, variants=priced, now=now())


def pay_of(variant: SoldVariant) -> Pay | None:
    return pays_of([variant]).get(variant.product_id)


def cards_of(tiles: Sequence[ShelfTile], *, group: CommunityGroup | None = None) -> list[dict[str, Any]]:
    """What `ui.share_card` is given, in the order of the tiles; links for `group` if she shares to one."""
    pays = pays_of(sold_variants(db(), brand_id=brand_id(), product_ids=[tile.id for tile in tiles], now=now()))
    return [_card(tile, pays.get(tile.id), group) for tile in tiles]


def _card(tile: ShelfTile, pay: Pay | None, group: CommunityGroup | None) -> dict[str, Any]:
    pays = pay is not None and pay.highest_minor > 0
    href = url_for("guide.product", product_id=tile.id, group=group.id if group else None)
    return {
        "name": tile.title_en if tile.title_en and in_english() else tile.title, "href": href, "share_href": href + "#share",
        "picture": media_url(tile.picture_key, "s") if tile.picture_key else None, "prices": prices_of(tile),
        "why": why(pay.trace) if pay else "", "why_icon": "target" if pays else "info",
        "earn_minor": pay.lowest_minor if pay and pays else None, "rate_bp": pay.rate_bp if pay and pays else None,
        "spread": bool(pay and pays and pay.lowest_minor != pay.highest_minor), "left": tile.left,
        "unpaid": "" if pay is None else "all" if not pays else "some" if pay.unpaid else "",
    }


def prices_of(tile: ShelfTile) -> str:
    symbol = money_symbol()
    price = symbol + money_short(tile.price_minor)
    if tile.several_prices:
        price = gettext("%(price)s 起", price=price)
    if not tile.left:
        return gettext("%(price)s · 库存确认中", price=price) if tile.confirming else gettext("%(price)s · 已售罄", price=price)
    was = symbol + money_short(tile.list_price_minor) if tile.list_price_minor and tile.list_price_minor > tile.price_minor else ""
    if tile.activity:
        text = gettext("活动价 %(price)s，到 %(end)s", price=price, end=last_moment(tile.activity.ends_at))
        return gettext("%(price)s · 公开价 %(was)s", price=text, was=was) if was else text
    return gettext("专享价 %(price)s · 公开价 %(was)s", price=price, was=was) if was else price
