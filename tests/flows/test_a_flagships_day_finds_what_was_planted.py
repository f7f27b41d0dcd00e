"""Any set of differences is found, and none is invented: orders with and without faults, in any order, in a list or one by one."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from app.domain.fulfilment.models import OrderPush
from app.domain.fulfilment.ports import FlagshipOrder, Stage
from app.extensions import Database
from app.kernel.tenancy import BrandSession
from tests.builders.brands import a_brand
from tests.builders.flagship_books import MemoryBooks, a_push, check, differences
from tests.builders.flagships import a_source
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

ORDERS = 6
FAULTS: dict[str, dict[str, Any]] = {
    "": {}, "amount_differs": {"total_minor": 41881}, "currency_differs": {"currency": "EUR"}, "state_differs": {"stage": Stage.CANCELLED},
    "refund_missing_here": {"refunded_minor": 1}, "missing_there": {}, "missing_here": {}}
"""By cause: what is different there."""
_names = itertools.count(1)


@pytest.fixture(scope="module")
def house(database: Database) -> tuple[BrandSession, Shop, list[OrderPush]]:
    """One brand with as many pushed orders; each example brings its own flagship."""
    brand = a_brand(database, slug=f"planted-{next(_names)}", now=NOON)
    session = database.session(brand.id)
    shop = a_shop(session)
    source = a_source(database, brand.id)
    return session, shop, [a_push(shop, source, f"F{number}") for number in range(ORDERS)]


def there(key: str, number: str, fault: str, moved: bool) -> FlagshipOrder | None:
    """None where it is missing there."""
    if fault == "missing_there":
        return None
    facts: dict[str, Any] = {"total_minor": 41880, "stage": Stage.PAID, "raw_state": "PAID", "currency": "CNY", "refunded_minor": 0, "fee_minor": 3,
                             "outer_number": number, "placed_at": NOON, "changed_at": NOON if moved else NOON - timedelta(days=2)}
    return FlagshipOrder(flagship_order_id=key, **{**facts, **FAULTS[fault]})


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=st.lists(st.tuples(st.sampled_from(sorted(FAULTS)), st.booleans()), min_size=ORDERS, max_size=ORDERS), strangers=st.integers(0, 3),
       own=st.integers(0, 3), listed=st.booleans(), batch=st.integers(1, 4))
def test_any_plan(database: Database, house: tuple[BrandSession, Shop, list[OrderPush]], plan: list[tuple[str, bool]], strangers: int, own: int,
                  listed: bool, batch: int) -> None:
    session, shop, pushes = house
    books, expected = MemoryBooks(listed=listed), set()
    for number, (push, (fault, moved)) in enumerate(zip(pushes, plan, strict=True)):
        known = fault != "missing_here"
        session.execute(update(OrderPush).where(OrderPush.id == push.id).values(
            state="paid_told" if known else "unsure", flagship_order_id=f"F{number}" if known else ""))
        key, found = f"F{number}", there(f"F{number}", push.number, fault, moved)
        if found is not None:
            books.orders[key] = found
        if fault:
            expected.add((key, fault))
    session.commit()
    for number in range(strangers):
        books.has(f"S{number}", total_minor=100, outer_number=f"unknown-{number}")
        expected |= {(f"S{number}", "missing_here")} if listed else set()
    for number in range(own):
        books.has(f"O{number}", total_minor=100)
    day = check(database, books, brand_id=shop.brand_id, source_id=pushes[0].source_id, batch=batch)
    assert differences(database, day) == expected
    assert (day.state, day.difference_count) == ("differs" if expected else "matched", len(expected))
    assert day.order_count == ORDERS + (strangers if listed else 0)
    sold = [fault for fault, _ in plan if fault != "missing_here"]
    assert day.orders_ours_minor == 41880 * len(sold)
    theirs = {"amount_differs": 41881, "currency_differs": 0, "missing_there": 0}
    assert day.orders_theirs_minor == sum(theirs.get(fault, 41880) for fault, _ in plan) + 100 * (strangers if listed else 0)
