"""The worked order of R23 and its life, for pages about money: two levels, two coupons, shipping 12.00."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.promotions.actions import add_coupon
from app.flows.deliver_order import deliver_order
from app.flows.pay_order import apply_payment_event
from app.flows.place_order import PlacedOrder
from app.flows.ship_order import ship_order
from app.kernel.tenancy import BrandSession
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

BOTH = ("BRAND30", "PLAT20")


def an_r23_shop(session: BrandSession) -> Shop:
    """Guide 12 % and 8 %, referrer 2 %, platform 1 %, store 5 %; brand coupon 30.00, platform coupon 20.00."""
    shop = a_shop(session)
    settings = session.scalars(select(BrandSettings)).one()
    settings.two_levels, settings.shipping_fee_minor = True, 1200
    for code, funder, amount in (("BRAND30", "brand", 3000), ("PLAT20", "platform", 2000)):
        add_coupon(session, brand_id=shop.brand_id, code=code, funder=funder, amount_minor=amount, starts_at=NOON,
                   ends_at=NOON + timedelta(days=60), max_uses=100)
    session.commit()
    return shop


def paid(shop: Shop, now: datetime = NOON, *, codes: tuple[str, ...] = BOTH) -> PlacedOrder:
    """Placed and paid."""
    placed = shop.order(now=now, coupon_codes=codes)
    apply_payment_event(shop.session, brand_id=shop.brand_id, payment_id=placed.payment_id, provider="sandbox", event_id=f"e-{placed.payment_id}",
                        outcome="succeed", amount_minor=placed.total_minor, currency="CNY", payload={}, now=now)
    shop.session.commit()
    return placed


def received(shop: Shop, now: datetime = NOON, *, codes: tuple[str, ...] = BOTH) -> PlacedOrder:
    """Placed, paid, sent and received at once: held for 15 days from here."""
    placed = paid(shop, now, codes=codes)
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, carrier="顺丰速运", tracking_no="SF1000", now=now)
    deliver_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=now)
    shop.session.commit()
    return placed
