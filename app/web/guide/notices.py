"""通知: what happened that concerns her; opening one marks it read and leads to the page that explains it."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.notices import actions
from app.domain.notices.models import Notice, NoticeWish
from app.domain.notices.queries import last_sends, notices_page, wish_of
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import app, now
from app.web.shared.asking import page_number
from app.web.shared.errors import says
from app.web.shared.formats import moment
from app.web.shared.notice_words import WORDS, said
from app.web.shared.serving import brand, brand_id, db

from .blueprint import guide
from .wechat import wechat_of

TICKS = ("by_wechat", "by_text", "by_mail")


@guide.get("/notices")
def notices() -> str:
    unread = request.args.get("unread") == "1"
    page = notices_page(db(), brand_id=brand_id(), account_id=g.guide.account_id, unread=unread, number=page_number())
    return render_template("guide/notices.html", page=page, rows=[_row(one) for one in page.items], unread=unread)


@guide.post("/notices/read")
def read_notices() -> ResponseReturnValue:
    actions.read_all(db(), brand_id=brand_id(), account_id=g.guide.account_id, now=now())
    return redirect(url_for("guide.notices"), 303)


@guide.post("/notices/<notice_id>")
def open_notice(notice_id: str) -> ResponseReturnValue:
    found = actions.read_notice(db(), brand_id=brand_id(), account_id=g.guide.account_id, notice_id=parse_id(notice_id, "notice"), now=now())
    return redirect(_page_of(found), 303)


@guide.get("/notices/settings")
def notice_settings() -> str:
    wished = wish_of(db(), brand_id=brand_id(), account_id=g.guide.account_id)
    return _settings_page(wished, {name: getattr(wished, name, False) for name in TICKS} | {"email": wished.email if wished else ""})


@guide.post("/notices/settings")
def notice_settings_post() -> ResponseReturnValue:
    """A channel that is not offered now keeps what she said of it."""
    wished = wish_of(db(), brand_id=brand_id(), account_id=g.guide.account_id)
    offered = _offered(wished)
    typed: dict[str, Any] = {name: request.form.get(name) == "1" if offered[name] else bool(getattr(wished, name, False)) for name in TICKS}
    typed["email"] = request.form.get("email", "")[:300] if offered["by_mail"] else wished.email if wished else ""
    try:
        actions.wish(db(), brand_id=brand_id(), account_id=g.guide.account_id, **typed)
    except Refused as refused:
        return _settings_page(wished, typed, says(refused)), 422
    flash(gettext("已保存"), "ok")
    return redirect(url_for("guide.notice_settings"), 303)


def _offered(wished: NoticeWish | None) -> dict[str, bool]:
    """The channels that exist, and of WeChat that it is hers."""
    ways, wechat = app().gateways, wechat_of(wished)
    return {"by_wechat": bool(wechat and wechat.bound), "by_text": ways.texts.ready, "by_mail": ways.mail.ready}


def _settings_page(wished: NoticeWish | None, values: dict[str, Any], problem: str = "") -> str:
    last = last_sends(db(), brand_id=brand_id(), account_id=g.guide.account_id)
    return render_template("guide/notice_settings.html", values=values, problem=problem, phone=g.guide.phone, offered=_offered(wished),
                           wechat=wechat_of(wished), not_following="wechat" in last and last["wechat"].gone,
                           bounced=bool(wished and wished.bounced_at))


def _row(notice: Notice) -> dict[str, Any]:
    title, text = said(notice, brand().currency)
    return {"id": notice.id, "icon": WORDS[notice.kind].icon, "title": title, "text": text,
            "at": moment(notice.at, "MM-dd HH:mm"), "new": notice.read_at is None}


def _page_of(notice: Notice) -> str:
    words = WORDS[notice.kind]
    return url_for(words.page, **({words.part: notice.data[words.part]} if words.part in notice.data else {}))
