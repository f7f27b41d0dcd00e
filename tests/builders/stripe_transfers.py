"""Money that came in through Stripe and is paid out through it: the order of R23 with the brand's coupon only, 388.80 without shipping."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.ledger.queries import house_payees
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.promotions.actions import add_coupon
from app.domain.provider.models import Transfer
from app.domain.provider.ports import OnlineProvider, TransferFacts
from app.domain.settlement.models import Payout, PayoutRun
from app.flows.deliver_order import deliver_order
from app.flows.place_order import PlacedOrder
from app.flows.send_transfers import send_transfers
from app.flows.settle_period import settle
from app.flows.ship_order import ship_order
from app.web.shared.application import Application
from tests.builders.payouts import executed
from tests.builders.shops import Shop
from tests.builders.stripe_orders import paid_online
from tests.builders.stripe_world import StripeWorld

LATER = timedelta(days=20)
"""After the hold period."""


def r23_online(shop: Shop, now: datetime) -> Shop:
    """Two levels, no shipping, coupons of 30.00 (brand) and 20.00 (platform). With the brand's alone: guide 42.21, referrer 7.77, platform 3.89, store 19.44, brand 315.49."""
    terms = shop.session.scalars(select(BrandSettings)).one()
    terms.two_levels, terms.shipping_fee_minor, terms.payout_minimum_minor = True, 0, 0
    for code, funder, amount in (("BRAND30", "brand", 3000), ("PLAT20", "platform", 2000)):
        add_coupon(shop.session, brand_id=shop.brand_id, code=code, funder=funder, amount_minor=amount, starts_at=now - timedelta(days=1),
                   ends_at=now + timedelta(days=60), max_uses=100)
    shop.session.commit()
    return shop


def brand_payee(shop: Shop) -> UUID:
    return house_payees(shop.session, brand_id=shop.brand_id)["brand"]


def received_through_stripe(application: Application, world: StripeWorld, shop: Shop, *lines: tuple[UUID, int],
                            codes: Sequence[str] = ("BRAND30",)) -> PlacedOrder:
    """Paid on Stripe's page, sent and received now."""
    now = application.clock()
    placed = paid_online(application, world, shop, *lines, coupon_codes=tuple(codes))
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=now)
    deliver_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=now)
    shop.session.commit()
    return placed


def released_through_stripe(application: Application, world: StripeWorld, shop: Shop, *lines: tuple[UUID, int],
                            codes: Sequence[str] = ("BRAND30",)) -> PlacedOrder:
    """And available: its hold period is over."""
    placed = received_through_stripe(application, world, shop, *lines, codes=codes)
    release(shop, application.clock() + LATER)
    return placed


def release(shop: Shop, now: datetime) -> None:
    act_as(shop.session, command("one"))
    settle(shop.session, brand_id=shop.brand_id, as_of=now, now=now)
    shop.session.commit()


def executed_run(application: Application, shop: Shop, scope: str = "all", *, now: datetime | None = None) -> PayoutRun:
    """Drafted, approved, executed by the application's own provider; nothing is transferred yet."""
    return executed(shop.session, scope, now=now or application.clock() + LATER, provider=application.gateways.payouts)


def transferred(application: Application, shop: Shop, *, provider: OnlineProvider | None = None, later: timedelta = timedelta(0)) -> int:
    """What the job does."""
    online = provider or application.gateways.online
    assert online is not None
    shop.session.rollback()
    return send_transfers(application.database, brand_id=shop.brand_id, provider=online, now=application.clock() + LATER + later)


def transfers(shop: Shop, payee_id: UUID | None = None) -> list[Transfer]:
    """As they stand now, by payout and charge in the order they were made."""
    shop.session.rollback()
    statement = select(Transfer).order_by(Transfer.id)
    if payee_id:
        statement = statement.where(Transfer.payee_id == payee_id)
    return list(shop.session.scalars(statement.execution_options(populate_existing=True)))


def payout_of(shop: Shop, payee_id: UUID) -> Payout:
    """Her newest."""
    shop.session.rollback()
    newest = select(Payout).join(PayoutRun, (PayoutRun.id == Payout.run_id) & (PayoutRun.brand_id == Payout.brand_id)).where(Payout.payee_id == payee_id)
    return shop.session.scalars(newest.order_by(PayoutRun.number.desc()).limit(1).execution_options(populate_existing=True)).one()


def transfers_there(provider: OnlineProvider, *placed: PlacedOrder) -> list[TransferFacts]:
    """What the world has of these orders."""
    return [one for order in placed for one in provider.transfers_of(f"order_{order.order_id}")]


def balance_there(world: StripeWorld, account: str) -> int:
    """Minor units of SGD, available and pending."""
    return sum(world.sees("state")["balances"].get(account, {}).get("sgd", [0, 0]))


def fault(world: StripeWorld, status: int | str, **more: Any) -> None:
    """One call that makes a transfer goes wrong; `phase` before or after it was carried out."""
    world.does("faults", api=[{"status": status, "path": "^/v1/transfers$", "method": "POST", **more}])
