"""Activities are made, changed and ended; what was ordered at a price keeps it (R4, R5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.catalog.models import Variant
from app.domain.people.audit import acting
from app.kernel.errors import Conflict, Invalid, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.locks import one_at_a_time
from app.kernel.money import MAX_MINOR
from app.kernel.texts import required

from .models import Activity, ActivityPrice
from .rules import ENDED, LIVE, MOST_PRICES, state_of


def add_activity(session: Session, *, brand_id: int, name: str, prices: Mapping[UUID, int], link_only: bool = True,
                 starts_at: datetime | None = None, ends_at: datetime, now: datetime) -> Activity:
    """Variants at their own price in [starts_at, ends_at); a start that has passed is now.

    Refuses (Invalid, one error per price at prices.N) goods that are gone and goods in another activity of the same time;
    NotFound for an unknown variant. A price above the list price is allowed: `above_list` tells it.
    """
    one_at_a_time(session, f"activities:{brand_id}")
    start = max(starts_at or now, now)
    number = (session.scalar(select(func.max(Activity.number)).where(Activity.brand_id == brand_id)) or 0) + 1
    activity = Activity(brand_id=brand_id, id=new_id(), number=number, name=required(name, field="name", most=80), link_only=link_only,
                        starts_at=start, ends_at=_end(ends_at, start, now), created_by=acting(session).name, prices=[])
    _put_prices(session, activity, prices)
    session.add(activity)
    session.flush()
    return activity


def change_activity(session: Session, *, brand_id: int, activity_id: UUID, name: str, prices: Mapping[UUID, int] | None = None,
                    link_only: bool | None = None, starts_at: datetime | None = None, ends_at: datetime, now: datetime) -> Activity:
    """Before it begins everything may change. Once it is live, people have seen its prices: only name and end may.

    What is None stays. Conflict when it has ended, or when more is asked of a live one.
    """
    one_at_a_time(session, f"activities:{brand_id}")
    activity = _locked(session, brand_id, activity_id, now)
    activity.name = required(name, field="name", most=80)
    if state_of(activity.starts_at, activity.ends_at, now) == LIVE:
        _refuse_more(activity, prices, link_only, starts_at)
        starts_at = activity.starts_at
    else:
        starts_at = max(starts_at, now) if starts_at else activity.starts_at
        activity.link_only = activity.link_only if link_only is None else link_only
    activity.starts_at, activity.ends_at = starts_at, _end(ends_at, starts_at, now)
    _put_prices(session, activity, prices_of(activity) if prices is None else prices)
    session.flush()
    return activity


def end_activity(session: Session, *, brand_id: int, activity_id: UUID, now: datetime) -> Activity:
    """List prices hold again from now on; one that never began never will."""
    activity = _locked(session, brand_id, activity_id, now)
    activity.starts_at, activity.ends_at = min(activity.starts_at, now - now.resolution), now
    session.flush()
    return activity


def prices_of(activity: Activity) -> dict[UUID, int]:
    return {price.variant_id: price.price_minor for price in activity.prices}


def _locked(session: Session, brand_id: int, activity_id: UUID, now: datetime) -> Activity:
    activity = session.scalar(select(Activity).where(Activity.brand_id == brand_id, Activity.id == activity_id)
                              .with_for_update().execution_options(populate_existing=True))
    if activity is None:
        raise NotFound("activity", activity_id)
    if state_of(activity.starts_at, activity.ends_at, now) == ENDED:
        raise Conflict("already_ended", "这个活动已经结束")
    return activity


def _end(ends_at: datetime, starts_at: datetime, now: datetime) -> datetime:
    if ends_at <= max(starts_at, now):
        raise Refused("period_invalid", "结束时间要晚于开始时间和现在", field="ends_at")
    return ends_at


def _refuse_more(activity: Activity, prices: Mapping[UUID, int] | None, link_only: bool | None, starts_at: datetime | None) -> None:
    asked = ((prices, prices_of(activity)), (link_only, activity.link_only), (starts_at, activity.starts_at))
    if any(new is not None and new != old for new, old in asked):
        raise Conflict("activity_live", "活动已经开始：只能改名称和结束时间；要改价格，请先结束它，再建一个")


def _put_prices(session: Session, activity: Activity, prices: Mapping[UUID, int]) -> None:
    if not prices:
        raise Refused("prices_missing", "还没有选商品", field="prices")
    if len(prices) > MOST_PRICES:
        raise Refused("too_many_prices", "一个活动最多 %(most)d 个 SKU", field="prices", most=MOST_PRICES)
    wrong = [*_bad_amounts(prices), *_not_for_sale(session, activity, prices)]
    if wrong:
        raise Invalid(wrong)
    known = {price.variant_id: price for price in activity.prices}
    for variant_id in known.keys() - prices.keys():
        activity.prices.remove(known[variant_id])
        session.delete(known[variant_id])
    for variant_id, price_minor in prices.items():
        if variant_id in known:
            known[variant_id].price_minor = price_minor
        else:
            activity.prices.append(ActivityPrice(brand_id=activity.brand_id, id=new_id(), variant_id=variant_id, price_minor=price_minor))


def _bad_amounts(prices: Mapping[UUID, int]) -> list[Refused]:
    return [Refused("price_negative", "价格不能小于 0", field=f"prices.{position}") if price < 0
            else Refused("amount_out_of_range", "金额超出范围", field=f"prices.{position}")
            for position, price in enumerate(prices.values()) if not 0 <= price < MAX_MINOR]


def _not_for_sale(session: Session, activity: Activity, prices: Mapping[UUID, int]) -> list[Refused]:
    """Goods that are gone for good, and goods that are in another activity at the same time."""
    goods = {row[0]: (row[1], row[2]) for row in session.execute(
        select(Variant.id, Variant.sku, Variant.tombstoned_at).where(Variant.brand_id == activity.brand_id, Variant.id.in_(prices)))}
    busy = _in_others(session, activity, prices)
    wrong = []
    for position, variant_id in enumerate(prices):
        if variant_id not in goods:
            raise NotFound("variant", variant_id)
        sku, gone_at = goods[variant_id]
        if gone_at is not None:
            wrong.append(Refused("variant_gone", "“%(sku)s”已经不卖了", field=f"prices.{position}", sku=sku))
        elif variant_id in busy:
            number, name = busy[variant_id]
            wrong.append(Refused("activity_overlap", "“%(sku)s”这段时间已经在活动 A-%(number)d“%(activity)s”里", field=f"prices.{position}",
                                 sku=sku, number=number, activity=name))
    return wrong


def _in_others(session: Session, activity: Activity, variant_ids: Collection[UUID]) -> dict[UUID, tuple[int, str]]:
    """variant id → number and name of another activity that has it in this one's period."""
    rows = session.execute(
        select(ActivityPrice.variant_id, Activity.number, Activity.name)
        .join(Activity, (Activity.id == ActivityPrice.activity_id) & (Activity.brand_id == ActivityPrice.brand_id))
        .where(ActivityPrice.brand_id == activity.brand_id, ActivityPrice.variant_id.in_(variant_ids), Activity.id != activity.id,
               Activity.starts_at < activity.ends_at, Activity.ends_at > activity.starts_at))
    return {row[0]: (row[1], row[2]) for row in rows}
