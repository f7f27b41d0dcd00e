"""The drift meter of the first page: each flagship, how much of it is the same here, how old that knowledge is,
and how many SKUs are hidden because it is too old."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from app.domain.insights.drift import Drift, drift
from app.web.shared.application import now
from app.web.shared.serving import actor, brand_id, db

OLD = timedelta(hours=24)


def drift_rows() -> list[dict[str, Any]]:
    """Empty for who does not look after the catalogue of the whole brand."""
    if not actor().may("catalog:view") or actor().within is not None:
        return []
    return [_row(one, now()) for one in drift(db(), brand_id=brand_id(), now=now())]


def _row(one: Drift, at: datetime) -> dict[str, Any]:
    old = one.read_at is None or at - one.read_at > OLD
    badges = ((not one.active, gettext("已断开"), "bad"), (one.locked_out, gettext("需要重新授权"), "bad"),
              (bool(one.hidden), gettext("有库存被藏起"), "bad"), (one.heard, gettext("有新变化待读"), "info"), (old, gettext("数据旧了"), "warn"))
    badge = next(((label, kind) for holds, label, kind in badges if holds), None)
    rest = max(one.live - one.differing - one.hidden, 0)
    return {"name": one.name, "href": url_for("console.source", source_id=one.source_id), "percent": one.same_percent, "words": _differs(one),
            "hidden": one.hidden, "live": one.live, "parts": [("b-same", rest), ("b-update", one.differing), ("b-fail", one.hidden)],
            "age": age(at - one.read_at) if one.read_at else "", "aged": one.aged_percent(at), "trust": _trust(one, at), "badge": badge,
            "sync": url_for("console.sync_now", source_id=one.source_id) if _readable(one) else ""}


def _readable(one: Drift) -> bool:
    """Something is hidden, and this person can read it back with one press."""
    return one.hidden > 0 and one.active and not one.locked_out and actor().may("catalog:edit")


def _differs(one: Drift) -> str:
    if one.differing:
        said = ngettext("%(num)d 个 SKU 有差异", "%(num)d 个 SKU 有差异", one.differing)
    else:
        said = gettext("没有已知差异") if one.read_at else gettext("还没有同步过")
    return f"{said} · " + ngettext("%(num)d 个 SKU 已藏起", "%(num)d 个 SKU 已藏起", one.hidden) if one.hidden else said


def _trust(one: Drift, at: datetime) -> str:
    """How long its stock is still believed."""
    if one.ttl_hours is None:
        return ""
    left = one.confirmed_at + timedelta(hours=one.ttl_hours) - at
    said = gettext("库存还信 %(time)s", time=_span(left)) if left > timedelta(0) else gettext("库存已过时效")
    return said if one.scheduled or not one.active else gettext("%(said)s · 没有定时读取，到时会藏起", said=said)


def _span(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    return ngettext("%(num)d 分钟", "%(num)d 分钟", minutes) if minutes < 60 else ngettext("%(num)d 小时", "%(num)d 小时", minutes // 60)


def age(passed: timedelta) -> str:
    """How long ago, in the largest unit that fits."""
    minutes = max(int(passed.total_seconds()) // 60, 0)
    if minutes < 60:
        return ngettext("%(num)d 分钟前", "%(num)d 分钟前", minutes)
    if minutes < 48 * 60:
        return ngettext("%(num)d 小时前", "%(num)d 小时前", minutes // 60)
    return ngettext("%(num)d 天前", "%(num)d 天前", minutes // 1440)
