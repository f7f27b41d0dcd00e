"""Forms that more than one surface shows."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField


class EmailSignIn(FlaskForm):
    login = StringField(_("邮箱"), render_kw={"autocomplete": "username", "inputmode": "email", "autocapitalize": "none", "maxlength": 200})
    password = PasswordField(_("密码"), render_kw={"autocomplete": "current-password", "maxlength": 1000})


class PhoneSignIn(FlaskForm):
    login = StringField(_("手机号"), render_kw={"autocomplete": "username", "inputmode": "tel", "maxlength": 40})
    password = PasswordField(_("密码"), render_kw={"autocomplete": "current-password", "maxlength": 1000})


class NewPassword(FlaskForm):
    """`again` guards against a slip of the finger, `current` against someone at an open screen."""

    current = PasswordField(_("现在的密码"), render_kw={"autocomplete": "current-password", "maxlength": 1000})
    password = PasswordField(_("新密码"), render_kw={"autocomplete": "new-password", "maxlength": 128})
    again = PasswordField(_("再输一次"), render_kw={"autocomplete": "new-password", "maxlength": 128})
