"""我的链接: every link she has sent, how often it was opened, and which of them open a substitute by now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext

from app.domain.sharing.link_list import LinkRow, guide_links
from app.kernel.texts import clean
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.serving import brand_id, db
from app.web.shared.share_kit import share_url

from .blueprint import guide
from .frame import in_english

LOST, OPENED = "lost", "opened"


@guide.get("/links")
def links() -> str:
    """?show=lost: only those whose product cannot be bought now; ?sort=opened: the most opened first."""
    asked = {"q": clean(request.args.get("q"))[:60], "show": LOST if request.args.get("show") == LOST else "",
             "sort": OPENED if request.args.get("sort") == OPENED else ""}
    page = guide_links(db(), brand_id=brand_id(), guide_id=g.guide.id, lost=bool(asked["show"]), q=asked["q"], sort=asked["sort"] or "new",
                       number=page_number(), now=now())
    return render_template("guide/links.html", page=page, rows=[_row(one) for one in page.items], q=asked["q"], show=asked["show"], keep=_keep(asked),
                           filters=_keep({**asked, "q": ""}),
                           kinds=_tabs(asked, "show", (("", gettext("全部")), (LOST, gettext("要换的")))),
                           sorts=_tabs(asked, "sort", (("", gettext("最新")), (OPENED, gettext("打开最多")))))


def _tabs(asked: dict[str, str], name: str, choices: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """One tab a choice; what else is asked stays."""
    return [{"label": label, "href": url_for("guide.links", **_keep({**asked, name: one})), "active": one == asked[name]} for one, label in choices]


def _keep(asked: dict[str, str]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value}


def badge_of(standing: str) -> tuple[str, str]:
    """(colour, word) of sharing.rules.STANDINGS, as a guide reads them."""
    return {"on_sale": ("ok", gettext("在售")), "confirming": ("warn", gettext("库存确认中")), "sold_out": ("warn", gettext("已售罄")),
            "gone": ("bad", gettext("已下架"))}[standing]


def _row(link: LinkRow) -> dict[str, Any]:
    title, instead = (two if two and in_english() else one for one, two in ((link.title, link.title_en), (link.substitute, link.substitute_en)))
    row = {"link": link, "url": share_url(link.code), "title": title, "badge": None, "opens": ""}
    if link.product_id:
        return {**row, "href": url_for("guide.product", product_id=link.product_id), "badge": badge_of(link.standing), "opens": _opens(link.standing, instead)}
    if link.activity_id:
        over = link.standing == "gone"
        return {**row, "href": url_for("guide.activity", activity_id=link.activity_id), "opens": gettext("顾客打开会看到你的云店") if over else "",
                "badge": ("bad", gettext("活动已结束")) if over else ("ok", gettext("活动"))}
    return {**row, "href": url_for("guide.my_shop"), "title": gettext("我的云店")}


def _opens(standing: str, instead: str) -> str:
    """What a customer finds who opens the link now; '' while it is the product itself."""
    if standing == "on_sale":
        return ""
    return gettext("顾客打开会看到替代款“%(name)s”", name=instead) if instead else gettext("顾客打开会看到相近的有货款")
