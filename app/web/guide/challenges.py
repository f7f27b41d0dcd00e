"""挑战赛: what she can win by selling, how far she is, and how many places are left."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g, render_template

from app.domain.challenges.models import Challenge
from app.domain.challenges.queries import hers, won_by
from app.domain.challenges.rules import places, stands, winners
from app.domain.insights.challenge_standings import standings
from app.kernel.clock import local_day
from app.web.shared import challenge_words as words
from app.web.shared.application import now
from app.web.shared.serving import brand, brand_id, db

from .blueprint import guide


@guide.get("/challenges")
def challenges() -> str:
    paid = won_by(db(), brand_id=brand_id(), guide_id=g.guide.id)
    rows = [_row(one, paid) for one in hers(db(), brand_id=brand_id(), path=g.guide.store.path)]
    return render_template("guide/challenges.html", rows=sorted(rows, key=lambda row: ORDER.index(row["state"])), stands=words.STANDS)


ORDER = ("running", "coming", "waiting", "paid")


def _row(one: Challenge, paid: set[UUID]) -> dict[str, Any]:
    found = [row.standing for row in standings(db(), brand_id=brand_id(), challenge=one, timezone=brand().timezone)]
    won = [standing.guide_id for standing in winners(found, reward_minor=one.reward_minor, budget_minor=one.budget_minor)]
    sold = next((standing.sold for standing in found if standing.guide_id == g.guide.id), 0)
    return {"challenge": one, "state": stands(state=one.state, from_day=one.from_day, to_day=one.to_day, today=local_day(now(), brand().timezone)),
            "goal": words.goal(one), "sold": words.amount(one.goal_kind, sold), "percent": min(sold * 100 // one.goal, 100),
            "left": places(one.reward_minor, one.budget_minor) - len(won), "won": one.id in paid if one.state == "paid" else g.guide.id in won}
