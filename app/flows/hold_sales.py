"""Sales that look as if a guide bought from herself or made them up are held, can be appealed, and are never silently taken away.

A look is a job after the payment: it reads what the signals see (domain/fraud) and keeps a hold while nothing is released. A hold
freezes its order by standing there, as a chargeback does; cleared, the money goes its way with the next settlement; upheld, guide's
and referrer's shares become the brand's, by the same move between payees as an accepted dispute. The store keeps its share.

One person decides, and not two as for payouts and write-offs: no money leaves the house, the guide has had three days to answer
before anything can be upheld, reads the reason and by whom, and may still dispute the order as long as it is not released.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.brands.queries import settings_of
from app.domain.commission.models import CommissionLine
from app.domain.fraud.actions import keep_look
from app.domain.fraud.models import SaleHold
from app.domain.fraud.queries import holds_of, sale_hold, signal_settings
from app.domain.fraud.rules import WINDOW, judge, require_appeal, require_decidable
from app.domain.fraud.signals import seen_on
from app.domain.guides.models import Guide
from app.domain.ledger.queries import house_payees, phase_balances
from app.domain.notices.actions import Telling, tell
from app.domain.orders.models import AttributionDecision, Order, OrderLine
from app.domain.orders.queries import lines_of, locked_order
from app.domain.orders.rules import disputable
from app.domain.people.audit import acting
from app.flows.announce import announce
from app.flows.credit_sales import credit_taken
from app.flows.move_attribution import move_shares
from app.kernel.errors import Conflict
from app.kernel.ids import new_id
from app.kernel.queue import defer
from app.kernel.texts import optional, required

JOB = "look_at_sale"
MOST = 100
ROLES = ("guide", "referrer")
NOTICES = {"opened": ("held", "hold:{}"), "cleared": ("hold_cleared", "hold:{}:decided"), "upheld": ("hold_upheld", "hold:{}:decided")}
"""What happened to a hold → which notice the guide gets, and its cause."""


def ask_for_a_look(session: Session, *, order: Order) -> None:
    """After the payment, by a job: the shopper waits for nothing."""
    if order.guide_id:
        defer(session, JOB, brand_id=order.brand_id, order_id=str(order.id))


def look_at_sale(session: Session, *, brand_id: int, order_id: UUID, now: datetime) -> int:
    """Judges this sale and the guide's others around it, which it may have made look different; how many are held now.

    Twice it finds the same. What somebody has decided, or holds already, stays.
    """
    ids = _around(session, brand_id, order_id)
    if not ids:
        return 0
    found = seen_on(session, brand_id=brand_id, order_ids=ids, now=now)
    settings, own = signal_settings(session, brand_id=brand_id), settings_of(session, brand_id=brand_id).self_purchase
    held = 0
    for one in sorted(ids):
        state, evidence = judge(found[one], settings, self_purchase=own)
        if state and (hold := _keep(session, brand_id, one, state, evidence, now)):
            held += hold.state == "open"
    return held


def _around(session: Session, brand_id: int, order_id: UUID) -> list[UUID]:
    """It and what the same guide sold around it, paid, open and without a hold that somebody has to decide or has decided."""
    order = session.execute(select(Order.guide_id, Order.placed_at).where(Order.brand_id == brand_id, Order.id == order_id, Order.paid_at.is_not(None),
                                                                          Order.guide_id.is_not(None))).first()
    if order is None:
        return []
    standing = select(SaleHold.id).where(SaleHold.brand_id == brand_id, SaleHold.order_id == Order.id, SaleHold.state != "watched")
    near = select(Order.id).where(
        Order.brand_id == brand_id, Order.guide_id == order[0], Order.placed_at > order[1] - WINDOW, Order.placed_at < order[1] + WINDOW,
        Order.paid_at.is_not(None), Order.state.not_in(("cancelled", "refunded", "completed")), ~standing.exists())
    return list(session.scalars(near.order_by(Order.id != order_id, Order.placed_at.desc()).limit(MOST)))


def _keep(session: Session, brand_id: int, order_id: UUID, state: str, evidence: list[dict[str, Any]], now: datetime) -> SaleHold | None:
    """Under the order's lock, where settlements and refunds wait too: what was released meanwhile is only watched."""
    order = locked_order(session, brand_id=brand_id, order_id=order_id)
    known = holds_of(session, brand_id=brand_id, order_ids=[order_id]).get(order_id)
    amount = _at_stake(session, order)
    why = disputable(order.state, _phases(session, order))
    if order.guide_id is None or amount == 0 or (why and why[0] == "order_closed") or (known and known.state != "watched"):
        return None
    hold = keep_look(session, brand_id=brand_id, known=known, order_id=order.id, guide_id=order.guide_id, store_id=order.store_id,
                     state="watched" if why else state, signals=evidence, amount_minor=amount, now=now)
    if hold.state == "open":
        _tell(session, order, hold, "opened", now)
    return hold


def hold_watched(session: Session, *, brand_id: int, hold_id: UUID, now: datetime) -> SaleHold:
    """Somebody holds a sale that was only watched. Refuses what is released or closed."""
    order, hold = _locked(session, brand_id, hold_id)
    require_decidable(hold.state, "open", opened_at=hold.opened_at, now=now)
    require_unreleased(session, order)
    hold.state, hold.opened_at = "open", now
    session.flush()
    _tell(session, order, hold, "opened", now)
    return hold


def appeal_hold(session: Session, *, brand_id: int, guide: Guide, hold_id: UUID, text: str, now: datetime) -> SaleHold:
    """What she says to it, once; headquarters sees it before all others."""
    text = required(text, field="appeal", most=1000)
    sale_hold(session, brand_id=brand_id, hold_id=hold_id, guide_id=guide.id)
    order, hold = _locked(session, brand_id, hold_id)
    require_appeal(hold.state, appealed=hold.appealed_at is not None)
    hold.state, hold.appeal, hold.appealed_at = "appealed", text, now
    session.flush()
    _announce(session, order, hold, "appealed", now)
    return hold


def clear_hold(session: Session, *, brand_id: int, hold_id: UUID, note: str = "", now: datetime) -> SaleHold:
    """Nothing is wrong with it: the money goes its way with the next settlement. A watched one is put away."""
    note = optional(note, field="note", most=300)
    order, hold = _locked(session, brand_id, hold_id)
    known = hold.state != "watched"
    _decide(session, hold, "cleared", note, now)
    if known:
        _tell(session, order, hold, "cleared", now)
    return hold


def uphold_hold(session: Session, *, brand_id: int, hold_id: UUID, note: str, now: datetime) -> SaleHold:
    """It was no sale of hers: guide's and referrer's shares become the brand's where they stand, amounts stay, her credit is nothing.

    Refuses before she has answered or had the time to, and an order that a dispute gave to another guide meanwhile.
    """
    note = required(note, field="note", most=300)
    order, hold = _locked(session, brand_id, hold_id)
    require_decidable(hold.state, "upheld", opened_at=hold.opened_at, now=now)
    if order.guide_id != hold.guide_id:
        raise Conflict("attribution_moved", "这一单已经改归别人，请放行")
    if order.state not in ("cancelled", "refunded"):
        require_unreleased(session, order)
    _decide(session, hold, "upheld", note, now)
    _to_the_brand(session, order, hold, now)
    _tell(session, order, hold, "upheld", now)
    return hold


def require_unreleased(session: Session, order: Order) -> None:
    why = disputable(order.state, _phases(session, order))
    if why:
        raise Conflict(*why)


def _to_the_brand(session: Session, order: Order, hold: SaleHold, now: datetime) -> None:
    brand = {"payee_id": house_payees(session, brand_id=order.brand_id)["brand"], "guide_id": None, "org_unit_id": None}
    lines = lines_of(session, brand_id=order.brand_id, order_id=order.id)
    move_shares(session, order=order, lines=lines, targets=dict.fromkeys(ROLES, brand), by={"hold_id": hold.id}, cause=f"hold:{hold.id}:upheld", now=now)
    _decision(session, lines, hold, now)
    credit_taken(session, order=order, lines=lines)
    order.guide_id = None
    session.flush()


def _decision(session: Session, lines: Sequence[OrderLine], hold: SaleHold, now: datetime) -> None:
    """The next version: nobody's, with the winner of before kept as upheld against."""
    for line in lines:
        before = session.scalars(select(AttributionDecision).where(
            AttributionDecision.brand_id == line.brand_id, AttributionDecision.order_line_id == line.id).order_by(AttributionDecision.version.desc())).first()
        told = [{**one, "verdict": "upheld"} if before and one["verdict"] == before.reason else one for one in (before.candidates if before else [])]
        session.add(AttributionDecision(brand_id=line.brand_id, id=new_id(), order_line_id=line.id, version=(before.version if before else 0) + 1,
                                        guide_id=None, store_id=hold.store_id, reason="upheld", candidates=told, decided_at=now))
    session.flush()


def _locked(session: Session, brand_id: int, hold_id: UUID) -> tuple[Order, SaleHold]:
    """The order first, as everything that changes it."""
    order = locked_order(session, brand_id=brand_id, order_id=sale_hold(session, brand_id=brand_id, hold_id=hold_id).order_id)
    return order, sale_hold(session, brand_id=brand_id, hold_id=hold_id, lock=True)


def _decide(session: Session, hold: SaleHold, state: str, note: str, now: datetime) -> None:
    require_decidable(hold.state, state, opened_at=hold.opened_at, now=now)
    hold.state, hold.note, hold.decided_by, hold.decided_at = state, note, acting(session).name, now
    session.flush()


def _phases(session: Session, order: Order) -> set[str]:
    standing = phase_balances(session, brand_id=order.brand_id, order_id=order.id)
    return {phase for (line_id, _, _), balances in standing.items() if line_id for phase, amount in balances.items() if amount}


def _at_stake(session: Session, order: Order) -> int:
    """What guide and referrer are to get of it, as frozen."""
    return int(session.scalar(
        select(func.coalesce(func.sum(CommissionLine.amount_minor - CommissionLine.funded_minor), 0))
        .join(OrderLine, (OrderLine.brand_id == CommissionLine.brand_id) & (OrderLine.id == CommissionLine.order_line_id))
        .where(CommissionLine.brand_id == order.brand_id, OrderLine.order_id == order.id, CommissionLine.role.in_(ROLES))) or 0)


def _tell(session: Session, order: Order, hold: SaleHold, what: str, now: datetime) -> None:
    """The guide, by notice; the brand's own systems, by webhook."""
    account_id = session.scalar(select(Guide.account_id).where(Guide.brand_id == hold.brand_id, Guide.id == hold.guide_id))
    data = {"hold_id": str(hold.id), "order_id": str(order.id), "number": order.number, "amount_minor": hold.amount_minor, "note": hold.note}
    kind, cause = NOTICES[what]
    tell(session, brand_id=hold.brand_id, kind=kind, cause=cause.format(hold.id), to=[Telling(account_id, data)] if account_id else [], now=now)
    _announce(session, order, hold, what, now)


def _announce(session: Session, order: Order, hold: SaleHold, what: str, now: datetime) -> None:
    announce(session, brand_id=hold.brand_id, event=f"sale_hold.{what}", now=now, payload={
        "sale_hold_id": str(hold.id), "order_id": str(order.id), "order_number": order.number, "guide_id": str(hold.guide_id), "state": hold.state,
        "signals": [one["signal"] for one in hold.signals], "amount": hold.amount_minor, "currency": order.currency})
