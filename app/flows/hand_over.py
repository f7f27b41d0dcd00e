"""Customers change hands: bindings move, both guides are told, and it can be taken back for a week (R21)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.care.handing_over import hand_over, undo_handovers
from app.domain.care.models import CustomerHandover
from app.domain.customers.queries import standing_binding
from app.domain.guides.models import Guide
from app.domain.guides.queries import guide
from app.domain.notices.actions import Telling, tell
from app.kernel.errors import Conflict, Refused


def hand_over_all(session: Session, *, brand_id: int, guide_id: UUID, successor_id: UUID | None, within: str | None = None, now: datetime) -> int:
    """All customers of one who leaves or has left, to a successor or to her store; how many. The successor is inside the same scope."""
    leaver = guide(session, brand_id=brand_id, guide_id=guide_id, within=within)
    successor = guide(session, brand_id=brand_id, guide_id=successor_id, within=within) if successor_id else None
    moved = hand_over(session, brand_id=brand_id, from_guide=leaver, to_guide=successor, why="leaving", now=now)
    _tell(session, leaver, successor, len(moved), now)
    return len(moved)


def transfer_customer(session: Session, *, brand_id: int, customer_id: UUID, guide_id: UUID, said: str, within: str | None = None, now: datetime) -> None:
    """One customer to another guide. Refused when she is bound to nobody; Conflict when somebody else won her meanwhile."""
    to_guide = guide(session, brand_id=brand_id, guide_id=guide_id, within=within)
    standing = standing_binding(session, brand_id=brand_id, customer_id=customer_id)
    if standing is None or standing.expires_at <= now:
        raise Refused("not_bound", "这位顾客现在没有绑定导购，谁先成交就绑定谁")
    holder = guide(session, brand_id=brand_id, guide_id=standing.guide_id, within=within)
    moved = hand_over(session, brand_id=brand_id, from_guide=holder, to_guide=to_guide, why="transfer", only=customer_id, said=said, field="guide_id",
                      now=now)
    if not moved:
        raise Conflict("binding_changed", "这位顾客的绑定刚刚变了，请重新打开看看")
    _tell(session, holder, to_guide, 1, now)


def undo_handover(session: Session, *, brand_id: int, handovers: Collection[CustomerHandover], now: datetime) -> int:
    """Gives customers back; how many. Refused when none can be: a week is over, or the successor has sold to them or lost them."""
    back = undo_handovers(session, brand_id=brand_id, handover_ids=[one.id for one in handovers], now=now)
    if not back:
        raise Refused("not_undoable", "不能撤回了：超过 7 天，或接手的导购已经有她的订单，或她已改绑别人")
    pairs = Counter((one.to_guide_id, one.from_guide_id) for one in handovers if one.to_guide_id and one.customer_id in back)
    for (holder, former), count in pairs.items():
        _tell(session, guide(session, brand_id=brand_id, guide_id=holder), guide(session, brand_id=brand_id, guide_id=former), count, now)
    return len(back)


def _tell(session: Session, from_guide: Guide, to_guide: Guide | None, count: int, now: datetime) -> None:
    """Both: who has them now, and who had them."""
    if not count:
        return
    cause = f"handover:{from_guide.id}:{now.isoformat()}"
    about = {"count": count, "from": from_guide.name, "to": to_guide.name if to_guide else from_guide.store.name}
    for kind, one in (("customers_came", to_guide), ("customers_went", from_guide)):
        if one is not None and one.account_id is not None:
            tell(session, brand_id=from_guide.brand_id, kind=kind, cause=f"{kind}:{cause}", to=[Telling(one.account_id, about)], now=now)
