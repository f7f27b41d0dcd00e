"""Sign-in names, passwords, and which role stands on which unit."""

from __future__ import annotations

import re

from app.kernel.errors import Refused
from app.kernel.texts import clean

CONSOLE_ROLES = ("owner", "operations", "finance", "region_manager", "store_manager")
SCOPES = {"region_manager": ("region", "dealer", "mall"), "store_manager": ("store",)}
EMAIL = re.compile(r"[^\s@,;<>()\"]{1,64}@[^\s@,;<>()\".]+(\.[^\s@,;<>()\".]+)+")
SHORTEST, LONGEST = 8, 128
COMMON = frozenset({"password", "12345678", "123456789", "1234567890", "11111111", "88888888", "00000000", "qwertyui", "qwerty123",
                    "abc12345", "password1", "66666666", "iloveyou", "a1234567", "1qaz2wsx"})


def normal_email(text: object, *, field: str = "login") -> str:
    """An e-mail address in lower case."""
    email = clean(text).lower()
    if len(email) > 200 or not EMAIL.fullmatch(email):
        raise Refused("email_invalid", "“%(email)s”不是有效的邮箱", field=field, email=email[:60])
    return email


def require_password(password: str, *, login: str = "", field: str = "password") -> str:
    """At least 8 characters, not a password everybody tries, not the sign-in name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refused("password_length", "密码须为 %(least)d 到 %(most)d 位", field=field, least=SHORTEST, most=LONGEST)
    if password.lower() in COMMON or len(set(password)) < 3 or (login and password.lower() in login.lower()):
        raise Refused("password_common", "这个密码太容易猜到，请换一个", field=field)
    return password


def require_role(role: str, unit_kind: str | None) -> None:
    """Region managers stand on a region, dealer or mall, store managers on a store, all others on the brand."""
    if role not in CONSOLE_ROLES:
        raise Refused("role_unknown", "没有这个角色", field="role")
    if role in SCOPES and unit_kind not in SCOPES[role]:
        raise Refused("role_scope", "这个角色需要选择它管理的组织", field="org_unit_id")
    if role not in SCOPES and unit_kind is not None:
        raise Refused("role_scope", "这个角色管理整个品牌，不能限定组织", field="org_unit_id")
