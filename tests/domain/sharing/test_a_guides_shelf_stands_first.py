"""A shop begins with what HQ pins (nearest place first), then the guide's own shelf in her order, then the rest; never more than 60."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.catalog.models import Product, Variant
from app.domain.guides.models import Guide
from app.domain.sharing.models import ShelfItem
from app.domain.sharing.own_shelf import move_on_shelf, note_on_shelf, own_shelf, put_on_shelf, take_off_shelf
from app.domain.sharing.pins import move_pin, pin, pinned, shop_front, unpin
from app.domain.sharing.rules import moved
from app.domain.sharing.shelf_list import shelf_page
from app.extensions import Database
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import unguarded
from tests.builders.races import Race
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def products(session: BrandSession, count: int) -> list[UUID]:
    """`count` more on sale, in this order in the brand's shop, after the two of the shop."""
    made = []
    for number in range(count):
        one = Product(id=new_id(), origin="offline", title=f"第 {number} 款", position=100 + number, updated_at=NOON)
        session.add(one)
        session.flush()
        session.add(Variant(id=new_id(), product_id=one.id, sku=f"N{number}", price_minor=1000, stock=3, updated_at=NOON))
        made.append(one.id)
    session.flush()
    return made


def listed(shop: Shop) -> list[UUID]:
    front = shop_front(shop.session, brand_id=shop.brand_id, code=shop.link.code)
    return [one.id for one in shelf_page(shop.session, brand_id=shop.brand_id, size=200, now=NOON, by_link=True, first=front.order).page.items]


def put(shop: Shop, *products: UUID) -> None:
    for one in products:
        put_on_shelf(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=one)


def hers(shop: Shop) -> list[UUID]:
    return [one.product_id for one in own_shelf(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, now=NOON)]


def test_pins_nearest_first_then_hers_then_the_rest(shop: Shop) -> None:
    a, b, c, d = products(shop.session, 4)
    put(shop, c, b)
    pin(shop.session, brand_id=shop.brand_id, unit_id=None, product_id=d)
    pin(shop.session, brand_id=shop.brand_id, unit_id=shop.store.id, product_id=a)
    pin(shop.session, brand_id=shop.brand_id, unit_id=shop.store.parent_id, product_id=b)
    order = listed(shop)
    assert order[:4] == [a, b, d, c], "store, region, all shops, hers; what is pinned and hers stands once"
    assert set(order[4:]) == {shop.case_product, shop.cover_product}
    assert shop_front(shop.session, brand_id=shop.brand_id, code="").order == [d], "nobody's shop begins with what is pinned everywhere"


def test_moving_keeps_the_rest_in_order() -> None:
    a, b, c = new_id(), new_id(), new_id()
    assert [moved([a, b, c], c, "up"), moved([a, b, c], a, "down"), moved([a, b, c], c, "top")] == [[a, c, b], [b, a, c], [c, a, b]]
    assert moved([a, b, c], a, "up") == moved([a, b, c], c, "down") == [a, b, c], "at the end of its way it stays"


def test_she_orders_notes_and_takes_down(shop: Shop) -> None:
    a, b, c = products(shop.session, 3)
    put(shop, a, b, c, b)
    assert hers(shop) == [a, b, c]
    move_on_shelf(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=c, way="top")
    take_off_shelf(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=a)
    note_on_shelf(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=b, note=" 我自己\n也用 ")
    assert hers(shop) == [c, b]
    assert shop_front(shop.session, brand_id=shop.brand_id, code=shop.link.code).own == {c: "", b: "我自己 也用"}
    with pytest.raises(Refused, match="最长 60"):
        note_on_shelf(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=b, note="长" * 61)
    for act in (lambda: move_on_shelf(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=a, way="up"),
                lambda: note_on_shelf(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=a, note="x"),
                lambda: put_on_shelf(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=new_id())):
        with pytest.raises(NotFound):
            act()


def test_what_is_gone_she_sees_and_shoppers_do_not(shop: Shop) -> None:
    gone, stays = products(shop.session, 2)
    put(shop, gone, stays)
    product = shop.session.get(Product, (shop.brand_id, gone))
    assert product is not None
    product.status = "unpublished"
    shop.session.flush()
    assert [one.standing for one in own_shelf(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, now=NOON)] == ["gone", "on_sale"]
    assert listed(shop)[0] == stays and gone not in listed(shop)


def test_who_has_left_has_no_shelf_and_pins_stay(shop: Shop) -> None:
    a, b = products(shop.session, 2)
    put(shop, a)
    pin(shop.session, brand_id=shop.brand_id, unit_id=None, product_id=b)
    guide = shop.session.get(Guide, (shop.brand_id, shop.lin.id))
    assert guide is not None
    guide.status = "left"
    shop.session.flush()
    front = shop_front(shop.session, brand_id=shop.brand_id, code=shop.link.code)
    assert (front.order, front.own) == ([b], {})


def test_the_sixty_first_is_refused_also_by_the_database(shop: Shop, settings: Settings) -> None:
    many = products(shop.session, 61)
    put(shop, *many[:60])
    with pytest.raises(Refused, match="最多放 60"):
        put(shop, many[60])
    with pytest.raises(IntegrityError, match="ck_shelf_items_position"), shop.session.begin_nested():
        shop.session.add(ShelfItem(guide_id=shop.lin.id, product_id=many[60], position=61))
        shop.session.flush()
    shop.session.commit()
    with unguarded(settings, shop.brand_id) as loose:
        loose.execute(text("ALTER TABLE shelf_items DROP CONSTRAINT ck_shelf_items_position"))
        loose.add(ShelfItem(guide_id=shop.lin.id, product_id=many[60], position=61))
        loose.flush()
        assert loose.scalar(select(func.count()).select_from(ShelfItem).where(ShelfItem.guide_id == shop.lin.id)) == 61, "without it the shelf has no end"


def test_pins_are_ordered_bounded_and_of_their_place(shop: Shop) -> None:
    many = products(shop.session, 9)
    for one in many[:8]:
        pin(shop.session, brand_id=shop.brand_id, unit_id=shop.store.id, product_id=one)
    pin(shop.session, brand_id=shop.brand_id, unit_id=None, product_id=many[8])
    with pytest.raises(Refused, match="最多置顶 8"):
        pin(shop.session, brand_id=shop.brand_id, unit_id=shop.store.id, product_id=many[8])
    move_pin(shop.session, brand_id=shop.brand_id, unit_id=shop.store.id, product_id=many[7], way="top")
    unpin(shop.session, brand_id=shop.brand_id, unit_id=shop.store.id, product_id=many[0])
    assert [one.id for one in pinned(shop.session, brand_id=shop.brand_id, unit_id=shop.store.id)] == [many[7], *many[1:7]]
    for unknown in (lambda: unpin(shop.session, brand_id=shop.brand_id, unit_id=None, product_id=many[0]),
                    lambda: pin(shop.session, brand_id=shop.brand_id, unit_id=new_id(), product_id=many[0])):
        with pytest.raises(NotFound):
            unknown()


def test_two_phones_at_once_lose_nothing(shop: Shop, database: Database) -> None:
    """Eight additions and moves by the same guide at the same moment: every product once, places 1 to 8."""
    many = products(shop.session, 8)
    shop.session.commit()
    race = Race(database, shop.brand_id)
    race.run(*[lambda session, one=one: put_on_shelf(session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=one) for one in many])
    race.run(*[lambda session, one=one: move_on_shelf(session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=one, way="top") for one in many])
    rows = shop.session.execute(select(ShelfItem.product_id, ShelfItem.position).where(ShelfItem.guide_id == shop.lin.id)).all()
    assert {row[0] for row in rows} == set(many) and sorted(row[1] for row in rows) == list(range(1, 9))
