"""R9: one binding stands; within protection nobody takes over; after it the next winner does; who works no more gives way at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.config import Settings
from app.domain.brands.actions import change_settings
from app.domain.customers.actions import bind
from app.domain.customers.models import CustomerBinding
from app.domain.customers.rules import Bound, after_sale_to, customer_key
from app.domain.orders.models import AttributionDecision
from app.extensions import Database
from app.flows.leave_guide import leave_guide
from app.flows.place_order import place_order
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import paid_order, pay, unguarded
from tests.builders.races import Race
from tests.builders.shops import ADDRESS, CONTACT, Shop, a_shop
from tests.conftest import NOON

DAY = timedelta(days=1)
LIN, HE = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(("bound", "winner", "expected"), [
    (None, LIN, ("bind", "")),
    (Bound(LIN, True, NOON + DAY, NOON + 9 * DAY), LIN, ("renew", "")),
    (Bound(LIN, True, NOON + DAY, NOON + 9 * DAY), HE, ("keep", "")),
    (Bound(LIN, True, NOON, NOON + 9 * DAY), HE, ("bind", "won_over")),
    (Bound(LIN, False, NOON + DAY, NOON + 9 * DAY), HE, ("bind", "guide_gone")),
    (Bound(LIN, True, NOON + DAY, NOON), HE, ("bind", "expired")),
    (Bound(LIN, True, NOON + DAY, NOON), LIN, ("bind", "expired")),
])
def test_who_is_bound_after_a_sale(bound: Bound | None, winner: UUID, expected: tuple[str, str]) -> None:
    assert after_sale_to(bound, winner, NOON) == expected


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    found = a_shop(session)
    change_settings(session, brand_id=found.brand_id, binding_days=100, binding_protection_days=30, binding_exclusive=True)
    session.commit()
    return found


def she(shop: Shop) -> UUID:
    return customer_key(shop.brand_id, "+86" + CONTACT["phone"])


def standing(shop: Shop) -> list[tuple[UUID, str, datetime]]:
    rows = shop.session.scalars(select(CustomerBinding).where(CustomerBinding.ended_at.is_(None)).execution_options(populate_existing=True))
    return [(row.guide_id, row.via, row.expires_at) for row in rows]


def earner(shop: Shop) -> tuple[str, UUID | None]:
    made = shop.session.scalars(select(AttributionDecision).order_by(AttributionDecision.id.desc())).first()
    assert made
    return made.reason, made.guide_id


def by(shop: Shop, guide: object, now: datetime) -> None:
    """A paid order won by this guide."""
    chosen = shop.basket((shop.case, 1), share_code=None, guide_id=guide)
    placed = place_order(shop.session, brand_id=shop.brand_id, basket=chosen, contact=CONTACT, address=ADDRESS, now=now)
    shop.session.commit()
    pay(shop, placed, now=now)


def test_the_first_paid_order_binds_and_an_unpaid_one_does_not(shop: Shop) -> None:
    placed = shop.order((shop.case, 1))
    shop.session.commit()
    assert standing(shop) == []
    pay(shop, placed)
    assert standing(shop) == [(shop.lin.id, "order", NOON + 100 * DAY)]


def test_the_binding_earns_what_comes_without_a_touch_until_it_ends(shop: Shop) -> None:
    paid_order(shop, (shop.case, 1))
    shop.order((shop.cover, 1), share_code=None, now=NOON + 100 * DAY - timedelta(microseconds=1))
    assert earner(shop) == ("binding", shop.lin.id)
    shop.order((shop.cover, 1), share_code=None, now=NOON + 100 * DAY)
    assert earner(shop) == ("brand", None)


def test_within_protection_another_guide_earns_the_order_and_not_the_customer(shop: Shop) -> None:
    paid_order(shop, (shop.case, 1))
    by(shop, shop.he.id, NOON + 30 * DAY - timedelta(microseconds=1))
    assert earner(shop) == ("chosen", shop.he.id)
    assert [row[0] for row in standing(shop)] == [shop.lin.id]
    by(shop, shop.he.id, NOON + 30 * DAY)
    assert [row[0] for row in standing(shop)] == [shop.he.id]
    ended = shop.session.scalars(select(CustomerBinding).where(CustomerBinding.ended_at.is_not(None))).one()
    assert (ended.guide_id, ended.ended_why) == (shop.lin.id, "won_over")


def test_a_leavers_binding_earns_her_store_and_gives_way_at_once(shop: Shop) -> None:
    paid_order(shop, (shop.case, 1))
    leave_guide(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, now=NOON)
    shop.order((shop.cover, 1), share_code=None, now=NOON + DAY)
    assert earner(shop) == ("store", None)
    by(shop, shop.he.id, NOON + DAY)
    assert [row[0] for row in standing(shop)] == [shop.he.id]


def test_a_binding_that_is_not_exclusive_earns_nothing(shop: Shop) -> None:
    change_settings(shop.session, brand_id=shop.brand_id, binding_exclusive=False)
    paid_order(shop, (shop.case, 1))
    shop.order((shop.cover, 1), share_code=None)
    assert earner(shop) == ("brand", None)


def test_a_brand_that_binds_nobody_has_no_bindings(shop: Shop) -> None:
    change_settings(shop.session, brand_id=shop.brand_id, binding_days=0)
    paid_order(shop, (shop.case, 1))
    assert standing(shop) == []


def test_a_guide_is_not_bound_to_herself(shop: Shop) -> None:
    change_settings(shop.session, brand_id=shop.brand_id, self_purchase="allowed")
    shop.lin.phone = "+86" + CONTACT["phone"]
    shop.session.commit()
    paid_order(shop, (shop.case, 1))
    assert (earner(shop), standing(shop)) == (("last_touch", shop.lin.id), [])


def test_protection_is_not_longer_than_the_binding(shop: Shop) -> None:
    with pytest.raises(Refused) as told:
        change_settings(shop.session, brand_id=shop.brand_id, binding_days=10, binding_protection_days=11)
    assert told.value.field == "binding_protection_days"


def test_two_orders_at_once_bind_her_once(shop: Shop, database: Database) -> None:
    """The customer has no binding yet: of two guides who win at the same moment, one gets her, and the other waits and sees it."""
    shop.order((shop.case, 1))
    shop.session.commit()
    names = {"brand_id": shop.brand_id, "customer_id": she(shop), "via": "order", "now": NOON}
    guides = [shop.lin.id, shop.he.id]
    made = Race(database, shop.brand_id).run(*(lambda session, guide=guide: bind(session, guide_id=guide, **names) is not None for guide in guides))  # type: ignore[misc]
    assert sorted(made) == [False, True]
    assert len(standing(shop)) == 1


def test_without_its_key_two_bindings_would_stand(shop: Shop, settings: Settings) -> None:
    paid_order(shop, (shop.case, 1))

    def second(session: BrandSession) -> None:
        session.add(CustomerBinding(brand_id=shop.brand_id, id=new_id(), customer_id=she(shop), guide_id=shop.he.id, via="order", exclusive=True, bound_at=NOON,
                                    protected_until=NOON, expires_at=NOON + DAY, ended_why=""))
        session.flush()

    with pytest.raises(Exception, match="uq_customer_bindings_one"):
        second(shop.session)
    shop.session.rollback()
    with unguarded(settings, shop.brand_id) as session:
        session.execute(text("DROP INDEX uq_customer_bindings_one"))
        second(session)
        assert len(session.scalars(select(CustomerBinding).where(CustomerBinding.brand_id == shop.brand_id, CustomerBinding.ended_at.is_(None))).all()) == 2
