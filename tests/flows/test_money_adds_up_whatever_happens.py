"""R34 by a machine that does what people do in any order: after every step `ledger check` finds nothing.

MONEY_MACHINE_EXAMPLES raises the number of lives it tries.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, text

from app.domain.brands.models import BrandSettings
from app.domain.commission.actions import add_rule
from app.domain.ledger.checking import check_ledger
from app.domain.orders.models import Order, OrderLine, Payment
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.promotions.models import Coupon
from app.domain.settlement.models import PayoutRun
from app.domain.splits.actions import add_plan
from app.extensions import Database
from app.flows.cancel_order import cancel_order, cancel_overdue
from app.flows.deliver_order import deliver_order
from app.flows.guard_margin import guard_margin
from app.flows.pay_order import apply_payment_event
from app.flows.pay_out import approve_payout_run, cancel_payout_run, draft_payout_run, execute_payout_run
from app.flows.place_order import place_order
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.flows.ship_order import ship_order
from app.gateways.storage import LocalFiles
from app.kernel.errors import Refused
from app.kernel.tenancy import BrandSession
from tests.builders.brands import a_brand
from tests.builders.shops import ADDRESS, CONTACT, a_shop
from tests.conftest import NOON

_numbers = itertools.count(1)
PICK = st.integers(0, 50)
SETTINGS = settings(max_examples=int(os.environ.get("MONEY_MACHINE_EXAMPLES", "20")), stateful_step_count=25, deadline=None,
                    suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate, Phase.shrink])


class Money(RuleBasedStateMachine):
    """One brand's life. Steps that a rule refuses are undone whole, as a request would be."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database, self.now, self.events = database, NOON, itertools.count(1)
        self.orders: list[UUID] = []
        self.files = LocalFiles(Path(mkdtemp(prefix="yundian-machine-")))
        self.brand_id = a_brand(database, slug=f"m{os.getpid()}-{next(_numbers)}", now=NOON).id
        with database.transaction(self.brand_id) as session:
            self.shop = a_shop(session, stock=60)
            terms = session.scalars(select(BrandSettings)).one()
            terms.two_levels, terms.shipping_fee_minor, terms.free_shipping_from_minor, terms.after_sale_days = True, 1200, 50000, 3
            for code, funder, amount in (("BRAND", "brand", 3001), ("PLAT", "platform", 29900)):
                session.add(Coupon(code=code, funder=funder, amount_minor=amount, starts_at=NOON, ends_at=NOON + timedelta(days=9), max_uses=6))

    def do(self, work: Callable[[BrandSession], Any], who: str = "one") -> Any:
        try:
            with self.database.transaction(self.brand_id) as session:
                act_as(session, command(who))
                return work(session)
        except Refused:
            return None

    def order(self, pick: int) -> UUID:
        return self.orders[pick % len(self.orders)]

    def first(self, table: Any, *, pick: int = 0, **where: Any) -> Any:
        with self.database.session(self.brand_id) as session:
            found = session.scalars(select(table).filter_by(**where).order_by(table.id)).all()
            return found[pick % len(found)] if found else None

    @initialize(coupons=st.sets(st.sampled_from(["BRAND", "PLAT"])))
    def open_the_shop(self, coupons: set[str]) -> None:
        """Three orders to begin with: one open, one paid, one received."""
        for _ in range(3):
            self.place(1, 2, coupons, True)
        for pick in (1, 2):
            self.pay(pick, 0, "succeed", False)
        self.send(2)

    @rule(cases=st.integers(0, 2), covers=st.integers(1, 4), again=st.booleans())
    def buy(self, cases: int, covers: int, again: bool) -> None:
        self.place(cases, covers, set(), True)
        self.pay(len(self.orders) - 1, 0, "succeed", again)

    @rule(pick=PICK)
    def send(self, pick: int) -> None:
        self.ship(pick, 0, 0)
        self.deliver(pick)

    @rule(cases=st.integers(0, 3), covers=st.integers(0, 4), coupons=st.sets(st.sampled_from(["BRAND", "PLAT"])), linked=st.booleans())
    def place(self, cases: int, covers: int, coupons: set[str], linked: bool) -> None:
        lines = tuple((variant, count) for variant, count in ((self.shop.case, cases), (self.shop.cover, covers)) if count)
        basket = self.shop.basket(*lines, coupon_codes=tuple(sorted(coupons)), share_code=self.shop.link.code if linked else None)
        placed = self.do(lambda session: place_order(session, brand_id=self.brand_id, basket=basket, contact=CONTACT, address=ADDRESS, now=self.now))
        if placed:
            self.orders.append(placed.order_id)

    @rule(pick=PICK, attempt=PICK, outcome=st.sampled_from(["succeed", "succeed", "succeed", "fail"]), again=st.booleans())
    def pay(self, pick: int, attempt: int, outcome: str, again: bool) -> None:
        payment = self.first(Payment, pick=attempt, order_id=self.order(pick))
        event_id = f"e{next(self.events)}"
        for _ in range(2 if again else 1):
            self.do(lambda session: apply_payment_event(
                session, brand_id=self.brand_id, payment_id=payment.id, provider=payment.provider, event_id=event_id, outcome=outcome,
                amount_minor=payment.amount_minor, currency="CNY", payload={}, now=self.now))

    @rule(pick=PICK, line=PICK, pieces=st.integers(0, 2))
    def ship(self, pick: int, line: int, pieces: int) -> None:
        part = [(self.first(OrderLine, pick=line, order_id=self.order(pick)).id, pieces)] if pieces else None
        self.do(lambda session: ship_order(session, brand_id=self.brand_id, order_id=self.order(pick), lines=part, now=self.now))

    @rule(pick=PICK)
    def deliver(self, pick: int) -> None:
        self.do(lambda session: deliver_order(session, brand_id=self.brand_id, order_id=self.order(pick), now=self.now))

    @rule(pick=PICK, line=PICK, pieces=st.none() | st.integers(0, 3), amount=st.none() | st.integers(1, 20000), shipping=st.sampled_from([0, 0, 0, 1, 1200]))
    def refund(self, pick: int, line: int, pieces: int | None, amount: int | None, shipping: int) -> None:
        asks = [RefundAsk(self.first(OrderLine, pick=line, order_id=self.order(pick)).id, pieces, amount)] if pieces or amount else []
        self.do(lambda session: refund_order(session, brand_id=self.brand_id, order_id=self.order(pick), lines=asks, shipping_minor=shipping, now=self.now))

    @rule(pick=PICK)
    def refund_all_lines(self, pick: int) -> None:
        def work(session: BrandSession) -> None:
            lines = session.scalars(select(OrderLine).where(OrderLine.order_id == self.order(pick))).all()
            asks = [RefundAsk(line.id, line.quantity - line.refunded_quantity, line.paid_minor - line.refunded_minor)
                    for line in lines if line.paid_minor > line.refunded_minor]
            refund_order(session, brand_id=self.brand_id, order_id=self.order(pick), lines=asks, now=self.now)
        self.do(work)

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        self.do(lambda session: cancel_order(session, brand_id=self.brand_id, order_id=self.order(pick), now=self.now))

    @rule(rate_bp=st.integers(0, 9000), store_bp=st.integers(0, 4000))
    def change_terms(self, rate_bp: int, store_bp: int) -> None:
        def work(session: BrandSession) -> None:
            add_rule(session, brand_id=self.brand_id, scope={"product_id": self.shop.case_product}, rate_bp=rate_bp, referrer_bp=150, now=self.now)
            add_plan(session, brand_id=self.brand_id, org_unit_id=self.shop.store.id, shares=[{"role": "store", "rate_bp": store_bp, "min": 7}], now=self.now)
            guard_margin(session, brand_id=self.brand_id, now=self.now)
        self.do(work)

    @rule(hours=st.sampled_from([1, 30, 24 * 5]), pays=st.booleans())
    def wait(self, hours: int, pays: bool) -> None:
        """Time passes; what is overdue is swept, what is due is settled, and sometimes a payout run is drafted."""
        self.now: datetime = self.now + timedelta(hours=hours)
        self.do(lambda session: cancel_overdue(session, brand_id=self.brand_id, now=self.now))
        self.do(lambda session: settle(session, brand_id=self.brand_id, as_of=self.now, now=self.now))
        if pays:
            self.do(lambda session: draft_payout_run(session, brand_id=self.brand_id, now=self.now))

    @rule(who=st.sampled_from(["one", "two"]), end=st.sampled_from(["approve", "execute", "execute", "cancel"]))
    def move_payouts(self, who: str, end: str) -> None:
        run = self.first(PayoutRun, state="draft") or self.first(PayoutRun, state="approved")
        if run is None:
            return
        names = {"brand_id": self.brand_id, "run_id": run.id, "now": self.now}
        if end == "cancel":
            self.do(lambda session: cancel_payout_run(session, **names))
            return
        self.do(lambda session: approve_payout_run(session, **names), who)
        if end == "execute":
            self.do(lambda session: execute_payout_run(session, files=self.files, **names))

    @invariant()
    def everything_adds_up(self) -> None:
        with self.database.session(self.brand_id) as session:
            assert check_ledger(session, brand_id=self.brand_id) == []


FEN_BACK = "UPDATE payments SET refunded_minor = refunded_minor + 1 WHERE state = 'succeeded' AND refunded_minor < amount_minor"


class Careless(Money):
    """The twin: someone gives a fen back by hand, and the ledger is not told."""

    @rule(pick=PICK)
    def give_a_fen_back(self, pick: int) -> None:
        self.do(lambda session: session.execute(text(FEN_BACK)))


def test_nothing_is_ever_lost(database: Database) -> None:
    run_state_machine_as_test(partial(Money, database), settings=SETTINGS)


def test_a_careless_hand_is_found(database: Database) -> None:
    quick = settings(SETTINGS, max_examples=30, phases=[Phase.generate], print_blob=False)
    with pytest.raises(AssertionError, match="shopper's money"):
        run_state_machine_as_test(partial(Careless, database), settings=quick)


def test_orders_reach_every_state(database: Database) -> None:
    """A machine that never pays would prove nothing."""
    machine = Money(database)
    machine.open_the_shop({"BRAND"})
    machine.buy(1, 2, True)
    machine.buy(0, 1, False)
    for step in (partial(machine.ship, 1, 0, 1), partial(machine.refund_all_lines, 3), partial(machine.cancel, 4), partial(machine.wait, 120, True),
                 partial(machine.move_payouts, "two", "execute")):
        step()
        machine.everything_adds_up()
    with database.session(machine.brand_id) as session:
        states = session.scalars(select(Order.state).order_by(Order.placed_at, Order.id)).all()
        assert states == ["cancelled", "partly_shipped", "completed", "refunded", "cancelled"]
        assert session.scalars(select(PayoutRun.state)).all() == ["executed"]
