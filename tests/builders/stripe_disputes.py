"""Orders whose payment the shopper's bank disputes at Stripe, committed."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.aftersales.models import Chargeback
from app.flows.deliver_order import deliver_order
from app.flows.follow_disputes import apply_dispute
from app.flows.place_order import PlacedOrder
from app.flows.ship_order import ship_order
from app.web.shared.application import Application
from tests.builders.shops import Shop
from tests.builders.stripe_orders import charge_of, paid_online
from tests.builders.stripe_world import StripeWorld


def received_online(stripe_app: Application, world: StripeWorld, shop: Shop) -> PlacedOrder:
    placed, now = paid_online(stripe_app, world, shop), stripe_app.clock()
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=now)
    deliver_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=now)
    shop.session.commit()
    return placed


def disputed(world: StripeWorld, shop: Shop, placed: PlacedOrder, **more: object) -> str:
    return str(world.does("disputes", charge=charge_of(shop, placed).charge_ref, reason="product_not_received", **more)["id"])


def told(stripe_app: Application, shop: Shop, ref: str) -> Chargeback:
    """As the webhook's worker would."""
    found = apply_dispute(stripe_app.database, provider=stripe_app.gateways.online, ref=ref, now=stripe_app.clock())
    assert found is not None and found.brand_id == shop.brand_id
    return chargeback(shop, ref)


def chargeback(shop: Shop, ref: str) -> Chargeback:
    shop.session.rollback()
    return shop.session.scalars(select(Chargeback).where(Chargeback.provider_ref == ref).execution_options(populate_existing=True)).one()
