"""What came in is what everyone got and what stayed, to the fen, and each figure is the ledger's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.config import Settings
from app.domain.ledger.queries import house_payees
from app.domain.settlement.brand_books import brand_books
from app.domain.settlement.statements import statement
from app.kernel.tenancy import BrandSession
from tests.builders.money import paid_order, unguarded
from tests.builders.periods import TAKEN, Month, a_month
from tests.builders.sales import BOTH, an_r23_shop
from tests.conftest import NOON

END = NOON + timedelta(days=60)


def test_the_worked_order_of_r23(session: BrandSession) -> None:
    shop = an_r23_shop(session)
    paid_order(shop, coupon_codes=BOTH)
    shop.order()  # not paid: no money of it came in
    session.commit()
    books = brand_books(session, brand_id=shop.brand_id, from_=NOON, to=END)
    sold = books.sold
    assert (sold.orders, sold.list_minor, sold.activity_minor, sold.brand_discount_minor, sold.base_minor) == (1, 41880, 0, 3000, 38880)
    assert (sold.platform_discount_minor, sold.store_discount_minor, sold.guide_discount_minor, sold.paid_minor) == (2000, 0, 0, 36880)
    assert books.received == {"paid": 38080}, "goods 368.80 + shipping 12.00"
    assert {role: part.net_minor for role, part in books.parts.items() if part.net_minor} == {
        "guide": 4221, "referrer": 777, "store": 1944, "platform": 389 - 2000}
    assert (books.parts["platform"].shares_minor, books.parts["platform"].funded_minor) == (389, -2000)
    assert books.kept == {"brand": 31549, "shipping": 1200}
    assert books.received_minor == books.shared_minor + books.kept_minor


@pytest.fixture
def month(session: BrandSession) -> Month:
    return a_month(an_r23_shop(session))


def test_a_month_in_which_everything_happens(month: Month) -> None:
    session, brand_id = month.shop.session, month.shop.brand_id
    for from_, to in ((NOON, END), (NOON, TAKEN), (TAKEN, END)):
        books = brand_books(session, brand_id=brand_id, from_=from_, to=to)
        assert books.received_minor == books.shared_minor + books.kept_minor
        part = statement(session, brand_id=brand_id, payee_id=house_payees(session, brand_id=brand_id)["brand"], from_=from_, to=to)
        assert books.kept_minor == part.closing_minor - part.opening_minor, "what stays is the brand's own statement"
    books = brand_books(session, brand_id=brand_id, from_=NOON, to=END)
    assert books.received["chargeback"] == -29900 - 1200 and books.received["chargeback_fee"] == -1500
    assert books.kept["write_off"] == -3588 == -books.parts["guide"].written_off_minor
    assert books.paid_out["guide"] == (2066 + 890 + 3588 + 3588, 0)


def test_a_posting_changed_behind_the_houses_back_shows(month: Month, settings: Settings) -> None:
    """The figures are read from postings, not worked out from orders: a fault cannot hide."""
    with unguarded(settings, month.shop.brand_id) as bare:
        bare.execute(text("UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE brand_id = :brand AND role = 'store' AND phase = 'pending' "
                          "AND amount_minor > 0"), {"brand": month.shop.brand_id})
        books = brand_books(bare, brand_id=month.shop.brand_id, from_=NOON, to=END)
        assert books.received_minor != books.shared_minor + books.kept_minor
