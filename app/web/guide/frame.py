"""What every page of the guide app has: tabs, the brand's colours, the signed-in guide."""

from __future__ import annotations

from typing import Any

from flask import g, request, url_for
from flask_babel import get_locale, gettext, ngettext

from app.web.shared.media import media_url
from app.web.shared.serving import brand

from .blueprint import guide
from .installing import installable

TABS = (("today", "home"), ("products", "box"), ("orders", "receipt"), ("earnings", "wallet"), ("me", "user"))
PAGES = {
    "today": "notices notice_settings notice_settings_post played_wechat tasks task task_post",
    "products": "product activity my_shop links shelf change_shelf",
    "orders": "order disputes holds hold appeal",
    "earnings": "statements statement withdraw withdraw_post bank bank_post bank_account payouts payout",
    "me": "customers customer unmask_customer note_customer customer_birthday tag_customer follow_ups follow_customer_up leaderboard team challenges"
          " training training_card training_card_post password groups group add_group add_group_post edit_group edit_group_post",
}
BELONGS = {page: tab for tab, pages in PAGES.items() for page in pages.split()}


@guide.context_processor
def frame() -> dict[str, Any]:
    """Nothing of it exists before she is signed in."""
    if "guide" not in g or g.guide.status != "active":
        return {}
    here = (request.endpoint or "").removeprefix("guide.")
    here = BELONGS.get(here, here)
    names = {"today": gettext("今天"), "products": gettext("选品"), "orders": ngettext("订单", "订单", 2), "earnings": gettext("收益"), "me": gettext("我")}
    return {
        "tabs": [{"label": names[name], "icon": icon, "href": url_for(f"guide.{name}"), "active": name == here} for name, icon in TABS],
        "theme_url": url_for("storefront.theme", slug=brand().slug), "guide": g.guide, "currency": brand().currency, "media": thumbnail,
        **installable(),
    }


def thumbnail(file_key: str | None) -> str | None:
    return media_url(file_key, "s") if file_key else None


def in_english() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "en"
