"""R34 with a provider: sales, partial refunds, payouts, failures, faults and empty accounts in any order; the books hold after every step, and
what we say of charges, refunds, transfers and reversals is what the world has of them."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.domain.orders.models import Refund
from app.domain.provider.models import Charge, Transfer, TransferReversal
from app.domain.provider.ports import ProviderProblem
from app.flows.follow_refunds import apply_refund, retry_refund, settle_refund_otherwise
from app.flows.place_order import PlacedOrder
from app.gateways.stripe.calling import RETRIES
from app.kernel.errors import Refused
from app.kernel.money import half_up
from app.web.shared.application import Application
from tests.builders.money import due_to, whole
from tests.builders.shops import Shop
from tests.builders.stripe_refunds import booked, fault, hundred, received, refund_of, send, transferred, with_receiver
from tests.builders.stripe_transfers import balance_there, brand_payee
from tests.builders.stripe_world import StripeWorld
from tests.gateways.doubles.stripe.world import PLATFORM

PATHS = ("^/v1/refunds$", "^/v1/transfers/[^/]+/reversals$")
PLACE = st.integers(0, 9)
ACTS = st.one_of(
    st.tuples(st.just("sell"), st.integers(1, 2), st.booleans()),
    st.tuples(st.just("refund"), PLACE, st.sampled_from([1, 99, 3333]) | st.integers(1, 12000)),
    st.tuples(st.just("refund"), PLACE, st.sampled_from([1, 99, 3333]) | st.integers(1, 12000)),
    st.tuples(st.just("send"), PLACE, st.sampled_from(["", "", "before", "after"])),
    st.tuples(st.just("send"), PLACE, st.just("")),
    st.tuples(st.just("fail"), PLACE, st.none()), st.tuples(st.just("retry"), PLACE, st.none()), st.tuples(st.just("otherwise"), PLACE, st.none()),
    st.tuples(st.just("pay"), st.none(), st.none()), st.tuples(st.just("drain"), st.integers(0, 1), st.none()))
MOST = 4
"""Orders of one example; each is a payment on the provider's page."""


class Life:
    """One brand whose guide and house have accounts at the provider, its store is paid by file."""

    def __init__(self, application: Application, world: StripeWorld, shop: Shop) -> None:
        self.app, self.world, self.shop = application, world, shop
        self.payees = [shop.lin.payee_id, brand_payee(shop)]
        self.accounts = [with_receiver(application, world, shop, payee_id) for payee_id in self.payees]
        self.drained = [0, 0]
        self.orders: list[PlacedOrder] = []
        self.refunds: list[UUID] = []
        self.now = application.clock() + timedelta(days=40)
        self.done: Counter[str] = Counter()
        self.sell(2, True)

    def act(self, name: str, *arguments: Any) -> None:
        self.now += timedelta(hours=7)
        with suppress(Refused, IndexError):
            getattr(self, name)(*arguments)
            self.done[name] += 1
        self.shop.session.rollback()
        whole(self.shop)

    def sell(self, pieces: int, two: bool) -> None:
        if len(self.orders) < MOST:
            lines = [(self.shop.case, pieces), *([(self.shop.cover, 1)] if two else [])]
            self.orders.append(received(self.app, self.world, self.shop, *lines))

    def refund(self, place: int, amount: int) -> None:
        self.refunds.append(booked(self.shop, self.orders[place % len(self.orders)], amount, self.now))

    def send(self, place: int, phase: str) -> None:
        for path in PATHS if phase else ():
            fault(self.world, path, 500, phase=phase, count=1 + RETRIES)
        with suppress(ProviderProblem):
            send(self.app, self.shop, self.refunds[place % len(self.refunds or [0])], now=self.now)
        self.world.does("clock", advance=0)

    def fail(self, place: int, _: None) -> None:
        row = refund_of(self.shop, self.refunds[place % len(self.refunds or [0])])
        if row.provider_ref and row.state != "failed" and not row.outside_ref:
            self.world.does(f"refunds/{row.provider_ref}/fail", reason="declined")
            self.read(row.provider_ref)

    def read(self, ref: str) -> None:
        self.shop.session.rollback()
        apply_refund(self.app.database, provider=self.app.gateways.online, ref=ref, now=self.now)

    def retry(self, place: int, _: None) -> None:
        retry_refund(self.shop.session, brand_id=self.shop.brand_id, refund_id=self.refunds[place % len(self.refunds or [0])])
        self.shop.session.commit()

    def otherwise(self, place: int, _: None) -> None:
        settle_refund_otherwise(self.shop.session, brand_id=self.shop.brand_id, refund_id=self.refunds[place % len(self.refunds or [0])], reference="回单", now=self.now)
        self.shop.session.commit()

    def pay(self, *_: None) -> None:
        transferred(self.app, self.shop, self.now)

    def drain(self, place: int, _: None) -> None:
        there = balance_there(self.world, self.accounts[place])
        if there > 0:
            self.world.does("debit", account=self.accounts[place], amount=there, currency="sgd")
            self.drained[place] += there

    def rest(self) -> None:
        """Every refund is sent to its end, faults that nobody met yet are met."""
        for _ in range(8):
            for refund_id in self.refunds:
                with suppress(ProviderProblem):
                    row = send(self.app, self.shop, refund_id, now=self.now)
                    if row.state == "pending" and row.provider_ref:
                        self.read(row.provider_ref)
        self.shop.session.rollback()
        whole(self.shop)


def agree(life: Life) -> None:
    """Object by object, then the sums of every account."""
    session, online = life.shop.session, life.app.gateways.online
    assert online is not None
    refunds, transfers = session.scalars(select(Refund)).all(), session.scalars(select(Transfer)).all()
    live = [one for one in refunds if one.provider_ref and one.state != "failed" and not one.outside_ref]
    assert all(one.provider_ref for one in refunds if one.state == "succeeded" and not one.outside_ref)
    for charge in session.scalars(select(Charge)):
        assert online.read_charge(charge.charge_ref).refunded_minor == sum(one.amount_minor for one in live if one.payment_id == charge.payment_id)
    for row in transfers:
        seen = online.read_transfer(row.provider_ref)
        assert (seen.amount_minor, seen.reversed_minor) == (row.settled_minor, row.reversed_settled_minor)
    backs = session.scalars(select(TransferReversal)).all()
    assert {one.state for one in backs} <= {"done", "short"}
    for row in transfers:
        done = [one for one in backs if one.transfer_id == row.id and one.state == "done"]
        assert (row.reversed_minor, row.reversed_settled_minor) == (sum(one.amount_minor for one in done), sum(one.settled_minor for one in done))
    for place, payee_id in enumerate(life.payees):
        hers = [one for one in transfers if one.payee_id == payee_id]
        assert balance_there(life.world, life.accounts[place]) == sum(one.settled_minor - one.reversed_settled_minor for one in hers) - life.drained[place]
        assert due_to(life.shop, payee_id).get("paid", 0) == sum(one.amount_minor - one.reversed_minor for one in hers)
    came = sum(one.settled_minor - one.fee_minor for one in session.scalars(select(Charge)))
    left = sum(one.settled_minor - one.reversed_settled_minor for one in transfers)
    gone = sum(half_up(one.amount_minor * 18, 100) for one in live if one.state == "succeeded")
    assert balance_there(life.world, PLATFORM) == came - left - gone
    life.done.update(one.state for one in backs)


def test_it(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    life, seen = Life(stripe_app, world, hundred(shop)), Counter[str]()

    @settings(max_examples=5, deadline=None, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.lists(ACTS, min_size=8, max_size=16))
    def run(acts: list[tuple[Any, ...]]) -> None:
        for name, *arguments in acts:
            life.act(name, *arguments)
        life.rest()
        agree(life)
        seen.update(life.done)

    run()
    assert all(seen[name] for name in ("refund", "send", "pay", "fail", "retry", "otherwise", "drain", "done", "short")), seen
