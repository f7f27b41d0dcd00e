"""A colleague opens her activation link and sets her password; later she changes it here."""

from __future__ import annotations

from flask import flash, g, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.kernel.errors import Refused
from app.web.shared.activation import account_of
from app.web.shared.asking import tell
from app.web.shared.forms import NewPassword
from app.web.shared.own_password import take_password
from app.web.shared.throttling import limit_forms

from .blueprint import console
from .navigation import home_url


@console.get("/activate/<token>")
def activate(token: str) -> str:
    return render_template("console/activate.html", form=NewPassword(), account=account_of("console", token), own=False)


@console.post("/activate/<token>")
@limit_forms
def activate_post(token: str) -> ResponseReturnValue:
    account, form = account_of("console", token), NewPassword()
    try:
        take_password("console", account, form, knows_current=False)
    except Refused as refused:
        tell(form, refused)
        return render_template("console/activate.html", form=form, account=account, own=False), 422
    flash(gettext("密码已设置，欢迎使用"), "ok")
    return redirect(home_url(account.role), 303)


@console.get("/password")
def password() -> str:
    return render_template("console/password.html", form=NewPassword())


@console.post("/password")
@limit_forms
def password_post() -> ResponseReturnValue:
    form = NewPassword()
    try:
        take_password("console", g.account, form, knows_current=True)
    except Refused as refused:
        tell(form, refused)
        return render_template("console/password.html", form=form), 422
    flash(gettext("密码已更改，其他设备上的登录已结束"), "ok")
    return redirect(home_url(g.account.role), 303)
