"""The fulfilling store's share (R22): it waits on a house payee until a parcel says who shipped, and goes there piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.fulfilment.models import Fulfilment
from app.domain.ledger.actions import Entry, post
from app.domain.ledger.queries import house_payees, phase_balances
from app.domain.orders.models import Order, OrderLine
from app.domain.orgs.models import OrgUnit
from app.kernel.money import apportion

ROLE = "fulfilling_store"


def give_to_shipper(session: Session, *, order: Order, parcel: Fulfilment, parts: Sequence[tuple[OrderLine, int, int]], now: datetime) -> None:
    """Each part is (line, pieces in the parcel, pieces still to be sent after it). A parcel of the flagship gives the share to the brand."""
    house = house_payees(session, brand_id=order.brand_id)
    shipper = session.scalar(select(OrgUnit.payee_id).where(OrgUnit.id == parcel.store_id)) if parcel.store_id else house["brand"]
    assert shipper
    moves = [(line.id, phase, apportion(waiting, [pieces, left])[0])
             for line, pieces, left in parts for phase, waiting in _waiting(session, order, line.id, house["fulfilment"]).items()]
    _move(session, order, moves, house["fulfilment"], shipper, f"parcel:{parcel.id}:fulfilled", now)


def give_to_brand(session: Session, *, order: Order, line_ids: Sequence[UUID], now: datetime) -> None:
    """What still waits when nothing more of these lines will be sent: nobody earned it, so it is the brand's."""
    house = house_payees(session, brand_id=order.brand_id)
    for line_id in line_ids:
        moves = [(line_id, phase, waiting) for phase, waiting in _waiting(session, order, line_id, house["fulfilment"]).items()]
        _move(session, order, moves, house["fulfilment"], house["brand"], f"line:{line_id}:unfulfilled", now)


def _waiting(session: Session, order: Order, line_id: UUID, payee_id: UUID) -> dict[str, int]:
    return phase_balances(session, brand_id=order.brand_id, order_id=order.id).get((line_id, payee_id, ROLE), {})


def _move(session: Session, order: Order, moves: Sequence[tuple[UUID, str, int]], source: UUID, target: UUID, cause: str, now: datetime) -> None:
    entries = [Entry(payee_id, ROLE, phase, sign * amount, line_id) for line_id, phase, amount in moves if amount
               for payee_id, sign in ((source, -1), (target, 1))]
    if entries:
        post(session, brand_id=order.brand_id, cause=cause, kind="fulfilled", order_id=order.id, entries=entries, now=now)
