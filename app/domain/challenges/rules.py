"""What a challenge may promise, how many can win, and when rewards may be paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.kernel.clock import day_start
from app.kernel.errors import Refused
from app.kernel.money import MAX_MINOR

GOALS = ("orders", "sales")
STANDS = ("coming", "running", "waiting", "paid", "cancelled")
"""`waiting`: it is over and not yet decided."""
MOST_PLACES, MOST_GOAL, LONGEST = 10_000, 100_000, timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a guide is: `sold` in the goal's own unit, of sales that stand; `reached_at` when the goal was, None not yet."""

    guide_id: UUID
    sold: int
    reached_at: datetime | None


def check(*, goal_kind: str, goal: int, reward_minor: int, budget_minor: int, from_day: date, to_day: date, today: date) -> None:
    """Refused at the field that cannot be."""
    if goal_kind not in GOALS:
        raise Refused("unknown", "没有这个选项", field="goal_kind")
    if not 0 < goal < (MOST_GOAL if goal_kind == "orders" else MAX_MINOR):
        raise Refused("out_of_range", "目标要大于 0，也不能太大", field="goal")
    if not 0 < reward_minor < MAX_MINOR:
        raise Refused("amount_out_of_range", "金额超出范围", field="reward")
    if not reward_minor <= budget_minor < MAX_MINOR or places(reward_minor, budget_minor) > MOST_PLACES:
        raise Refused("budget_invalid", "预算至少够一份奖励，最多 %(most)d 份", field="budget", most=MOST_PLACES)
    if not today <= from_day <= today + LONGEST:
        raise Refused("period_invalid", "开始日期不能早于今天，也不能太远", field="from_day")
    if not from_day <= to_day <= from_day + LONGEST:
        raise Refused("period_invalid", "结束日期不能早于开始日期，最长一年", field="to_day")


def places(reward_minor: int, budget_minor: int) -> int:
    """How many whole rewards the budget holds."""
    return budget_minor // reward_minor


def winners(standings: Sequence[Standing], *, reward_minor: int, budget_minor: int) -> list[Standing]:
    """Who reached the goal first, as far as the budget goes; of the same moment the smaller id."""
    there = sorted((one.reached_at, one.guide_id, one) for one in standings if one.reached_at is not None)
    return [one for _at, _id, one in there[:places(reward_minor, budget_minor)]]


def pays_from(to_day: date, *, after_sale_days: int, timezone: str) -> datetime:
    """The local midnight after the last day and the time to return: what was sold stands by then (R12)."""
    return day_start(to_day + timedelta(days=1 + after_sale_days), timezone)


def stands(*, state: str, from_day: date, to_day: date, today: date) -> str:
    """One of STANDS."""
    if state != "open":
        return state
    return "coming" if today < from_day else "running" if today <= to_day else "waiting"
