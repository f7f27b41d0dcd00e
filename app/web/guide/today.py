"""今天: what today is worth so far, what to do next, what to share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import g, render_template, url_for
from flask_babel import gettext

from app.domain.insights.communities import group_states
from app.domain.insights.follow_ups import due_counts
from app.domain.insights.guide_day import GuideDay, guide_day
from app.domain.ledger.queries import balances
from app.domain.notices.queries import unread_count
from app.domain.training.queries import open_cards
from app.flows.rank_products import rank_products
from app.kernel.clock import day_start, local_day
from app.web.shared.application import now
from app.web.shared.formats import moment
from app.web.shared.media import media_url
from app.web.shared.money_states import STATES, in_states
from app.web.shared.serving import brand, brand_id, db

from .blueprint import guide
from .holds import holds_to_answer
from .payee_account import account_to_mend
from .rank_words import ranked_cards
from .tasks import waiting_tasks

TO_SHARE = 3
MOST_TASKS, MOST_ASKED = 3, 2
"""To-dos shown; how many of them may be what others asked of her."""


@guide.get("/", endpoint="today", strict_slashes=False)
def today() -> str:
    day = local_day(now(), brand().timezone)
    figures = guide_day(db(), brand_id=brand_id(), guide_id=g.guide.id, payee_id=g.guide.payee_id, now=now(),
                        from_=day_start(day, brand().timezone), to=day_start(day + timedelta(days=1), brand().timezone))
    found, asked = balances(db(), brand_id=brand_id(), payee_id=g.guide.payee_id), waiting_tasks()
    silent = group_states(db(), brand_id=brand_id(), guide_id=g.guide.id, now=now())
    to_call = sum(due_counts(db(), brand_id=brand_id(), guide_id=g.guide.id, timezone=brand().timezone, now=now()).values())
    best = [one for one in rank_products(db(), brand_id=brand_id(), guide_id=g.guide.id, size=TO_SHARE, now=now()).items if one.tile.left]
    return render_template(
        "guide/today.html", figures=figures, states=in_states(found), withdrawable=found["available"], cards=ranked_cards(best),
        tasks=[*holds_to_answer(), *account_to_mend(), *asked[:MOST_ASKED],
               *_tasks(figures, silent, open_cards(db(), brand_id=brand_id(), guide=g.guide), to_call)][:MOST_TASKS], asked=len(asked),
        greeting=_greeting(), unread=unread_count(db(), brand_id=brand_id(), account_id=g.guide.account_id),
        date=moment(now(), "M月d日 EEE"),
        links={state: url_for("guide.earnings", state=state) for state in STATES}, avatar=avatar_url())


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


def _tasks(figures: GuideDay, states: dict[str, int], to_learn: int, to_call: int) -> list[dict[str, Any]]:
    """At most three, each from what is really waiting; the most urgent first."""
    tasks: list[dict[str, Any]] = []
    if figures.unpaid:
        tasks.append({"title": gettext("%(count)d 单等顾客付款", count=figures.unpaid), "icon": "clock", "tone": "w",
                      "text": gettext("最早的要在 %(at)s 前付", at=moment(figures.pay_by)),
                      "href": url_for("guide.orders", state="pending_payment"), "verb": gettext("去提醒")})
    if to_call:
        tasks.append({"title": gettext("%(count)d 位客户该联系了", count=to_call), "icon": "users", "tone": "a",
                      "text": gettext("没付款、没下完单、生日、上新、很久没来"), "href": url_for("guide.follow_ups"), "verb": gettext("去联系")})
    if figures.unsent:
        tasks.append({"title": gettext("%(count)d 单等待发货", count=figures.unsent), "icon": "truck", "tone": "",
                      "text": gettext("顾客问起时，可以告诉她进度"), "href": url_for("guide.orders", state="paid"), "verb": gettext("看进度")})
    if to_learn:
        tasks.append({"title": gettext("%(count)d 张培训卡没学", count=to_learn), "icon": "star", "tone": "",
                      "text": gettext("几分钟一张，学完好回答顾客"), "href": url_for("guide.training"), "verb": gettext("去学")})
    if not figures.visitors:
        tasks.append({"title": gettext("今天还没人打开你的链接"), "icon": "megaphone", "tone": "a",
                      "text": gettext("挑一款发到群里试试"), "href": url_for("guide.products"), "verb": gettext("去分享")})
    else:
        tasks.append({"title": gettext("今天 %(count)d 人打开了链接", count=figures.visitors), "icon": "users", "tone": "a",
                      "text": gettext("再分享一款，趁大家在看"), "href": url_for("guide.products"), "verb": gettext("去分享")})
    silent = states.get("quiet", 0) + states.get("dead", 0)
    if silent:
        tasks.append({"title": gettext("%(count)d 个群一周没动静", count=silent), "icon": "users", "tone": "w",
                      "text": gettext("发一款合适的，群就活了"), "href": url_for("guide.groups"), "verb": gettext("去看")})
    if not g.guide.words:
        tasks.append({"title": gettext("写一句你的使用感受"), "icon": "edit", "tone": "",
                      "text": gettext("会出现在你分享的每个页面上"), "href": url_for("guide.me") + "#words", "verb": gettext("去写")})
    return tasks[:MOST_TASKS]
