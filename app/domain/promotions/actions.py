"""Coupons are made and ended; what an order has used of one stays as it was frozen (R5, R7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.guides.queries import guide
from app.domain.orgs.queries import org_unit
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.money import MAX_MINOR
from app.kernel.texts import optional

from .models import Coupon

CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{2,39}", re.ASCII)
FUNDERS = ("brand", "platform", "store", "guide")
MOST_USES = 10_000_000


def add_coupon(session: Session, *, brand_id: int, code: str, name: str = "", funder: str, org_unit_id: UUID | None = None,
               guide_id: UUID | None = None, owner_id: UUID | None = None, amount_minor: int, minimum_minor: int = 0, starts_at: datetime, ends_at: datetime,
               max_uses: int) -> Coupon:
    """A coupon off the whole order. A store's or a guide's names whose share pays it and counts only on orders credited to her (R7);
    an order with a coupon that has an owner is credited to the owner (R8).

    Refuses a code that exists, an amount above its own minimum, an empty period, a funder who sells no more; NotFound for
    an unknown one.
    """
    code = code.strip().upper()
    if not CODE.fullmatch(code):
        raise Refused("code_invalid", "券码为 3 到 40 位字母、数字、- 或 _", field="code")
    if funder not in FUNDERS:
        raise Refused("funder_unknown", "请选择谁出钱", field="funder")
    _refuse_funder(session, brand_id, funder, org_unit_id, guide_id)
    _refuse_owner(session, brand_id, guide_id, owner_id)
    if not 0 < amount_minor < MAX_MINOR or not 0 <= minimum_minor < MAX_MINOR:
        raise Refused("amount_out_of_range", "金额超出范围", field="amount")
    if minimum_minor and amount_minor > minimum_minor:
        raise Refused("more_than_minimum", "减的金额不能超过使用门槛", field="amount")
    if ends_at <= starts_at:
        raise Refused("period_invalid", "结束时间要晚于开始时间", field="ends_at")
    if not 1 <= max_uses <= MOST_USES:
        raise Refused("uses_invalid", "可用次数要在 1 到 %(most)d 之间", field="max_uses", most=MOST_USES)
    if session.scalar(select(Coupon.id).where(Coupon.brand_id == brand_id, Coupon.code == code)):
        raise Conflict("code_taken", "券码 %(coupon)s 已经用过了", field="code", coupon=code)
    coupon = Coupon(brand_id=brand_id, code=code, name=optional(name, field="name", most=80), funder=funder, org_unit_id=org_unit_id,
                    guide_id=guide_id, owner_id=owner_id,
                    amount_minor=amount_minor, minimum_minor=minimum_minor, starts_at=starts_at, ends_at=ends_at, max_uses=max_uses)
    session.add(coupon)
    session.flush()
    return coupon


def _refuse_funder(session: Session, brand_id: int, funder: str, org_unit_id: UUID | None, guide_id: UUID | None) -> None:
    """A store's coupon names a store that is open, a guide's a guide who serves, any other nobody."""
    for mine, field, given in (("store", "org_unit_id", org_unit_id), ("guide", "guide_id", guide_id)):
        if funder == mine and given is None:
            raise Refused("funder_missing", "请选择由哪家门店或哪位导购出资", field=field)
        if funder != mine and given is not None:
            raise Refused("funder_unfit", "这张券不由门店或导购出资，不用选", field=field)
    if org_unit_id:
        unit = org_unit(session, brand_id=brand_id, unit_id=org_unit_id)
        if (unit.kind, unit.status) != ("store", "open"):
            raise Refused("not_an_open_store", "只能由营业中的门店出资", field="org_unit_id")
    if guide_id and guide(session, brand_id=brand_id, guide_id=guide_id).status != "active":
        raise Refused("guide_not_active", "这位导购现在不在职", field="guide_id")


def _refuse_owner(session: Session, brand_id: int, guide_id: UUID | None, owner_id: UUID | None) -> None:
    """Orders with the coupon are credited to its owner (R8); she serves, and pays it herself if a guide does."""
    if owner_id is None:
        return
    if guide_id and guide_id != owner_id:
        raise Refused("owner_unfit", "导购出资的券只能归她自己", field="owner_id")
    if guide(session, brand_id=brand_id, guide_id=owner_id).status != "active":
        raise Refused("guide_not_active", "这位导购现在不在职", field="owner_id")


def end_coupon(session: Session, *, brand_id: int, coupon_id: UUID, now: datetime) -> Coupon:
    """No new order can use it from now on; a coupon that never started is ended at its start."""
    coupon = session.scalar(select(Coupon).where(Coupon.brand_id == brand_id, Coupon.id == coupon_id).with_for_update())
    if coupon is None:
        raise NotFound("coupon", coupon_id)
    if coupon.ends_at <= now:
        raise Conflict("already_ended", "这张券已经结束")
    coupon.starts_at, coupon.ends_at = min(coupon.starts_at, now), now
    session.flush()
    return coupon


def return_coupons(session: Session, *, brand_id: int, used: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """R27: what a wholly void order used may be used again; a coupon that has expired stays used. `used` is as the order kept it.

    Call it once an order; coupons are locked in the order that every checkout keeps.
    """
    ids = [UUID(coupon["id"]) for coupon in used]
    held = session.scalars(select(Coupon.id).where(
        Coupon.brand_id == brand_id, Coupon.id.in_(ids), Coupon.ends_at > now, Coupon.used_count > 0).order_by(Coupon.id).with_for_update(key_share=True)).all()
    if held:
        session.execute(update(Coupon).where(Coupon.brand_id == brand_id, Coupon.id.in_(held)).values(
            used_count=Coupon.used_count - 1).execution_options(synchronize_session=False))
