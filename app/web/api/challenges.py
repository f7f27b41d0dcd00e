"""/challenges: rewards for sales with a capped budget; who makes one is not who pays it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.challenges.actions import add_challenge, cancel_challenge
from app.domain.challenges.models import Challenge
from app.domain.challenges.queries import rewards_of, standing_at
from app.domain.challenges.rules import GOALS, STANDS, stands, winners
from app.domain.insights.challenge_standings import standings
from app.flows.pay_challenge import pay_challenge
from app.kernel.clock import local_day
from app.web.shared.application import now
from app.web.shared.serving import brand, brand_id, db

from .fields import Amount, Choice, Day, Flag, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "guides"}
MOST_GOAL = 10**12


class ChallengeOut(Shape):
    id = Ref("challenge")
    title = Text(60)
    what = Text(500)
    org_unit_id = Ref("org unit", allow_none=True)
    goal_kind = Choice(*GOALS)
    goal = Whole(1, MOST_GOAL, metadata={"description": "A number of orders, or minor units of sales."})
    reward = Amount(attribute="reward_minor")
    budget = Amount(attribute="budget_minor")
    rewarded = Amount(attribute="rewarded_minor", metadata={"description": "Paid of the budget so far; never more than it."})
    from_day = Day()
    to_day = Day(metadata={"description": "Included."})
    state = Choice(*STANDS, metadata={"description": "`waiting`: it is over and not paid yet."})
    created_by = Text(80)
    decided_by = Text(80)
    decided_at = When(allow_none=True)


class NewChallenge(Shape):
    title = Text(60, least=1, required=True)
    what = Text(500, load_default="")
    org_unit_id = Ref("org unit", load_default=None, allow_none=True, metadata={"description": "Guides of stores at or below it; null is the whole brand."})
    goal_kind = Choice(*GOALS, required=True)
    goal = Whole(1, MOST_GOAL, required=True)
    reward = Amount(1, required=True, metadata={"description": "Minor units, for each who reaches the goal, first come first served."})
    budget = Amount(1, required=True, metadata={"description": "Minor units; who reaches the goal when it is used up gets nothing."})
    from_day = Day(required=True)
    to_day = Day(required=True)


class ChallengeQuery(Paging):
    state = Choice(*STANDS, load_default=None)


class StandingOut(Shape):
    guide_id = Ref("guide")
    name = Text(80)
    store = Text(80)
    sold = Whole(metadata={"description": "Orders, or minor units of sales, that count."})
    reached_at = When(allow_none=True)
    wins = Flag(metadata={"description": "Inside the budget as it stands now."})


class RewardOut(Shape):
    guide_id = Ref("guide")
    place = Whole()
    amount = Amount(attribute="amount_minor")


class Standings(Shape):
    guides = Nest(StandingOut, many=True)
    rewards = Nest(RewardOut, many=True, metadata={"description": "What was paid, once it was."})


@v1.get("/challenges", listed=ChallengeOut, query=ChallengeQuery, scope="guides:read", summary="Challenges", **TAG)
def list_challenges(query: dict[str, Any]) -> Rows:
    statement = select(Challenge)
    if query["state"]:
        statement = statement.where(standing_at(query["state"], _today()))
    page = listed(statement, Challenge, query)
    return Rows([_shown(one) for one in page.items], page.next_cursor)


@v1.get("/challenges/<id>", out=ChallengeOut, scope="guides:read", summary="One challenge", **TAG)
def get_challenge(id: str) -> dict[str, Any]:
    return _shown(found(Challenge, id))


@v1.get("/challenges/<id>/standings", out=Standings, scope="guides:read", summary="Who stands where", **TAG)
def challenge_standings(id: str) -> dict[str, Any]:
    """Who reached the goal first stands first, then who is nearest."""
    one = found(Challenge, id)
    rows = standings(db(), brand_id=brand_id(), challenge=one, timezone=brand().timezone)
    won = {there.guide_id for there in winners([row.standing for row in rows], reward_minor=one.reward_minor, budget_minor=one.budget_minor)}
    return {"guides": [{"guide_id": row.standing.guide_id, "name": row.name, "store": row.store_name, "sold": row.standing.sold,
                        "reached_at": row.standing.reached_at, "wins": row.standing.guide_id in won} for row in rows],
            "rewards": rewards_of(db(), brand_id=brand_id(), challenge_id=one.id)}


@v1.post("/challenges", body=NewChallenge, out=ChallengeOut, status=201, scope="money:write", summary="Announce a challenge", **TAG)
def make_challenge(body: dict[str, Any]) -> dict[str, Any]:
    """Its rewards are the brand's; the budget is the cap, held by the table. It can be called off until it begins."""
    facts = {name: value for name, value in body.items() if name not in ("reward", "budget")}
    made = add_challenge(db(), brand_id=brand_id(), reward_minor=body["reward"], budget_minor=body["budget"], today=_today(), **facts)
    return _shown(found(Challenge, made.id, fresh=True))


@v1.post("/challenges/<id>/cancel", out=ChallengeOut, scope="money:write", summary="Call a challenge off", **TAG)
def call_off(id: str) -> dict[str, Any]:
    """409 `challenge_begun` once it has begun: the promise stands."""
    one = cancel_challenge(db(), brand_id=brand_id(), challenge_id=found(Challenge, id).id, now=now(), today=_today())
    return _shown(found(Challenge, one.id, fresh=True))


@v1.post("/challenges/<id>/pay", out=ChallengeOut, scope="money:write", summary="Pay a challenge", **TAG)
def pay(id: str) -> dict[str, Any]:
    """By another principal than the one that made it, after the last order's after-sale window; the budget is never exceeded."""
    one = pay_challenge(db(), brand_id=brand_id(), challenge_id=found(Challenge, id).id, now=now())
    return _shown(found(Challenge, one.id, fresh=True))


def _today() -> Any:
    return local_day(now(), brand().timezone)


def _shown(one: Challenge) -> dict[str, Any]:
    state = stands(state=one.state, from_day=one.from_day, to_day=one.to_day, today=_today())
    return {name: getattr(one, name) for name in ("id", "title", "what", "org_unit_id", "goal_kind", "goal", "reward_minor", "budget_minor",
                                                  "rewarded_minor", "from_day", "to_day", "created_by", "decided_by", "decided_at")} | {"state": state}
