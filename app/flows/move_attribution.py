"""An order's attribution moves to another guide: a decision more, the same amounts with other holders, the credit with it.

The rate is frozen on the line (R4), so nothing is reckoned again: what the old guide was to get, the new one gets. A line that
froze no guide's share, because nobody had earned it, has none to move; then only credit and the store's share follow. What
belongs to dealer, mall and region stays as it was split (R21). The referrer's share follows the guide: to the new guide's
referrer, or to the brand if she has none (R19).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.queries import settings_of
from app.domain.commission.holders import Held, held_shares
from app.domain.commission.models import ShareMove
from app.domain.guides.models import Guide
from app.domain.ledger.actions import Entry, post
from app.domain.ledger.queries import house_payees, phase_balances
from app.domain.orders.models import AttributionDecision, AttributionDispute, Order, OrderLine
from app.domain.orders.queries import lines_of
from app.domain.orgs.models import OrgUnit
from app.flows.credit_sales import credit_moved
from app.kernel.ids import new_id

KIND = "reattributed"


def move_attribution(session: Session, *, order: Order, dispute: AttributionDispute, now: datetime) -> None:
    """The order is locked, its dispute accepted, and nothing of it released."""
    guide = session.scalars(select(Guide).where(Guide.brand_id == order.brand_id, Guide.id == dispute.guide_id)).one()
    lines = lines_of(session, brand_id=order.brand_id, order_id=order.id)
    move_shares(session, order=order, lines=lines, targets=_targets(session, order, guide), by={"dispute_id": dispute.id},
                cause=f"dispute:{dispute.id}:accepted", now=now)
    _decide(session, lines, guide, dispute, now)
    old_store, order.guide_id, order.store_id = order.store_id, guide.id, guide.store_id
    order.share_link_id = dispute.share_link_id or order.share_link_id
    session.flush()
    if order.paid_at:
        credit_moved(session, order=order, lines=lines, store_moved=old_store != guide.store_id)


def move_shares(session: Session, *, order: Order, lines: Sequence[OrderLine], targets: Mapping[str, dict[str, Any]], by: dict[str, UUID], cause: str,
                now: datetime) -> None:
    """One transaction between payees, in the phase where each share stands; the sums stay. `targets`: role → who holds it from
    now on; `by`: the dispute or the hold that is the reason."""
    standing = phase_balances(session, brand_id=order.brand_id, order_id=order.id)
    entries: list[Entry] = []
    for share in held_shares(session, brand_id=order.brand_id, line_ids=[line.id for line in lines]):
        target = _target(share, targets, order)
        if target is None or target["payee_id"] == share.payee_id:
            continue
        session.add(ShareMove(brand_id=order.brand_id, id=new_id(), commission_line_id=share.id, version=share.version + 1, moved_at=now,
                              **by, **target))
        for role in (share.role, f"{share.role}_subsidy"):
            for phase, amount in standing.get((share.order_line_id, share.payee_id, role), {}).items():
                entries += [Entry(share.payee_id, role, phase, -amount, share.order_line_id),
                            Entry(target["payee_id"], role, phase, amount, share.order_line_id)]
    if entries:
        post(session, brand_id=order.brand_id, cause=cause, kind=KIND, order_id=order.id, entries=entries, now=now,
             note={name: str(key) for name, key in by.items()})


def _targets(session: Session, order: Order, guide: Guide) -> dict[str, dict[str, Any]]:
    """Role → who holds it from now on."""
    store = session.scalars(select(OrgUnit).where(OrgUnit.brand_id == order.brand_id, OrgUnit.id == guide.store_id)).one()
    referrer = session.scalar(select(Guide).where(Guide.brand_id == order.brand_id, Guide.id == guide.referrer_id, Guide.status == "active"))
    two_levels = settings_of(session, brand_id=order.brand_id).two_levels
    brand = house_payees(session, brand_id=order.brand_id)["brand"]
    earns = referrer if two_levels else None
    return {"guide": {"payee_id": guide.payee_id, "guide_id": guide.id, "org_unit_id": None},
            "referrer": {"payee_id": earns.payee_id if earns else brand, "guide_id": earns.id if earns else None, "org_unit_id": None},
            "store": {"payee_id": store.payee_id, "guide_id": None, "org_unit_id": store.id}}


def _target(share: Held, targets: Mapping[str, dict[str, Any]], order: Order) -> dict[str, Any] | None:
    """A store's share that the plan gives to somebody by name stays with her."""
    if share.role == "store" and (share.org_unit_id != order.store_id or not share.is_units):
        return None
    return targets.get(share.role)


def _decide(session: Session, lines: Sequence[OrderLine], guide: Guide, dispute: AttributionDispute, now: datetime) -> None:
    """The winner of before is kept as overruled, beside all other candidates."""
    claim = {"rung": "dispute", "guide_id": str(guide.id), "guide_name": guide.name, "store_id": str(guide.store_id),
             "share_link_id": str(dispute.share_link_id) if dispute.share_link_id else None, "at": dispute.opened_at.isoformat(), "verdict": "dispute"}
    for line in lines:
        before = session.scalars(select(AttributionDecision).where(
            AttributionDecision.brand_id == line.brand_id, AttributionDecision.order_line_id == line.id).order_by(AttributionDecision.version.desc())).first()
        told = [{**one, "verdict": "overruled"} if before and one["verdict"] == before.reason else one for one in (before.candidates if before else [])]
        session.add(AttributionDecision(brand_id=line.brand_id, id=new_id(), order_line_id=line.id, version=(before.version if before else 0) + 1,
                                        guide_id=guide.id, store_id=guide.store_id, reason="dispute", candidates=[claim, *told], decided_at=now))
    session.flush()
