"""R12, R14, R18: told by Stripe, a dispute holds back what was not sent; lost, it takes back what was, and nothing is refunded.

100.00 settles as 18.00 SGD: the guide's 12.35 are sent as 2.22. The dispute's 15.00 SGD are 15.00 × 100.00 / 18.00 = 83.33 yuan.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.ledger.models import LedgerEntry
from app.domain.ledger.queries import house_payees
from app.domain.orders.models import Refund
from app.domain.provider.models import Transfer
from app.flows.send_refunds import send_refund
from app.flows.send_transfers import send_transfers
from app.web.shared.application import Application
from tests.builders.money import due_to, whole
from tests.builders.shops import Shop
from tests.builders.stripe_disputes import disputed, told
from tests.builders.stripe_orders import charge_of
from tests.builders.stripe_refunds import counts, hundred, received, reversals_of, transferred, with_receiver
from tests.builders.stripe_transfers import balance_there, executed_run, release
from tests.builders.stripe_world import StripeWorld
from tests.conftest import TestClock

FEE = 8333


@pytest.fixture
def shop(shop: Shop) -> Shop:
    return hundred(shop)


@pytest.fixture
def account(stripe_app: Application, world: StripeWorld, shop: Shop) -> str:
    return with_receiver(stripe_app, world, shop, shop.lin.payee_id)


def test_lost_after_the_payout(stripe_app: Application, world: StripeWorld, shop: Shop, account: str, wall_time: TestClock) -> None:
    placed, later = received(stripe_app, world, shop, (shop.case, 1)), wall_time.now + timedelta(days=40)
    transferred(stripe_app, shop, later)
    assert (due_to(shop, shop.lin.payee_id), balance_there(world, account)) == ({"paid": 1235}, 222)
    begun, wall_time.now = wall_time.now, later
    ref = disputed(world, shop, placed)
    assert told(stripe_app, shop, ref).fee_minor == FEE
    world.does(f"disputes/{ref}/lost")
    row = told(stripe_app, shop, ref)
    assert row.refund_id is not None and due_to(shop, shop.lin.payee_id) == {"paid": 1235, "available": -1235}
    send_refund(stripe_app.database, brand_id=shop.brand_id, refund_id=row.refund_id, provider=stripe_app.gateways.online, now=later)
    shop.session.rollback()
    assert (due_to(shop, shop.lin.payee_id), balance_there(world, account)) == ({}, 0)
    assert [(one.state, one.amount_minor, one.settled_minor) for one in reversals_of(shop, row.refund_id)] == [("done", 1235, 222)]
    assert counts(world) == {"refund": 0, "transfer": 1, "transfer_reversal": 1}, "her bank has paid her"
    assert shop.session.scalars(select(Refund.state)).one() == "succeeded"
    house, charge = house_payees(shop.session, brand_id=shop.brand_id), charge_of(shop, placed)
    assert due_to(shop, house["brand"]) == {"available": -FEE - charge.fee_order_minor}
    # Theirs: 18.00 in, its fee; 2.22 out and back; 18.00 and 15.00 to the bank.
    lines = list(stripe_app.gateways.online.balance_lines(since=begun - timedelta(hours=1), until=begun + timedelta(hours=1)))
    assert sum(line.amount_minor for line in lines) == 0 and sum(line.fee_minor for line in lines) == 1500 + charge.fee_minor
    whole(shop)


def test_lost_while_she_has_too_little_it_is_her_debt(stripe_app: Application, world: StripeWorld, shop: Shop, account: str, wall_time: TestClock) -> None:
    placed, later = received(stripe_app, world, shop, (shop.case, 1)), wall_time.now + timedelta(days=40)
    transferred(stripe_app, shop, later)
    world.does("debit", account=account, amount=222, currency="sgd")
    wall_time.now = later
    ref = disputed(world, shop, placed)
    world.does(f"disputes/{ref}/lost")
    row = told(stripe_app, shop, ref)
    assert row.refund_id is not None
    send_refund(stripe_app.database, brand_id=shop.brand_id, refund_id=row.refund_id, provider=stripe_app.gateways.online, now=later)
    shop.session.rollback()
    assert [one.state for one in reversals_of(shop, row.refund_id)] == ["short"]
    assert due_to(shop, shop.lin.payee_id) == {"paid": 1235, "available": -1235}
    whole(shop)


def test_opened_between_claim_and_sending_nothing_leaves_until_it_is_won(stripe_app: Application, world: StripeWorld, shop: Shop, account: str,
                                                                        wall_time: TestClock) -> None:
    placed, later = received(stripe_app, world, shop, (shop.case, 1)), wall_time.now + timedelta(days=40)
    release(shop, later)
    executed_run(stripe_app, shop, now=later)
    ref = disputed(world, shop, placed)
    told(stripe_app, shop, ref)

    def send(hours: int) -> tuple[str, int]:
        send_transfers(stripe_app.database, brand_id=shop.brand_id, provider=stripe_app.gateways.online, now=later + timedelta(hours=hours))
        shop.session.rollback()
        return shop.session.scalars(select(Transfer.state)).one(), balance_there(world, account)

    assert send(1) == ("waiting", 0), "the bank asks: nothing more of this charge leaves"
    world.does(f"disputes/{ref}/won")
    told(stripe_app, shop, ref)
    assert send(2) == ("sent", 222)
    paid = shop.session.scalars(select(LedgerEntry.amount_minor).where(LedgerEntry.payee_id == shop.lin.payee_id, LedgerEntry.phase == "paid")).all()
    assert sum(paid) == 1235
    whole(shop)
