"""The drift meter of the first page: each flagship, how much of it is the same here, and how old that knowledge is."""

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
    return [_row(one, now()) for one in drift(db(), brand_id=brand_id())]


def _row(one: Drift, at: datetime) -> dict[str, Any]:
    old = one.read_at is None or at - one.read_at > OLD
    if one.differing:
        words = ngettext("%(num)d 个 SKU 有差异", "%(num)d 个 SKU 有差异", one.differing)
    else:
        words = gettext("没有已知差异") if one.read_at else gettext("还没有同步过")
    badges = ((one.locked_out, gettext("需要重新授权"), "bad"), (one.heard, gettext("有新变化待读"), "info"), (old, gettext("数据旧了"), "warn"))
    badge = next(((label, kind) for holds, label, kind in badges if holds), None)
    return {"name": one.name, "href": url_for("console.source", source_id=one.source_id), "percent": one.same_percent, "words": words, "live": one.live,
            "age": age(at - one.read_at) if one.read_at else "", "badge": badge}


def age(passed: timedelta) -> str:
    """How long ago, in the largest unit that fits."""
    minutes = max(int(passed.total_seconds()) // 60, 0)
    if minutes < 60:
        return ngettext("%(num)d 分钟前", "%(num)d 分钟前", minutes)
    if minutes < 48 * 60:
        return ngettext("%(num)d 小时前", "%(num)d 小时前", minutes // 60)
    return ngettext("%(num)d 天前", "%(num)d 天前", minutes // 1440)
