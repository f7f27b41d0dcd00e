"""The provider's messages as they came in: what waits, what is stuck and why, what is nobody's; and movements no brand has."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.provider import inbox
from app.domain.provider.inbox_queries import ASIDE, DONE, STUCK, WAITING, inbox_counts, inbox_page, strays_page
from app.web.shared.application import now
from app.web.shared.asking import page_number, query

from .blueprint import platform
from .signing_in import every_brand

STATES = {WAITING: _("等待处理"), STUCK: _("卡住"), ASIDE: _("搁置"), DONE: _("已处理")}
KINDS = {WAITING: "info", STUCK: "bad", ASIDE: "", DONE: "ok"}
SOURCES = {"platform": _("平台账户"), "connect": _("收款方账户"), "sweep": _("补查")}
PROBLEMS = {
    inbox.NOT_OURS: _("不属于任何品牌"), inbox.NOT_FOLLOWED: _("这类消息不用处理"), inbox.NOT_THERE: _("渠道里已经没有了"),
    inbox.OTHER_MODE: _("测试和真实收款不一致，没有处理"), "no_answer": _("渠道没有回答"), "circuit_open": _("渠道没有回答，先停一会儿"),
    "rate_limit": _("渠道要求慢一点"), "key_in_use": _("同一件事正在处理")}


@platform.get("/payments/events")
def provider_events() -> str:
    kept = query("q", "state", "sort")
    page = inbox_page(every_brand(), **kept, number=page_number())
    return render_template("platform/provider_events.html", page=page, query=kept, counts=inbox_counts(every_brand()), states=STATES, kinds=KINDS,
                           sources=SOURCES, problems=PROBLEMS, may_retry=inbox.may_retry)


@platform.post("/payments/events/<int:event_id>/retry")
def retry_provider_event(event_id: int) -> ResponseReturnValue:
    inbox.retry(every_brand(), event_id=event_id, now=now())
    flash(gettext("已放回队列，马上再处理一次"), "ok")
    return _back()


@platform.post("/payments/events/retry")
def retry_provider_events() -> ResponseReturnValue:
    count = inbox.retry_waiting(every_brand(), now=now())
    flash(gettext("%(count)d 条消息已放回队列", count=count) if count else gettext("没有等待重试的消息"), "ok" if count else "info")
    return _back()


@platform.get("/payments/strays")
def provider_strays() -> str:
    kept = query("q", "sort")
    return render_template("platform/provider_strays.html", page=strays_page(every_brand(), **kept, number=page_number()), query=kept)


def _back() -> ResponseReturnValue:
    kept: dict[str, Any] = query("q", "state", "sort", "page")
    return redirect(url_for("platform.provider_events", **kept), 303)
