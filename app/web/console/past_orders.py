"""Past orders under a draft, as the forms of rules and split plans show them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.flows.guard_margin import refusal
from app.flows.rehearse_terms import PERIODS, Change, Rehearsal, Tally, period_of, rehearse_terms
from app.kernel.errors import NotFound, Refused
from app.web.shared.application import now
from app.web.shared.errors import says
from app.web.shared.serving import brand, brand_id, db

from .order_view import colour
from .order_words import ROLES, word

WORDS: dict[str, Any] = {"month": _l("上个月"), "7": _l("最近 7 天"), "30": _l("最近 30 天"), "90": _l("最近 90 天")}


def asked_for(change: Change, starts: Callable[[], datetime | None]) -> dict[str, Any]:
    """`past`, or `past_problem`, when the form asked for it; `period` and `periods` of its picker."""
    period = request.form.get("period", "")
    period = period if period in PERIODS else "month"
    shown: dict[str, Any] = {"period": period, "periods": list(WORDS.items()), "past": None, "past_problem": ""}
    if not request.form.get("rehearse"):
        return shown
    try:
        since, until = period_of(period, now=now(), timezone=brand().timezone)
        found = rehearse_terms(db(), brand_id=brand_id(), change=change, since=since, until=until, at=starts(), now=now())
    except NotFound:
        return shown | {"past_problem": gettext("选的东西已经不在了，请重新选择。")}
    except Refused as refused:
        return shown | {"past_problem": says(refused)}
    return shown | {"past": _shown(found)}


def _shown(found: Rehearsal) -> dict[str, Any]:
    """What the template draws; roles stand as everywhere, the brand last."""
    roles = [_row(word(ROLES, role), colour(role), found.roles[role]) for role in ROLES if role in found.roles]
    return {
        "period": found.period, "changed": found.changed, "cut": found.cut, "drift_minor": found.drift_minor, "roles": roles,
        "between": any(row["then_minor"] != row["now_minor"] for row in roles),
        "problem": says(refusal(found.overruns[0], currency=brand().currency)) if found.overruns else "", "most": _most(roles),
        "then": [_part(row, "then_minor") for row in roles], "draft": [_part(row, "draft_minor") for row in roles],
        "movers": [(title, rows, _most(rows)) for title, rows in (
            (gettext("动得最多的导购（她自己的佣金）"), [_row(one.name, "guide", one.tally) for one in found.guides]),
            (gettext("动得最多的门店（这家订单分出去的合计）"), [_row(one.name, "store", one.tally) for one in found.stores])) if rows],
        "samples": [{"title": one.good.title, "sku": one.good.sku, "price_minor": one.good.price_minor, "seller": one.seller,
                     "now": _parts(one.now), "draft": _parts(one.draft)} for one in found.samples]}


def _row(label: str, party: str, tally: Tally) -> dict[str, Any]:
    return {"label": label, "party": party, "then_minor": tally.then_minor, "now_minor": tally.now_minor, "draft_minor": tally.draft_minor,
            "moved_minor": tally.moved_minor}


def _part(row: dict[str, Any], column: str) -> dict[str, Any]:
    return {"party": row["party"], "label": row["label"], "minor": row[column]}


def _parts(shares: Any) -> list[dict[str, Any]]:
    return [{"party": colour(role), "label": word(ROLES, role), "minor": shares[role]} for role in ROLES if role in shares]


def _most(rows: list[dict[str, Any]]) -> int:
    """The longest bar."""
    return max((abs(row["moved_minor"]) for row in rows), default=0)
