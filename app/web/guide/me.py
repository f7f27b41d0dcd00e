"""我: who she is here, her words on every shared page, language, password, sign-out."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.brands.queries import settings_of
from app.domain.guides.actions import say_words
from app.kernel.errors import Refused
from app.web.shared.errors import says
from app.web.shared.here import here_picture
from app.web.shared.serving import brand, brand_id, db

from .blueprint import guide
from .today import avatar_url


@guide.get("/me")
def me() -> str:
    return _page(g.guide.words)


@guide.post("/me")
def me_post() -> ResponseReturnValue:
    """Her own words about what she sells; empty takes them off the pages."""
    try:
        say_words(db(), brand_id=brand_id(), guide_id=g.guide.id, words=request.form.get("words", ""))
    except Refused as refused:
        return _page(request.form.get("words", "")[:400], says(refused)), 422
    flash(gettext("已保存，分享页很快会换上"), "ok")
    return redirect(url_for("guide.me"), 303)


def _page(words: str, problem: str = "") -> str:
    return render_template("guide/me.html", words=words, problem=problem, store=g.guide.store, brand=brand(), avatar=avatar_url(),
                           two_levels=settings_of(db(), brand_id=brand_id()).two_levels,
                           served=here_picture(g=g.guide.employee_no) if g.guide.employee_no else "")
