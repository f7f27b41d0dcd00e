"""我的链接: every link she has sent, how often it was opened, and which of them open a substitute by now."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext

from app.domain.sharing.link_list import LinkRow, guide_links
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.serving import brand_id, db
from app.web.shared.share_kit import share_url

from .blueprint import guide
from .frame import in_english

LOST = "lost"


@guide.get("/links")
def links() -> str:
    """?show=lost: only those whose product cannot be bought now."""
    show = LOST if request.args.get("show") == LOST else ""
    page = guide_links(db(), brand_id=brand_id(), guide_id=g.guide.id, lost=show == LOST, number=page_number(), now=now())
    kinds = [{"label": label, "href": url_for("guide.links", show=one or None), "active": one == show}
            for one, label in (("", gettext("全部")), (LOST, gettext("要换的")))]
    return render_template("guide/links.html", page=page, rows=[_row(one) for one in page.items], kinds=kinds, show=show)


def badge_of(standing: str) -> tuple[str, str]:
    """(colour, word) of sharing.rules.STANDINGS, as a guide reads them."""
    return {"on_sale": ("ok", gettext("在售")), "confirming": ("warn", gettext("库存确认中")), "sold_out": ("warn", gettext("已售罄")),
            "gone": ("bad", gettext("已下架"))}[standing]


def _row(link: LinkRow) -> dict[str, Any]:
    title, instead = (two if two and in_english() else one for one, two in ((link.title, link.title_en), (link.substitute, link.substitute_en)))
    return {"link": link, "url": share_url(link.code), "title": title if link.product_id else gettext("我的云店"), "badge": badge_of(link.standing),
            "href": url_for("guide.product", product_id=link.product_id) if link.product_id else url_for("guide.my_shop"),
            "opens": _opens(link.standing, instead)}


def _opens(standing: str, instead: str) -> str:
    """What a customer finds who opens the link now; '' while it is the product itself."""
    if standing == "on_sale":
        return ""
    return gettext("顾客打开会看到替代款“%(name)s”", name=instead) if instead else gettext("顾客打开会看到相近的有货款")
