"""Orders that are paid through the provider's page, committed: for every test about what comes after."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from app.domain.orders.models import Payment
from app.domain.provider.models import Charge, CheckoutSession
from app.flows.pay_online.apply_session import apply_session
from app.flows.pay_online.asking import Addresses
from app.flows.pay_online.open_session import Door, open_session
from app.flows.place_order import PlacedOrder
from app.gateways.stripe.provider import StripeProvider
from app.web.shared.application import Application
from tests.builders.shops import Shop
from tests.builders.stripe_world import StripeWorld

ADDRESSES = Addresses("http://localhost/paid?session_id={CHECKOUT_SESSION_ID}&token=ORDER_SECRET", "http://localhost/order?token=ORDER_SECRET")
ON_THE_DOUBLE = pytest.mark.parametrize("open_world", ["double"], indirect=True)
"""The contract server knows no payment that stays under way."""


def online_order(shop: Shop, now: datetime, *lines: tuple[UUID, int], **more: object) -> PlacedOrder:
    """Placed, and to be paid through Stripe."""
    placed = shop.order(*lines, now=now, provider="stripe", **more)
    shop.session.commit()
    return placed


def door_of(application: Application, shop: Shop, placed: PlacedOrder, *, payment_id: UUID | None = None, now: datetime | None = None) -> Door:
    wanted = payment_id or placed.payment_id
    assert wanted is not None
    return open_session(application.database, brand_id=shop.brand_id, payment_id=wanted, provider=application.gateways.online, addresses=ADDRESSES,
                        language="zh", now=now or application.clock())


def session_ref(door: Door) -> str:
    assert door.state == "open", door
    return door.url.rpartition("/")[2]


def paid_online(application: Application, world: StripeWorld, shop: Shop, *lines: tuple[UUID, int], method: str = "card", **more: object) -> PlacedOrder:
    """Placed, paid on Stripe's page, applied: order paid, charge and fee booked."""
    now = application.clock()
    placed = online_order(shop, now, *lines, **more)
    ref = session_ref(door_of(application, shop, placed))
    world.does(f"complete_session/{ref}", method=method, outcome="paid")
    assert apply_session(application.database, provider=application.gateways.online, ref=ref, now=now) is not None
    shop.session.rollback()
    return placed


def charge_of(shop: Shop, placed: PlacedOrder) -> Charge:
    of_order = select(Payment.id).where(Payment.order_id == placed.order_id)
    return shop.session.scalars(select(Charge).where(Charge.payment_id.in_(of_order)).execution_options(populate_existing=True)).one()


def sessions_of(shop: Shop, placed: PlacedOrder) -> list[CheckoutSession]:
    of_order = select(Payment.id).where(Payment.order_id == placed.order_id)
    statement = select(CheckoutSession).where(CheckoutSession.payment_id.in_(of_order)).order_by(CheckoutSession.created_at, CheckoutSession.attempt)
    return list(shop.session.scalars(statement.execution_options(populate_existing=True)))


def queued(shop: Shop, job: str) -> list[dict[str, Any]]:
    """The arguments of the brand's waiting jobs of that name, oldest first."""
    waiting = text("SELECT args FROM procrastinate_jobs WHERE task_name = :job AND status = 'todo' AND (args ->> 'brand_id')::int = :brand ORDER BY id")
    return [dict(one) for one in shop.session.scalars(waiting, {"job": job, "brand": shop.brand_id})]


def another_session(stripe_app: Application, shop: Shop, row: CheckoutSession, **changes: Any) -> str:
    """A session the shopper could pay in that does not ask for what our payment says; our row is made to believe it is its own."""
    online: StripeProvider = stripe_app.gateways.online
    wrong = online.open_checkout({**row.asked, **changes}, key=f"test:{row.id}").ref
    shop.session.execute(update(CheckoutSession).where(CheckoutSession.id == row.id).values(provider_ref=wrong))
    shop.session.commit()
    return wrong


def until(true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to that")


def asked_for(world: StripeWorld, pattern: str, method: str) -> int:
    return len([one for one in world.sees("calls")["calls"] if one["method"] == method and re.search(pattern, one["path"])])
