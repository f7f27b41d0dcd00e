"""Signing in to the console by e-mail, choosing among several brands, and out."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.people.rules import normal_email
from app.kernel.errors import Refused
from app.web.shared.asking import tell
from app.web.shared.entrance import Match, admitted, choice_token, chosen, go_in, matches
from app.web.shared.forms import EmailSignIn
from app.web.shared.returning import next_page
from app.web.shared.signing_in import sign_out as forget
from app.web.shared.throttling import limit_guesses

from .blueprint import console
from .navigation import home_url


@console.get("/sign-in")
def sign_in() -> str:
    return _page(EmailSignIn())


@console.post("/sign-in")
@limit_guesses
def sign_in_post() -> ResponseReturnValue:
    form = EmailSignIn()
    try:
        welcome = admitted(matches("console", _login(form), form.password.data or ""))
    except Refused as refused:
        tell(form, refused)
        return _page(form), 422
    if len(welcome) > 1:
        return render_template("console/choose_brand.html", choices=welcome, token=choice_token(welcome), next=next_page("console", ""))
    return _enter(welcome[0])


@console.post("/choose-brand")
def choose_brand() -> ResponseReturnValue:
    try:
        return _enter(chosen(request.form.get("token", ""), request.form.get("brand", "")))
    except Refused as refused:
        form = EmailSignIn(formdata=None)
        tell(form, refused)
        return _page(form), 422


@console.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    forget("console")
    flash(gettext("已退出登录"), "ok")
    return redirect(url_for("console.sign_in"), 303)


def _enter(one: Match) -> ResponseReturnValue:
    go_in("console", one)
    return redirect(next_page("console", home_url(one.account.role)), 303)


def _login(form: EmailSignIn) -> str:
    """What is no e-mail address belongs to nobody; it is treated like any unknown name."""
    try:
        return normal_email(form.login.data)
    except Refused:
        return ""


def _page(form: EmailSignIn) -> str:
    return render_template("console/sign_in.html", form=form, next=next_page("console", ""))
