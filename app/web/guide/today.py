"""今天: what today is worth so far, what to do next, what to share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import g, render_template, url_for
from flask_babel import format_date, gettext

from app.domain.insights.guide_day import GuideDay, guide_day
from app.domain.ledger.queries import balances
from app.domain.sharing.shelf_list import shelf_page
from app.kernel.clock import day_start, local_day
from app.web.shared.application import now
from app.web.shared.formats import moment
from app.web.shared.media import media_url
from app.web.shared.serving import brand, brand_id, db

from .blueprint import guide
from .frame import PHASE_OF, in_english, in_five
from .pays import cards_of

TO_SHARE = 3
MOST_TASKS = 3


@guide.get("/", endpoint="today", strict_slashes=False)
def today() -> str:
    day = local_day(now(), brand().timezone)
    figures = guide_day(db(), brand_id=brand_id(), guide_id=g.guide.id, payee_id=g.guide.payee_id, now=now(),
                        from_=day_start(day, brand().timezone), to=day_start(day + timedelta(days=1), brand().timezone))
    found = balances(db(), brand_id=brand_id(), payee_id=g.guide.payee_id)
    shelf = shelf_page(db(), brand_id=brand_id(), size=12, now=now(), by_link=True)
    cards = sorted(cards_of([one for one in shelf.page.items if one.left]), key=lambda card: -(card["earn_minor"] or 0))
    return render_template(
        "guide/today.html", figures=figures, five=in_five(found), withdrawable=found["available"], tasks=_tasks(figures), cards=cards[:TO_SHARE],
        greeting=_greeting(),
        date=format_date(now(), "EEE d MMM" if in_english() else "M月d日 EEE"),
        links={state: url_for("guide.earnings", state=state) for state in PHASE_OF}, avatar=avatar_url())


def avatar_url() -> str | None:
    return media_url(g.guide.avatar_key, "s") if g.guide.avatar_key else None


def _greeting() -> str:
    hour = int(moment(now(), "H"))
    name = g.guide.name
    if hour < 11:
        return gettext("%(name)s，早上好", name=name)
    if hour < 13:
        return gettext("%(name)s，中午好", name=name)
    return gettext("%(name)s，下午好", name=name) if hour < 18 else gettext("%(name)s，晚上好", name=name)


def _tasks(figures: GuideDay) -> list[dict[str, Any]]:
    """At most three, each from what is really waiting; the most urgent first."""
    tasks: list[dict[str, Any]] = []
    if figures.unpaid:
        tasks.append({"title": gettext("%(count)d 单等顾客付款", count=figures.unpaid), "icon": "clock", "tone": "w",
                      "text": gettext("最早的要在 %(at)s 前付", at=moment(figures.pay_by)),
                      "href": url_for("guide.orders", state="pending_payment"), "verb": gettext("去提醒")})
    if figures.unsent:
        tasks.append({"title": gettext("%(count)d 单等待发货", count=figures.unsent), "icon": "truck", "tone": "",
                      "text": gettext("顾客问起时，可以告诉她进度"), "href": url_for("guide.orders", state="paid"), "verb": gettext("看进度")})
    if not figures.visitors:
        tasks.append({"title": gettext("今天还没人打开你的链接"), "icon": "megaphone", "tone": "a",
                      "text": gettext("挑一款发到群里试试"), "href": url_for("guide.products"), "verb": gettext("去分享")})
    else:
        tasks.append({"title": gettext("今天 %(count)d 人打开了链接", count=figures.visitors), "icon": "users", "tone": "a",
                      "text": gettext("再分享一款，趁大家在看"), "href": url_for("guide.products"), "verb": gettext("去分享")})
    if not g.guide.words:
        tasks.append({"title": gettext("写一句你的使用感受"), "icon": "edit", "tone": "",
                      "text": gettext("会出现在你分享的每个页面上"), "href": url_for("guide.me") + "#words", "verb": gettext("去写")})
    return tasks[:MOST_TASKS]
