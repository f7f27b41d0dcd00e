"""What every page of the guide app has: tabs, the brand's colours, the signed-in guide."""

from __future__ import annotations

from typing import Any

from flask import g, request, url_for
from flask_babel import get_locale, gettext, ngettext

from app.web.shared.media import media_url
from app.web.shared.serving import brand

from .blueprint import guide

TABS = (("today", "home"), ("products", "box"), ("orders", "receipt"), ("earnings", "wallet"), ("me", "user"))
BELONGS = {
    "product": "products", "my_shop": "products", "order": "orders", "statements": "earnings", "statement": "earnings", "withdraw": "earnings",
    "withdraw_post": "earnings", "bank": "earnings", "bank_post": "earnings", "payouts": "earnings", "payout": "earnings", "password": "me"}
PHASE_OF = {"est": "estimated", "pend": "pending", "held": "held", "avail": "available", "paid": "paid"}


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
    }


def thumbnail(file_key: str | None) -> str | None:
    return media_url(file_key, "s") if file_key else None


def in_five(found: dict[str, int]) -> dict[str, int]:
    """What is asked for is still available; what is on its way out, and the tax withheld, count as paid and are told beside it."""
    five = {state: found[phase] for state, phase in PHASE_OF.items()}
    five["avail"] += found["requested"]
    five["paid"] += found["in_payout"] + found["withheld"]
    return five


def drawn(five: dict[str, int]) -> dict[str, int]:
    """For the bar: a debt has no width."""
    return {state: max(amount, 0) for state, amount in five.items()}


def in_english() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "en"
