"""核查: which of her sales are held and why, what she can do, and what was decided; she may answer once."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField

from app.domain.fraud.models import SaleHold
from app.domain.fraud.queries import holds_page, sale_hold, to_answer
from app.domain.fraud.rules import APPEAL_TIME, FREEZING
from app.domain.orders.models import Order
from app.flows.hold_sales import appeal_hold
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared import hold_words as words
from app.web.shared.application import now
from app.web.shared.asking import page_number, tell
from app.web.shared.formats import moment
from app.web.shared.serving import brand_id, db

from .blueprint import guide


class AppealForm(FlaskForm):
    appeal = TextAreaField(_("怎么回事"), render_kw={"rows": 4, "maxlength": 1000})


def holds_to_answer() -> list[dict[str, Any]]:
    """The first of her to-dos: she has three days to say something."""
    count, until = to_answer(db(), brand_id=brand_id(), guide_id=g.guide.id)
    if until is None:
        return []
    return [{"title": gettext("%(count)d 单在核查", count=count), "icon": "lock", "tone": "w",
             "text": gettext("%(at)s 前可以先申诉，再由总部判定", at=moment(until)), "href": url_for("guide.holds"), "verb": gettext("去说明")}]


@guide.get("/holds")
def holds() -> str:
    page = holds_page(db(), brand_id=brand_id(), guide_id=g.guide.id, told=True, number=page_number())
    return render_template("guide/holds.html", page=page, words=words)


@guide.get("/holds/<hold_id>")
def hold(hold_id: str) -> str:
    return _page(_hers(hold_id), AppealForm())


@guide.post("/holds/<hold_id>")
def appeal(hold_id: str) -> ResponseReturnValue:
    found, form = _hers(hold_id), AppealForm()
    try:
        with db().begin_nested():
            appeal_hold(db(), brand_id=brand_id(), guide=g.guide, hold_id=found.id, text=form.appeal.data or "", now=now())
    except Refused as refused:
        tell(form, refused)
        return _page(_hers(hold_id), form), 422
    flash(gettext("已提交，总部看过后答复。"), "ok")
    return redirect(url_for("guide.hold", hold_id=found.id), 303)


def _hers(hold_id: str) -> SaleHold:
    """A colleague's, and one that is only watched, is not found."""
    return sale_hold(db(), brand_id=brand_id(), hold_id=parse_id(hold_id, "sale_hold"), guide_id=g.guide.id)


def _page(found: SaleHold, form: AppealForm) -> str:
    return render_template("guide/hold.html", hold=found, order=db().get(Order, (brand_id(), found.order_id)), form=form, words=words,
                           may_appeal=found.state == "open", waiting=found.state in FREEZING, until=found.opened_at + APPEAL_TIME)
