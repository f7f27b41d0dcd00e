"""The brand's choice first, and its own choice when that is gone too; else what is nearest: category, price, what sells; all in stock."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.brands.actions import change_settings
from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource, Product, Variant
from app.domain.catalog.substitutes import product_of_sku, set_substitute
from app.domain.sharing.shelf import product_of
from app.domain.sharing.substitutes import branches
from app.extensions import Database
from app.flows.enter_offline_product import enter_offline_product
from app.flows.offer_instead import Instead, offer_instead
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.brands import a_brand
from tests.builders.money import unguarded
from tests.builders.races import Race
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """299.00 in 箱包 > 登机箱, 59.90 in 配件 > 箱套."""
    return a_shop(session)


def good(shop: Shop, name: str, category: str = "箱包 > 登机箱", price_minor: int = 29900, stock: int = 5) -> UUID:
    made = enter_offline_product(shop.session, brand_id=shop.brand_id, name=name, category=category, now=NOON,
                                 variants=[{"sku": name, "price_minor": price_minor, "stock": stock}])
    shop.session.flush()
    return made.id


def named(shop: Shop, product_id: UUID, substitute_id: UUID | None) -> None:
    set_substitute(shop.session, brand_id=shop.brand_id, product_id=product_id, substitute_id=substitute_id, now=NOON)
    shop.session.flush()


def take_off(shop: Shop, product_id: UUID) -> None:
    shop.session.execute(update(Product).where(Product.id == product_id).values(status="unpublished"))


def instead(shop: Shop, product_id: UUID | None = None) -> Instead:
    product = product_of(shop.session, brand_id=shop.brand_id, product_id=product_id or shop.case_product, now=NOON)
    return offer_instead(shop.session, brand_id=shop.brand_id, product=product, now=NOON, by_link=True)


def titles(found: Instead) -> list[str]:
    return [one.title for one in found.tiles]


def test_the_brands_choice_stands_alone(shop: Shop) -> None:
    good(shop, "同类")
    named(shop, shop.case_product, shop.cover_product)
    assert (instead(shop).chosen, titles(instead(shop))) == (True, ["箱套 20 寸"])


@pytest.mark.parametrize("how", ["unpublished", "tombstoned", "sold out", "stale"])
def test_a_choice_that_is_gone_too_leads_on_to_its_own(shop: Shop, how: str) -> None:
    middle = good(shop, "中间")
    named(shop, shop.case_product, middle)
    named(shop, middle, shop.cover_product)
    variants = update(Variant).where(Variant.product_id == middle)
    if how == "unpublished":
        take_off(shop, middle)
    elif how == "tombstoned":
        shop.session.execute(update(Product).where(Product.id == middle).values(tombstoned_at=NOON))
    elif how == "sold out":
        shop.session.execute(variants.values(stock=2, reserved=2))
    else:
        source = FlagshipSource(id=new_id(), kind="merchant_feed", name="旗舰店", status="active", confirmed_at=NOON - timedelta(hours=2))
        shop.session.add(source)
        shop.session.flush()
        shop.session.execute(variants.values(source_id=source.id, external_id="m"))
        change_settings(shop.session, brand_id=shop.brand_id, stock_ttl_hours=2)
    assert (instead(shop).chosen, titles(instead(shop))) == (True, ["箱套 20 寸"])


def test_without_a_living_choice_what_is_near(shop: Shop) -> None:
    good(shop, "同类")
    named(shop, shop.case_product, shop.cover_product)
    take_off(shop, shop.cover_product)
    assert (instead(shop).chosen, titles(instead(shop))) == (False, ["同类"])


def test_nearest_category_then_price_then_what_sells(shop: Shop) -> None:
    """Of 299.00: a half is 149.50, one and a half times 448.50, both included. The cover is another branch and stays out."""
    dear = good(shop, "同类太贵", price_minor=44851)
    good(shop, "同类便宜一半", price_minor=14950)
    good(shop, "同类贵一半", price_minor=44850)
    good(shop, "同类没货", stock=0)
    good(shop, "上一级", category="箱包 > 大箱")
    good(shop, "名字像而已", category="箱包 > 登机箱子")
    assert titles(instead(shop)) == ["同类便宜一半", "同类贵一半", "同类太贵", "上一级"]
    best = shop.session.scalars(select(Variant.id).where(Variant.sku == "同类贵一半")).one()
    other = shop.session.scalars(select(Variant.id).where(Variant.product_id == dear)).one()
    shop.order((best, 1))
    shop.order((other, 4))
    assert titles(instead(shop)) == ["同类贵一半", "同类便宜一半", "同类太贵", "上一级"], "what sells best counts within the same band of prices"


def test_another_branch_rather_than_nothing(shop: Shop) -> None:
    assert titles(instead(shop)) == ["箱套 20 寸"]
    shop.session.execute(update(Variant).where(Variant.id == shop.cover).values(stock=0))
    assert titles(instead(shop)) == []


def test_branches_of_a_category() -> None:
    assert branches("A > B > C") == ["A > B > C", "A > B", "A"]
    assert branches("") == []


def test_a_choice_of_ours_that_is_on_sale_and_leads_not_back(shop: Shop, database: Database) -> None:
    a, b, c = (good(shop, name) for name in ("甲", "乙", "丙"))
    named(shop, a, b)
    named(shop, b, c)
    take_off(shop, shop.cover_product)
    stranger = a_brand(database, slug=f"other-{new_id()}"[:40], now=NOON)
    with database.session(stranger.id) as session:
        foreign = a_shop(session).case_product
    for product_id, substitute_id, code in ((a, a, "substitute_itself"), (c, a, "substitute_circle"), (b, a, "substitute_circle"),
                                            (c, shop.cover_product, "substitute_not_on_sale")):
        with pytest.raises(Refused) as refused:
            named(shop, product_id, substitute_id)
        assert (refused.value.code, refused.value.field) == (code, "substitute_id")
    with pytest.raises(NotFound):
        named(shop, c, foreign)
    named(shop, b, None)
    named(shop, c, a)


def test_a_sku_names_its_product(shop: Shop) -> None:
    assert product_of_sku(shop.session, brand_id=shop.brand_id, sku=" A ") == shop.case_product
    for sku in ("", "无此货号"):
        with pytest.raises(Refused):
            product_of_sku(shop.session, brand_id=shop.brand_id, sku=sku)


def test_two_at_once_close_no_circle(database: Database, brand: Brand, shop: Shop) -> None:
    a, b = good(shop, "甲"), good(shop, "乙")
    shop.session.commit()
    race = Race(database, brand.id)

    def naming(product_id: UUID, substitute_id: UUID):  # type: ignore[no-untyped-def]
        return lambda session: set_substitute(session, brand_id=brand.id, product_id=product_id, substitute_id=substitute_id, now=NOON).id

    answers = race.run(naming(a, b), naming(b, a))
    assert sorted(str(one) for one in answers if one == "substitute_circle") == ["substitute_circle"]


def test_without_the_lock_they_do_and_the_page_still_answers(database: Database, brand: Brand, shop: Shop) -> None:
    """The twin: both look before either has written, as without the lock. The page walks the circle no deeper than it must."""
    a, b = good(shop, "甲"), good(shop, "乙")
    shop.session.commit()
    circle = text("SELECT EXISTS (SELECT FROM products WHERE brand_id = :brand AND id = :id AND substitute_id = :other)")
    with database.session(brand.id) as one, database.session(brand.id) as two:
        assert not one.scalar(circle, {"brand": brand.id, "id": b, "other": a})
        assert not two.scalar(circle, {"brand": brand.id, "id": a, "other": b})
        for session, product_id, other in ((one, a, b), (two, b, a)):
            session.execute(update(Product).where(Product.id == product_id).values(substitute_id=other))
            session.commit()
    for product_id in (a, b):
        take_off(shop, product_id)
    assert titles(instead(shop, a)) == ["轻旅箱 18 寸"]


def test_the_database_refuses_itself_and_strangers(settings: Settings, database: Database, brand: Brand, shop: Shop) -> None:
    """And the twin: without constraints both are written."""
    stranger = a_brand(database, slug=f"other-{new_id()}"[:40], now=NOON)
    with database.session(stranger.id) as session:
        foreign = a_shop(session).case_product
    for other in (shop.case_product, foreign):
        with pytest.raises(IntegrityError):
            shop.session.execute(update(Product).where(Product.id == shop.case_product).values(substitute_id=other))
        shop.session.rollback()
    with unguarded(settings, brand.id) as session:
        session.execute(text("ALTER TABLE products DROP CONSTRAINT ck_products_substitute"))
        for other in (shop.case_product, foreign):
            session.execute(update(Product).where(Product.id == shop.case_product).values(substitute_id=other))
