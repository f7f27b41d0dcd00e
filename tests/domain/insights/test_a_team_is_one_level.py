"""A guide's team: direct recruits only, each with what the ledger says she brought; nothing for joining (R19)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.insights.team import Team, team
from app.domain.ledger.models import LedgerEntry
from app.domain.orders.models import OrderLine
from app.flows.pay_order import apply_payment_event
from app.flows.refund_order import RefundAsk, refund_order
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_guide
from tests.builders.sales import an_r23_shop, paid, received
from tests.builders.shops import Shop
from tests.conftest import NOON

FIRST = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
"""1 November, 00:00 in Shanghai."""
NEXT = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return an_r23_shop(session)


def of_he(shop: Shop, from_: datetime = FIRST, to: datetime = NEXT) -> Team:
    return team(shop.session, brand_id=shop.brand_id, guide_id=shop.he.id, payee_id=shop.he.payee_id, from_=from_, to=to)


def told(found: Team) -> list[tuple[str, int, int]]:
    return [(row.name, row.orders, row.brought_minor) for row in found.page.items]


def test_what_a_recruit_brought_is_the_ledgers(shop: Shop) -> None:
    """R23: 5.55 + 2.22 an order; one paid, one received (its moves between phases count nothing): 15.54."""
    shop.order()  # not paid: nothing yet
    shop.session.commit()
    paid(shop)
    received(shop, codes=())
    found = of_he(shop)
    rows = shop.session.query(LedgerEntry).filter_by(payee_id=shop.he.payee_id, role="referrer")
    assert found.total_minor == sum(row.amount_minor for row in rows if row.phase in ("pending", "held"))
    assert told(found) == [("林晓芸", 2, found.total_minor)] and found.elsewhere_minor == 0


def test_r23_by_hand_and_a_refund_takes_its_part_back(shop: Shop) -> None:
    """5.55 + 2.22 = 7.77; line A wholly refunded takes 5.55: 2.22 is left, in the month of the refund −5.55."""
    order = paid(shop)
    assert (told(of_he(shop)), of_he(shop).total_minor) == ([("林晓芸", 1, 777)], 777)
    line = shop.session.query(OrderLine).filter_by(order_id=order.order_id, variant_id=shop.case).one()
    refund_order(shop.session, brand_id=shop.brand_id, order_id=order.order_id, lines=[RefundAsk(line.id, amount_minor=line.paid_minor)], now=NEXT)
    shop.session.commit()
    assert of_he(shop).total_minor == 777
    assert told(of_he(shop, NEXT, NEXT + timedelta(days=31))) == [("林晓芸", 0, -555)]
    assert of_he(shop, FIRST, NEXT + timedelta(days=31)).total_minor == 222


def test_never_a_second_level_down(shop: Shop) -> None:
    """何 brought in 林, 林 brought in 周: 何 sees nothing of 周, who sees nobody."""
    zhou = a_guide(shop.session, shop.store, "周新", now=NOON)
    zhou.referrer_id = shop.lin.id
    shop.session.commit()
    paid(shop)
    assert [row.name for row in of_he(shop).page.items] == ["林晓芸"]
    below = team(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, payee_id=shop.lin.payee_id, from_=FIRST, to=NEXT)
    assert told(below) == [("周新", 0, 0)] and below.total_minor == 0


def test_who_joined_brings_nothing_by_joining(shop: Shop) -> None:
    a_guide(shop.session, shop.store, "周新", now=NOON).referrer_id = shop.he.id
    shop.session.commit()
    assert told(of_he(shop)) == [("林晓芸", 0, 0), ("周新", 0, 0)] or told(of_he(shop)) == [("周新", 0, 0), ("林晓芸", 0, 0)]
    assert shop.session.query(LedgerEntry).filter_by(payee_id=shop.he.payee_id).count() == 0


def test_a_period_is_half_open(shop: Shop) -> None:
    start, end = NOON + timedelta(days=1), NOON + timedelta(days=2)
    for at in (start - timedelta(seconds=1), start, end - timedelta(seconds=1), end):
        placed = shop.order(now=at)
        apply_payment_event(shop.session, brand_id=shop.brand_id, payment_id=placed.payment_id, provider="sandbox", event_id=f"e-{placed.payment_id}",
                            outcome="succeed", amount_minor=placed.total_minor, currency="CNY", payload={}, now=at)
    shop.session.commit()
    assert [row.orders for row in of_he(shop, start, end).page.items] == [2]
