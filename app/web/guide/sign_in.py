"""Signing in to the guide app by phone, waiting for approval, and out."""

from __future__ import annotations

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.fraud.actions import note_device
from app.domain.guides.models import Guide
from app.domain.guides.rules import normal_phone
from app.kernel.errors import Refused
from app.web.shared.application import brand_session, now
from app.web.shared.asking import tell
from app.web.shared.entrance import Match, admitted, choice_token, chosen, go_in, matches
from app.web.shared.forms import PhoneSignIn
from app.web.shared.returning import next_page
from app.web.shared.signing_in import sign_out as forget
from app.web.shared.throttling import limit_guesses
from app.web.shared.visitor_cookie import visitor_id

from .blueprint import guide
from .installing import forget_kept


@guide.get("/sign-in")
def sign_in() -> str:
    return _page(PhoneSignIn())


@guide.post("/sign-in")
@limit_guesses
def sign_in_post() -> ResponseReturnValue:
    form = PhoneSignIn()
    try:
        welcome = admitted(matches("guide", _login(form), form.password.data or ""))
    except Refused as refused:
        tell(form, refused)
        return _page(form), 422
    if len(welcome) > 1:
        return render_template("guide/choose_brand.html", choices=welcome, token=choice_token(welcome), next=next_page("guide", ""))
    return _enter(welcome[0])


@guide.post("/choose-brand")
def choose_brand() -> ResponseReturnValue:
    try:
        return _enter(chosen(request.form.get("token", ""), request.form.get("brand", "")))
    except Refused as refused:
        form = PhoneSignIn(formdata=None)
        tell(form, refused)
        return _page(form), 422


@guide.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    forget("guide")
    flash(gettext("已退出登录"), "ok")
    return forget_kept(make_response(redirect(url_for("guide.sign_in"), 303)))


@guide.get("/waiting")
def waiting() -> ResponseReturnValue:
    """What a guide sees until HQ or her store manager has approved her."""
    if g.guide.status != "pending":
        return redirect(home_url(), 303)
    return render_template("guide/waiting.html", guide=g.guide)


def home_url() -> str:
    return url_for("guide.today")


def _enter(one: Match) -> ResponseReturnValue:
    go_in("guide", one)
    _know_browser(one)
    return redirect(next_page("guide", home_url()), 303)


def _know_browser(one: Match) -> None:
    """Orders placed in this browser are looked at (domain/fraud): kept is a digest of the storefront's cookie, if there is one."""
    session, brand_id = brand_session(one.brand.id), one.brand.id
    guide_id = session.scalar(select(Guide.id).where(Guide.brand_id == brand_id, Guide.account_id == one.account.id))
    if guide_id:
        note_device(session, brand_id=brand_id, guide_id=guide_id, visitor=visitor_id(), now=now())


def _login(form: PhoneSignIn) -> str:
    """What is no phone number belongs to nobody; it is treated like any unknown one."""
    try:
        return normal_phone(form.login.data)
    except Refused:
        return ""


def _page(form: PhoneSignIn) -> str:
    return render_template("guide/sign_in.html", form=form, next=next_page("guide", ""))
