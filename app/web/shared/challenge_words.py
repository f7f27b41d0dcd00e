"""How challenges are called, and how a goal reads."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from app.domain.challenges.models import Challenge

from .formats import priced

GOALS: dict[str, Any] = {"orders": _l("卖出几单"), "sales": _l("卖到多少钱")}
STANDS: dict[str, tuple[Any, str]] = {
    "coming": (_l("还没开始"), "info"), "running": (_l("进行中"), "ok"), "waiting": (_l("等确认发奖"), "warn"), "paid": (_l("已发奖"), ""),
    "cancelled": (_l("已取消"), "")}


def amount(kind: str, sold: int) -> str:
    """12 单, or ¥1,200.00."""
    return priced(sold) if kind == "sales" else ngettext("%(num)d 单", "%(num)d 单", sold)


def goal(one: Challenge) -> str:
    return gettext("卖到 %(goal)s", goal=amount(one.goal_kind, one.goal))
