"""What stands at the online provider, in words: states, methods, who bears the fee."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.provider.models import Charge
from app.kernel.money import exponent, half_up

SESSIONS: dict[str, tuple[Any, str]] = {
    "due": (_l("还没打开"), ""), "open": (_l("等她付款"), "info"), "complete": (_l("已完成"), "ok"), "expired": (_l("已过期"), ""),
    "refused": (_l("被拒绝"), "bad")}
METHODS = {"card": _l("银行卡"), "alipay": _l("支付宝"), "wechat_pay": _l("微信支付")}
BEARERS = {"brand": _l("品牌承担"), "platform": _l("平台承担")}


def method(code: str) -> str:
    return str(METHODS.get(code, code)) or gettext("还不知道")


def said(words: dict[str, tuple[Any, str]], state: str) -> tuple[str, str]:
    """(word, tone) of a state."""
    found = words.get(state)
    return (str(found[0]), found[1]) if found else (state, "")


def rate(charge: Charge) -> str:
    """'1 CNY = 0.1800 SGD', to four places, from the two amounts; '' while one is unknown or both are the same currency."""
    if charge.settled_minor is None or charge.currency == charge.settled_currency:
        return ""
    four = half_up(charge.settled_minor * 10 ** (exponent(charge.currency) + 4), charge.amount_minor * 10 ** exponent(charge.settled_currency))
    return f"1 {charge.currency} = {four // 10_000}.{four % 10_000:04d} {charge.settled_currency}"
