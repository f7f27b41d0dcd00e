"""Refunds before, between and after parcels: money never stays pending for goods that will not be sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.brands.models import BrandSettings
from app.domain.ledger.models import LedgerEntry
from app.flows.cancel_order import cancel_order
from app.flows.deliver_order import deliver_order
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.flows.ship_order import ship_order
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import HOLD_OVER, due_to, lines_of, order_of, paid_order, payments_of, received_order, whole
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    shop = a_shop(session)
    session.scalars(select(BrandSettings)).one().shipping_fee_minor = 1200
    session.commit()
    return shop


def refund(shop: Shop, placed: object, *asks: RefundAsk, shipping_minor: int = 0) -> None:
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=asks, shipping_minor=shipping_minor, now=NOON)  # type: ignore[attr-defined]
    shop.session.commit()
    whole(shop)


def test_the_rest_is_refunded_after_the_first_parcel_arrived(shop: Shop) -> None:
    """Two covers, one sent and received, the other refunded unsent: the line is complete, its money goes on hold."""
    placed = paid_order(shop, (shop.cover, 2))
    [line] = lines_of(shop, placed)
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[(line.id, 1)], now=NOON)
    deliver_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    assert due_to(shop, shop.lin.payee_id) == {"pending": 958}
    refund(shop, placed, RefundAsk(line.id, quantity=1))
    assert (order_of(shop, placed).state, due_to(shop, shop.lin.payee_id)) == ("delivered", {"held": 479})
    settle(shop.session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER)
    assert due_to(shop, shop.lin.payee_id) == {"available": 479}
    whole(shop)


def test_a_line_refunded_unsent_for_less_is_held_with_the_others(shop: Shop) -> None:
    placed = paid_order(shop)
    case, cover = lines_of(shop, placed)
    refund(shop, placed, RefundAsk(case.id, quantity=1, amount_minor=19900))
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    deliver_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    shop.session.commit()
    # 12 % of 100.00 kept of the case, 8 % of 119.80
    assert due_to(shop, shop.lin.payee_id) == {"held": 1200 + 958}
    whole(shop)


def test_a_parcel_that_arrives_after_everything_was_refunded(shop: Shop) -> None:
    placed = paid_order(shop, (shop.case, 1))
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, quantity=1), shipping_minor=1200)
    deliver_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON + timedelta(days=1))
    shop.session.commit()
    assert (order_of(shop, placed).state, payments_of(shop, placed)[0].refunded_minor) == ("refunded", 31100)
    whole(shop)


def test_shipping_of_an_order_refunded_unsent_is_not_pending_for_ever(shop: Shop) -> None:
    placed = paid_order(shop, (shop.case, 1))
    refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, quantity=1))
    shipping = shop.session.execute(select(LedgerEntry.phase, func.sum(LedgerEntry.amount_minor)).where(LedgerEntry.role == "shipping")
                                    .group_by(LedgerEntry.phase).having(func.sum(LedgerEntry.amount_minor) != 0)).all()
    assert (order_of(shop, placed).state, shipping) == ("refunded", [("available", 1200)])


def test_money_back_without_the_goods_and_then_cancelled(shop: Shop) -> None:
    """Everything was given back as goodwill, nothing sent: the pieces are still reserved, and cancelling frees them."""
    placed = paid_order(shop)
    asks = [RefundAsk(line.id, amount_minor=line.paid_minor) for line in lines_of(shop, placed)]
    refund(shop, placed, *asks, shipping_minor=1200)
    assert order_of(shop, placed).state == "paid"
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    shop.session.commit()
    assert order_of(shop, placed).state == "cancelled"
    whole(shop)


def test_shipping_alone_touches_no_share(shop: Shop) -> None:
    placed = received_order(shop)
    before = due_to(shop, shop.lin.payee_id)
    refund(shop, placed, shipping_minor=1200)
    assert due_to(shop, shop.lin.payee_id) == before
    with pytest.raises(Refused, match="运费"):
        refund(shop, placed, shipping_minor=1)


@pytest.mark.parametrize(("quantity", "amount_minor"), [
    (0, None), (-1, None), (3, None), (10**12, None), (None, 0), (None, -5), (None, 11981), (None, 10**20), (None, None)])
def test_more_than_was_paid_or_nothing_is_refused(shop: Shop, quantity: int | None, amount_minor: int | None) -> None:
    placed = paid_order(shop, (shop.cover, 2))
    with pytest.raises(Refused) as refused:
        refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, quantity, amount_minor))
    assert str(refused.value.field).startswith("lines.0.")


def test_pieces_sum_to_what_was_paid(shop: Shop) -> None:
    """59.90 × 3 less a goodwill of 0.50: 59.90, 59.90 and the rest."""
    placed = paid_order(shop, (shop.cover, 3))
    [line] = lines_of(shop, placed)
    refund(shop, placed, RefundAsk(line.id, amount_minor=50))
    for _ in range(3):
        refund(shop, placed, RefundAsk(line.id, quantity=1))
    assert (line.refunded_minor, line.refunded_quantity, order_of(shop, placed).state) == (17970, 3, "refunded")


def test_unknown_lines_twice_the_same_and_text_nobody_can_store(shop: Shop) -> None:
    placed = paid_order(shop)
    line = lines_of(shop, placed)[0]
    with pytest.raises(NotFound):
        refund(shop, placed, RefundAsk(new_id(), quantity=1))
    with pytest.raises(Refused):
        refund(shop, placed, RefundAsk(line.id, amount_minor=1), RefundAsk(line.id, amount_minor=1))
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line.id, amount_minor=1)], reason="\x00\ud800坏", now=NOON)
    parcel = ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, carrier="S\x00F", tracking_no="\ud800" + "9" * 99, now=NOON)
    assert (parcel.carrier, parcel.tracking_no) == ("SF", "9" * 60)
    with pytest.raises(Refused):
        ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, source="moon", now=NOON)


def test_no_more_is_sent_than_is_open(shop: Shop) -> None:
    placed = paid_order(shop)
    case, cover = lines_of(shop, placed)
    for lines in ([(case.id, 2)], [(cover.id, 0)], [(cover.id, 10**12)], []):
        with pytest.raises(Refused):
            ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=lines, now=NOON)
    with pytest.raises(Conflict):
        deliver_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)


@pytest.mark.parametrize("more", [
    {"note": "\x00\ud800 你好"}, {"checkout_key": "\x00k\ud800"}, {"visitor": "\x00"}, {"share_code": "\ud800\x00"}, {"checkout_key": "k" * 500}])
def test_any_text_at_checkout_is_an_order(shop: Shop, more: dict[str, str]) -> None:
    assert shop.order((shop.case, 1), **more).total_minor == 31100


def test_long_checkout_keys_that_begin_alike_are_two_orders(shop: Shop) -> None:
    first, second = shop.order(checkout_key="k" * 64 + "1"), shop.order(checkout_key="k" * 64 + "2")
    assert first.order_id != second.order_id
    assert shop.order(checkout_key="k" * 64 + "1").order_id == first.order_id
