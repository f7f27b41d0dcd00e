"""The rewards of a challenge: confirmed by a second person after returns have had their time, each posted once, never beyond the budget.

Why at the end and not at each goal: an order may come back, and a reward once paid would have to be asked back from a guide. Why a second
person: who makes a challenge chooses whom it pays, so another confirms it. One challenge is paid in one transaction, under its row's
lock; the cause of each posting and the key of each reward are unique, and the table refuses more than the budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.queries import brand, settings_of
from app.domain.challenges.actions import decide
from app.domain.challenges.models import Challenge, ChallengeReward
from app.domain.challenges.queries import challenge_of
from app.domain.challenges.rules import Standing, pays_from, winners
from app.domain.guides.models import Guide
from app.domain.insights.challenge_standings import standings
from app.domain.ledger.actions import Entry, posting
from app.domain.ledger.queries import house_payees
from app.domain.notices.actions import Telling, tell
from app.domain.people.audit import acting
from app.kernel.db import gather
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_id


def pay_challenge(session: Session, *, brand_id: int, challenge_id: UUID, now: datetime) -> Challenge:
    """Who reached the goal first is paid until the budget is used; with nobody it ends unpaid.

    Refused second_person to who made it; Conflict challenge_early before returns have had their time, challenge_decided twice.
    """
    found = challenge_of(session, brand_id=brand_id, challenge_id=challenge_id, lock=True)
    if found.state != "open":
        raise Conflict("challenge_decided", "这个挑战赛已经有结果了")
    if acting(session).ref == found.created_by_id:
        raise Refused("second_person", "建挑战赛和确认发奖必须是两个人，请另一位同事来定")
    _require_over(session, found, now)
    won = winners([one.standing for one in standings(session, brand_id=brand_id, challenge=found, timezone=brand(session, brand_id=brand_id).timezone)],
                  reward_minor=found.reward_minor, budget_minor=found.budget_minor)
    reward(session, found, won, now)
    decide(session, found, "paid", now)
    return found


def reward(session: Session, challenge: Challenge, won: Sequence[Standing], now: datetime) -> None:
    """Posts each reward from the brand's available balance to the guide's, and tells her."""
    brand_id = challenge.brand_id
    challenge.rewarded_minor += challenge.reward_minor * len(won)
    session.add_all([ChallengeReward(brand_id=brand_id, id=new_id(), challenge_id=challenge.id, guide_id=one.guide_id, place=place,
                                     reached_at=one.reached_at, amount_minor=challenge.reward_minor) for place, one in enumerate(won, 1)])
    session.flush()
    people = {one.id: one for one in session.scalars(select(Guide).where(Guide.brand_id == brand_id, Guide.id.in_([one.guide_id for one in won])))}
    house = house_payees(session, brand_id=brand_id)["brand"]
    for one in won:
        gather(session, *posting(
            brand_id=brand_id, cause=f"challenge:{challenge.id}:{one.guide_id}", kind="reward", now=now,
            entries=[Entry(people[one.guide_id].payee_id, "reward", "available", challenge.reward_minor),
                     Entry(house, "reward", "available", -challenge.reward_minor)],
            note={"challenge_id": str(challenge.id), "title": challenge.title}))
    tell(session, brand_id=brand_id, kind="reward", cause=f"challenge:{challenge.id}", now=now,
         to=[Telling(one.account_id, {"title": challenge.title, "amount_minor": challenge.reward_minor}) for one in people.values() if one.account_id])


def _require_over(session: Session, challenge: Challenge, now: datetime) -> None:
    days, timezone = settings_of(session, brand_id=challenge.brand_id).after_sale_days, brand(session, brand_id=challenge.brand_id).timezone
    if now < pays_from(challenge.to_day, after_sale_days=days, timezone=timezone):
        raise Conflict("challenge_early", "还在退货期内，过了再发奖，免得发了又要扣回")
