"""A small shop for money tests: region, store, two guides, goods at the prices of R23, made by the real actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.catalog.models import Product, Variant
from app.domain.commission.actions import add_rule
from app.domain.guides.models import Guide
from app.domain.orders.baskets import Basket, BasketLine
from app.domain.orgs.actions import add_org_unit
from app.domain.orgs.models import OrgUnit
from app.domain.sharing.actions import share_link
from app.domain.sharing.models import ShareLink
from app.domain.splits.actions import add_plan
from app.flows.enrol_guide import enrol_guide
from app.flows.place_order import PlacedOrder, place_order
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession, served_brand
from tests.conftest import NOON

ADDRESS = {"province": "上海市", "city": "上海市", "district": "静安区", "street": "南京西路 1515 号"}
CONTACT = {"name": "王小明", "phone": "13800138000"}


@dataclass
class Shop:
    session: BrandSession
    store: OrgUnit
    lin: Guide
    he: Guide
    link: ShareLink
    case: UUID
    """Variant A of R23: 299.00."""
    cover: UUID
    """Variant B of R23: 59.90."""
    case_product: UUID
    cover_product: UUID

    @property
    def brand_id(self) -> int:
        return served_brand(self.session)

    def basket(self, *lines: tuple[UUID, int], **more: Any) -> Basket:
        chosen = lines or ((self.case, 1), (self.cover, 2))
        return Basket(tuple(BasketLine(*line) for line in chosen), share_code=more.pop("share_code", self.link.code), **more)

    def order(self, *lines: tuple[UUID, int], now: datetime = NOON, **more: Any) -> PlacedOrder:
        keys = {name: more.pop(name) for name in ("coupon_codes", "visitor", "share_code") if name in more}
        return place_order(self.session, brand_id=self.brand_id, basket=self.basket(*lines, **keys), contact=CONTACT, address=ADDRESS, now=now, **more)


def a_shop(session: BrandSession, now: datetime = NOON, *, rates: bool = True, stock: int = 1000) -> Shop:
    """Guide 12 % on A, 8 % on B; referrer 2 %; platform 1 %; store 5 % (R23). Lin was referred by He."""
    brand_id = served_brand(session)
    region = add_org_unit(session, brand_id=brand_id, kind="region", name="华东大区", code="EAST")
    store = add_org_unit(session, brand_id=brand_id, kind="store", name="静安嘉里店", code="SH01", parent_id=region.id)
    he = enrol_guide(session, brand_id=brand_id, name="何敏", phone="13900000002", store_id=store.id, now=now)
    lin = enrol_guide(session, brand_id=brand_id, name="林晓芸", phone="13900000001", store_id=store.id, now=now)
    lin.referrer_id = he.id
    goods = [_product(session, name, category, sku, price, stock, now) for name, category, sku, price in (("轻旅箱 18 寸", "箱包 > 登机箱", "A", 29900), ("箱套 20 寸", "配件 > 箱套", "B", 5990))]
    session.flush()
    if rates:
        for good, rate_bp in zip(goods, (1200, 800), strict=True):
            add_rule(session, brand_id=brand_id, scope={"product_id": good.id}, rate_bp=rate_bp, referrer_bp=200, now=now)
        add_plan(session, brand_id=brand_id, org_unit_id=None, shares=[{"role": "store", "rate_bp": 500}], now=now)
    link = share_link(session, brand_id=brand_id, guide_id=lin.id)
    session.commit()
    return Shop(session, store, lin, he, link, goods[0].variant_id, goods[1].variant_id, goods[0].id, goods[1].id)


@dataclass
class Made:
    id: UUID
    variant_id: UUID


def _product(session: BrandSession, name: str, category: str, sku: str, price_minor: int, stock: int, now: datetime) -> Made:
    product = Product(id=new_id(), origin="offline", title=name, category=category, updated_at=now)
    session.add(product)
    session.flush()
    variant = Variant(id=new_id(), product_id=product.id, sku=sku, price_minor=price_minor, stock=stock, updated_at=now)
    session.add(variant)
    session.flush()
    return Made(product.id, variant.id)
