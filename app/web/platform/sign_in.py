"""Operators sign in and out."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.kernel.errors import Refused
from app.web.shared.asking import tell
from app.web.shared.forms import EmailSignIn
from app.web.shared.returning import next_page
from app.web.shared.signing_in import sign_out as forget
from app.web.shared.throttling import limit_guesses

from .blueprint import platform
from .signing_in import check_operator, sign_in_operator


@platform.get("/sign-in")
def sign_in() -> str:
    return _page(EmailSignIn())


@platform.post("/sign-in")
@limit_guesses
def sign_in_post() -> ResponseReturnValue:
    form = EmailSignIn()
    operator = check_operator(form.login.data or "", form.password.data or "")
    if operator is None:
        tell(form, Refused("sign_in_failed", "账号或密码不正确"))
        return _page(form), 422
    sign_in_operator(operator)
    return redirect(next_page("platform", url_for("platform.brands")), 303)


@platform.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    forget("platform")
    flash(gettext("已退出登录"), "ok")
    return redirect(url_for("platform.sign_in"), 303)


def _page(form: EmailSignIn) -> str:
    return render_template("platform/sign_in.html", form=form, next=next_page("platform", ""))
