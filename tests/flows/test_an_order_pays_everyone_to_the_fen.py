"""The worked order of R23, from placing to payout, with every fen worked by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.commission.models import CommissionLine
from app.domain.ledger.checking import check_ledger
from app.domain.ledger.queries import balances
from app.domain.orders.models import Order, OrderLine, Payment
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.promotions.models import Coupon
from app.domain.settlement.statements import statement
from app.flows.cancel_order import cancel_order
from app.flows.deliver_order import deliver_order
from app.flows.pay_order import apply_payment_event
from app.flows.pay_out import approve_payout_run, draft_payout_run, execute_payout_run
from app.flows.place_order import PlacedOrder
from app.flows.quote_order import quote_order
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.flows.ship_order import ship_order
from app.kernel.errors import Conflict, Refused
from app.kernel.tenancy import BrandSession
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    shop = a_shop(session)
    settings = session.scalars(select(BrandSettings)).one()
    settings.two_levels, settings.shipping_fee_minor = True, 1200
    for code, funder, amount in (("BRAND30", "brand", 3000), ("PLAT20", "platform", 2000)):
        session.add(Coupon(code=code, funder=funder, amount_minor=amount, starts_at=NOON, ends_at=NOON + timedelta(days=30), max_uses=100))
    session.commit()
    return shop


BOTH = ("BRAND30", "PLAT20")


def pay(shop: Shop, placed: PlacedOrder, now: datetime = NOON) -> None:
    apply_payment_event(shop.session, brand_id=shop.brand_id, payment_id=placed.payment_id, provider="sandbox", event_id=f"e-{placed.payment_id}",
                        outcome="succeed", amount_minor=placed.total_minor, currency="CNY", payload={}, now=now)
    shop.session.commit()


def whole(shop: Shop) -> None:
    assert check_ledger(shop.session, brand_id=shop.brand_id) == []


def test_the_quote_shows_each_share_to_the_fen(shop: Shop) -> None:
    quote = quote_order(shop.session, brand_id=shop.brand_id, basket=shop.basket(coupon_codes=BOTH), now=NOON)
    case, cover = quote.lines
    assert (case.brand_discount_minor, cover.brand_discount_minor) == (2142, 858)
    assert (case.platform_discount_minor, cover.platform_discount_minor) == (1428, 572)
    assert (case.base_minor, cover.base_minor) == (27758, 11122)
    assert (case.paid_minor, cover.paid_minor) == (26330, 10550)
    shares = {(share.role): share.amount_minor for share in case.allocations}
    assert shares == {"guide": 3331, "referrer": 555, "platform": 278, "store": 1388, "brand": 22206}
    shares = {(share.role): share.amount_minor for share in cover.allocations}
    assert shares == {"guide": 890, "referrer": 222, "platform": 111, "store": 556, "brand": 9343}
    assert quote.total_minor == 36880 + 1200


def test_placing_freezes_shares_and_attribution(shop: Shop) -> None:
    placed = shop.order(coupon_codes=BOTH)
    shop.session.commit()
    assert placed.total_minor == 38080
    assert sum(share.amount_minor for share in shop.session.scalars(select(CommissionLine))) == 38880
    order = shop.session.scalars(select(Order)).one()
    assert (order.guide_id, order.store_id, order.state) == (shop.lin.id, shop.store.id, "pending_payment")
    assert balances(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id)["estimated"] == 4221
    whole(shop)


def test_from_paid_to_paid_out_with_a_partial_refund(shop: Shop) -> None:
    session, brand_id = shop.session, shop.brand_id
    placed = shop.order(coupon_codes=BOTH)
    session.commit()
    pay(shop, placed)
    lin = shop.lin.payee_id
    assert balances(session, brand_id=brand_id, payee_id=lin)["pending"] == 4221
    whole(shop)
    ship_order(session, brand_id=brand_id, order_id=placed.order_id, carrier="SF", tracking_no="SF1", now=NOON + timedelta(days=1))
    deliver_order(session, brand_id=brand_id, order_id=placed.order_id, now=NOON + timedelta(days=2))
    session.commit()
    assert balances(session, brand_id=brand_id, payee_id=lin)["held"] == 4221
    whole(shop)
    line = session.scalars(select(OrderLine).where(OrderLine.variant_id == shop.case)).one()
    assert line.hold_until.isoformat() == "2026-12-08T16:00:00+00:00", "received 11-24 + 15 days, at midnight in Shanghai"
    refund_order(session, brand_id=brand_id, order_id=placed.order_id, lines=[RefundAsk(line.id, amount_minor=10000)], reason="箱角磕碰", now=NOON + timedelta(days=3))
    session.commit()
    # 33.31 × 100.00 / 263.30 = 12.65
    assert balances(session, brand_id=brand_id, payee_id=lin)["held"] == 4221 - 1265
    whole(shop)
    act_as(session, command("finance one"))
    early = settle(session, brand_id=brand_id, as_of=line.hold_until - timedelta(seconds=1), now=line.hold_until)
    assert early.line_count == 0
    states = select(Order.state).where(Order.id == placed.order_id)
    assert session.scalar(states) == "delivered"
    run = settle(session, brand_id=brand_id, as_of=line.hold_until, now=line.hold_until)
    session.commit()
    assert run.line_count == 2
    assert session.scalar(states) == "completed"
    assert balances(session, brand_id=brand_id, payee_id=lin)["available"] == 2956
    assert settle(session, brand_id=brand_id, as_of=line.hold_until, now=line.hold_until).line_count == 0
    whole(shop)
    payouts = draft_payout_run(session, brand_id=brand_id, now=line.hold_until + timedelta(days=1))
    with pytest.raises(Refused, match="两个人"):
        approve_payout_run(session, brand_id=brand_id, run_id=payouts.id, now=line.hold_until)
    act_as(session, command("finance two"))
    approve_payout_run(session, brand_id=brand_id, run_id=payouts.id, now=line.hold_until)
    whole(shop)
    from pathlib import Path
    from tempfile import mkdtemp

    from app.gateways.payouts.files import FilePayouts
    from app.gateways.storage import LocalFiles
    files = LocalFiles(Path(mkdtemp()))
    execute_payout_run(session, brand_id=brand_id, run_id=payouts.id, provider=FilePayouts(files), now=line.hold_until + timedelta(days=1))
    session.commit()
    # Lin 29.56; He as referrer 7.77 − 5.55 × 100/263.30 = 7.77 − 2.11; store 19.44 − 13.88 × 100/263.30 = 19.44 − 5.27
    assert payouts.amount_minor == 2956 + 566 + 1417
    assert balances(session, brand_id=brand_id, payee_id=lin)["paid"] == 2956
    told = statement(session, brand_id=brand_id, payee_id=lin, from_=NOON, to=NOON + timedelta(days=60))
    assert (told.opening_minor, told.groups["earned"], told.groups["paid"], told.closing_minor) == (0, 2956, -2956, 0)
    assert files.get(payouts.file_key).decode("utf-8-sig").count("\r\n") == 5
    whole(shop)
    # after the payout, the rest of the case is refunded: 33.31 − 12.65 = 20.66 is owed back and carried
    refund_order(session, brand_id=brand_id, order_id=placed.order_id, lines=[RefundAsk(line.id, amount_minor=16330)], now=line.hold_until + timedelta(days=2))
    session.commit()
    assert balances(session, brand_id=brand_id, payee_id=lin)["available"] == -2066
    whole(shop)


def test_an_unpaid_order_gives_stock_coupons_and_estimates_back(shop: Shop) -> None:
    placed = shop.order(coupon_codes=BOTH)
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    shop.session.commit()
    assert balances(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id)["estimated"] == 0
    assert [coupon.used_count for coupon in shop.session.scalars(select(Coupon))] == [0, 0]
    whole(shop)


def test_a_paid_order_that_is_cancelled_is_refunded_whole(shop: Shop) -> None:
    placed = shop.order(coupon_codes=BOTH)
    shop.session.commit()
    pay(shop, placed)
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    shop.session.commit()
    assert shop.session.scalars(select(Payment.refunded_minor)).one() == 38080
    assert set(balances(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id).values()) == {0}
    whole(shop)


def test_the_same_checkout_key_is_one_order(shop: Shop) -> None:
    first, second = shop.order(checkout_key="k1"), shop.order(checkout_key="k1")
    assert (first.order_id, first.secret) == (second.order_id, second.secret)
    assert second.replayed


def test_more_than_there_is_cannot_be_ordered(shop: Shop) -> None:
    shop.order((shop.case, 999))
    with pytest.raises(Conflict, match="还剩 1 件"):
        shop.order((shop.case, 2))


def test_three_refunds_reverse_the_cumulative_share(shop: Shop) -> None:
    """R11's shape on a real order: the parts sum to the whole."""
    placed = shop.order((shop.case, 1))
    shop.session.commit()
    pay(shop, placed)
    line = shop.session.scalars(select(OrderLine)).one()
    for amount in (9966, 9967, 9967):
        refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line.id, amount_minor=amount)], now=NOON)
        whole(shop)
    assert balances(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id)["pending"] == 0
