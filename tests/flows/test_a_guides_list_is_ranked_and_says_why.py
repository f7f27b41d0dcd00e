"""The order of a guide's list: pay, sales, returns, her own fit and stock by the weights of sharing/rules.py; SQL and rule agree."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from app.domain.brands.models import BrandSettings
from app.domain.catalog.models import Product, Variant
from app.domain.commission.actions import add_rule
from app.domain.insights.product_rank import SORTS
from app.domain.orders.models import Order, OrderLine
from app.domain.promotions.activities import add_activity
from app.domain.sharing.rules import WEIGHTS, score
from app.domain.sharing.shelf_lines import sold_variants
from app.flows.rank_products import Placed, rank_products
from app.flows.show_pay import Priced, show_pay
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def ranked(shop: Shop, **asked: Any) -> list[Placed]:
    return list(rank_products(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, now=NOON, **{"size": 100, **asked}).items)


def a_product(shop: Shop, title: str, *, price_minor: int = 10000, stock: int = 50, category: str = "箱包 > 登机箱", days_ago: int = 100) -> tuple[UUID, UUID]:
    product, variant = new_id(), new_id()
    shop.session.add(Product(id=product, origin="offline", title=title, category=category, updated_at=NOON, created_at=NOON - timedelta(days=days_ago)))
    shop.session.flush()
    shop.session.add(Variant(id=variant, product_id=product, sku=title, price_minor=price_minor, stock=stock, updated_at=NOON))
    shop.session.flush()
    return product, variant


def sold(shop: Shop, product: tuple[UUID, UUID], quantity: int, *, back: int = 0, days_ago: int = 3) -> None:
    """A paid order of the past, made by the real actions and dated back."""
    placed = shop.order((product[1], quantity))
    order = shop.session.get(Order, (shop.brand_id, placed.order_id))
    assert order is not None
    order.placed_at = order.paid_at = NOON - timedelta(days=days_ago)
    shop.session.execute(update(OrderLine).where(OrderLine.order_id == placed.order_id).values(refunded_quantity=back))
    shop.session.flush()


def test_weights_are_of_a_hundred() -> None:
    assert sum(WEIGHTS.values()) == 100
    best = score(pay=9, best_pay=9, sold=7, best_sold=7, lately=0, back=0, fit=1, left=10)
    assert best == pytest.approx(100 - 15 / 4), "what never sold is taken to come back once in twenty: a quarter of `kept`"
    assert score(pay=0, best_pay=0, sold=0, best_sold=0, lately=10, back=9, fit=0, left=0) == 0


def test_the_database_ranks_as_the_rule_says(shop: Shop) -> None:
    """Thirty products with random facts: every score of the SQL is the rule's, and so is the order."""
    chance = random.Random(5)
    add_rule(shop.session, brand_id=shop.brand_id, scope={}, rate_bp=500, now=NOON)
    for number in range(30):
        made = a_product(shop, f"P{number}", price_minor=chance.randrange(100, 90000), stock=chance.choice([0, 3, 50]) + 40,
                         category=chance.choice(["箱包 > 登机箱", "箱包", "配件", ""]))
        for days in (2, 60):
            if chance.random() < 0.5:
                quantity = chance.randrange(1, 15)
                sold(shop, made, quantity, back=chance.randrange(quantity), days_ago=days)
    items = ranked(shop)
    facts = [one.facts for one in items]
    best_pay, best_sold = max(one.pay_minor for one in facts), max(one.sold for one in facts)
    for one in facts:
        assert one.score == pytest.approx(score(pay=one.pay_minor, best_pay=best_pay, sold=one.sold, best_sold=best_sold, lately=one.lately,
                                                back=one.back, fit=one.fit, left=one.left)), one
    assert [one.score for one in facts if one.left] == sorted((one.score for one in facts if one.left), reverse=True)


def test_what_pays_her_nothing_stands_behind_what_pays(shop: Shop) -> None:
    best = a_product(shop, "好卖不计佣")
    sold(shop, best, 20)
    items = ranked(shop)
    assert items[-1].facts.product_id == best[0] and items[-1].facts.score > items[-2].facts.score


def test_facts_are_counted_by_hand(shop: Shop) -> None:
    """4 + 6 pieces in 30 days, 10 more two months ago, 3 came back; 20 of her 25 pieces are suitcases."""
    case, cap = a_product(shop, "箱"), a_product(shop, "帽", category="服饰 > 帽子")
    sold(shop, case, 4, back=1)
    sold(shop, case, 6)
    sold(shop, case, 10, back=2, days_ago=60)
    sold(shop, cap, 5)
    sold(shop, case, 3, days_ago=91)
    fact = {one.facts.product_id: one.facts for one in ranked(shop)}[case[0]]
    assert (fact.sold, fact.lately, fact.back, fact.fit) == (10, 20, 3, 0.8)


def test_what_sold_out_stands_last_in_every_order(shop: Shop) -> None:
    gone = a_product(shop, "卖完的", price_minor=1, stock=0, days_ago=0)[0]
    for sort in SORTS:
        assert ranked(shop, sort=sort)[-1].facts.product_id == gone, sort


def test_each_order_is_what_it_says(shop: Shop) -> None:
    add_rule(shop.session, brand_id=shop.brand_id, scope={}, rate_bp=500, now=NOON)
    cheap, new = a_product(shop, "便宜", price_minor=500), a_product(shop, "新", price_minor=90000, days_ago=1)
    sold(shop, cheap, 9)
    first = {sort: ranked(shop, sort=sort)[0].facts.product_id for sort in ("pay", "sold", "price")}
    assert first == {"pay": new[0], "sold": cheap[0], "price": cheap[0]}, "5 % of 900.00 is 45.00, more than 12 % of 299.00"
    order = [one.facts.product_id for one in ranked(shop, sort="new")]
    assert order.index(new[0]) < order.index(cheap[0])


def test_pages_hold_everything_once(shop: Shop) -> None:
    for number in range(23):
        a_product(shop, f"P{number:02}")
    pages = [rank_products(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, number=number, size=10, now=NOON) for number in (1, 2, 3)]
    ids = [one.facts.product_id for page in pages for one in page.items]
    assert (len(ids), len(set(ids)), pages[0].total) == (25, 25, 25)
    past = rank_products(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, number=9, size=10, now=NOON)
    assert (past.number, past.total) == (1, 25)


def test_pay_is_what_the_ladder_gives(shop: Shop) -> None:
    """Rules of every rung, floors, ceilings, fixed amounts, an activity and the cap: the order's pay is show_pay's, to the rounding."""
    goods = [a_product(shop, f"G{number}", price_minor=10000 + 777 * number, category=category)
             for number, category in enumerate(["箱包 > 登机箱", "箱包", "配件", "配件 > 箱套", "", "服饰", "服饰", "箱包"])]
    shop.session.execute(update(BrandSettings).values(commission_cap_bp=2500))
    lin, store = shop.lin, shop.store
    lin.level = "gold"
    for scope, pay in (({}, {"rate_bp": 300}), ({"category": "箱包"}, {"rate_bp": 700}), ({"category": "配件 > 箱套"}, {"rate_bp": 900, "max_minor": 500}),
                       ({"guide_level": "gold"}, {"rate_bp": 350}), ({"store_id": store.id}, {"rate_bp": 400}),
                       ({"guide_id": lin.id, "category": "服饰"}, {"amount_minor": 1234}), ({"product_id": goods[6][0]}, {"rate_bp": 9000}),
                       ({"variant_id": goods[7][1]}, {"rate_bp": 100, "min_minor": 999}), ({"guide_id": shop.he.id}, {"rate_bp": 2000})):
        add_rule(shop.session, brand_id=shop.brand_id, scope=scope, now=NOON, **pay)
    activity = add_activity(shop.session, brand_id=shop.brand_id, name="清仓", starts_at=NOON - timedelta(days=1), ends_at=NOON + timedelta(days=1),
                            prices={goods[0][1]: 5000, goods[2][1]: 6000}, link_only=True, now=NOON)
    add_rule(shop.session, brand_id=shop.brand_id, scope={"activity_id": activity.id, "product_id": goods[0][0]}, rate_bp=1500, now=NOON)
    add_rule(shop.session, brand_id=shop.brand_id, scope={"activity_id": activity.id}, rate_bp=1100, now=NOON)
    shop.session.execute(update(Variant).where(Variant.id == goods[1][1]).values(commissionable=False))
    shop.session.flush()
    placed = ranked(shop)
    known = sold_variants(shop.session, brand_id=shop.brand_id, product_ids=[one.facts.product_id for one in placed], now=NOON)
    pays = show_pay(shop.session, brand_id=shop.brand_id, guide_id=lin.id, now=NOON, variants=[
        Priced(one.variant_id, one.product_id, one.category, one.commissionable, one.price_minor, one.activity.activity_id if one.activity else None)
        for one in known])
    assert {one.tile.title: round(one.facts.pay_minor, 1) for one in placed} == {
        one.tile.title: pytest.approx(pays[one.facts.product_id].lowest_minor, abs=1) for one in placed}
    assert {pays[good[0]].lowest_minor for good in goods} > {0, 750, 660, 500, 1234, 999}, "each rung really decides something"
