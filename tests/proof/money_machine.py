"""R34 by a machine that does what people do with money, in any order: after every step `ledger check` finds nothing.

MONEY_MACHINE_EXAMPLES lives of MONEY_MACHINE_STEPS steps each, divided among the shards (test files), so that every core has
one to run. The seed is printed; MONEY_MACHINE_SEED runs it again.
"""

from __future__ import annotations

import itertools
import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, text

from app.domain.brands.fees import add_fee_plan
from app.domain.commission.actions import add_rule
from app.domain.guides.actions import move_guide
from app.domain.ledger.checking import check_ledger
from app.domain.ledger.queries import balances
from app.domain.orders.baskets import Basket, BasketLine
from app.domain.orders.models import OrderLine, Payment
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.promotions.activities import add_activity
from app.domain.settlement.invoices import record_invoice
from app.domain.settlement.models import Payout, Withdrawal, WriteOff
from app.domain.splits.actions import add_plan
from app.extensions import Database
from app.flows.answer_after_sale import (
    approve_after_sale,
    cancel_after_sale,
    receive_goods,
    refund_after_sale,
    reject_after_sale,
    send_replacement,
)
from app.flows.ask_after_sale import LineAsk, ask_after_sale
from app.flows.cancel_order import cancel_order, cancel_overdue
from app.flows.charge_back import lose_chargeback, open_chargeback, win_chargeback
from app.flows.deliver_order import deliver_order
from app.flows.dispute_attribution import accept_dispute, refuse_dispute
from app.flows.guard_margin import guard_margin
from app.flows.hold_sales import clear_hold
from app.flows.leave_guide import leave_guide, rehire_guide
from app.flows.pay_order import apply_payment_event
from app.flows.pay_out import approve_payout_run, cancel_payout_run, draft_payout_run, execute_payout_run
from app.flows.place_order import place_order
from app.flows.reconcile_payouts import confirm_payout, fail_payout
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.flows.ship_order import ship_order
from app.flows.withdraw import cancel_withdrawal, reject_withdrawal, request_withdrawal
from app.flows.write_off import approve_write_off, reject_write_off, request_write_off
from app.kernel.errors import Refused
from app.kernel.tenancy import BrandSession
from tests.builders.shops import ADDRESS, CONTACT
from tests.conftest import NOON
from tests.proof.provider import Answering
from tests.proof.template import COUPONS, Sold, Template, a_template
from tests.proof.whose_order import disputed, held, upheld

EXAMPLES = int(os.environ.get("MONEY_MACHINE_EXAMPLES", "2000"))
STEPS = int(os.environ.get("MONEY_MACHINE_STEPS", "30"))
SHARDS = 4
PICK = st.integers(0, 50)
PERCENT = st.sampled_from([1, 50, 100, 100, 101])
ANSWERS = st.lists(st.sampled_from(["paid", "paid", "sent", "failed"]), min_size=1, max_size=3)
BP = st.sampled_from([0, 1, 333, 1000, 2999, 9000])
PLANNED_ONCE = text("SET LOCAL plan_cache_mode = force_generic_plan")
"""Planning the claims takes as long as asking them."""
TOGETHER = ((), (), ("BRAND",), ("PLATFORM",), ("STORE",), ("GUIDE",), ("BRAND", "PLATFORM"), tuple(COUPONS))
AMOUNT = st.sampled_from([1, 99, 3333]) | st.integers(1, 40000)


Act = Callable[..., Any]
AFTER: tuple[tuple[Act, ...], ...] = (
    (), (approve_after_sale,), (approve_after_sale, receive_goods), (approve_after_sale, receive_goods, refund_after_sale),
    (approve_after_sale, receive_goods, send_replacement), (reject_after_sale,), (cancel_after_sale,), (approve_after_sale, cancel_after_sale))
ALWAYS = {"placed", "paid", "ship_order", "deliver_order", "refund_order", "refunded_whole", "cancel_order", "ask_after_sale", "open_chargeback", "lose_chargeback",
          "win_chargeback", "terms_changed", "add_activity", "moved", "settled", "draft_payout_run", "approve_payout_run", "execute_payout_run",
          "cancel_payout_run", "told_of_payout", "asked_for_money", "cancel_withdrawal", "reject_withdrawal", "asked_to_forgive", "approve_write_off",
          "accept_dispute", "refuse_dispute", "held", "upheld", "clear_hold"}


class Money(RuleBasedStateMachine):
    """One brand's life from the template's on. A step that a rule refuses is undone whole, as a request would be."""

    def __init__(self, template: Template, done: Counter[str] | None = None) -> None:
        super().__init__()
        self.template, self.done = template, Counter[str]() if done is None else done
        self.brand_id, self.now, self.numbers, self.changed = template.copy(), NOON, itertools.count(2), True
        self.orders: list[Sold] = list(template.orders)
        self.cases: list[tuple[UUID, list[UUID]]] = list(template.cases)
        self.chargebacks: list[UUID] = []
        self.withdrawals: list[UUID] = [template.withdrawal]
        self.write_offs: list[UUID] = []
        self.runs: list[UUID] = [template.run]
        self.run_state = "over"

    def do(self, flow: Act, *, who: str = "one", **names: Any) -> Any:
        """The flow in a transaction of its own, in somebody's name; None if it was refused. `done` counts what went through."""
        try:
            with self.template.database.transaction(self.brand_id) as session:
                act_as(session, command(who))
                result = flow(session, brand_id=self.brand_id, now=self.now, **names)
        except Refused:
            return None
        self.changed = True
        self.done[flow.__name__] += 1
        return result

    def order(self, pick: int) -> Sold:
        """Later ones first: they have more before them."""
        return self.orders[-1 - pick % len(self.orders)]

    # Shopping

    @rule(cases=st.integers(0, 3), covers=st.integers(0, 4), coupons=st.sampled_from(TOGETHER), seller=st.sampled_from([0, 0, 1, 2]), pays=st.booleans())
    def place(self, cases: int, covers: int, coupons: tuple[str, ...], seller: int, pays: bool) -> None:
        lines = tuple(BasketLine(variant, count) for variant, count in ((self.template.case, cases), (self.template.cover, covers)) if count)
        basket = Basket(lines, coupon_codes=coupons, share_code=self.template.links[seller] if seller < 2 else None)
        sold = self.do(placed, basket=basket)
        if sold:
            self.orders.append(sold)
            if pays:
                self.pay(0, 0, "succeed", False)

    @rule(pick=PICK, attempt=PICK, outcome=st.sampled_from(["succeed", "succeed", "fail"]), again=st.booleans())
    def pay(self, pick: int, attempt: int, outcome: str, again: bool) -> None:
        event_id = f"e{next(self.numbers)}"
        for _ in range(2 if again else 1):
            self.do(paid, order_id=self.order(pick).order_id, attempt=attempt, event_id=event_id, outcome=outcome)

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        self.do(cancel_order, order_id=self.order(pick).order_id)

    # Parcels

    @rule(pick=PICK, line=PICK, pieces=st.integers(0, 2), store=st.integers(0, 2), received=st.booleans())
    def ship(self, pick: int, line: int, pieces: int, store: int, received: bool) -> None:
        sold = self.order(pick)
        self.do(ship_order, order_id=sold.order_id, lines=[(chosen(sold, line), pieces)] if pieces else None,
                source="flagship" if store == 2 else "store", store_id=None if store == 2 else self.template.stores[store])
        if received:
            self.deliver(pick)

    @rule(pick=PICK)
    def deliver(self, pick: int) -> None:
        self.do(deliver_order, order_id=self.order(pick).order_id)

    # Money back

    @rule(pick=PICK, line=PICK, pieces=st.none() | st.integers(0, 3), amount=st.none() | AMOUNT, shipping=st.sampled_from([0, 0, 0, 1, 1200]))
    def refund(self, pick: int, line: int, pieces: int | None, amount: int | None, shipping: int) -> None:
        sold = self.order(pick)
        asks = [RefundAsk(chosen(sold, line), pieces, amount)] if pieces or amount else []
        self.do(refund_order, order_id=sold.order_id, lines=asks, shipping_minor=shipping)

    @rule(pick=PICK)
    def refund_all_that_is_left(self, pick: int) -> None:
        self.do(refunded_whole, order_id=self.order(pick).order_id)

    @rule(pick=PICK, line=PICK, kind=st.sampled_from(["refund_only", "return_refund", "exchange", "shipping_only"]), pieces=st.integers(0, 2),
          amount=st.none() | AMOUNT, shipping=st.sampled_from([0, 0, 1, 1200]), same=st.booleans(), answers=st.sampled_from(AFTER))
    def ask_after(self, pick: int, line: int, kind: str, pieces: int, amount: int | None, shipping: int, same: bool, answers: Sequence[Act]) -> None:
        sold = self.order(pick)
        other = (self.template.case if same else self.template.spare) if kind == "exchange" else None
        asks = [] if kind == "shipping_only" else [LineAsk(chosen(sold, line), pieces, amount, other)]
        case = self.do(ask_after_sale, order_id=sold.order_id, kind=kind, lines=asks, shipping_minor=shipping)
        if case:
            self.cases.append((case.id, [ask.line_id for ask in asks]))
            for act in answers:
                self.answer_after(0, act, same)

    @rule(pick=PICK, act=st.sampled_from([act for acts in AFTER for act in acts]), restock=st.booleans())
    def answer_after(self, pick: int, act: Act, restock: bool) -> None:
        case_id, line_ids = self.cases[-1 - pick % len(self.cases)]
        more: dict[str, Any] = {"restock": line_ids if restock else []} if act is receive_goods else {"answer": "不行"} if act is reject_after_sale else {}
        self.do(act, after_sale_id=case_id, **more)

    @rule(pick=PICK, amount=AMOUNT, fee=st.sampled_from([0, 1500]))
    def charge_back(self, pick: int, amount: int, fee: int) -> None:
        opened = self.do(open_chargeback, order_id=self.order(pick).order_id, provider_ref=f"CB{next(self.numbers)}", amount_minor=amount, fee_minor=fee)
        if opened:
            self.chargebacks.append(opened.id)

    @rule(pick=PICK, end=st.sampled_from([lose_chargeback, lose_chargeback, win_chargeback]))
    def rule_on_chargeback(self, pick: int, end: Act) -> None:
        if not self.chargebacks:
            self.charge_back(pick, 3333, 0)
        for chargeback_id in self.chargebacks[-1:]:
            self.do(end, chargeback_id=chargeback_id)

    # Whose order it is

    @rule(pick=PICK, guide=st.integers(0, 1), end=st.sampled_from([accept_dispute, accept_dispute, refuse_dispute]))
    def dispute(self, pick: int, guide: int, end: Act) -> None:
        asked = self.do(disputed, order_id=self.order(pick).order_id, guide_id=self.template.guides[guide])
        if asked:
            self.do(end, who="two", dispute_id=asked.id, answer="看过聊天记录")

    @rule(pick=PICK, end=st.sampled_from([upheld, upheld, clear_hold, None]))
    def hold(self, pick: int, end: Act | None) -> None:
        kept = self.do(held, order_id=self.order(pick).order_id)
        if kept and end:
            self.do(end, who="two", hold_id=kept.id)

    # Terms and people

    @rule(rate_bp=BP, referrer_bp=st.sampled_from([0, 150]), fixed=st.booleans(), store_bp=BP, to_store=st.booleans(), fee_bp=st.sampled_from([None, 0, 100, 250]))
    def change_terms(self, rate_bp: int, referrer_bp: int, fixed: bool, store_bp: int, to_store: bool, fee_bp: int | None) -> None:
        def terms_changed(session: BrandSession, *, brand_id: int, now: datetime) -> None:
            measure: dict[str, int] = {"amount_minor": rate_bp} if fixed else {"rate_bp": rate_bp}
            add_rule(session, brand_id=brand_id, scope={"product_id": self.template.case_product}, referrer_bp=referrer_bp, now=now, **measure)
            add_plan(session, brand_id=brand_id, org_unit_id=self.template.stores[0] if to_store else None, now=now,
                     shares=[{"role": "store", "rate_bp": store_bp, "min": 7}, {"role": "fulfilling_store", "rate_bp": 250}])
            if fee_bp is not None:
                add_fee_plan(session, brand_id=brand_id, rate_bp=fee_bp, storefront_bp=fee_bp // 2, free_days=fee_bp % 3, now=now)
            guard_margin(session, brand_id=brand_id, now=now)

        self.do(terms_changed)

    @rule(price=st.sampled_from([0, 1, 990, 5000]), link_only=st.booleans(), hours=st.sampled_from([1, 100]))
    def cut_a_price(self, price: int, link_only: bool, hours: int) -> None:
        self.do(add_activity, name="双十二", prices={self.template.cover: price}, link_only=link_only, ends_at=self.now + timedelta(hours=hours))

    @rule(guide=st.integers(0, 1), store=st.integers(0, 1), step=st.sampled_from([leave_guide, rehire_guide, move_guide]))
    def move_people(self, guide: int, store: int, step: Act) -> None:
        def moved(session: BrandSession, *, brand_id: int, now: datetime) -> None:
            if step is move_guide:
                move_guide(session, brand_id=brand_id, guide_id=self.template.guides[guide], store_id=self.template.stores[store])
            else:
                step(session, brand_id=brand_id, guide_id=self.template.guides[guide], now=now)

        self.do(moved)

    # Time

    @rule(hours=st.sampled_from([1, 30, 24 * 5, 24 * 5]))
    def wait(self, hours: int) -> None:
        """What is overdue is swept away, what is due is settled."""
        self.now += timedelta(hours=hours)
        self.do(cancel_overdue)
        self.do(settled)

    # Paying out

    @rule(scope=st.sampled_from(["all", "all", "withdrawals"]), invoice=st.none() | AMOUNT, answers=ANSWERS, goes_on=st.sampled_from([True, True, False]),
          at_once=st.booleans())
    def pay_out(self, scope: str, invoice: int | None, answers: list[str], goes_on: bool, at_once: bool) -> None:
        """The next step of the open run, or a new one; at once, all the steps there are."""
        steps = [self.draft, self.approve, self.execute] if self.run_state == "over" else [self.approve, self.execute] if self.run_state == "draft" else [self.execute]
        if not goes_on and self.run_state != "over":
            steps = [self.cancel_run]
        for step in steps if at_once else steps[:1]:
            step(scope, invoice, answers)

    def draft(self, scope: str, invoice: int | None, answers: list[str]) -> None:
        if invoice:
            self.do(record_invoice, payee_id=self.template.company, number=str(next(self.numbers)), amount_minor=invoice, issued_on=NOON.date(),
                    today=self.now.date())
        run = self.do(draft_payout_run, scope=scope)
        if run:
            self.runs.append(run.id)
            self.run_state = "draft"

    def approve(self, *_: object) -> None:
        if self.do(approve_payout_run, who="two", run_id=self.runs[-1]):
            self.run_state = "approved"

    def execute(self, scope: str, invoice: int | None, answers: list[str]) -> None:
        if self.do(execute_payout_run, run_id=self.runs[-1], provider=Answering(answers)):
            self.run_state = "over"

    def cancel_run(self, *_: object) -> None:
        self.do(cancel_payout_run, run_id=self.runs[-1])
        self.run_state = "over"

    @rule(pick=PICK, payout=PICK, arrived=st.booleans())
    def hear_of_a_payout(self, pick: int, payout: int, arrived: bool) -> None:
        self.do(told_of_payout, run_id=self.runs[-1 - pick % len(self.runs)], payout=payout, arrived=arrived)

    @rule(payee=PICK, percent=PERCENT)
    def ask_for_money(self, payee: int, percent: int) -> None:
        withdrawal = self.do(asked_for_money, payee_id=self.template.payees[payee % 4], percent=percent)
        if withdrawal:
            self.withdrawals.append(withdrawal.id)

    @rule(pick=PICK, says_no=st.booleans())
    def take_it_back(self, pick: int, says_no: bool) -> None:
        withdrawal_id = self.withdrawals[-1 - pick % len(self.withdrawals)]
        if says_no:
            self.do(reject_withdrawal, withdrawal_id=withdrawal_id, reason="资料不全")
        else:
            self.do(cancel_withdrawal, withdrawal_id=withdrawal_id)

    @rule(payee=PICK, percent=PERCENT)
    def forgive(self, payee: int, percent: int) -> None:
        asked = self.do(asked_to_forgive, payee_id=self.template.payees[payee % 4], percent=percent)
        if asked:
            self.write_offs.append(asked.id)

    @rule(payee=PICK, end=st.sampled_from([approve_write_off, approve_write_off, reject_write_off]))
    def decide_on_forgiving(self, payee: int, end: Act) -> None:
        if not self.write_offs:
            self.forgive(payee, 50)
        for write_off_id in self.write_offs[-1:]:
            self.do(end, who="two", write_off_id=write_off_id)

    @invariant()
    def everything_adds_up(self) -> None:
        """What was refused has changed nothing: its transaction was rolled back."""
        if self.changed:
            with self.template.database.session(self.brand_id) as session:
                session.execute(PLANNED_ONCE)
                broken = check_ledger(session, brand_id=self.brand_id)
                assert not broken, broken
        self.changed = False


def chosen(sold: Sold, line: int) -> UUID:
    return sold.line_ids[line % len(sold.line_ids)]


def placed(session: BrandSession, *, brand_id: int, basket: Basket, now: datetime) -> Sold:
    order_id = place_order(session, brand_id=brand_id, basket=basket, contact=CONTACT, address=ADDRESS, now=now).order_id
    return Sold(order_id, tuple(session.scalars(select(OrderLine.id).where(OrderLine.order_id == order_id).order_by(OrderLine.position))))


def paid(session: BrandSession, *, brand_id: int, order_id: UUID, attempt: int, event_id: str, outcome: str, now: datetime) -> None:
    payments = session.scalars(select(Payment).where(Payment.order_id == order_id).order_by(Payment.id.desc())).all()
    payment = payments[attempt % len(payments)]
    apply_payment_event(session, brand_id=brand_id, payment_id=payment.id, provider=payment.provider, event_id=event_id, outcome=outcome,
                        amount_minor=payment.amount_minor, currency="CNY", payload={}, now=now)


def refunded_whole(session: BrandSession, *, brand_id: int, order_id: UUID, now: datetime) -> None:
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)).all()
    asks = [RefundAsk(line.id, line.quantity - line.refunded_quantity, line.paid_minor - line.refunded_minor)
            for line in lines if line.paid_minor > line.refunded_minor]
    refund_order(session, brand_id=brand_id, order_id=order_id, lines=asks, now=now)


def settled(session: BrandSession, *, brand_id: int, now: datetime) -> None:
    settle(session, brand_id=brand_id, as_of=now, now=now)


def asked_for_money(session: BrandSession, *, brand_id: int, payee_id: UUID, percent: int, now: datetime) -> Withdrawal:
    amount = balances(session, brand_id=brand_id, payee_id=payee_id)["available"] * percent // 100
    return request_withdrawal(session, brand_id=brand_id, payee_id=payee_id, amount_minor=amount, now=now)


def asked_to_forgive(session: BrandSession, *, brand_id: int, payee_id: UUID, percent: int, now: datetime) -> WriteOff:
    amount = -balances(session, brand_id=brand_id, payee_id=payee_id)["available"] * percent // 100
    return request_write_off(session, brand_id=brand_id, payee_id=payee_id, amount_minor=amount, reason="离职", now=now)


def told_of_payout(session: BrandSession, *, brand_id: int, run_id: UUID, payout: int, arrived: bool, now: datetime) -> None:
    known = session.scalars(select(Payout.id).where(Payout.run_id == run_id, Payout.state.in_(("paid", "sent"))).order_by(Payout.payee_id)).all()
    if not known:
        raise Refused("nothing", "没有")
    names = {"brand_id": brand_id, "run_id": run_id, "payout_id": known[payout % len(known)], "now": now}
    if arrived:
        confirm_payout(session, **names)
    else:
        fail_payout(session, reason="退票", **names)


def run(machine: Callable[[], Money], *, examples: int, shrinks: bool = True) -> None:
    number = int(os.environ.get("MONEY_MACHINE_SEED") or random.SystemRandom().randrange(2**32))
    print(f"MONEY_MACHINE_SEED={number}")
    run_state_machine_as_test(seed(number)(machine), settings=settings(
        max_examples=examples, stateful_step_count=STEPS, deadline=None, derandomize=False, database=None, print_blob=False,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate, *([Phase.shrink] if shrinks else [])]))


def run_shard(database: Database) -> None:
    """One shard's lives. In hundreds of them all of this went through, or the machine would prove less than it says."""
    done: Counter[str] = Counter()
    examples = max(EXAMPLES // SHARDS, 1)
    run(partial(Money, a_template(database), done), examples=examples)
    print(done)
    assert examples < 400 or set(done) >= ALWAYS, ALWAYS - set(done)
