"""R10, R18: an event counts once; what does not match changes nothing; money that comes too late goes back at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.brands.models import BrandSettings
from app.domain.ledger.models import LedgerTransaction
from app.domain.orders.models import Payment, PaymentEvent, Refund
from app.domain.promotions.models import Coupon
from app.flows.cancel_order import cancel_order, cancel_overdue
from app.flows.pay_order import reopen_payment
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.ship_order import ship_order
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import due_to, lines_of, order_of, paid_order, pay, payments_of, whole
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def transactions(shop: Shop) -> int:
    return shop.session.scalar(select(func.count()).select_from(LedgerTransaction)) or 0


@pytest.mark.parametrize("wrong", [{"amount_minor": 1}, {"amount_minor": 0}, {"currency": "USD"}, {"provider": "stripe"}])
def test_what_does_not_match_is_refused_and_leaves_nothing(shop: Shop, wrong: dict[str, object]) -> None:
    placed = shop.order()
    shop.session.commit()
    with pytest.raises(Refused, match="不符"):
        pay(shop, placed, **wrong)  # type: ignore[arg-type]
    shop.session.rollback()
    assert (order_of(shop, placed).state, transactions(shop)) == ("pending_payment", 1)
    assert shop.session.scalars(select(PaymentEvent)).all() == []
    assert pay(shop, placed) == "paid"
    whole(shop)


def test_an_unknown_payment_or_outcome(shop: Shop) -> None:
    placed = shop.order()
    with pytest.raises(NotFound):
        pay(shop, placed, payment_id=new_id())
    with pytest.raises(Refused):
        pay(shop, placed, outcome="perhaps")


def test_the_same_event_twice_is_once(shop: Shop) -> None:
    placed = paid_order(shop)
    before = transactions(shop)
    assert pay(shop, placed) == "paid"
    assert pay(shop, placed, event_id="another event, same payment") == "paid"
    assert transactions(shop) == before
    whole(shop)


def test_a_failed_payment_leaves_the_order_open_for_the_next(shop: Shop) -> None:
    placed = shop.order()
    shop.session.commit()
    assert pay(shop, placed, outcome="fail") == "pending_payment"
    again = reopen_payment(shop.session, brand_id=shop.brand_id, order_id=placed.order_id)
    assert again.id != placed.payment_id
    assert pay(shop, placed, payment_id=again.id) == "paid"
    assert pay(shop, placed, payment_id=again.id, outcome="fail") == "paid", "a failure after the success changes nothing"
    assert [payment.state for payment in payments_of(shop, placed)] == ["failed", "succeeded"]
    whole(shop)


def test_a_payment_that_failed_and_then_succeeds_is_paid(shop: Shop) -> None:
    """The shopper tried another card on the provider's page."""
    placed = shop.order()
    shop.session.commit()
    pay(shop, placed, outcome="fail")
    assert pay(shop, placed) == "paid"
    assert [payment.state for payment in payments_of(shop, placed)] == ["succeeded", "expired"]
    whole(shop)


def test_money_for_a_cancelled_order_goes_back_whole(shop: Shop) -> None:
    placed = shop.order()
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    shop.session.commit()
    before = transactions(shop)
    assert pay(shop, placed, now=NOON + timedelta(minutes=1)) == "cancelled"
    [payment] = payments_of(shop, placed)
    assert (payment.state, payment.refunded_minor, payment.amount_minor) == ("succeeded", placed.total_minor, placed.total_minor)
    [refund] = shop.session.scalars(select(Refund)).all()
    assert (refund.amount_minor, refund.reason, refund.state, refund.payment_id) == (placed.total_minor, "late_payment", "succeeded", payment.id)
    assert transactions(shop) == before + 2, "it came, and it went"
    assert due_to(shop, shop.lin.payee_id) == {}
    whole(shop)
    assert pay(shop, placed, event_id="told again") == "cancelled"
    assert transactions(shop) == before + 2
    whole(shop)


def test_money_by_a_second_payment_goes_back_and_the_order_stays_paid(shop: Shop) -> None:
    placed = shop.order()
    shop.session.commit()
    pay(shop, placed, outcome="fail")
    second = reopen_payment(shop.session, brand_id=shop.brand_id, order_id=placed.order_id)
    pay(shop, placed, payment_id=second.id)
    assert pay(shop, placed) == "paid"
    assert [(payment.state, payment.refunded_minor) for payment in payments_of(shop, placed)] == [("succeeded", placed.total_minor), ("succeeded", 0)]
    whole(shop)
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(lines_of(shop, placed)[0].id, quantity=1)], now=NOON)
    shop.session.commit()
    assert [payment.refunded_minor for payment in payments_of(shop, placed)] == [placed.total_minor, 29900], "from the payment that pays the order"
    whole(shop)


def test_money_after_a_paid_order_was_cancelled(shop: Shop) -> None:
    placed = shop.order()
    shop.session.commit()
    pay(shop, placed, outcome="fail")
    second = reopen_payment(shop.session, brand_id=shop.brand_id, order_id=placed.order_id)
    pay(shop, placed, payment_id=second.id)
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    assert pay(shop, placed) == "cancelled"
    assert shop.session.scalar(select(func.sum(Payment.amount_minor - Payment.refunded_minor)).where(Payment.state == "succeeded")) == 0
    whole(shop)


def test_an_order_for_nothing_is_paid_by_a_payment_of_nothing(shop: Shop) -> None:
    """A platform coupon over everything: the platform pays the shares, the shopper nothing."""
    shop.session.add(Coupon(code="FREE", funder="platform", amount_minor=10**6, starts_at=NOON, ends_at=NOON + timedelta(days=1), max_uses=9))
    shop.session.flush()
    kept, dropped = (shop.order((shop.case, 1), coupon_codes=("FREE",)) for _ in range(2))
    shop.session.commit()
    assert kept.total_minor == 0
    assert (pay(shop, kept), pay(shop, dropped)) == ("paid", "paid")
    whole(shop)
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=dropped.order_id, now=NOON)
    shop.session.commit()
    assert due_to(shop, shop.lin.payee_id) == {"pending": 3588}, "12 % of the base of the one that stands"
    whole(shop)
    line = lines_of(shop, kept)[0].id
    for nothing in (RefundAsk(line), RefundAsk(line, quantity=1, amount_minor=1)):
        with pytest.raises(Refused):
            refund_order(shop.session, brand_id=shop.brand_id, order_id=kept.order_id, lines=[nothing], now=NOON)
    shop.session.rollback()
    refund_order(shop.session, brand_id=shop.brand_id, order_id=kept.order_id, lines=[RefundAsk(line, quantity=1)], now=NOON)
    shop.session.commit()
    assert order_of(shop, kept).state == "refunded" and due_to(shop, shop.lin.payee_id) == {}, "nothing to give her, everything to take back"
    whole(shop)


def test_shipping_alone_was_paid_and_the_order_is_cancelled(shop: Shop) -> None:
    settings = shop.session.scalars(select(BrandSettings)).one()
    settings.shipping_fee_minor = 1200
    shop.session.add(Coupon(code="FREE", funder="platform", amount_minor=10**6, starts_at=NOON, ends_at=NOON + timedelta(days=1), max_uses=9))
    shop.session.flush()
    placed = paid_order(shop, (shop.case, 2), coupon_codes=("FREE",))
    assert placed.total_minor == 1200
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    shop.session.commit()
    assert (due_to(shop, shop.lin.payee_id), payments_of(shop, placed)[0].refunded_minor) == ({}, 1200)
    whole(shop)


def test_what_is_overdue_is_cancelled_and_what_is_paid_is_not(shop: Shop) -> None:
    late, paid, young = shop.order(), shop.order(), shop.order(now=NOON + timedelta(minutes=29))
    shop.session.commit()
    pay(shop, paid)
    assert cancel_overdue(shop.session, brand_id=shop.brand_id, now=NOON + timedelta(minutes=30, seconds=1)) == 1
    shop.session.commit()
    assert [order_of(shop, placed).state for placed in (late, paid, young)] == ["cancelled", "paid", "pending_payment"]
    whole(shop)


def test_what_was_sent_is_not_cancelled(shop: Shop) -> None:
    placed = paid_order(shop)
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    with pytest.raises(Conflict):
        cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
