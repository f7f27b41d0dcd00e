"""Each cause by name, numbers by hand: an order of 418.80 (299.00 + 2 × 59.90), told to the flagship as it was sold."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.domain.flagship_books.rules import UNTOLD
from app.domain.fulfilment.models import OrderPush
from app.domain.fulfilment.ports import Stage
from app.domain.orders.models import OrderLine, Refund
from app.extensions import Database
from app.flows.refund_order import RefundAsk, refund_order
from app.kernel.tenancy import BrandSession
from tests.builders.flagship_books import DAY, NEXT_MORNING, MemoryBooks, a_push, check, differences, push_of, standing
from tests.builders.flagships import a_source
from tests.builders.sales import an_r23_shop, paid
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


@pytest.fixture
def source(database: Database, shop: Shop) -> UUID:
    return a_source(database, shop.brand_id)


def refund(shop: Shop, push: OrderPush, *asks: tuple[int, int], at: datetime = NOON) -> None:
    """(pieces on the line of so many, how many of them): 59.90 a cover, 299.00 the case."""
    lines = {line.quantity: line.id for line in shop.session.scalars(select(OrderLine).where(OrderLine.order_id == push.order_id))}
    refund_order(shop.session, brand_id=shop.brand_id, order_id=push.order_id, lines=[RefundAsk(lines[line], pieces) for line, pieces in asks], now=at)
    shop.session.commit()


def test_what_agrees_is_matched_and_added_up(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks()
    a_push(shop, source, "F1", books=books, fee_minor=251)
    second = a_push(shop, source, "F2", books=books, fee_minor=1, refunded_minor=5990)
    refund(shop, second, (2, 1))
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    assert (day.state, day.order_count, day.difference_count, day.untold_count) == ("matched", 2, 0, 0)
    assert (day.orders_ours_minor, day.orders_theirs_minor) == (2 * 41880, 2 * 41880)
    assert (day.refunds_ours_minor, day.refunds_theirs_minor, day.fees_theirs_minor) == (5990, 5990, 252)
    assert sorted((line.flagship_order_id, line.kind, line.cause, line.ours_minor, line.theirs_minor) for line in standing(database, day)) == [
        ("F1", "fee", "", None, 251), ("F1", "order", "", 41880, 41880),
        ("F2", "fee", "", None, 1), ("F2", "order", "", 41880, 41880), ("F2", "refund", "", 5990, 5990)]


def test_a_day_without_orders_is_matched_once_it_was_read(database: Database, shop: Shop, source: UUID) -> None:
    day = check(database, MemoryBooks(), brand_id=shop.brand_id, source_id=source)
    assert (day.state, day.order_count, day.reading) == ("matched", 0, 1)


@pytest.mark.parametrize(("theirs", "cause", "amounts"), [
    ({"total_minor": 41879}, "amount_differs", (41880, 41879)),
    ({"total_minor": None}, "amount_unknown", (41880, None)),
    ({"currency": "USD"}, "currency_differs", (41880, None)),
    ({"stage": Stage.CANCELLED}, "state_differs", (None, None)),
    ({"stage": Stage.AWAITING_PAYMENT}, "state_differs", (None, None)),
    ({"stage": Stage.DELIVERED}, "state_differs", (None, None)),
    ({"stage": Stage.UNKNOWN}, "state_differs", (None, None)),
    ({"refunded_minor": 41880}, "refund_missing_here", (0, 41880)),
    ({"fee_minor": None}, "fee_unknown", (None, None)),
])
def test_each_difference_there_has_its_cause(database: Database, shop: Shop, source: UUID, theirs: dict[str, Any], cause: str,
                                             amounts: tuple[int | None, int | None]) -> None:
    books = MemoryBooks()
    a_push(shop, source, "F1", books=books, **{"fee_minor": 0, **theirs})
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    [line] = [line for line in standing(database, day) if line.cause]
    assert (line.cause, (line.ours_minor, line.theirs_minor)) == (cause, amounts)
    told = cause not in UNTOLD
    assert (day.state, day.difference_count, day.untold_count) == ("differs" if told else "matched", int(told), int(not told))


@pytest.mark.parametrize(("there", "cause"), [
    (0, "refund_missing_there"), (5989, "refund_differs"), (5991, "refund_differs"), (None, "refund_unknown"), (5990, "")])
def test_a_refund_of_ours_is_looked_for_there(database: Database, shop: Shop, source: UUID, there: int | None, cause: str) -> None:
    books = MemoryBooks()
    push = a_push(shop, source, "F1", books=books, refunded_minor=there)
    refund(shop, push, (2, 1))
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    [line] = [line for line in standing(database, day) if line.kind == "refund"]
    assert (line.cause, line.ours_minor, line.theirs_minor) == (cause, 5990, there)


def test_a_refund_of_a_moment_ago_may_still_be_on_its_way(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks()
    push = a_push(shop, source, "F1", books=books)
    refund(shop, push, (2, 1), at=NOON + timedelta(minutes=30))
    day = check(database, books, brand_id=shop.brand_id, source_id=source, now=NOON + timedelta(hours=1))
    assert differences(database, day) == set()
    day = check(database, books, brand_id=shop.brand_id, source_id=source, now=NOON + timedelta(hours=2))
    assert differences(database, day) == {("F1", "refund_missing_there")}


def test_a_refund_that_did_not_reach_the_shopper_counts_all_the_same(database: Database, shop: Shop, source: UUID) -> None:
    """The goods were called off when it was booked; that her bank did not take the money is between her and the brand."""
    books = MemoryBooks()
    push = a_push(shop, source, "F1", books=books)
    refund(shop, push, (2, 1))
    shop.session.execute(update(Refund).values(state="failed"))
    shop.session.commit()
    assert differences(database, check(database, books, brand_id=shop.brand_id, source_id=source)) == {("F1", "refund_missing_there")}


def test_coupons_of_ours_do_not_make_the_flagship_wrong(database: Database, session: BrandSession) -> None:
    """R23: 418.80 told to the flagship with 12.00 shipping, 380.80 paid here. One cover of two: 105.50 × ½ = 52.75 here is 59.90 there."""
    shop = an_r23_shop(session)
    source, books = a_source(database, shop.brand_id), MemoryBooks()
    placed = paid(shop)
    push = push_of(session, placed.order_id, source, "F1", books=books, refunded_minor=5990)
    assert push.goods_minor + push.shipping_minor == 41880 + 1200
    refund(shop, push, (2, 1))
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    assert (day.state, day.refunds_ours_minor, day.refunds_theirs_minor) == ("matched", 5990, 5990)


def test_what_was_given_back_before_the_flagship_was_told_is_none_of_its_books(database: Database, shop: Shop, source: UUID) -> None:
    """One cover of two goes back, the rest is pushed anew (358.90); then the other cover goes back as well: 59.90 there, not 119.80."""
    books = MemoryBooks()
    first = a_push(shop, source, "F1", books=books)
    refund(shop, first, (2, 1))
    shop.session.execute(update(OrderPush).values(state="cancelled"))
    books.change("F1", stage=Stage.CANCELLED, refunded_minor=41880)
    later = NOON + timedelta(minutes=5)
    second = push_of(shop.session, first.order_id, source, "F2", now=later, number="-2", pieces={2: 1}, books=books, total_minor=35890, refunded_minor=5990)
    assert check(database, books, brand_id=shop.brand_id, source_id=source).state == "differs"
    refund(shop, second, (2, 1), at=later)
    shop.session.execute(update(OrderPush).where(OrderPush.id == second.id).values(state="paid_told"))
    shop.session.commit()
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    assert (day.state, day.refunds_ours_minor, day.refunds_theirs_minor) == ("matched", 5990, 5990)


def test_a_whole_refund_is_the_whole_order_with_its_shipping(database: Database, session: BrandSession) -> None:
    shop = an_r23_shop(session)
    source, books = a_source(database, shop.brand_id), MemoryBooks()
    push = push_of(session, paid(shop).order_id, source, "F1", books=books, stage=Stage.CANCELLED, refunded_minor=43080)
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == push.order_id)).all()
    refund_order(session, brand_id=shop.brand_id, order_id=push.order_id, lines=[RefundAsk(line.id, line.quantity) for line in lines], shipping_minor=1200, now=NOON)
    session.commit()
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    assert (day.state, day.refunds_ours_minor, day.refunds_theirs_minor) == ("matched", 43080, 43080)


@pytest.mark.parametrize(("refunded_there", "cause"), [(41880, None), (0, "refund_missing_there")])
def test_what_we_gave_back_whole_must_not_wait_to_be_sent(database: Database, shop: Shop, source: UUID, refunded_there: int, cause: str | None) -> None:
    books = MemoryBooks()
    push = a_push(shop, source, "F1", books=books, refunded_minor=refunded_there)
    refund(shop, push, (1, 1), (2, 2))
    shop.session.execute(update(OrderPush).values(state="paid_told"))  # as if nobody had called it back
    shop.session.commit()
    found = differences(database, check(database, books, brand_id=shop.brand_id, source_id=source))
    assert found == ({("F1", "state_differs"), ("F1", cause)} if cause else set())


def test_a_delivery_the_flagship_never_hears_of_is_no_difference(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks()
    a_push(shop, source, "F1", state="delivered", books=books, stage=Stage.SHIPPED)
    a_push(shop, source, "F2", state="shipped", books=books, stage=Stage.DELIVERED)
    assert differences(database, check(database, books, brand_id=shop.brand_id, source_id=source)) == {("F2", "state_differs")}


def test_what_the_flagship_does_not_have_is_missing_there(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks()
    a_push(shop, source, "F1")
    a_push(shop, source, "F2", state="unsure")
    a_push(shop, source, "F3", state="declined")
    a_push(shop, source, "F4", state="cancelled")
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    lines = [line for line in standing(database, day) if line.cause]
    assert [(line.cause, line.ours_minor, line.theirs_minor, line.order_id is not None) for line in lines] == [("missing_there", 41880, None, True)] * 2
    assert (day.order_count, day.orders_ours_minor) == (4, 2 * 41880)  # what was refused or called back is accounted for, and no money
    assert {line.flagship_order_id for line in lines} == {"F1", ""}


def test_what_we_do_not_know_of_is_missing_here(database: Database, shop: Shop, source: UUID) -> None:
    """Tagged with a number of ours; the flagship's own orders are none of ours."""
    books = MemoryBooks()
    books.has("F1", total_minor=9900, outer_number="ORPHAN")
    books.has("F2", total_minor=500)
    a_push(shop, source, "F3", state="unsure", books=books)
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    assert [(line.order_key, line.flagship_order_id, line.cause, line.ours_minor, line.theirs_minor) for line in standing(database, day) if line.order_id is None] == [
        ("F1", "F1", "missing_here", None, 9900)]
    assert differences(database, day) == {("F1", "missing_here"), ("F3", "missing_here")}


def test_an_order_moves_on_the_days_it_moves(database: Database, shop: Shop, source: UUID) -> None:
    """Placed on the 22nd, sent there on the 23rd, a cover given back here on the 24th."""
    books = MemoryBooks()
    push = a_push(shop, source, "F1", books=books, fee_minor=100)
    days = [check(database, books, brand_id=shop.brand_id, source_id=source)]
    books.change("F1", stage=Stage.SHIPPED, changed_at=NOON + timedelta(days=1))
    shop.session.execute(update(OrderPush).values(state="shipped"))
    shop.session.commit()
    days += [check(database, books, brand_id=shop.brand_id, source_id=source, day=DAY + timedelta(days=1), now=NEXT_MORNING + timedelta(days=1))]
    refund(shop, push, (2, 1), at=NOON + timedelta(days=2))
    days += [check(database, books, brand_id=shop.brand_id, source_id=source, day=DAY + timedelta(days=2), now=NEXT_MORNING + timedelta(days=2))]
    assert [(day.state, day.order_count, day.fees_theirs_minor) for day in days] == [("matched", 1, 100), ("matched", 1, 0), ("differs", 1, 0)]
    quiet = check(database, books, brand_id=shop.brand_id, source_id=source, day=DAY + timedelta(days=3), now=NEXT_MORNING + timedelta(days=3))
    assert (quiet.state, quiet.order_count) == ("matched", 0)


def test_a_day_begins_and_ends_at_the_brands_midnight(database: Database, shop: Shop, source: UUID) -> None:
    """Half-open: the first moment of the 23rd, 16:00 of the 22nd in UTC, is the 23rd's."""
    books = MemoryBooks()
    for key, at in (("F1", NOON.replace(hour=15, minute=59)), ("F2", NOON.replace(hour=16))):
        books.has(key, total_minor=100, outer_number=f"N{key}", changed_at=at)
    first = check(database, books, brand_id=shop.brand_id, source_id=source)
    second = check(database, books, brand_id=shop.brand_id, source_id=source, day=DAY + timedelta(days=1))
    assert [differences(database, day) for day in (first, second)] == [{("F1", "missing_here")}, {("F2", "missing_here")}]


def test_a_part_of_our_order_says_only_that_it_moved(database: Database, shop: Shop, source: UUID) -> None:
    """JD splits an order by seller; a part carries the root's number and not ours, so the whole is asked for."""
    books = MemoryBooks()
    a_push(shop, source, "F1", books=books, tells_number=False)
    books.change("F1", changed_at=None, total_minor=41880)
    books.has("F1-a", total_minor=29900, root_order_id="F1")
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    assert (day.state, [(line.flagship_order_id, line.theirs_minor) for line in standing(database, day) if line.kind == "order"]) == ("matched", [("F1", 41880)])


def test_an_old_order_that_moved_there_alone_is_found(database: Database, shop: Shop, source: UUID) -> None:
    """Placed three days before; only the flagship's list says that something happened, by a part of it or by our number."""
    books = MemoryBooks()
    a_push(shop, source, "F1", now=NOON - timedelta(days=3), books=books, tells_number=False, total_minor=1)
    books.has("F1-a", total_minor=1, root_order_id="F1")
    a_push(shop, source, "F2", now=NOON - timedelta(days=3), books=books, total_minor=2, changed_at=NOON)
    assert differences(database, check(database, books, brand_id=shop.brand_id, source_id=source)) == {("F1", "amount_differs"), ("F2", "amount_differs")}


def test_a_channel_without_a_list_is_asked_for_each_order(database: Database, shop: Shop, source: UUID) -> None:
    books = MemoryBooks(listed=False)
    a_push(shop, source, "F1", books=books)
    a_push(shop, source, "F2", books=books, total_minor=41881)
    a_push(shop, source, "F3")
    a_push(shop, source, "F9", books=books, now=NOON - timedelta(days=1))
    day = check(database, books, brand_id=shop.brand_id, source_id=source)
    assert differences(database, day) == {("F2", "amount_differs"), ("F3", "missing_there")}
    assert day.order_count == 3
    assert sorted(call for call in books.calls if call.startswith("status")) == ["status F1", "status F2", "status F3"]


def test_another_sources_orders_are_its_own(database: Database, shop: Shop, source: UUID) -> None:
    other, books = a_source(database, shop.brand_id, "第二家"), MemoryBooks()
    a_push(shop, other, "F1")
    assert check(database, books, brand_id=shop.brand_id, source_id=source).order_count == 0
    assert check(database, books, brand_id=shop.brand_id, source_id=other).order_count == 1
