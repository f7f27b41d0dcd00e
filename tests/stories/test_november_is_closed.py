"""A month of one store by hand: four orders, one piece back, one called off, one returned after it was paid for.

Rates of the shop: guide 12 % on the case (299.00) and 8 % on the cover (59.90), store 5 %, platform 1 %.

          case          three covers            two cases
  base    299.00        179.70                  598.00
  guide    35.88         14.38 (14.376)          71.76
  store    14.95          8.99 (8.985)           29.90
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.ledger.checking import check_ledger
from app.domain.ledger.queries import balances
from app.domain.orders.models import OrderLine
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.models import PayoutRun
from app.domain.settlement.statement_lines import statement_lines
from app.domain.settlement.statements import statement
from app.flows.cancel_order import cancel_order
from app.flows.deliver_order import deliver_order
from app.flows.pay_order import apply_payment_event
from app.flows.pay_out import approve_payout_run, draft_payout_run, execute_payout_run
from app.flows.place_order import PlacedOrder
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.flows.ship_order import ship_order
from app.gateways.payouts.files import FilePayouts
from app.gateways.storage import LocalFiles
from app.kernel.tenancy import BrandSession
from tests.builders.shops import Shop, a_shop


def at(month: int, day: int, hour: int = 12) -> datetime:
    """Hours of Shanghai, which is eight ahead."""
    return datetime(2026, month, day, hour - 8, tzinfo=UTC)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session, now=at(11, 1, 9))


def buy(shop: Shop, now: datetime, *lines: tuple[UUID, int]) -> PlacedOrder:
    placed = shop.order(*lines, now=now)
    assert placed.payment_id
    apply_payment_event(shop.session, brand_id=shop.brand_id, payment_id=placed.payment_id, provider="sandbox", event_id=f"e-{placed.number}",
                        outcome="succeed", amount_minor=placed.total_minor, currency="CNY", payload={}, now=now)
    return placed


def bring(shop: Shop, placed: PlacedOrder, now: datetime) -> None:
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=now)
    deliver_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=now)


def take_back(shop: Shop, placed: PlacedOrder, pieces: int, now: datetime) -> None:
    line = shop.session.scalars(select(OrderLine.id).where(OrderLine.order_id == placed.order_id)).one()
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line, pieces)], now=now)


def pay_out(shop: Shop, files: LocalFiles, now: datetime) -> PayoutRun:
    act_as(shop.session, command("one"))
    run = draft_payout_run(shop.session, brand_id=shop.brand_id, now=now)
    act_as(shop.session, command("two"))
    approve_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, now=now)
    return execute_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(files), now=now)


def test_november_is_closed(shop: Shop, tmp_path: Path) -> None:
    session, brand_id, files = shop.session, shop.brand_id, LocalFiles(tmp_path)
    lin, store = shop.lin.payee_id, shop.store.payee_id

    def stands(payee: UUID, **phases: int) -> None:
        held = balances(session, brand_id=brand_id, payee_id=payee)
        assert {phase: amount for phase, amount in held.items() if amount} == phases
        assert check_ledger(session, brand_id=brand_id) == []

    case = buy(shop, at(11, 2), (shop.case, 1))
    stands(lin, pending=3588)
    bring(shop, case, at(11, 5))
    stands(lin, held=3588)

    covers = buy(shop, at(11, 3), (shop.cover, 3))
    bring(shop, covers, at(11, 6))
    stands(lin, held=3588 + 1438)
    stands(store, held=1495 + 899)
    take_back(shop, covers, 1, at(11, 10))  # a third: 14.38 → 4.79, 8.99 → 3.00
    stands(lin, held=3588 + 959)
    stands(store, held=1495 + 599)

    called_off = buy(shop, at(11, 8), (shop.case, 1))
    cancel_order(session, brand_id=brand_id, order_id=called_off.order_id, now=at(11, 8, 13))
    two_cases = buy(shop, at(11, 20), (shop.case, 2))
    bring(shop, two_cases, at(11, 23))
    stands(lin, held=3588 + 959 + 7176)

    run = settle(session, brand_id=brand_id, as_of=at(11, 30, 23), now=at(11, 30, 23))
    assert (run.line_count, run.released_minor) == (2, 4547 + 2094)
    stands(lin, available=4547, held=7176)
    november = pay_out(shop, files, at(11, 30, 23))
    assert (november.payout_count, november.amount_minor) == (2, 6641)
    stands(lin, paid=4547, held=7176)
    stands(store, paid=2094, held=2990)

    take_back(shop, case, 1, at(12, 2))  # paid for already: she owes it back and carries it
    stands(lin, paid=4547, held=7176, available=-3588)
    stands(store, paid=2094, held=2990, available=-1495)
    assert settle(session, brand_id=brand_id, as_of=at(12, 7, 23), now=at(12, 7, 23)).line_count == 0
    assert settle(session, brand_id=brand_id, as_of=at(12, 8, 8), now=at(12, 8, 8)).released_minor == 7176 + 2990
    december = pay_out(shop, files, at(12, 31, 23))
    assert december.amount_minor == (7176 - 3588) + (2990 - 1495)
    stands(lin, paid=4547 + 3588)
    stands(store, paid=2094 + 1495)

    begin, middle, end = datetime(2026, 10, 31, 16, tzinfo=UTC), datetime(2026, 11, 30, 16, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert parts(shop, lin, begin, middle) == (0, 4547, 0, -4547, 0)
    assert parts(shop, lin, middle, end) == (0, 7176, -3588, -3588, 0)
    assert parts(shop, store, middle, end) == (0, 2990, -1495, -1495, 0)


def parts(shop: Shop, payee: UUID, begin: datetime, end: datetime) -> tuple[int, ...]:
    part = statement(shop.session, brand_id=shop.brand_id, payee_id=payee, from_=begin, to=end)
    lines = statement_lines(shop.session, account=part.account, from_=begin, to=end)
    assert sum(line.amount_minor for line in lines) == part.closing_minor - part.opening_minor
    return part.opening_minor, part.groups["earned"], part.groups["reversed"], part.groups["paid"], part.closing_minor
