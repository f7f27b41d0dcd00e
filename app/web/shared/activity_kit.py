"""What a link to an activity is sent with: its words and what its poster says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from app.domain.promotions.models import Activity
from app.domain.promotions.rules import LIVE, state_of
from app.domain.sharing.activity_shelf import activity_shelf
from app.domain.sharing.queries import OpenLink
from app.domain.sharing.shelf_list import ShelfTile

from .application import now
from .formats import last_moment, money_short, money_symbol

NAMED = 2
"""How many of its goods a poster names."""


@dataclass(frozen=True, slots=True)
class Sale:
    """An activity that is on, the first of its goods, and from how much to how much what is left of them costs."""

    activity: Activity
    tiles: list[ShelfTile]
    lowest_minor: int
    highest_minor: int

    @property
    def price(self) -> str:
        text = money_symbol(g.get("currency")) + money_short(self.lowest_minor)
        return text if self.lowest_minor == self.highest_minor else gettext("%(price)s 起", price=text)

    @property
    def end(self) -> str:
        return last_moment(self.activity.ends_at, "M/d").removesuffix(" 24:00")

    @property
    def note(self) -> str:
        """Until when the price holds, and for whom: a picture cannot be updated."""
        return gettext("扫码专享价 · 到 %(end)s", end=self.end) if self.activity.link_only else gettext("活动价 · 到 %(end)s", end=self.end)


def sale_of(session: Session, found: OpenLink) -> Sale | None:
    """The activity the link leads to; None for other links, before and after, and once nothing of it can be bought."""
    activity = found.link.activity
    if activity is None or state_of(activity.starts_at, activity.ends_at, now()) != LIVE:
        return None
    shelf = activity_shelf(session, brand_id=activity.brand_id, activity_id=activity.id, now=now())
    if shelf.lowest_minor is None or shelf.highest_minor is None:
        return None
    return Sale(activity, [one for one in shelf.page.items if one.left] or list(shelf.page.items), shelf.lowest_minor, shelf.highest_minor)


def sale_words(sale: Sale, *, store: str, url: str) -> str:
    return gettext("“%(name)s”%(price)s，到 %(end)s。我在%(store)s，拿不准可以问我：%(url)s",
                   name=sale.activity.name, price=sale.price, end=sale.end, store=store, url=url)


def sale_alt(sale: Sale) -> str:
    return gettext("海报：%(title)s，%(price)s，%(note)s，含二维码", title=sale.activity.name, price=sale.price, note=sale.note)


def sale_facts(sale: Sale) -> dict[str, Any]:
    """What its poster says otherwise than the storefront's; the picture apart."""
    return {"product_title": sale.activity.name, "subtitle": gettext("、").join(_titled(one) for one in sale.tiles[:NAMED])[:40],
            "price_text": sale.price, "price_note": sale.note, "price_is_exclusive": sale.activity.link_only}


def sale_picture(sale: Sale) -> str:
    return next((one.picture_key for one in sale.tiles if one.picture_key), "")


def _titled(tile: ShelfTile) -> str:
    locale = get_locale()
    return tile.title_en if tile.title_en and locale is not None and locale.language == "en" else tile.title
