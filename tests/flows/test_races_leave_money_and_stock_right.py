"""Two at once, by real threads on real sessions: every guard in front of money and stock, and what happens without it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from app.domain.catalog.models import Variant
from app.domain.commission.actions import add_rule
from app.domain.ledger.checking import check_ledger
from app.domain.orders.models import Order, OrderLine, Payment, Refund
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.promotions.models import Coupon
from app.domain.settlement.models import PayoutEntry, SettlementRun
from app.domain.splits.actions import add_plan
from app.extensions import Database
from app.flows.cancel_order import cancel_order, cancel_overdue
from app.flows.guard_margin import guard_margin
from app.flows.pay_order import apply_payment_event
from app.flows.pay_out import approve_payout_run, draft_payout_run
from app.flows.place_order import place_order
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import OPEN, RELEASE, settle
from app.kernel.db import gather
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import HOLD_OVER, due_to, lines_of, order_of, paid_order, received_order, whole
from tests.builders.shops import ADDRESS, CONTACT, Shop, a_shop
from tests.conftest import NOON

Work = Callable[[BrandSession], Any]


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    shop = a_shop(session, stock=5)
    session.commit()
    return shop


class Race:
    """Runs each piece of work in its own thread, session and transaction, all starting together."""

    def __init__(self, database: Database, brand_id: int) -> None:
        self.database, self.brand_id = database, brand_id

    def run(self, *works: Work) -> list[Any]:
        """The results in order; a refusal is its code. Anything else that goes wrong fails the test."""
        gate = threading.Barrier(len(works))

        def go(work: Work) -> Any:
            try:
                with self.database.transaction(self.brand_id) as session:
                    session.execute(text("SELECT 1"))
                    gate.wait(10)
                    return work(session)
            except Refused as refused:
                return refused.code

        with ThreadPoolExecutor(len(works)) as pool:
            return [future.result(30) for future in [pool.submit(go, work) for work in works]]


@pytest.fixture
def race(shop: Shop, database: Database) -> Race:
    return Race(database, shop.brand_id)


def buy(shop: Shop, *lines: Any, **more: Any) -> Work:
    keys = {name: more.pop(name) for name in ("coupon_codes",) if name in more}
    basket = shop.basket(*lines, **keys)
    return lambda session: place_order(session, brand_id=shop.brand_id, basket=basket, contact=CONTACT, address=ADDRESS, now=NOON, **more)


def stock(shop: Shop, variant_id: object) -> tuple[int, int]:
    return tuple(shop.session.execute(select(Variant.stock, Variant.reserved).where(Variant.id == variant_id)).one())


def test_a_double_click_is_one_order(shop: Shop, race: Race) -> None:
    placed = race.run(*[buy(shop, (shop.case, 1), checkout_key="k1")] * 6)
    assert len({(one.order_id, one.secret, one.payment_id) for one in placed}) == 1
    assert sorted(one.replayed for one in placed) == [False] + [True] * 5
    assert stock(shop, shop.case) == (5, 1)
    whole(shop)


def test_the_last_piece_is_sold_once(shop: Shop, race: Race) -> None:
    shop.order((shop.case, 4))
    shop.session.commit()
    results = race.run(*[buy(shop, (shop.case, 1))] * 8)
    assert results.count("out_of_stock") == 7
    assert stock(shop, shop.case) == (5, 5)
    whole(shop)


def test_looking_first_and_taking_then_oversells(shop: Shop, race: Race) -> None:
    """The twin: what everyone saw was one piece left."""
    both_looked = threading.Barrier(2)

    def naive(session: BrandSession) -> str:
        left = session.scalars(select(Variant.stock - Variant.reserved).where(Variant.id == shop.case)).one()
        both_looked.wait(10)
        if left < 4:
            return "out_of_stock"
        session.execute(update(Variant).where(Variant.id == shop.case).values(reserved=Variant.reserved + 4))
        return "sold"

    assert race.run(naive, naive) == ["sold", "sold"]
    assert stock(shop, shop.case) == (5, 8)


def test_two_baskets_in_opposite_order_do_not_block_each_other(shop: Shop, race: Race) -> None:
    ways = [((shop.case, 1), (shop.cover, 1)), ((shop.cover, 1), (shop.case, 1))]
    results = race.run(*[buy(shop, *ways[i % 2]) for i in range(8)])
    assert results.count("out_of_stock") == 3
    assert (stock(shop, shop.case), stock(shop, shop.cover)) == ((5, 5), (5, 5))
    whole(shop)


def test_the_last_use_of_a_coupon_is_taken_once(shop: Shop, race: Race) -> None:
    shop.session.add(Coupon(code="ONE", amount_minor=1000, starts_at=NOON, ends_at=NOON + timedelta(days=1), max_uses=1))
    shop.session.commit()
    results = race.run(*[buy(shop, (shop.case, 1), coupon_codes=("ONE",))] * 4)
    assert results.count("coupon_used_up") == 3
    assert (shop.session.scalars(select(Coupon.used_count)).one(), stock(shop, shop.case)) == (1, (5, 1))
    whole(shop)


def event(shop: Shop, placed: Any, event_id: str) -> Work:
    return lambda session: apply_payment_event(
        session, brand_id=shop.brand_id, payment_id=placed.payment_id, provider="sandbox", event_id=event_id, outcome="succeed",
        amount_minor=placed.total_minor, currency="CNY", payload={}, now=NOON)


@pytest.mark.parametrize("ids", [["e1"] * 5, ["e1", "e2", "e3", "e4", "e5"]])
def test_the_same_payment_told_many_times_is_one(shop: Shop, race: Race, ids: list[str]) -> None:
    placed = shop.order()
    shop.session.commit()
    assert race.run(*[event(shop, placed, event_id) for event_id in ids]) == ["paid"] * 5
    assert shop.session.scalar(select(func.count()).select_from(Refund)) == 0
    whole(shop)


def test_two_refunds_at_once_never_exceed_what_was_paid(shop: Shop, race: Race) -> None:
    placed = paid_order(shop, (shop.case, 1))
    line_id = lines_of(shop, placed)[0].id
    shop.session.commit()

    def refund(session: BrandSession) -> int:
        return refund_order(session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line_id, amount_minor=20000)], now=NOON).amount_minor

    assert sorted(race.run(refund, refund, refund), key=str) == [20000, "amount_invalid", "amount_invalid"]
    assert shop.session.scalars(select(Payment.refunded_minor)).one() == 20000
    whole(shop)


def test_paying_and_cancelling_at_once_keep_no_money_without_an_order(shop: Shop, race: Race) -> None:
    for _ in range(4):
        placed = shop.order((shop.case, 1))
        shop.session.commit()
        race.run(event(shop, placed, f"e{placed.payment_id}"),
                 lambda session, placed=placed: cancel_order(session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON).state)
        assert order_of(shop, placed).state == "cancelled"
        shop.session.commit()
        whole(shop)
    assert stock(shop, shop.case) == (5, 0)


def test_what_is_paid_this_moment_is_not_swept_away_as_overdue(shop: Shop, race: Race) -> None:
    late = NOON + timedelta(hours=1)
    for _ in range(4):
        placed = shop.order((shop.case, 1))
        shop.session.commit()
        state, _swept = race.run(event(shop, placed, f"e{placed.payment_id}"), lambda session: cancel_overdue(session, brand_id=shop.brand_id, now=late))
        assert order_of(shop, placed).state == state
        assert shop.session.scalar(select(func.count()).select_from(Refund).where(Refund.reason != "late_payment")) == 0
        shop.session.commit()
        whole(shop)


def test_settling_twice_at_once_releases_once(shop: Shop, race: Race) -> None:
    received_order(shop)
    runs = race.run(*[lambda session: settle(session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER).line_count] * 3)
    assert sorted(runs) == [0, 0, 2]
    assert list(shop.session.scalars(select(SettlementRun.number).order_by(SettlementRun.number))) == [1, 2, 3]
    whole(shop)


def settle_while_refunding(shop: Shop, database: Database, release: Work) -> None:
    """A refund has read and reversed what is held, and commits only after the settlement has begun."""
    placed = received_order(shop, (shop.case, 1))
    line_id = lines_of(shop, placed)[0].id
    shop.session.commit()
    with database.session(shop.brand_id) as refunding:
        refund_order(refunding, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line_id, quantity=1)], now=HOLD_OVER)

        def settling() -> None:
            with database.transaction(shop.brand_id) as session:
                release(session)

        thread = threading.Thread(target=settling)
        thread.start()
        thread.join(0.5)
        refunding.commit()
        thread.join(20)


def test_a_settlement_waits_for_a_refund_that_is_under_way(shop: Shop, database: Database) -> None:
    settle_while_refunding(shop, database, lambda session: settle(session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER))
    assert due_to(shop, shop.lin.payee_id) == {}
    whole(shop)


def test_a_settlement_that_does_not_wait_releases_what_was_refunded(shop: Shop, database: Database) -> None:
    """The twin; the check finds it."""
    names = {"brand_id": shop.brand_id, "transaction_id": new_id(), "as_of": HOLD_OVER, "now": HOLD_OVER, "cause": "settlement:naive"}
    settle_while_refunding(shop, database, lambda session: gather(session, (OPEN, names), (RELEASE, names)))
    assert {violation.rule for violation in check_ledger(shop.session, brand_id=shop.brand_id)} == {"no phase owes a share less than nothing"}


def test_two_drafts_at_once_claim_each_entry_once(shop: Shop, race: Race) -> None:
    received_order(shop)
    settle(shop.session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER)
    shop.session.commit()
    results = race.run(*[lambda session: draft_payout_run(session, brand_id=shop.brand_id, now=HOLD_OVER).state] * 3)
    assert sorted(results) == ["draft", "run_open", "run_open"]
    entries = shop.session.scalars(select(PayoutEntry.entry_id)).all()
    assert len(entries) == len(set(entries)) == 2 * 2
    whole(shop)


def test_a_run_is_approved_once_and_by_another_person(shop: Shop, race: Race) -> None:
    received_order(shop)
    settle(shop.session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER)
    act_as(shop.session, command("one"))
    run_id = draft_payout_run(shop.session, brand_id=shop.brand_id, now=HOLD_OVER).id
    shop.session.commit()

    def approve(who: str) -> Work:
        def work(session: BrandSession) -> str:
            act_as(session, command(who))
            return approve_payout_run(session, brand_id=shop.brand_id, run_id=run_id, now=HOLD_OVER).approved_by or ""
        return work

    results = race.run(approve("one"), approve("two"), approve("three"))
    assert results[0] in ("second_person", "run_state")
    assert sorted(results[1:]) in (["run_state", "two"], ["run_state", "three"], ["three", "run_state"])


def test_a_rate_and_a_plan_saved_at_once_do_not_exceed_together(shop: Shop, race: Race) -> None:
    def rate(session: BrandSession) -> str:
        add_rule(session, brand_id=shop.brand_id, scope={"guide_id": shop.lin.id, "product_id": shop.case_product}, rate_bp=6000, now=NOON)
        guard_margin(session, brand_id=shop.brand_id, now=NOON)
        return "saved"

    def plan(session: BrandSession) -> str:
        add_plan(session, brand_id=shop.brand_id, org_unit_id=None, shares=[{"role": "store", "rate_bp": 6000}], now=NOON)
        guard_margin(session, brand_id=shop.brand_id, now=NOON)
        return "saved"

    assert sorted(race.run(rate, plan)) == ["exceeds_base", "saved"]


def test_a_lock_that_waits_too_long_is_told_as_busy(shop: Shop, database: Database) -> None:
    with database.session(shop.brand_id) as holding, database.session(shop.brand_id) as waiting:
        holding.execute(select(Variant.id).where(Variant.id == shop.case).with_for_update())
        waiting.execute(text("SET LOCAL lock_timeout = '100ms'"))
        with pytest.raises(Conflict) as refused:
            buy(shop, (shop.case, 1))(waiting)
        assert refused.value.code == "busy"
        waiting.rollback()
        holding.rollback()
    assert shop.session.scalar(select(func.count()).select_from(Order)) == 0
    assert shop.session.scalar(select(func.count()).select_from(OrderLine)) == 0
