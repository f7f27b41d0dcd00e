"""The twins of tests/flows/test_races_leave_money_and_stock_right.py and of the races of payouts and write-offs beside it: the same
meetings where a key, a check or a lock is missing.

Two keep each other honest by a lock on the order and, behind it, by what the schema refuses. Each test first shows the schema
refuse somebody who does not wait, then takes that away (on a database of its own) and shows the harm.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg.errors import CheckViolation, UniqueViolation
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.ledger.actions import Entry, move, post, void
from app.domain.ledger.checking import check_ledger
from app.domain.ledger.queries import house_payees
from app.domain.orders.models import Order, Payment
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.promotions.models import Coupon
from app.domain.settlement.models import PayoutRun
from app.domain.settlement.postings import post_done
from app.extensions import Database
from app.flows.cancel_order import cancel_order
from app.flows.pay_order import PAID, apply_payment_event
from app.flows.pay_out import execute_payout_run
from app.flows.place_order import PlacedOrder, place_order
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import OPEN, RELEASE, settle
from app.flows.write_off import approve_write_off, request_write_off
from app.gateways.payouts.files import FilePayouts
from app.kernel.db import gather
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.money import HOLD_OVER, due_to, lines_of, order_of, paid_order, received_order
from tests.builders.payouts import approved, credit, some_files
from tests.builders.races import Work
from tests.builders.shops import ADDRESS, CONTACT, Shop, a_shop
from tests.conftest import NOON
from tests.proof.conftest import a_database

_numbers = itertools.count(1)
WITHOUT = ("DROP INDEX uq_orders_checkout_key", "ALTER TABLE coupons DROP CONSTRAINT ck_coupons_quota",
           "ALTER TABLE ledger_transactions DROP CONSTRAINT uq_ledger_transactions_brand_id_cause",
           "ALTER TABLE payments DROP CONSTRAINT ck_payments_refunded", "ALTER TABLE order_lines DROP CONSTRAINT ck_order_lines_refunded",
           "DROP INDEX uq_ledger_entries_released_once")


@pytest.fixture(scope="module")
def bare(postgres: Path, settings: Settings, app: Application) -> Iterator[Database]:
    with a_database(postgres, settings, f"bare_{os.getpid()}", *WITHOUT) as own:
        database = Database(own)
        yield database
        database.dispose()


@pytest.fixture(params=["guarded", "bare"])
def house(request: pytest.FixtureRequest, database: Database, bare: Database) -> tuple[Database, bool]:
    """The database, and whether its guards are there."""
    return (database, True) if request.param == "guarded" else (bare, False)


@pytest.fixture
def shop(house: tuple[Database, bool]) -> Iterator[Shop]:
    database, _ = house
    with database.session(a_brand(database, slug=f"r{os.getpid()}-{next(_numbers)}", now=NOON).id) as session:
        yield a_shop(session, stock=5)


def one_after_looking(shop: Shop, house: tuple[Database, bool], first: Work, second: Work) -> Any:
    """The second has looked before the first commits, and goes on after; its result, or the error that stopped it."""
    results: list[Any] = []

    def follow() -> None:
        try:
            with house[0].transaction(shop.brand_id) as session:
                results.append(second(session))
        except (Refused, IntegrityError, UniqueViolation, CheckViolation) as error:
            results.append(error)

    with house[0].session(shop.brand_id) as session:
        first(session)
        thread = threading.Thread(target=follow)
        thread.start()
        thread.join(0.5)
        session.commit()
        thread.join(20)
    shop.session.rollback()
    return results[0]


def broken(shop: Shop) -> set[str]:
    return {violation.rule for violation in check_ledger(shop.session, brand_id=shop.brand_id)}


def buying(shop: Shop, **more: Any) -> Work:
    basket = shop.basket((shop.case, 1), coupon_codes=more.pop("coupon_codes", ()))
    return lambda session: place_order(session, brand_id=shop.brand_id, basket=basket, contact=CONTACT, address=ADDRESS, now=NOON, **more)


def test_a_double_click_without_the_checkout_key_is_two_orders(shop: Shop, house: tuple[Database, bool]) -> None:
    again = one_after_looking(shop, house, buying(shop, checkout_key="k"), buying(shop, checkout_key="k"))
    count = shop.session.scalar(select(func.count()).select_from(Order))
    assert (again.replayed, count) == ((True, 1) if house[1] else (False, 2))


def test_the_last_coupon_without_its_quota_is_used_twice(shop: Shop, house: tuple[Database, bool]) -> None:
    shop.session.add(Coupon(code="ONE", amount_minor=1000, starts_at=NOON, ends_at=NOON + timedelta(days=1), max_uses=1))
    shop.session.commit()
    second = one_after_looking(shop, house, buying(shop, coupon_codes=("ONE",)), buying(shop, coupon_codes=("ONE",)))
    used = shop.session.scalars(select(Coupon.used_count)).one()
    assert (getattr(second, "code", "placed"), used) == (("coupon_used_up", 1) if house[1] else ("placed", 2))


def paying(shop: Shop, placed: PlacedOrder) -> Work:
    return lambda session: apply_payment_event(
        session, brand_id=shop.brand_id, payment_id=placed.payment_id, provider="sandbox", event_id="e1", outcome="succeed",
        amount_minor=placed.total_minor, currency="CNY", payload={}, now=NOON)


def test_a_payment_told_twice_without_its_cause_is_booked_twice(shop: Shop, house: tuple[Database, bool]) -> None:
    placed = shop.order((shop.case, 1))
    shop.session.commit()

    def heedless(session: BrandSession) -> None:
        """Books it as the flow does, but neither waits for the order nor asks the inbox."""
        move(session, brand_id=shop.brand_id, order_id=placed.order_id, cause=f"order:{placed.order_id}:paid", kind="paid", phases=PAID, now=NOON)

    stopped = one_after_looking(shop, house, paying(shop, placed), heedless)
    if house[1]:
        assert (type(stopped), broken(shop)) == (UniqueViolation, set())
    else:
        assert "the shopper's money is what the ledger holds" in broken(shop)


def test_two_refunds_without_their_limit_give_back_more_than_was_paid(shop: Shop, house: tuple[Database, bool]) -> None:
    placed = paid_order(shop, (shop.case, 1))
    line_id = lines_of(shop, placed)[0].id
    shop.session.commit()

    def heedless(session: BrandSession) -> None:
        """Looked before: 299.00 were left."""
        for table, column, key in (("order_lines", "id", line_id), ("payments", "order_id", placed.order_id)):
            session.execute(text(f"UPDATE {table} SET refunded_minor = refunded_minor + 20000 WHERE {column} = :key"), {"key": key})

    stopped = one_after_looking(shop, house, lambda session: refund_order(
        session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line_id, amount_minor=20000)], now=NOON), heedless)
    given_back = shop.session.scalars(select(Payment.refunded_minor)).one()
    if house[1]:
        assert (type(stopped), given_back, broken(shop)) == (IntegrityError, 20000, set())
    else:
        assert given_back == 40000 > placed.total_minor
        assert "the shopper's money is what the ledger holds" in broken(shop)


def test_a_settlement_that_does_not_wait_for_another_releases_the_same_again(shop: Shop, house: tuple[Database, bool]) -> None:
    """12 % of 299.00."""
    received_order(shop, (shop.case, 1))
    names = {"brand_id": shop.brand_id, "transaction_id": new_id(), "as_of": HOLD_OVER, "now": HOLD_OVER, "cause": "settlement:naive"}
    stopped = one_after_looking(shop, house, lambda session: settle(session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER),
                                lambda session: gather(session, (OPEN, names), (RELEASE, names)))
    if house[1]:
        assert (type(stopped), due_to(shop, shop.lin.payee_id), broken(shop)) == (UniqueViolation, {"available": 3588}, set())
    else:
        assert due_to(shop, shop.lin.payee_id) == {"held": -3588, "available": 7176} and broken(shop)


def test_a_run_executed_twice_without_its_cause_is_paid_twice(shop: Shop, house: tuple[Database, bool]) -> None:
    credit(shop.session, shop.lin.payee_id, 10_000)
    run_id, files = approved(shop.session).id, some_files()

    def heedless(session: BrandSession) -> None:
        """Books it as the flow does, but neither waits for the run nor asks whether it is executed by now."""
        session.execute(text("UPDATE payouts SET state = 'paid' WHERE run_id = :run"), {"run": run_id})
        post_done(session, run=session.scalars(select(PayoutRun)).one(), now=NOON)

    stopped = one_after_looking(shop, house, lambda session: execute_payout_run(
        session, brand_id=shop.brand_id, run_id=run_id, provider=FilePayouts(files), now=NOON), heedless)
    if house[1]:
        assert (type(stopped), due_to(shop, shop.lin.payee_id), broken(shop)) == (UniqueViolation, {"paid": 10_000}, set())
    else:
        assert due_to(shop, shop.lin.payee_id) == {"in_payout": -10_000, "paid": 20_000} and broken(shop)


def test_a_debt_forgiven_twice_without_its_cause_is_a_gift(shop: Shop, house: tuple[Database, bool]) -> None:
    credit(shop.session, shop.lin.payee_id, -4_000)
    act_as(shop.session, command("one"))
    row = request_write_off(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, amount_minor=4_000, reason="离职", now=NOON)
    row_id, brand = row.id, house_payees(shop.session, brand_id=shop.brand_id)["brand"]
    shop.session.commit()

    def forgive(session: BrandSession) -> None:
        act_as(session, command("two"))
        approve_write_off(session, brand_id=shop.brand_id, write_off_id=row_id, now=NOON)

    def heedless(session: BrandSession) -> None:
        """Another who approved what she saw open."""
        post(session, brand_id=shop.brand_id, cause=f"write_off:{row_id}", kind="write_off", now=NOON, entries=[
            Entry(shop.lin.payee_id, "write_off", "available", 4_000), Entry(brand, "write_off", "available", -4_000)])

    stopped = one_after_looking(shop, house, forgive, heedless)
    if house[1]:
        assert (type(stopped), due_to(shop, shop.lin.payee_id)) == (UniqueViolation, {})
    else:
        assert due_to(shop, shop.lin.payee_id) == {"available": 4_000}


@pytest.mark.parametrize("house", ["guarded"], indirect=True)
def test_a_cancellation_that_does_not_wait_for_a_payment_keeps_the_money(shop: Shop, house: tuple[Database, bool]) -> None:
    """Here only the lock stands between: what waits refunds, what does not calls off an order that was paid this moment."""
    def heedless(session: BrandSession, order_id: UUID) -> None:
        void(session, brand_id=shop.brand_id, order_id=order_id, cause=f"order:{order_id}:cancelled", now=NOON)
        session.execute(text("UPDATE orders SET state = 'cancelled' WHERE id = :id"), {"id": order_id})

    ends = []
    for cancel in (lambda session, order_id: cancel_order(session, brand_id=shop.brand_id, order_id=order_id, now=NOON), heedless):
        placed = shop.order((shop.case, 1))
        shop.session.commit()
        one_after_looking(shop, house, paying(shop, placed), lambda session, cancel=cancel, placed=placed: cancel(session, placed.order_id))
        kept = shop.session.scalars(select(Payment.amount_minor - Payment.refunded_minor).where(Payment.order_id == placed.order_id)).one()
        ends.append((order_of(shop, placed).state, kept, bool(broken(shop))))
    assert ends == [("cancelled", 0, False), ("cancelled", placed.total_minor, True)]
