"""How tasks are called."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import format_date, gettext
from flask_babel import lazy_gettext as _l

KINDS: dict[str, Any] = {"share": _l("分享"), "follow_up": _l("回访"), "script": _l("话术"), "visit": _l("到店"), "learn": _l("学习"), "other": _l("其他")}
ICONS = {"share": "share", "follow_up": "phone", "script": "chat", "visit": "store", "learn": "star", "other": "check-circle"}
AUDIENCES: dict[str, Any] = {"all": _l("所有导购"), "staff": _l("店员"), "affiliate": _l("分销员")}
SCHEDULES: dict[str, Any] = {"daily": _l("每天"), "weekly": _l("每周一天"), "once": _l("只一天")}
SLOTS: dict[str, Any] = {"morning": _l("早间 10:00"), "noon": _l("午间 12:30")}
EVIDENCE: dict[str, Any] = {"none": _l("打勾就行"), "text": _l("写一句"), "photo": _l("附照片")}
STANDS: dict[str, tuple[Any, str]] = {
    "running": (_l("进行中"), "ok"), "coming": (_l("还没开始"), "info"), "paused": (_l("已暂停"), "warn"), "ended": (_l("已结束"), "")}
STATES: dict[str, tuple[Any, str]] = {"open": (_l("待做"), "info"), "done": (_l("按时做了"), "ok"), "late": (_l("逾期"), "bad"), "excused": (_l("免做"), "")}
MADE_UP = _l("逾期补做")
MONDAY = date(2024, 1, 1)


def weekdays() -> list[tuple[int, str]]:
    """(1, Monday) to (7, Sunday), in the reader's language."""
    return [(number, format_date(MONDAY.replace(day=number), "EEEE")) for number in range(1, 8)]


def when(one: Any) -> str:
    """On which days and from what hour, as people say it: 每天 · 早间 10:00."""
    if one.schedule == "weekly":
        days = gettext("每%(day)s", day=format_date(MONDAY.replace(day=one.weekday), "EEE"))
    else:
        days = format_date(one.from_day, "yyyy-MM-dd") if one.schedule == "once" else str(SCHEDULES["daily"])
    return " · ".join([days, *(str(text) for slot, text in SLOTS.items() if getattr(one, slot))])


def state_of(state: str, done_at: object) -> tuple[Any, str]:
    """(word, colour) of an assignment; late and handed in after all is its own."""
    return (MADE_UP, "warn") if state == "late" and done_at else STATES[state]
