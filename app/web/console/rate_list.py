"""Commission rules as a list: by the ladder or another order, filtered, beside the ladder itself (R3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from app.domain.commission.models import CommissionRule
from app.domain.commission.queries import as_rule, current_rules, ended_rules
from app.domain.commission.rules import RUNGS, rung_of
from app.domain.insights.rate_choices import scope_names
from app.domain.insights.rules_at_rest import idle_rules
from app.kernel.paging import PAGE_SIZE, Page
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.serving import actor, brand_id, db

from . import asked, rate_words
from .blueprint import console
from .rate_ladder import label, ladder

SORTS: dict[str, Callable[[CommissionRule], Any]] = {
    "number": lambda row: (row.number, row.version), "rate": lambda row: (row.rate_bp is None, row.rate_bp or row.amount_minor or 0),
    "referrer": lambda row: row.referrer_bp, "from": lambda row: row.effective_from}
"""Without one of them the list stands as the ladder does."""


@console.get("/rates")
def rules() -> ResponseReturnValue:
    actor().require("rates:view")
    moment, kept = now(), _asked()
    live = current_rules(db(), brand_id=brand_id(), now=moment)
    rows = ended_rules(db(), brand_id=brand_id(), now=moment) if kept["state"] == "ended" else live
    names = scope_names(db(), brand_id=brand_id(), rules=[*live, *rows])
    shown = _sorted([row for row in rows if _wanted(row, label(row, names), kept, moment)], kept["sort"])
    number = min(page_number(), max(1, -(-len(shown) // PAGE_SIZE)))
    idle = idle_rules(db(), brand_id=brand_id(), now=moment)
    return render_template(
        "console/rules.html", page=Page(shown[(number - 1) * PAGE_SIZE:number * PAGE_SIZE], len(shown), number), names=names, words=rate_words, idle=idle,
        idle_ids={row.id for row, _ in idle}, kept=kept, now=moment, query=asked.query(**kept), rung_of=lambda row: rung_of(as_rule(row)),
        ladder=ladder(live, names), has_rules=bool(live or rows), may_edit=actor().may("rates:edit"))


def _asked() -> dict[str, str]:
    sort = asked.one_of("sort", (prefix + name for name in SORTS for prefix in ("", "-")))
    return {"q": asked.text("q"), "rung": asked.one_of("rung", RUNGS), "scope": asked.one_of("scope", rate_words.SCOPES),
            "state": asked.one_of("state", rate_words.STATES), "sort": sort}


def _wanted(row: CommissionRule, text: str, kept: dict[str, str], moment: datetime) -> bool:
    return ((not kept["rung"] or rung_of(as_rule(row)) == kept["rung"]) and (not kept["scope"] or _asks_for(row, kept["scope"]))
            and (not kept["state"] or rate_words.state(row, moment) == kept["state"]) and kept["q"].lower() in text.lower())


def _asks_for(row: CommissionRule, scope: str) -> bool:
    if scope == "brand":
        return not any(getattr(row, name) for name in rate_words.SCOPES if name != "brand")
    return getattr(row, scope) is not None


def _sorted(rows: list[CommissionRule], sort: str) -> list[CommissionRule]:
    return sorted(rows, key=SORTS[sort.lstrip("-")], reverse=sort.startswith("-")) if sort else rows
