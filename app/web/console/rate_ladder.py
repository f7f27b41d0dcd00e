"""The ladder drawn: its ten rungs with the rules on them, and how a worked example climbs it (R3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext

from app.domain.commission.models import CommissionRule
from app.domain.commission.queries import as_rule
from app.domain.commission.rules import RUNGS, in_force, rung_of
from app.domain.insights.rules_at_rest import no_commission_count
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from . import rate_words

MOST_SHOWN = 6


def label(row: CommissionRule, names: dict[UUID, str]) -> str:
    return f"R-{row.number} {rate_words.scope(row, names)}"


def ladder(rows: Sequence[CommissionRule], names: dict[UUID, str], hit: str = "", on: CommissionRule | None = None) -> list[dict[str, Any]]:
    """The ten rungs with their rules; with a worked example, which one it hit and which it no longer asked."""
    live = [row for row in rows if in_force(as_rule(row), now())]
    found = RUNGS.index(hit) if hit in RUNGS else len(RUNGS)
    steps = []
    for place, rung in enumerate(RUNGS):
        mine = [row for row in live if rung_of(as_rule(row)) == rung]
        state = "pass" if place < found else "hit" if place == found else "aft"
        steps.append({"title": str(rate_words.RUNGS[rung]), "state": state, "result": _result(rung, mine, state if hit else ""),
                      "subs": [_sub(row, names, on) for row in mine[:MOST_SHOWN]] if state == "hit" or not hit else (),
                      "note": label(on, names) if on and on in mine and hit and state != "hit" else ""})
    return steps


def _sub(row: CommissionRule, names: dict[UUID, str], on: CommissionRule | None) -> dict[str, Any]:
    return {"label": label(row, names), "value": rate_words.measure(row), "on": bool(on and on.number == row.number),
            "href": url_for("console.rule", rule_id=row.id)}


def _result(rung: str, rows: Sequence[CommissionRule], state: str) -> str:
    if rung == "no_commission":
        count = no_commission_count(db(), brand_id=brand_id())
        text = gettext("%(count)d 个 SKU", count=count) if count else gettext("没有")
    else:
        text = gettext("%(count)d 条", count=len(rows)) if rows else gettext("无规则")
    said = {"pass": gettext("没命中"), "hit": gettext("命中"), "aft": gettext("不再看")}.get(state)
    return f"{text} · {said}" if said else text
