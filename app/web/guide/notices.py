"""通知: what happened that concerns her; opening one marks it read and leads to the page that explains it."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.notices import actions
from app.domain.notices.models import Notice
from app.domain.notices.queries import notices_page, wish_of
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import app, now
from app.web.shared.asking import page_number
from app.web.shared.errors import says
from app.web.shared.formats import moment
from app.web.shared.notice_words import WORDS, said
from app.web.shared.serving import brand, brand_id, db

from .blueprint import guide


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
    return _settings_page({"by_text": bool(wished and wished.by_text), "by_mail": bool(wished and wished.by_mail), "email": wished.email if wished else ""})


@guide.post("/notices/settings")
def notice_settings_post() -> ResponseReturnValue:
    typed: dict[str, Any] = {"by_text": request.form.get("by_text") == "1", "by_mail": request.form.get("by_mail") == "1",
                             "email": request.form.get("email", "")[:300]}
    try:
        actions.wish(db(), brand_id=brand_id(), account_id=g.guide.account_id, **typed)
    except Refused as refused:
        return _settings_page(typed, says(refused)), 422
    flash(gettext("已保存"), "ok")
    return redirect(url_for("guide.notices"), 303)


def _settings_page(values: dict[str, Any], problem: str = "") -> str:
    return render_template("guide/notice_settings.html", values=values, problem=problem, phone=g.guide.phone,
                           texts=app().gateways.texts.ready, mail=app().gateways.mail.ready)


def _row(notice: Notice) -> dict[str, Any]:
    title, text = said(notice, brand().currency)
    return {"id": notice.id, "icon": WORDS[notice.kind].icon, "title": title, "text": text,
            "at": moment(notice.at, "MM-dd HH:mm"), "new": notice.read_at is None}


def _page_of(notice: Notice) -> str:
    words = WORDS[notice.kind]
    return url_for(words.page, **({words.part: notice.data[words.part]} if words.part in notice.data else {}))
