"""A guide says that an order is hers; headquarters accepts or refuses, while the money is not released yet (R8).

To ask she names the order and the last digits of the customer's phone: who knows neither learns nothing of other guides' orders.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.guides.models import Guide
from app.domain.ledger.queries import phase_balances
from app.domain.notices.actions import Telling, tell
from app.domain.orders.disputes import attribution_dispute
from app.domain.orders.models import AttributionDispute, Order
from app.domain.orders.queries import locked_order
from app.domain.orders.rules import disputable
from app.domain.people.audit import acting
from app.domain.sharing.models import ShareLink
from app.flows.announce import announce
from app.flows.move_attribution import move_attribution
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_id
from app.kernel.texts import clean, required

TAIL = 4


def open_dispute(session: Session, *, brand_id: int, guide: Guide, number: str, phone_tail: str, evidence: str, link_code: str = "",
                 now: datetime) -> AttributionDispute:
    """Her claim on an order. Refuses one she cannot know, that is hers already, closed, released, or asked for before."""
    evidence = required(evidence, field="evidence", most=1000)
    order = locked_order(session, brand_id=brand_id, order_id=_known(session, brand_id, number, phone_tail))
    if order.guide_id == guide.id:
        raise Refused("already_hers", "这张订单本来就算你的", field="number")
    require_disputable(session, order)
    if session.scalar(select(AttributionDispute.id).where(AttributionDispute.brand_id == brand_id, AttributionDispute.order_id == order.id,
                                                          AttributionDispute.guide_id == guide.id, AttributionDispute.state == "open")):
        raise Conflict("dispute_open", "这张订单的申诉还在处理", field="number")
    made = AttributionDispute(brand_id=brand_id, id=new_id(), order_id=order.id, guide_id=guide.id, order_guide_id=order.guide_id,
                              share_link_id=_own_link(session, brand_id, guide, link_code), evidence=evidence, state="open", opened_at=now)
    session.add(made)
    session.flush()
    _announce(session, made, "opened", order.number, now)
    return made


def require_disputable(session: Session, order: Order) -> None:
    """Conflict once the order is closed or something of its shares was released."""
    standing = phase_balances(session, brand_id=order.brand_id, order_id=order.id)
    phases = {phase for (line_id, _, _), balances in standing.items() if line_id for phase, amount in balances.items() if amount}
    why = disputable(order.state, phases)
    if why:
        raise Conflict(*why, field="number")


def accept_dispute(session: Session, *, brand_id: int, dispute_id: UUID, answer: str, now: datetime) -> AttributionDispute:
    """The order is hers: a new decision beside the old one, and guide's and store's shares change hands (R4: amounts stay)."""
    found = _answered(session, brand_id, dispute_id, "accepted", answer, now)
    order = locked_order(session, brand_id=brand_id, order_id=found.order_id)
    require_disputable(session, order)
    if order.guide_id == found.guide_id:
        raise Conflict("already_hers", "这张订单已经算她的")
    former = order.guide_id
    move_attribution(session, order=order, dispute=found, now=now)
    _tell(session, found, found.guide_id, "dispute_won", order.number, now)
    _tell(session, found, former, "order_went", order.number, now)
    _announce(session, found, "accepted", order.number, now)
    return found


def refuse_dispute(session: Session, *, brand_id: int, dispute_id: UUID, answer: str, now: datetime) -> AttributionDispute:
    """The attribution stays."""
    found = _answered(session, brand_id, dispute_id, "refused", answer, now)
    number = session.scalars(select(Order.number).where(Order.brand_id == brand_id, Order.id == found.order_id)).one()
    _tell(session, found, found.guide_id, "dispute_lost", number, now)
    _announce(session, found, "refused", number, now)
    return found


def _tell(session: Session, dispute: AttributionDispute, guide_id: UUID | None, kind: str, number: str, now: datetime) -> None:
    """Who asked, and who had the order, hear what became of it and why."""
    account_id = session.scalar(select(Guide.account_id).where(Guide.brand_id == dispute.brand_id, Guide.id == guide_id))
    told = [Telling(account_id, {"number": number, "answer": dispute.answer})] if account_id else []
    tell(session, brand_id=dispute.brand_id, kind=kind, cause=f"dispute:{dispute.id}", to=told, now=now)


def _announce(session: Session, dispute: AttributionDispute, what: str, number: str, now: datetime) -> None:
    announce(session, brand_id=dispute.brand_id, event=f"attribution_dispute.{what}", now=now, payload={
        "attribution_dispute_id": str(dispute.id), "order_id": str(dispute.order_id), "order_number": number, "guide_id": str(dispute.guide_id),
        "order_guide_id": str(dispute.order_guide_id) if dispute.order_guide_id else None, "state": dispute.state})


def _answered(session: Session, brand_id: int, dispute_id: UUID, state: str, answer: str, now: datetime) -> AttributionDispute:
    """Both sides read the reason, so there is one."""
    answer = required(answer, field="answer", most=300)
    found = attribution_dispute(session, brand_id=brand_id, dispute_id=dispute_id, lock=True)
    if found.state != "open":
        raise Conflict("dispute_answered", "这条申诉已经处理过了")
    found.state, found.answer, found.answered_by, found.answered_at = state, answer, acting(session).name, now
    session.flush()
    return found


def _known(session: Session, brand_id: int, number: str, phone_tail: str) -> UUID:
    row = session.execute(select(Order.id, Order.contact["phone"].astext).where(Order.brand_id == brand_id, Order.number == clean(number)[:24])).first()
    tail = clean(phone_tail)
    if row is None or len(tail) != TAIL or not row[1].endswith(tail):
        raise Refused("order_unknown", "没有这张订单，请核对订单号和顾客手机尾号", field="number")
    return UUID(str(row[0]))


def _own_link(session: Session, brand_id: int, guide: Guide, code: str) -> UUID | None:
    code = clean(code).rsplit("/", 1)[-1]
    if not code:
        return None
    found = session.scalar(select(ShareLink.id).where(ShareLink.brand_id == brand_id, ShareLink.code == code[:32], ShareLink.guide_id == guide.id))
    if found is None:
        raise Refused("link_not_hers", "这不是你的分享链接", field="link_code")
    return found
