"""业绩: one sale counts for the online team, for the store that sold it, its guide and the store that shipped it; its money once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.insights.credits import CreditRow, credit_days, credit_totals, credits_page
from app.domain.orgs.actions import add_org_unit
from app.domain.orgs.models import OrgUnit
from app.flows.deliver_order import deliver_order
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.ship_order import ship_order
from app.kernel.tenancy import BrandSession
from tests.builders.money import lines_of, paid_order, pay
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

END = NOON + timedelta(days=30)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


@pytest.fixture
def south(shop: Shop) -> OrgUnit:
    region = add_org_unit(shop.session, brand_id=shop.brand_id, kind="region", name="华南大区", code="SOUTH")
    shop.session.flush()
    return region


@pytest.fixture
def shipper(shop: Shop, south: OrgUnit) -> OrgUnit:
    store = add_org_unit(shop.session, brand_id=shop.brand_id, kind="store", name="深圳湾店", code="SZ01", parent_id=south.id)
    shop.session.commit()
    return store


def net(shop: Shop, within: str | None = None) -> dict[str, int]:
    return {kind: one.net_minor for kind, one in credit_totals(shop.session, brand_id=shop.brand_id, from_=NOON, to=END, within=within).items()}


def rows(shop: Shop, **more: object) -> dict[str, CreditRow]:
    page = credits_page(shop.session, brand_id=shop.brand_id, from_=NOON, to=END, **{"by": "unit", **more})  # type: ignore[arg-type]
    return {row.name: row for row in page.items}


def test_one_sale_counts_whole_for_each_and_its_money_once(shop: Shop, shipper: OrgUnit) -> None:
    placed = paid_order(shop, (shop.cover, 2))
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, source="store", store_id=shipper.id, now=NOON)
    assert net(shop) == {"online": 11980, "selling": 11980, "guide": 11980, "fulfilling": 11980}
    totals = credit_totals(shop.session, brand_id=shop.brand_id, from_=NOON, to=END)
    assert totals["online"].money_minor == 11980, "what shoppers paid, counted once"
    top = rows(shop)
    assert (top["华东大区"].credit, top["华东大区"].money, top["华南大区"].credit, top["华南大区"].money) == (11980, 11980, 11980, 0)
    assert sum(row.money for row in top.values()) == 11980, "the shipping store's credit brings no second money"
    assert rows(shop, by="guide")["林晓芸"].credit == 11980


def test_a_refund_lowers_every_credit_by_its_part(shop: Shop, shipper: OrgUnit) -> None:
    """One of three covers: 179.70 less 59.90."""
    placed = paid_order(shop, (shop.cover, 3))
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, source="store", store_id=shipper.id, now=NOON)
    deliver_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    [line] = lines_of(shop, placed)
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line.id, quantity=1)], now=NOON + timedelta(days=2))
    assert net(shop) == dict.fromkeys(("online", "selling", "guide", "fulfilling"), 17970 - 5990)
    assert (rows(shop)["华东大区"].refunded, rows(shop)["华东大区"].money) == (5990, 11980)


def test_weights_are_rounded_once_and_refunds_follow_them(shop: Shop) -> None:
    """59.90 at 33.33 % is 19.96 (19.9646…); 20.00 of it refunded takes 19.96 × 20.00 ÷ 59.90 = 6.66 (6.664…)."""
    shop.session.scalars(select(BrandSettings)).one().credit_online_bp = 3333
    placed = paid_order(shop, (shop.cover, 1))
    [line] = lines_of(shop, placed)
    assert net(shop)["online"] == 1996
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line.id, amount_minor=2000)], now=NOON)
    assert (net(shop)["online"], net(shop)["selling"]) == (1996 - 666, 3990)


def test_what_was_refunded_before_a_parcel_left_is_not_taken_from_its_sender(shop: Shop, shipper: OrgUnit) -> None:
    placed = paid_order(shop, (shop.cover, 2))
    [line] = lines_of(shop, placed)
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line.id, quantity=1)], now=NOON)
    later = NOON + timedelta(hours=1)
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, source="store", store_id=shipper.id, now=later)
    assert net(shop) == {"online": 5990, "selling": 5990, "guide": 5990, "fulfilling": 5990}
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line.id, amount_minor=2995)], now=later + timedelta(days=1))
    assert net(shop)["fulfilling"] == 2995


def test_a_scope_sees_its_own_part(shop: Shop, shipper: OrgUnit, south: OrgUnit) -> None:
    placed = paid_order(shop, (shop.cover, 2))
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, source="store", store_id=shipper.id, now=NOON)
    assert net(shop, within=south.path) == {"online": 0, "selling": 0, "guide": 0, "fulfilling": 11980}
    assert list(rows(shop, within=south.path)) == ["华南大区"]
    assert rows(shop, within=south.path, unit_id=south.id)["深圳湾店"].fulfilling == 11980
    assert rows(shop, within=south.path, q="静安") == {} and rows(shop, by="guide", within=south.path) == {}


def test_days_and_pages(shop: Shop) -> None:
    for days in (0, 0, 3):
        paid = shop.order((shop.case, 1), now=NOON + timedelta(days=days))
        pay(shop, paid, now=NOON + timedelta(days=days))
    found = credit_days(shop.session, brand_id=shop.brand_id, timezone="Asia/Shanghai", from_=NOON, to=END)
    assert [(day.on.day, day.online, day.offline, day.money) for day in found] == [(22, 59800, 59800, 59800), (25, 29900, 29900, 29900)]
    assert credits_page(shop.session, brand_id=shop.brand_id, by="unit", from_=NOON, to=END, number=9).number == 1
