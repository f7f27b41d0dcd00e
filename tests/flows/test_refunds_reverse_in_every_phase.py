"""R11, R13, R14: the same refund before settlement, after it and after the payout takes the same fens from where they stand.

A good of 100.00: guide 12.35 %, store 5 %, platform 1 %, the brand keeps 81.65.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.commission.actions import add_rule
from app.domain.settlement.debts import debts_of, owing_page
from app.domain.settlement.models import Payout
from app.flows.pay_out import draft_payout_run
from app.flows.place_order import PlacedOrder
from app.flows.refund_order import RefundAsk
from app.kernel.errors import Refused
from app.kernel.tenancy import BrandSession
from tests.builders.after_sales import another, asked_back, house, paid_out, refund, returned, settled
from tests.builders.money import HOLD_OVER, due_to, lines_of, order_of, paid_order, received_order, whole
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    shop = a_shop(session)
    terms = session.scalars(select(BrandSettings)).one()
    terms.shipping_fee_minor, terms.payout_minimum_minor = 1200, 0
    shop.case = another(shop, shop.case, "HUNDRED", price_minor=10000, stock=100)
    add_rule(session, brand_id=shop.brand_id, scope={"variant_id": shop.case}, rate_bp=1235, now=NOON)
    session.commit()
    return shop


def pending(shop: Shop) -> PlacedOrder:
    return paid_order(shop, (shop.case, 1))


def held(shop: Shop) -> PlacedOrder:
    return received_order(shop, (shop.case, 1))


def available(shop: Shop) -> PlacedOrder:
    placed = held(shop)
    assert settled(shop) == 1
    return placed


def paid(shop: Shop) -> PlacedOrder:
    placed = available(shop)
    assert paid_out(shop) == 1235 + 500
    return placed


LIFE: list[tuple[Callable[[Shop], PlacedOrder], dict[str, int], str]] = [
    (pending, {}, "pending"), (held, {}, "held"), (available, {}, "available"), (paid, {"paid": 1235}, "available")]


def left(rest: dict[str, int], phase: str, amount: int) -> dict[str, int]:
    return {**rest, **({phase: amount} if amount else {})}


@pytest.mark.parametrize(("stage", "rest", "phase"), LIFE)
def test_three_thirds_take_the_share_back_to_the_fen(shop: Shop, stage: Callable[[Shop], PlacedOrder], rest: dict[str, int], phase: str) -> None:
    """33.33, 33.33 and 33.34 of 100.00 take 4.12, 4.11 and 4.12 of 12.35; of the store's 5.00 they take 1.67, 1.66 and 1.67."""
    placed = stage(shop)
    [line] = lines_of(shop, placed)
    guide, store = (0 if rest else 1235), (0 if rest else 500)
    for amount, back, back_of_store in ((3333, 412, 167), (3333, 411, 166), (3334, 412, 167)):
        refund(shop, placed, RefundAsk(line.id, amount_minor=amount), now=HOLD_OVER)
        guide, store = guide - back, store - back_of_store
        assert due_to(shop, shop.lin.payee_id) == left(rest, phase, guide)
        assert due_to(shop, shop.store.payee_id) == left({"paid": 500} if rest else {}, phase, store)
    assert guide == (-1235 if rest else 0)


@pytest.mark.parametrize(("stage", "rest", "phase"), LIFE)
def test_shipping_alone_leaves_every_share(shop: Shop, stage: Callable[[Shop], PlacedOrder], rest: dict[str, int], phase: str) -> None:
    placed = stage(shop)
    before = due_to(shop, shop.lin.payee_id), due_to(shop, shop.store.payee_id)
    refund(shop, placed, shipping_minor=700, now=HOLD_OVER)
    refund(shop, placed, shipping_minor=500, now=HOLD_OVER)
    assert (due_to(shop, shop.lin.payee_id), due_to(shop, shop.store.payee_id)) == before
    with pytest.raises(Refused):
        refund(shop, placed, shipping_minor=1, now=HOLD_OVER)


@pytest.mark.parametrize(("stage", "rest", "phase"), LIFE)
def test_goods_and_shipping_together_take_what_the_goods_alone_take(
        shop: Shop, stage: Callable[[Shop], PlacedOrder], rest: dict[str, int], phase: str) -> None:
    """40.00 of the goods: 4.94 of 12.35. The 12.00 of shipping change nothing."""
    placed = stage(shop)
    refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, amount_minor=4000), shipping_minor=1200, now=HOLD_OVER)
    assert due_to(shop, shop.lin.payee_id) == left(rest, phase, -494 if rest else 741)


@pytest.mark.parametrize(("stage", "rest", "phase"), LIFE)
def test_the_whole_order_takes_everything(shop: Shop, stage: Callable[[Shop], PlacedOrder], rest: dict[str, int], phase: str) -> None:
    placed = stage(shop)
    refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, quantity=1), shipping_minor=1200, now=HOLD_OVER)
    assert due_to(shop, shop.lin.payee_id) == left(rest, phase, -1235 if rest else 0)
    assert order_of(shop, placed).state == "refunded"
    with pytest.raises(Refused):
        refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, amount_minor=1), now=HOLD_OVER)


@pytest.mark.parametrize(("stage", "rest", "phase"), LIFE)
def test_a_single_fen_takes_nothing_until_it_adds_up(shop: Shop, stage: Callable[[Shop], PlacedOrder], rest: dict[str, int], phase: str) -> None:
    """12.35 % of 0.04 is 0.49 fen, of 0.05 it is 0.62: with the fifth fen she gives one back."""
    placed = stage(shop)
    [line] = lines_of(shop, placed)
    for refunds, back in ((1, 0), (2, 0), (3, 0), (4, 0), (5, 1)):
        refund(shop, placed, RefundAsk(line.id, amount_minor=1), now=HOLD_OVER)
        assert due_to(shop, shop.lin.payee_id) == left(rest, phase, (0 if rest else 1235) - back), refunds


def test_a_return_settles_what_is_left_with_the_next_run(shop: Shop) -> None:
    """Two pieces, one returned within the window: 12.35 goes, 12.35 is released when the window is over."""
    placed = received_order(shop, (shop.case, 2))
    returned(shop, placed, quantity=1)
    assert due_to(shop, shop.lin.payee_id) == {"held": 1235}
    assert settled(shop) == 1
    assert due_to(shop, shop.lin.payee_id) == {"available": 1235}


def test_one_order_refunded_in_all_three_phases(shop: Shop) -> None:
    """10.00 while held, 20.00 when available, 30.00 after the payout: 1.24, 2.47, 3.70 — in sum 12.35 % of 60.00, 7.41."""
    placed = held(shop)
    [line] = lines_of(shop, placed)
    refund(shop, placed, RefundAsk(line.id, amount_minor=1000))
    assert due_to(shop, shop.lin.payee_id) == {"held": 1235 - 124}
    settled(shop)
    refund(shop, placed, RefundAsk(line.id, amount_minor=2000), now=HOLD_OVER)
    assert due_to(shop, shop.lin.payee_id) == {"available": 1235 - 371}
    paid_out(shop)
    assert due_to(shop, shop.lin.payee_id) == {"paid": 864}
    refund(shop, placed, RefundAsk(line.id, amount_minor=3000), now=HOLD_OVER)
    assert due_to(shop, shop.lin.payee_id) == {"paid": 864, "available": 371 - 741}


def test_a_debt_is_carried_blocks_payouts_and_is_netted_oldest_first(shop: Shop) -> None:
    """R14. 12.35 paid out; two refunds of that order take 4.12 and 4.11 back: −8.23. A second sale of 8 % of 59.90, 4.79,
    leaves −3.44 and no payout; a third, 4.79 again, leaves 1.35, and that is what is paid."""
    first = paid(shop)
    [line] = lines_of(shop, first)
    later = [HOLD_OVER + timedelta(days=day) for day in range(1, 6)]
    refund(shop, first, RefundAsk(line.id, amount_minor=3333), now=later[0])
    refund(shop, first, RefundAsk(line.id, amount_minor=3333), now=later[1])
    assert due_to(shop, shop.lin.payee_id) == {"paid": 1235, "available": -823}
    page, owed = owing_page(shop.session, brand_id=shop.brand_id)
    assert [(row.name, row.owed_minor, row.place) for row in page.items] == [("林晓芸", 823, "静安嘉里店"), ("静安嘉里店", 333, "SH01")]
    assert owed == 823 + 333
    received_order(shop, (shop.cover, 1))
    settled(shop, later[2])
    assert due_to(shop, shop.lin.payee_id) == {"paid": 1235, "available": -344}
    with pytest.raises(Refused, match="没有可以打款"):
        draft_payout_run(shop.session, brand_id=shop.brand_id, now=later[2])
    shop.session.rollback()
    received_order(shop, (shop.cover, 1))
    settled(shop, later[3])
    # the store: −3.33 + 3.00 + 3.00
    assert paid_out(shop, later[4]) == 135 + 267
    assert due_to(shop, shop.lin.payee_id) == {"paid": 1235 + 135}
    newest, oldest = debts_of(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id)
    assert (oldest.taken.amount_minor, [part.amount_minor for part in oldest.covered], oldest.left_minor) == (-412, [412], 0)
    assert (newest.taken.amount_minor, [part.amount_minor for part in newest.covered], newest.left_minor) == (-411, [67, 344], 0)
    assert oldest.taken.order_number == order_of(shop, first).number
    whole(shop)


def test_left_out_says_why(shop: Shop) -> None:
    first = paid(shop)
    refund(shop, first, RefundAsk(lines_of(shop, first)[0].id, amount_minor=3333), now=HOLD_OVER)
    other = received_order(shop, (shop.case, 1), share_code=None)
    assert order_of(shop, other).guide_id is None
    with pytest.raises(Refused):
        draft_payout_run(shop.session, brand_id=shop.brand_id, now=HOLD_OVER)
    shop.session.rollback()
    received_order(shop, (shop.case, 1))
    settled(shop)
    paid_out(shop)
    states = shop.session.execute(select(Payout.amount_minor, Payout.state).where(Payout.payee_id == shop.lin.payee_id).order_by(Payout.id)).all()
    assert (1235 - 412, "paid") in [tuple(row) for row in states]


def test_the_platforms_part_comes_back_too(shop: Shop) -> None:
    """1 % of 100.00; a third of it is 0.33 of a yuan, two thirds 0.67."""
    placed = available(shop)
    [line] = lines_of(shop, placed)
    for amount, kept in ((3333, 67), (3333, 33), (3334, 0)):
        refund(shop, placed, RefundAsk(line.id, amount_minor=amount), now=HOLD_OVER)
        assert house(shop, "platform") == ({"available": kept} if kept else {})


def test_a_case_after_the_payout_is_answered_like_any_other(shop: Shop) -> None:
    placed = paid(shop)
    case = asked_back(shop, placed, now=HOLD_OVER)
    assert case.state == "requested"
    assert due_to(shop, shop.lin.payee_id) == {"paid": 1235}
