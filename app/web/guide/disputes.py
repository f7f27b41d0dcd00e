"""归属申诉: she says that an order is hers, with evidence, and follows what headquarters answers."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from app.domain.orders.disputes import disputes_page
from app.flows.dispute_attribution import open_dispute
from app.kernel.errors import Refused
from app.web.shared.application import now
from app.web.shared.asking import page_number, tell
from app.web.shared.attribution_words import DISPUTE_STATES
from app.web.shared.serving import brand_id, db

from .blueprint import guide


class DisputeForm(FlaskForm):
    number = StringField(_("订单号"), render_kw={"inputmode": "numeric", "maxlength": 24, "autocomplete": "off"})
    phone_tail = StringField(_("顾客手机后四位"), render_kw={"inputmode": "numeric", "maxlength": 4, "autocomplete": "off"})
    evidence = TextAreaField(_("为什么是你的"), render_kw={"rows": 4, "maxlength": 1000})
    link_code = StringField(_("你的分享链接"), render_kw={"maxlength": 200, "autocomplete": "off"})


@guide.route("/disputes", methods=["GET", "POST"])
def disputes() -> ResponseReturnValue:
    form = DisputeForm()
    if request.method == "GET":
        return _page(form)
    try:
        with db().begin_nested():
            open_dispute(db(), brand_id=brand_id(), guide=g.guide, number=form.number.data or "", phone_tail=form.phone_tail.data or "",
                         evidence=form.evidence.data or "", link_code=form.link_code.data or "", now=now())
    except Refused as refused:
        tell(form, refused)
        return _page(form), 422
    flash(gettext("申诉已提交，总部会看双方的记录后答复。"), "ok")
    return redirect(url_for("guide.disputes"), 303)


def _page(form: DisputeForm) -> str:
    page = disputes_page(db(), brand_id=brand_id(), guide_id=g.guide.id, number=page_number())
    return render_template("guide/disputes.html", form=form, page=page, states=DISPUTE_STATES)
