"""Orders an alliance owes a commission for, by guide: for the brand to see; nothing of it is booked."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.alliance.actions import read_alliance_of
from app.domain.alliance.models import AllianceOrder, AllianceReading
from app.domain.alliance.queries import SORTS, STATES, Wanted, alliance_page, readings, totals
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.kernel.queue import defer
from app.web.shared.application import app, now
from app.web.shared.asking import page_number
from app.web.shared.errors import says
from app.web.shared.serving import actor, brand_id, db

from . import asked
from .blueprint import console

WORDS: dict[str, tuple[Any, str]] = {
    "unpaid": (_l("未付款"), ""), "deposit": (_l("已付定金"), "info"), "paid": (_l("已付款"), "info"), "finished": (_l("已完成"), "ok"),
    "split": (_l("已拆单"), ""), "void": (_l("无效"), "warn"),
}


@console.get("/alliance-orders")
def alliance_orders() -> ResponseReturnValue:
    actor().require("money:view")
    from_, to = asked.days()
    q, state, sort = asked.text("q"), asked.one_of("state", STATES), asked.one_of("sort", SORTS) or "-ordered"
    wanted = Wanted(state=state, guide_id=asked.row_id("guide"), q=q, from_=from_ if to else None, to=to if from_ else None)
    page = alliance_page(db(), brand_id=brand_id(), wanted=wanted, sort=sort, number=page_number())
    days = {"from": asked.day("from"), "to": asked.day("to")}
    doors = app().gateways.flagship
    return render_template(
        "console/alliance_orders.html", page=page, q=q, state=state, sort=sort, days=days, words=WORDS, reason=reason, failure=failure,
        totals=totals(db(), brand_id=brand_id(), wanted=wanted), sources=[one for one in readings(db(), brand_id=brand_id()) if doors.in_alliance(one[0].kind)],
        may_switch=actor().may("money:run"), guide=wanted.guide_id,
        query=asked.query(q=q, state=state, guide=wanted.guide_id, from_=days["from"], to=days["to"], sort=sort if sort != "-ordered" else ""))


@console.post("/alliance-orders/<source_id>")
def switch_alliance(source_id: str) -> ResponseReturnValue:
    """read=1 begins to read a source's alliance orders every hour, anything else stops it; what was read stays."""
    actor().require("money:run")
    wanted = request.form.get("read") == "1"
    try:
        found = read_alliance_of(db(), brand_id=brand_id(), source_id=parse_id(source_id, "flagship_source"), active=wanted, doors=app().gateways.flagship,
                                 now=now())
    except Refused as refused:
        flash(says(refused), "bad")
    else:
        if wanted:
            defer(db(), "read_alliance", brand_id=brand_id(), source_id=str(found.source_id))
        flash(gettext("开始读取，几分钟后在这里看") if wanted else gettext("不再读取，已读的都还在"), "success")
    return redirect(url_for("console.alliance_orders"), 303)


def reason(row: AllianceOrder) -> str:
    """Why the alliance pays nothing for it."""
    return str(gettext(row.void_reason)) % {"valid_code": row.valid_code} if row.void_reason else ""


def failure(reading: AllianceReading) -> str:
    said = str(gettext(reading.error_message)) if reading.error_message else ""
    return said % (reading.error_data or {}) if "%(" in said else said
