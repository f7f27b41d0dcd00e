"""The life of an order in one word each, committed, for tests about money."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import create_engine, make_url, select, text

from app.config import Settings
from app.domain.ledger.checking import check_ledger
from app.domain.ledger.queries import balances
from app.domain.orders.models import Order, OrderLine, Payment
from app.flows.deliver_order import deliver_order
from app.flows.pay_order import apply_payment_event
from app.flows.place_order import PlacedOrder
from app.flows.ship_order import ship_order
from app.kernel.tenancy import BrandSession, serve
from tests.builders.shops import Shop
from tests.conftest import NOON

HOLD_OVER = NOON + timedelta(days=40)
"""After every hold period of these tests."""


def pay(shop: Shop, placed: PlacedOrder, *, now: datetime = NOON, payment_id: UUID | None = None, event_id: str = "", outcome: str = "succeed",
        amount_minor: int | None = None, currency: str = "CNY", provider: str = "sandbox") -> str:
    payment_id = payment_id or placed.payment_id
    assert payment_id
    state = apply_payment_event(
        shop.session, brand_id=shop.brand_id, payment_id=payment_id, provider=provider, event_id=event_id or f"{outcome}-{payment_id}", outcome=outcome,
        amount_minor=placed.total_minor if amount_minor is None else amount_minor, currency=currency, payload={}, now=now)
    shop.session.commit()
    return state


def paid_order(shop: Shop, *lines: tuple[UUID, int], **more: object) -> PlacedOrder:
    placed = shop.order(*lines, **more)  # type: ignore[arg-type]
    shop.session.commit()
    pay(shop, placed)
    return placed


def received_order(shop: Shop, *lines: tuple[UUID, int], **more: object) -> PlacedOrder:
    placed = paid_order(shop, *lines, **more)
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    deliver_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    shop.session.commit()
    return placed


def order_of(shop: Shop, placed: PlacedOrder) -> Order:
    return shop.session.scalars(select(Order).where(Order.id == placed.order_id).execution_options(populate_existing=True)).one()


def lines_of(shop: Shop, placed: PlacedOrder) -> list[OrderLine]:
    statement = select(OrderLine).where(OrderLine.order_id == placed.order_id).order_by(OrderLine.position)
    return list(shop.session.scalars(statement.execution_options(populate_existing=True)))


def payments_of(shop: Shop, placed: PlacedOrder) -> list[Payment]:
    statement = select(Payment).where(Payment.order_id == placed.order_id).order_by(Payment.id)
    return list(shop.session.scalars(statement.execution_options(populate_existing=True)))


def due_to(shop: Shop, payee_id: UUID) -> dict[str, int]:
    """What stands on each phase, zeros left out."""
    return {phase: amount for phase, amount in balances(shop.session, brand_id=shop.brand_id, payee_id=payee_id).items() if amount}


def whole(shop: Shop) -> None:
    assert check_ledger(shop.session, brand_id=shop.brand_id) == []


@contextmanager
def unguarded(settings: Settings, brand_id: int) -> Iterator[BrandSession]:
    """A session of the server's superuser with triggers off: what a fault in the house would look like. Rolled back."""
    engine = create_engine(make_url(settings.owner_url).set(username="postgres"))
    with BrandSession(engine) as session:
        serve(session, brand_id)
        session.execute(text("SET LOCAL session_replication_role = replica"))
        yield session
        session.rollback()
    engine.dispose()
