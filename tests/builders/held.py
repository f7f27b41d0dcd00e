"""Sales by phone, address, browser and account, paid and looked at as the job would."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.fraud.models import SaleHold
from app.flows.deliver_order import deliver_order
from app.flows.hold_sales import look_at_sale
from app.flows.pay_order import apply_payment_event
from app.flows.place_order import PlacedOrder, place_order
from app.flows.ship_order import ship_order
from tests.builders.shops import Shop
from tests.conftest import NOON

HER_PHONE = "13900000001"
"""Lin's own."""


def sale(shop: Shop, phone: str = "13800138000", street: str = "南京西路 1515 号", *, visitor: str | None = None, payer: str = "", code: str | None = "lin",
         received: bool = False, now: datetime = NOON) -> PlacedOrder:
    """One case of 299.00 by Lin's link (or by `code`), paid."""
    basket = shop.basket((shop.case, 1), share_code=shop.link.code if code == "lin" else code, visitor=visitor)
    address = {"province": "上海市", "city": "上海市", "district": "静安区", "street": street}
    placed = place_order(shop.session, brand_id=shop.brand_id, basket=basket, contact={"name": "王小明", "phone": phone}, address=address, now=now)
    apply_payment_event(shop.session, brand_id=shop.brand_id, payment_id=placed.payment_id or UUID(int=0), provider="sandbox",
                        event_id=f"e-{placed.payment_id}", outcome="succeed", amount_minor=placed.total_minor, currency="CNY",
                        payload={"payer_ref": payer} if payer else {}, now=now)
    if received:
        ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=now)
        deliver_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=now)
    shop.session.commit()
    return placed


def looked(shop: Shop, placed: PlacedOrder, now: datetime = NOON) -> SaleHold | None:
    """After a look at it: its hold, if it has one."""
    look_at_sale(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=now)
    shop.session.commit()
    return shop.session.scalar(select(SaleHold).where(SaleHold.order_id == placed.order_id).execution_options(populate_existing=True))


def held_sale(shop: Shop, *, received: bool = True, now: datetime = NOON) -> tuple[PlacedOrder, SaleHold]:
    """A colleague's phone on Lin's sale: held."""
    placed = sale(shop, "13900000002", received=received, now=now)
    hold = looked(shop, placed, now)
    assert hold is not None
    return placed, hold
