"""Signing in with login and password, for console and guide app: whoever fails learns nothing about whether the name exists."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.guides.models import Guide
from app.domain.people.models import Account
from app.domain.people.queries import account_by_login, brands_of_login
from app.kernel.errors import Refused
from app.kernel.ids import parse_id

from .application import brand_session, global_session, now
from .signed_tokens import read, sign
from .signing_in import password_matches, sign_in

CHOICE_SECONDS = 300
MOST_BRANDS = 20


@dataclass(frozen=True, slots=True)
class Match:
    """An account whose password was right, in its brand."""

    brand: Brand
    account: Account


def matches(surface: str, login: str, password: str) -> list[Match]:
    """Accounts of this login, on this surface, whose password this is. One is checked even if there is none.

    Each brand gives its connection back before the next is asked: a phone may be known to more brands than there are connections.
    """
    found: list[Match] = []
    checked = 0
    for brand_id in brands_of_login(global_session(), login=login)[:MOST_BRANDS]:
        account = account_by_login(brand_session(brand_id), brand_id=brand_id, login=login)
        brand_session(brand_id).commit()
        if account is None or (account.role == "guide") is not (surface == "guide"):
            continue
        checked += 1
        if password_matches(account.password_hash, password):
            found.append(Match(global_session().get_one(Brand, brand_id), account))
    if not checked:
        password_matches("", password)
    return found


def admitted(found: list[Match]) -> list[Match]:
    """Those who may go in. Refuses with the reason when the password was right and still nobody may."""
    problems = [_problem(one) for one in found]
    welcome = [one for one, problem in zip(found, problems, strict=True) if problem is None]
    if welcome:
        return welcome
    raise next((problem for problem in problems if problem), Refused("sign_in_failed", "账号或密码不正确"))


def _problem(one: Match) -> Refused | None:
    if one.brand.status == "pending":
        return Refused("brand_pending", "品牌“%(name)s”正在审核，通过后就可以登录", name=one.brand.name)
    if one.brand.status != "approved":
        return Refused("brand_suspended", "品牌“%(name)s”已停用，请联系平台", name=one.brand.name)
    if one.account.role == "guide":
        session = brand_session(one.brand.id)
        status = session.scalar(select(Guide.status).where(Guide.brand_id == one.brand.id, Guide.account_id == one.account.id))
        session.commit()
        if guide_problem(status):
            return guide_problem(status)
    return None if one.account.active else Refused("account_ended", "这个账号已停用，请联系品牌负责人")


def guide_problem(status: str | None) -> Refused | None:
    """Why a guide of this status may not enter."""
    if status == "suspended":
        return Refused("guide_suspended", "你的账号已被停用，请联系店长")
    if status == "left":
        return Refused("guide_left", "你的账号已办理离职，不能再登录")
    if status == "rejected":
        return Refused("guide_rejected", "你的加入申请没有通过，请联系店长")
    return None


def choice_token(welcome: list[Match]) -> str:
    """Proof, good for five minutes, that the password of these accounts was right."""
    return sign("choose-brand", [[one.brand.id, str(one.account.id), one.account.epoch] for one in welcome])


def chosen(token: str, brand_id: str) -> Match:
    """The account of the brand she picked."""
    for known_brand, account_id, epoch in read("choose-brand", token, max_age=CHOICE_SECONDS) or ():
        if str(known_brand) != brand_id:
            continue
        session = brand_session(known_brand)
        account = session.scalar(select(Account).where(Account.id == parse_id(account_id), Account.active, Account.epoch == epoch))
        if account is not None:
            return admitted([Match(global_session().get_one(Brand, known_brand), account)])[0]
    raise Refused("choice_expired", "选择已过期，请重新登录")


def go_in(surface: str, one: Match) -> None:
    sign_in(surface, one.account, now=now())
