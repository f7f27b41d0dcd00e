"""R12: while an after-sale is open its line does not settle, while a chargeback is open nothing of the order does; then the rest follows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.config import Settings
from app.domain.aftersales.models import AfterSale
from app.domain.aftersales.queries import frozen_lines
from app.domain.brands.models import BrandSettings
from app.flows.answer_after_sale import cancel_after_sale, reject_after_sale
from app.flows.ask_after_sale import LineAsk
from app.flows.charge_back import win_chargeback
from app.flows.settle_period import due, kept_back, settle
from app.kernel.tenancy import BrandSession
from tests.builders.after_sales import approve, ask, asked_back, charge_back, returned, settled
from tests.builders.money import HOLD_OVER, due_to, lines_of, order_of, received_order, unguarded, whole
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def test_the_other_lines_settle_without_it(shop: Shop) -> None:
    """12 % of 299.00 waits, 8 % of 119.80 is released; rejected, the rest settles with the next run."""
    placed = received_order(shop)
    case = asked_back(shop, placed)
    assert due(shop.session, brand_id=shop.brand_id, as_of=HOLD_OVER)[0] == 1
    assert kept_back(shop.session, brand_id=shop.brand_id, as_of=HOLD_OVER) == {"after_sale": (1, 3588 + 1495)}, "and 5 % of 299.00 for the store"
    assert kept_back(shop.session, brand_id=shop.brand_id, as_of=NOON) == {}, "nothing is due yet"
    assert settled(shop) == 1
    assert due_to(shop, shop.lin.payee_id) == {"held": 3588, "available": 958}
    assert order_of(shop, placed).state == "delivered", "not completed while something is in dispute"
    reject_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, answer="超过期限", now=HOLD_OVER)
    shop.session.commit()
    assert settled(shop) == 1
    assert (due_to(shop, shop.lin.payee_id), order_of(shop, placed).state) == ({"available": 3588 + 958}, "completed")


@pytest.mark.parametrize("step", ["requested", "approved"])
def test_it_waits_in_every_open_state(shop: Shop, step: str) -> None:
    placed = received_order(shop, (shop.case, 1))
    case = asked_back(shop, placed)
    if step == "approved":
        approve(shop, case)
    assert settled(shop) == 0
    assert due_to(shop, shop.lin.payee_id) == {"held": 3588}


def test_part_is_returned_and_the_remainder_settles(shop: Shop) -> None:
    placed = received_order(shop, (shop.case, 2))
    returned(shop, placed, quantity=1, now=NOON + timedelta(days=1))
    assert settled(shop) == 1
    assert due_to(shop, shop.lin.payee_id) == {"available": 3588}


def test_it_settles_no_earlier_than_its_window(shop: Shop) -> None:
    placed = received_order(shop, (shop.case, 1))
    case = asked_back(shop, placed)
    cancel_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=NOON)
    shop.session.commit()
    [line] = lines_of(shop, placed)
    assert line.hold_until
    assert settled(shop, line.hold_until - timedelta(seconds=1)) == 0
    assert settled(shop, line.hold_until) == 1


def test_an_exchange_freezes_too(shop: Shop) -> None:
    placed = received_order(shop, (shop.case, 1))
    ask(shop, placed, "exchange", LineAsk(lines_of(shop, placed)[0].id, 1, exchange_variant_id=shop.case))
    assert settled(shop) == 0


def test_shipping_alone_freezes_no_line(shop: Shop) -> None:
    shop.session.scalars(select(BrandSettings)).one().shipping_fee_minor = 1200
    shop.session.commit()
    placed = received_order(shop, (shop.case, 1))
    ask(shop, placed, "shipping_only", shipping_minor=1200)
    assert settled(shop) == 1


def test_a_chargeback_freezes_the_whole_order(shop: Shop) -> None:
    placed, other = received_order(shop), received_order(shop, (shop.cover, 1))
    row = charge_back(shop, placed, 100)
    assert settled(shop) == 1, "the other order"
    assert due_to(shop, shop.lin.payee_id) == {"held": 3588 + 958, "available": 479}
    assert order_of(shop, other).state == "completed"
    win_chargeback(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, now=HOLD_OVER)
    shop.session.commit()
    assert settled(shop) == 2
    assert due_to(shop, shop.lin.payee_id) == {"available": 3588 + 958 + 479}


def test_what_waits_is_told_by_line_and_order(shop: Shop) -> None:
    placed, other = received_order(shop), received_order(shop, (shop.cover, 1))
    asked_back(shop, placed)
    charge_back(shop, other, 100)
    lines = [line.id for one in (placed, other) for line in lines_of(shop, one)]
    assert frozen_lines(shop.session, brand_id=shop.brand_id, order_line_ids=lines, order_ids=[placed.order_id, other.order_id]) == {
        lines[0]: "after_sale", other.order_id: "chargeback"}


def test_without_the_open_mark_disputed_money_would_be_released(shop: Shop, settings: Settings) -> None:
    """The twin: the case is there, its line forgot to be open."""
    placed = received_order(shop, (shop.case, 1))
    asked_back(shop, placed)
    with unguarded(settings, shop.brand_id) as loose:
        loose.execute(text("UPDATE after_sale_lines SET open = false"))
        assert settle(loose, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER).line_count == 1
        assert loose.scalars(select(AfterSale.state)).one() == "requested"
    whole(shop)
