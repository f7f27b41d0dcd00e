"""How split plans are told."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select

from app.domain.orgs.models import OrgUnit
from app.domain.splits.models import SplitPlan, SplitShare
from app.web.shared.formats import priced, rate
from app.web.shared.serving import brand_id, db

from .order_words import ROLES, word


def shares_text(plan: SplitPlan) -> str:
    """'门店 5% · 发货门店 2%（每行至少 ¥3.00）'."""
    return " · ".join(share_text(share) for share in plan.shares)


def share_text(share: SplitShare) -> str:
    text = f"{word(ROLES, share.role)} {rate(share.rate_bp)}"
    low, high = (None if limit is None else priced(limit) for limit in (share.min_minor, share.max_minor))
    if low and high:
        return text + gettext("（每行 %(low)s–%(high)s）", low=low, high=high)
    return text + (gettext("（每行至少 %(low)s）", low=low) if low else gettext("（每行至多 %(high)s）", high=high) if high else "")


def payee_text(share: SplitShare, names: dict[UUID, str]) -> str:
    """Who gets it: the one named, the order's own unit, or whoever ships."""
    if share.payee_id:
        return names.get(share.payee_id, "—")
    return gettext("发货的门店") if share.role == "fulfilling_store" else gettext("订单所属的那一家")


def unit_names() -> dict[UUID, str]:
    return {row[0]: row[1] for row in db().execute(select(OrgUnit.id, OrgUnit.name).where(OrgUnit.brand_id == brand_id()))}
