"""A rostered guide opens her activation link and sets her password; later she changes it here."""

from __future__ import annotations

from flask import flash, g, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.kernel.errors import Refused
from app.web.shared.activation import account_of
from app.web.shared.asking import tell
from app.web.shared.forms import NewPassword
from app.web.shared.own_password import take_password
from app.web.shared.serving import brand
from app.web.shared.throttling import limit_forms

from .blueprint import guide
from .sign_in import home_url


@guide.get("/activate/<token>")
def activate(token: str) -> str:
    account = account_of("guide", token)
    return render_template("guide/activate.html", form=NewPassword(), account=account, brand=brand())


@guide.post("/activate/<token>")
@limit_forms
def activate_post(token: str) -> ResponseReturnValue:
    account, form = account_of("guide", token), NewPassword()
    try:
        take_password("guide", account, form, knows_current=False)
    except Refused as refused:
        tell(form, refused)
        return render_template("guide/activate.html", form=form, account=account, brand=brand()), 422
    flash(gettext("密码已设置，下次用手机号和密码登录"), "ok")
    return redirect(home_url(), 303)


@guide.get("/password")
def password() -> str:
    return render_template("guide/password.html", form=NewPassword())


@guide.post("/password")
@limit_forms
def password_post() -> ResponseReturnValue:
    form = NewPassword()
    try:
        take_password("guide", g.account, form, knows_current=True)
    except Refused as refused:
        tell(form, refused)
        return render_template("guide/password.html", form=form), 422
    flash(gettext("密码已更改，其他设备上的登录已结束"), "ok")
    return redirect(home_url(), 303)
