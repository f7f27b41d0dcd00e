"""A person sets her own password, by activation link or from inside; both end her other sessions."""

from __future__ import annotations

from app.domain.people.actions import set_password
from app.domain.people.models import Account
from app.domain.people.rules import require_password
from app.kernel.errors import Refused

from .application import brand_session, now
from .forms import NewPassword
from .signing_in import hash_password, password_matches, sign_in


def take_password(surface: str, account: Account, form: NewPassword, *, knows_current: bool) -> None:
    """Checks, stores, and signs this browser in again. Refuses a wrong current password and a weak or mistyped new one."""
    if knows_current and not password_matches(account.password_hash, form.current.data or ""):
        raise Refused("password_wrong", "现在的密码不正确", field="current")
    password = checked_password(form, login=account.login)
    set_password(brand_session(account.brand_id), account=account, password_hash=hash_password(password))
    sign_in(surface, account, now=now())


def checked_password(form: NewPassword, *, login: str) -> str:
    password = require_password(form.password.data or "", login=login)
    if password != (form.again.data or ""):
        raise Refused("password_differs", "两次输入的密码不一样", field="again")
    return password
