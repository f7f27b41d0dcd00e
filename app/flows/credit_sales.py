"""Whose performance a sale counts for (业绩): KPI apart from money, so one sale may count online and in a store.

Money is divided once, by shares; credit is given to everyone who had a part in the sale, at the brand's weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.brands.models import BrandSettings
from app.domain.commission.models import SalesCredit
from app.domain.orders.models import Order, OrderLine
from app.kernel.ids import new_id
from app.kernel.money import FULL_BP, half_up, share_of


def credit_paid(session: Session, *, order: Order, lines: Sequence[OrderLine], now: datetime) -> None:
    """When an order is paid: its guide, the store that sold it and the brand's online team."""
    weights = _weights(session)
    parties: list[dict[str, Any]] = [{"kind": "online", "weight_bp": weights.credit_online_bp}]
    if order.store_id:
        parties.append({"kind": "selling", "org_unit_id": order.store_id, "weight_bp": weights.credit_selling_bp})
    if order.guide_id and order.store_id:
        parties.append({"kind": "guide", "guide_id": order.guide_id, "org_unit_id": order.store_id, "weight_bp": FULL_BP})
    session.add_all(_credit(order, line, line.quantity, line.paid_minor, party, now) for line in lines for party in parties)


def credit_parcel(session: Session, *, order: Order, parts: Sequence[tuple[OrderLine, int]], store_id: UUID, fulfilment_id: UUID, now: datetime) -> None:
    """When a store sends a parcel: that store, for the pieces inside it."""
    party = {"kind": "fulfilling", "org_unit_id": store_id, "fulfilment_id": fulfilment_id, "weight_bp": _weights(session).credit_fulfilling_bp}
    session.add_all(_credit(order, line, pieces, half_up(line.paid_minor * pieces, line.quantity), party, now) for line, pieces in parts)


def credit_moved(session: Session, *, order: Order, lines: Sequence[OrderLine], store_moved: bool) -> None:
    """An accepted dispute gave the order to its present guide and store: the next version of their credits, on the day of the sale."""
    weights = _weights(session)
    parties: list[dict[str, Any]] = [{"kind": "guide", "guide_id": order.guide_id, "org_unit_id": order.store_id, "weight_bp": FULL_BP}]
    if store_moved:
        parties.append({"kind": "selling", "org_unit_id": order.store_id, "weight_bp": weights.credit_selling_bp})
    assert order.paid_at is not None
    for line in lines:
        for party in parties:
            latest = session.scalar(select(func.max(SalesCredit.version)).where(
                SalesCredit.brand_id == order.brand_id, SalesCredit.order_line_id == line.id, SalesCredit.kind == party["kind"])) or 0
            session.add(_credit(order, line, line.quantity, line.paid_minor, {**party, "version": latest + 1}, order.paid_at))
    session.flush()


def credit_taken(session: Session, *, order: Order, lines: Sequence[OrderLine]) -> None:
    """A hold was upheld: the guide's credit of this order is nothing from now on; the store's stays."""
    if order.paid_at is None or order.guide_id is None:
        return
    for line in lines:
        latest = session.scalar(select(func.max(SalesCredit.version)).where(
            SalesCredit.brand_id == order.brand_id, SalesCredit.order_line_id == line.id, SalesCredit.kind == "guide")) or 0
        party = {"kind": "guide", "guide_id": order.guide_id, "org_unit_id": order.store_id, "weight_bp": 0, "version": latest + 1}
        session.add(_credit(order, line, line.quantity, line.paid_minor, party, order.paid_at))
    session.flush()


def _weights(session: Session) -> BrandSettings:
    return session.scalars(select(BrandSettings)).one()


def _credit(order: Order, line: OrderLine, quantity: int, paid_minor: int, party: dict[str, Any], now: datetime) -> SalesCredit:
    return SalesCredit(brand_id=order.brand_id, id=new_id(), order_line_id=line.id, quantity=quantity,
                       amount_minor=share_of(paid_minor, party["weight_bp"]), credited_at=now, **party)
