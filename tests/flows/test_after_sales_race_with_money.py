"""Refunds, cases, chargebacks, settlements and payouts at the same moment, by real threads; and the harm without each guard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.domain.aftersales.models import AfterSale, AfterSaleLine, Chargeback
from app.domain.brands.models import BrandSettings
from app.domain.ledger.checking import check_ledger
from app.domain.ledger.models import LedgerEntry
from app.domain.orders.models import OrderLine, Payment, Refund, RefundLine
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.models import Payout, PayoutEntry, PayoutRun
from app.extensions import Database
from app.flows.answer_after_sale import approve_after_sale, reject_after_sale
from app.flows.ask_after_sale import LineAsk, ask_after_sale
from app.flows.charge_back import lose_chargeback, open_chargeback
from app.flows.pay_out import cancel_payout_run, draft_payout_run
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import OPEN, RELEASE, settle
from app.flows.write_off import approve_write_off, request_write_off
from app.kernel.db import gather
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.after_sales import another, ask, asked_back, charge_back, paid_out, refund, settled, stock
from tests.builders.money import HOLD_OVER, due_to, lines_of, paid_order, received_order, whole
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON
from tests.flows.test_races_leave_money_and_stock_right import Race

Work = Callable[[BrandSession], Any]


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    shop = a_shop(session)
    session.scalars(select(BrandSettings)).one().payout_minimum_minor = 0
    session.commit()
    return shop


@pytest.fixture
def race(shop: Shop, database: Database) -> Race:
    return Race(database, shop.brand_id)


def in_between(shop: Shop, database: Database, first: Work, second: Work) -> None:
    """`first` has done its work and not committed when `second` begins in a thread; then it commits."""
    with database.session(shop.brand_id) as early:
        first(early)

        def later() -> None:
            with database.transaction(shop.brand_id) as session:
                second(session)

        thread = threading.Thread(target=later)
        thread.start()
        thread.join(0.5)
        early.commit()
        thread.join(20)


def refunding(shop: Shop, order_id: Any, line_id: Any, amount: int = 10000) -> Work:
    return lambda session: refund_order(session, brand_id=shop.brand_id, order_id=order_id, lines=[RefundAsk(line_id, amount_minor=amount)],
                                        now=HOLD_OVER).amount_minor


def settling(shop: Shop) -> Work:
    return lambda session: settle(session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER).line_count


def release_at_once(shop: Shop) -> Work:
    """The twin of a settlement: it releases what is held without waiting for who changes the orders."""
    names = {"brand_id": shop.brand_id, "transaction_id": new_id(), "as_of": HOLD_OVER, "now": HOLD_OVER, "cause": "settlement:naive"}
    return lambda session: gather(session, (OPEN, names), (RELEASE, names))


def faults(shop: Shop) -> set[str]:
    shop.session.rollback()
    return {violation.rule for violation in check_ledger(shop.session, brand_id=shop.brand_id)}


# --- an after-sale opened during a settlement

def opening(shop: Shop, order_id: Any, line_id: Any) -> Work:
    return lambda session: ask_after_sale(session, brand_id=shop.brand_id, order_id=order_id, kind="return_refund", lines=[LineAsk(line_id, 1)],
                                          now=HOLD_OVER)


def test_a_settlement_waits_for_a_case_that_is_being_opened(shop: Shop, database: Database) -> None:
    placed = received_order(shop, (shop.case, 1))
    in_between(shop, database, opening(shop, placed.order_id, lines_of(shop, placed)[0].id), settling(shop))
    assert due_to(shop, shop.lin.payee_id) == {"held": 3588}, "frozen, not released"
    whole(shop)


def test_a_settlement_that_does_not_wait_releases_what_is_in_dispute(shop: Shop, database: Database) -> None:
    """The twin."""
    placed = received_order(shop, (shop.case, 1))
    in_between(shop, database, opening(shop, placed.order_id, lines_of(shop, placed)[0].id), release_at_once(shop))
    assert due_to(shop, shop.lin.payee_id) == {"available": 3588}
    assert shop.session.scalars(select(AfterSale.state)).one() == "requested"


def test_a_case_waits_for_a_settlement_and_finds_the_money_released(shop: Shop, database: Database) -> None:
    placed = received_order(shop, (shop.case, 1))
    in_between(shop, database, settling(shop), opening(shop, placed.order_id, lines_of(shop, placed)[0].id))
    assert due_to(shop, shop.lin.payee_id) == {"available": 3588}
    assert shop.session.scalars(select(AfterSale.state)).one() == "requested"
    whole(shop)


def test_a_settlement_waits_for_frozen_orders_too(shop: Shop, database: Database) -> None:
    """The case ends and a refund begins while the settlement is on its way: it must not release what the refund reverses."""
    placed = received_order(shop, (shop.case, 1))
    line_id = lines_of(shop, placed)[0].id
    case = asked_back(shop, placed)
    with database.session(shop.brand_id) as ending:
        reject_after_sale(ending, brand_id=shop.brand_id, after_sale_id=case.id, answer="不符合", now=HOLD_OVER)
        refunding(shop, placed.order_id, line_id, 29900)(ending)
        thread = threading.Thread(target=lambda: Race(database, shop.brand_id).run(settling(shop)))
        thread.start()
        thread.join(0.5)
        ending.commit()
        thread.join(20)
    assert due_to(shop, shop.lin.payee_id) == {}
    whole(shop)


# --- a refund during a settlement

def test_a_refund_waits_for_a_settlement_and_takes_what_is_available(shop: Shop, database: Database) -> None:
    placed = received_order(shop, (shop.case, 1))
    in_between(shop, database, settling(shop), refunding(shop, placed.order_id, lines_of(shop, placed)[0].id))
    # 12 % of 199.00
    assert due_to(shop, shop.lin.payee_id) == {"available": 2388}
    whole(shop)


def test_a_settlement_waits_for_a_refund(shop: Shop, database: Database) -> None:
    placed = received_order(shop, (shop.case, 1))
    in_between(shop, database, refunding(shop, placed.order_id, lines_of(shop, placed)[0].id), settling(shop))
    assert due_to(shop, shop.lin.payee_id) == {"available": 2388}
    whole(shop)


def test_a_settlement_that_does_not_wait_releases_what_was_refunded(shop: Shop, database: Database) -> None:
    """The twin; the check finds it."""
    placed = received_order(shop, (shop.case, 1))
    in_between(shop, database, refunding(shop, placed.order_id, lines_of(shop, placed)[0].id), release_at_once(shop))
    assert faults(shop) == {"no phase owes a share less than nothing"}


# --- a refund while a payout run is drafted

def drafting(shop: Shop) -> Work:
    return lambda session: draft_payout_run(session, brand_id=shop.brand_id, now=HOLD_OVER).amount_minor


def test_a_payout_takes_what_it_saw_and_the_refund_is_carried(shop: Shop, database: Database, race: Race) -> None:
    """Whichever comes first: 35.88 paid and 12.00 owed, or 23.88 paid; both sum to what she keeps."""
    for _ in range(3):
        placed = received_order(shop, (shop.case, 1))
        settled(shop)
        race.run(drafting(shop), refunding(shop, placed.order_id, lines_of(shop, placed)[0].id))
        due = due_to(shop, shop.lin.payee_id)
        assert due["in_payout"] + due.get("available", 0) == 2388
        whole(shop)
        start_over(shop)


def start_over(shop: Shop) -> None:
    """Out of the way of the next round: what was claimed is given up, and the sale is refunded whole."""
    run_id = shop.session.scalars(select(PayoutRun.id).where(PayoutRun.state == "draft")).one()
    cancel_payout_run(shop.session, brand_id=shop.brand_id, run_id=run_id, now=HOLD_OVER)
    for line in shop.session.scalars(select(OrderLine).where(OrderLine.refunded_minor < OrderLine.paid_minor)).all():
        refund_order(shop.session, brand_id=shop.brand_id, order_id=line.order_id, now=HOLD_OVER,
                     lines=[RefundAsk(line.id, line.quantity - line.refunded_quantity, line.paid_minor - line.refunded_minor)])
    shop.session.commit()
    assert due_to(shop, shop.lin.payee_id) == {}


def test_a_payout_that_sums_first_and_claims_then_claims_another_sum(shop: Shop, database: Database, race: Race) -> None:
    """The twin: between its two looks a refund comes in."""
    placed = received_order(shop, (shop.case, 1))
    settled(shop)
    line_id, summed, refunded = lines_of(shop, placed)[0].id, threading.Event(), threading.Event()
    open_now = select(LedgerEntry.id).where(LedgerEntry.payee_id == shop.lin.payee_id, LedgerEntry.phase == "available")

    def naive(session: BrandSession) -> None:
        amount = session.scalar(select(func.sum(LedgerEntry.amount_minor)).where(LedgerEntry.id.in_(open_now)))
        summed.set()
        assert refunded.wait(10)
        run = PayoutRun(id=new_id(), number=1, state="draft", cutoff=HOLD_OVER, drafted_by_id="x", drafted_by="x", drafted_at=HOLD_OVER)
        payout = Payout(id=new_id(), run_id=run.id, payee_id=shop.lin.payee_id, amount_minor=amount, state="draft", tax_kind="employee")
        session.add(run)
        session.flush()
        session.add(payout)
        session.flush()
        session.add_all(PayoutEntry(payout_id=payout.id, entry_id=entry_id) for entry_id in session.scalars(open_now).all())

    thread = threading.Thread(target=lambda: race.run(naive))
    thread.start()
    assert summed.wait(10)
    refund(shop, placed, RefundAsk(line_id, amount_minor=10000), now=HOLD_OVER)
    refunded.set()
    thread.join(20)
    assert "a payout is the sum of its entries" in faults(shop)


# --- two refunds

def test_two_refunds_at_once_take_turns(shop: Shop, race: Race) -> None:
    placed = paid_order(shop, (shop.case, 1))
    line_id = lines_of(shop, placed)[0].id
    shop.session.commit()
    assert sorted(race.run(*[refunding(shop, placed.order_id, line_id, 20000)] * 3), key=str) == [20000, "amount_invalid", "amount_invalid"]
    # 12 % of the 99.00 she keeps
    assert due_to(shop, shop.lin.payee_id) == {"pending": 1188}
    whole(shop)


def test_two_refunds_that_both_look_first_give_back_more_than_the_line_says(shop: Shop, race: Race) -> None:
    """The twin: no lock on the order; the last one to write forgets the other."""
    placed = paid_order(shop, (shop.case, 1))
    line_id = lines_of(shop, placed)[0].id
    both_looked = threading.Barrier(2)

    def naive(session: BrandSession) -> str:
        line = session.scalars(select(OrderLine).where(OrderLine.id == line_id)).one()
        payment = session.scalars(select(Payment)).one()
        after = line.refunded_minor + 20000
        both_looked.wait(10)
        if after > line.paid_minor:
            return "amount_invalid"
        made = Refund(id=new_id(), order_id=line.order_id, payment_id=payment.id, amount_minor=20000, state="succeeded", requested_at=NOON)
        made.lines = [RefundLine(order_line_id=line_id, quantity=0, amount_minor=20000)]
        session.add(made)
        session.execute(update(OrderLine).where(OrderLine.id == line_id).values(refunded_minor=after))
        return "refunded"

    assert race.run(naive, naive) == ["refunded", "refunded"]
    assert "refunds are what the lines say" in faults(shop)


# --- a chargeback beside a refund

def charging(shop: Shop, order_id: Any, amount: int = 29900) -> Work:
    return lambda session: open_chargeback(session, brand_id=shop.brand_id, order_id=order_id, provider_ref="CB-9", amount_minor=amount, now=NOON).state


def test_a_refund_and_a_chargeback_never_both_take_the_whole(shop: Shop, race: Race) -> None:
    for _ in range(4):
        placed = received_order(shop, (shop.case, 1))
        line_id = lines_of(shop, placed)[0].id
        shop.session.commit()
        results = race.run(charging(shop, placed.order_id), refunding(shop, placed.order_id, line_id, 29900))
        assert results in (["open", "chargeback_open"], ["not_paid", 29900])
        whole(shop)


def test_a_refund_that_does_not_ask_for_chargebacks_pays_the_shopper_twice(shop: Shop) -> None:
    """The twin: the brand gives 299.00 back while the bank is deciding; what the bank then takes finds nothing to be taken from."""
    placed = received_order(shop, (shop.case, 1))
    row_id = charge_back(shop, placed, 29900).id
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(lines_of(shop, placed)[0].id, 1)], kind="unasked", now=NOON)
    shop.session.commit()
    with pytest.raises(Refused):
        lose_chargeback(shop.session, brand_id=shop.brand_id, chargeback_id=row_id, now=NOON)
    shop.session.rollback()
    assert shop.session.scalars(select(Payment.refunded_minor)).one() == 29900, "and the bank's 299.00 are in no book"


def test_a_chargeback_is_decided_once(shop: Shop, race: Race) -> None:
    placed = received_order(shop, (shop.case, 1))
    row = charge_back(shop, placed, 29900, fee_minor=100)
    row_id = row.id
    shop.session.commit()
    results = race.run(*[lambda session: lose_chargeback(session, brand_id=shop.brand_id, chargeback_id=row_id, now=NOON).state] * 3)
    assert sorted(results) == ["chargeback_state", "chargeback_state", "lost"]
    assert shop.session.scalar(select(func.count()).select_from(Refund)) == 1
    whole(shop)


def test_decided_twice_it_would_be_refunded_twice(shop: Shop, race: Race) -> None:
    """The twin: everyone saw it open, and half the amount fits twice into what was paid."""
    placed = received_order(shop, (shop.case, 1))
    charge_back(shop, placed, 10000)
    line_id, all_looked = lines_of(shop, placed)[0].id, threading.Barrier(2)

    def naive(session: BrandSession) -> str:
        row = session.scalars(select(Chargeback)).one()
        all_looked.wait(10)
        assert row.state == "open"
        refund_order(session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line_id, amount_minor=10000)], kind="chargeback", now=NOON)
        session.execute(update(Chargeback).values(state="lost"))
        return "lost"

    assert race.run(naive, naive) == ["lost", "lost"]
    assert lines_of(shop, placed)[0].refunded_minor == 20000


# --- cases

def test_a_case_is_answered_once(shop: Shop, race: Race) -> None:
    placed = paid_order(shop, (shop.case, 1))
    case = ask(shop, placed, "refund_only", LineAsk(lines_of(shop, placed)[0].id, 1))
    case_id = case.id
    shop.session.commit()
    results = race.run(*[lambda session: approve_after_sale(session, brand_id=shop.brand_id, after_sale_id=case_id, now=NOON).state] * 3,
                       lambda session: reject_after_sale(session, brand_id=shop.brand_id, after_sale_id=case_id, answer="不", now=NOON).state)
    assert sorted(results)[:3] == ["after_sale_state"] * 3
    assert shop.session.scalar(select(func.count()).select_from(Refund)) == (results[3] != "rejected")
    whole(shop)


def test_asking_twice_at_once_opens_one_case(shop: Shop, race: Race) -> None:
    placed = received_order(shop, (shop.cover, 2))
    line_id = lines_of(shop, placed)[0].id
    shop.session.commit()
    work: Work = lambda session: opening(shop, placed.order_id, line_id)(session).state  # noqa: E731
    assert sorted(race.run(work, work, work)) == ["after_sale_open", "after_sale_open", "requested"]
    assert shop.session.scalar(select(func.count()).select_from(AfterSaleLine)) == 1


def test_the_last_piece_is_promised_in_exchange_once(shop: Shop, race: Race) -> None:
    blue = another(shop, shop.case, "BLUE", stock=1)
    cases = []
    for _ in range(2):
        placed = received_order(shop, (shop.case, 1))
        cases.append(ask(shop, placed, "exchange", LineAsk(lines_of(shop, placed)[0].id, 1, exchange_variant_id=blue)).id)
    shop.session.commit()
    works = [lambda session, one=one: approve_after_sale(session, brand_id=shop.brand_id, after_sale_id=one, now=NOON).state for one in cases]
    assert sorted(race.run(*works)) == ["approved", "out_of_stock"]
    assert stock(shop, blue) == (1, 1)
    whole(shop)


# --- a debt

def in_debt(shop: Shop) -> None:
    """Lin owes 35.88."""
    placed = received_order(shop, (shop.case, 1))
    settled(shop)
    paid_out(shop)
    refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, quantity=1), now=HOLD_OVER)


def test_a_debt_is_forgiven_once(shop: Shop, race: Race) -> None:
    in_debt(shop)
    row_id = request_write_off(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, amount_minor=3588, reason="离职", now=HOLD_OVER).id
    shop.session.commit()

    def approve(who: str) -> Work:
        def work(session: BrandSession) -> str:
            act_as(session, command(who))
            return approve_write_off(session, brand_id=shop.brand_id, write_off_id=row_id, now=HOLD_OVER).state
        return work

    assert sorted(race.run(approve("two"), approve("three"))) == ["approved", "write_off_state"]
    assert due_to(shop, shop.lin.payee_id) == {"paid": 3588}
    whole(shop)
