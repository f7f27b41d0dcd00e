"""R9: a visitor's cookie belongs to one customer; whose it is must never depend on which row came first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.config import Settings
from app.domain.customers.actions import claim_visitor, forget_codes, issue_code, meet, meeting, old_codes
from app.domain.customers.models import Customer, SignInCode, VisitorLogin
from app.domain.orders.candidates import read_candidates
from app.extensions import Database
from app.kernel.db import gather
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import unguarded
from tests.builders.races import Race
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

ANNA, BEA = "+8613800138000", "+8613800138001"


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def known(shop: Shop, phone: str) -> Customer:
    found = meet(shop.session, brand_id=shop.brand_id, phone=phone, now=NOON)
    shop.session.commit()
    return found


def test_who_comes_first_keeps_it(shop: Shop) -> None:
    names = {"brand_id": shop.brand_id, "visitor": "v", "now": NOON}
    claims = [claim_visitor(shop.session, customer_id=known(shop, phone).id, **names) for phone in (ANNA, BEA, ANNA)]
    assert claims == [True, False, True]


def test_without_the_key_a_visitor_would_be_two_people(shop: Shop, settings: Settings) -> None:
    anna, bea = known(shop, ANNA), known(shop, BEA)
    with unguarded(settings, shop.brand_id) as session:
        session.execute(text("ALTER TABLE visitor_logins DROP CONSTRAINT uq_visitor_logins_brand_id_visitor"))
        session.add_all(VisitorLogin(brand_id=shop.brand_id, id=new_id(), visitor="v", customer_id=one.id, at=NOON) for one in (anna, bea))
        session.flush()
        with pytest.raises(Exception, match="more than one row"):
            read_candidates(session, brand_id=shop.brand_id, basket=shop.basket(visitor="v"), now=NOON)


def test_two_first_orders_of_one_phone_know_one_customer(shop: Shop, database: Database) -> None:
    def order(session: BrandSession) -> None:
        gather(session, meeting(brand_id=shop.brand_id, phone=ANNA, name="王小明", now=NOON))

    Race(database, shop.brand_id).run(order, order, order)
    customer = shop.session.scalars(select(Customer)).one()
    assert (customer.first_seen_at, customer.name) == (NOON, "王小明")


def test_she_is_seen_again_by_the_hour(shop: Shop) -> None:
    for minutes, seen in ((0, 0), (59, 0), (61, 61)):
        gather(shop.session, meeting(brand_id=shop.brand_id, phone=ANNA, name="", now=NOON + timedelta(minutes=minutes)))
        assert shop.session.scalars(select(Customer.last_seen_at)).one() == NOON + timedelta(minutes=seen)


def test_codes_are_forgotten_after_a_day(shop: Shop) -> None:
    issue_code(shop.session, brand_id=shop.brand_id, phone=ANNA, now=NOON)
    for hours, left in ((23, 1), (25, 0)):
        later = NOON + timedelta(hours=hours)
        assert old_codes(shop.session, brand_id=shop.brand_id, now=later) is (left == 0)
        forget_codes(shop.session, brand_id=shop.brand_id, now=later)
        assert len(shop.session.scalars(select(SignInCode)).all()) == left
