"""Each signal on real orders: what it sees, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app.domain.brands.actions import change_settings
from app.domain.customers.actions import issue_code
from app.domain.fraud.actions import note_device, set_signal
from app.domain.fraud.models import GuideDevice, SaleHold
from app.domain.fraud.signals import seen_on
from app.domain.notices.models import Notice
from app.domain.orders.models import Order, Payment
from app.flows.cancel_order import cancel_order
from app.flows.place_order import PlacedOrder
from app.flows.refund_order import RefundAsk
from app.flows.sign_in_shopper import sign_in_shopper
from app.jobs import REGISTRY
from app.jobs.worker import queue_app, run_job
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.after_sales import refund, settled
from tests.builders.held import HER_PHONE, looked, sale
from tests.builders.money import HOLD_OVER, lines_of
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def seen(shop: Shop, placed: PlacedOrder) -> dict[str, tuple[int, bool]]:
    """Signal → (count, whether of the guide who earns it)."""
    found = seen_on(shop.session, brand_id=shop.brand_id, order_ids=[placed.order_id], now=NOON)[placed.order_id]
    return {one.signal: (one.count, one.same) for one in found}


def test_an_ordinary_sale_is_left_alone(shop: Shop) -> None:
    assert looked(shop, sale(shop, visitor="v1", payer="alipay-7")) is None


def test_a_colleagues_phone_is_seen_and_holds(shop: Shop) -> None:
    hold = looked(shop, sale(shop, "13900000002"))
    assert hold is not None
    assert (hold.state, hold.guide_id, hold.store_id, hold.amount_minor) == ("open", shop.lin.id, shop.store.id, 3588)
    assert [(one["signal"], one["guide"], one["same"], one["phone"]) for one in hold.signals] == [("phone", "何敏", False, "+86139****0002")]
    notice = shop.session.scalars(select(Notice).where(Notice.kind == "held")).one()
    assert (notice.account_id, notice.data["amount_minor"]) == (shop.lin.account_id, 3588)


def test_the_phone_she_signed_in_with_counts_too(shop: Shop) -> None:
    code = issue_code(shop.session, brand_id=shop.brand_id, phone="+8613900000002", now=NOON)
    signed = sign_in_shopper(shop.session, brand_id=shop.brand_id, phone="+8613900000002", code=code, visitor=None, now=NOON)
    assert signed is not None
    placed = sale(shop)
    shop.session.execute(text("UPDATE orders SET customer_id = :who WHERE id = :id"), {"who": signed.customer.id, "id": placed.order_id})
    assert seen(shop, placed)["phone"] == (1, False)


def test_a_phone_of_a_guide_who_left_is_a_customers(shop: Shop) -> None:
    shop.he.status = "left"
    shop.session.commit()
    assert "phone" not in seen(shop, sale(shop, "13900000002"))


def test_a_browser_a_guide_signs_in_with_is_known_again(shop: Shop) -> None:
    note_device(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, visitor="hers", now=NOON)
    note_device(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, visitor="hers", now=NOON)
    hold = looked(shop, sale(shop, visitor="hers"))
    assert hold is not None
    assert (hold.state, [one["signal"] for one in hold.signals]) == ("watched", ["device"])
    assert "device" not in seen(shop, sale(shop, visitor="another"))
    assert "device" not in seen(shop, sale(shop)), "two orders without a cookie are not of one browser"
    [device] = shop.session.scalars(select(GuideDevice.device))
    assert device not in ("", "hers")
    assert shop.session.scalar(select(Notice).where(Notice.kind == "held")) is None, "who is only watched is told nothing"


def test_an_address_she_had_her_own_orders_sent_to(shop: Shop) -> None:
    sale(shop, HER_PHONE, "巨鹿路 7 弄 3 号", code=None)
    placed = sale(shop, street="巨鹿路7弄 3号。")
    assert seen(shop, placed)["own_address"] == (1, True), "blanks and stops make no other address"
    assert "own_address" not in seen(shop, sale(shop, street="巨鹿路 7 弄 4 号"))


def test_an_account_she_paid_her_own_orders_from(shop: Shop) -> None:
    sale(shop, HER_PHONE, code=None, payer="alipay-1")
    assert seen(shop, sale(shop, payer="alipay-1"))["own_payer"] == (1, True)
    assert "own_payer" not in seen(shop, sale(shop, payer="alipay-2"))
    assert shop.session.scalars(select(Payment.payer).where(Payment.payer.contains("alipay"))).all() == []


def test_more_than_three_phones_to_one_address_in_a_week_the_first_included(shop: Shop) -> None:
    placed = [sale(shop, f"1380000000{number}", now=NOON + timedelta(days=number)) for number in range(4)]
    assert [looked(shop, one) for one in placed[:0]] == []
    hold = looked(shop, placed[3])
    assert hold is not None
    assert (hold.state, hold.signals[0]["signal"], hold.signals[0]["count"], hold.signals[0]["most"]) == ("watched", "one_address", 4, 3)
    assert shop.session.scalar(select(func.count()).select_from(SaleHold)) == 4, "each of the four"
    late = sale(shop, "13800000009", now=NOON + timedelta(days=11))
    assert seen(shop, late)["one_address"] == (1, True)


def test_more_than_two_phones_paid_from_one_account(shop: Shop) -> None:
    for number in range(3):
        last = sale(shop, f"1380000000{number}", f"延安路 {number} 号", payer="alipay-9")
    hold = looked(shop, last)
    assert hold is not None
    assert (hold.state, [(one["signal"], one["count"]) for one in hold.signals]) == ("watched", [("one_payer", 3)])


def test_many_new_customers_within_an_hour_and_no_known_ones(shop: Shop) -> None:
    sale(shop, "13800000000", "一号", now=NOON - timedelta(days=30))
    set_signal(shop.session, brand_id=shop.brand_id, signal="burst", mode="hold", most=2)
    placed = [sale(shop, f"1380000000{number}", f"{number} 号", now=NOON + timedelta(minutes=number)) for number in range(3)]
    assert looked(shop, placed[2]) is None, "one of the three has bought before"
    fourth = sale(shop, "13800000004", "四号", now=NOON + timedelta(minutes=59))
    looked(shop, fourth)
    held = shop.session.scalars(select(SaleHold.order_id).where(SaleHold.state == "open")).all()
    assert set(held) == {placed[1].order_id, placed[2].order_id, fourth.order_id}
    assert seen(shop, sale(shop, "13800000005", "五号", now=NOON + timedelta(minutes=180)))["burst"] == (1, True)


def test_sales_refunded_after_their_money_was_released(session: BrandSession) -> None:
    shop = a_shop(session, NOON - timedelta(days=100))
    set_signal(shop.session, brand_id=shop.brand_id, signal="refunded_late", mode="hold", most=1)
    for number in range(2):
        old = sale(shop, f"1380000000{number}", f"{number} 号", received=True, now=NOON - timedelta(days=60))
        settled(shop, NOON - timedelta(days=30))
        refund(shop, old, RefundAsk(lines_of(shop, old)[0].id, 1, 29900), now=NOON - timedelta(days=20))
    early = sale(shop, "13800000007", "七号", received=True, now=NOON - timedelta(days=10))
    refund(shop, early, RefundAsk(lines_of(shop, early)[0].id, 1, 29900), now=NOON)
    placed = sale(shop, "13800000008", "八号")
    assert seen(shop, placed)["refunded_late"] == (2, True), "the third was refunded before its money was released"
    hold = looked(shop, placed)
    assert hold is not None
    assert hold.state == "open"


def test_her_own_order_is_no_fault_where_the_brand_pays_for_it(shop: Shop) -> None:
    change_settings(shop.session, brand_id=shop.brand_id, self_purchase="allowed")
    assert looked(shop, sale(shop, HER_PHONE)) is None
    assert looked(shop, sale(shop, "13900000002")) is not None


def test_an_order_without_a_guide_or_already_over_is_not_looked_at(shop: Shop) -> None:
    assert looked(shop, sale(shop, "13900000002", code=None)) is None
    placed = sale(shop, "13900000002")
    refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, 1, 29900))
    assert looked(shop, placed) is None


def test_what_was_released_already_is_watched_and_not_taken_back(shop: Shop) -> None:
    placed = sale(shop, "13900000002", received=True)
    settled(shop)
    shop.session.execute(text("UPDATE orders SET state = 'delivered' WHERE id = :id"), {"id": placed.order_id})
    hold = looked(shop, placed, HOLD_OVER)
    assert hold is not None
    assert hold.state == "watched"


def test_a_payment_queues_the_look_and_the_job_twice_finds_one(app: Application, shop: Shop) -> None:
    placed = sale(shop, "13900000002")
    queued = "SELECT args FROM procrastinate_jobs WHERE task_name = 'look_at_sale' AND (args ->> 'brand_id')::int = :brand_id"
    [(arguments,)] = shop.session.execute(text(queued), {"brand_id": shop.brand_id}).all()
    assert arguments == {"brand_id": shop.brand_id, "order_id": str(placed.order_id)}
    queue_app(app, by_itself=False)
    for _ in range(2):
        with app.app_context():
            run_job(app, REGISTRY["look_at_sale"], arguments)
    shop.session.rollback()
    assert shop.session.scalars(select(SaleHold.state)).all() == ["open"]
    assert len(shop.session.scalars(select(Notice).where(Notice.kind == "held")).all()) == 1


def test_an_order_that_was_never_paid_is_not_looked_at(shop: Shop) -> None:
    placed = shop.order((shop.case, 1))
    shop.session.commit()
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    assert looked(shop, placed) is None


def test_a_watched_sale_is_held_once_more_speaks_against_it(shop: Shop) -> None:
    """device 60 alone is watched; with one_address 50 it is 110."""
    note_device(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, visitor="hers", now=NOON)
    first = sale(shop, "13800000000", visitor="hers")
    hold = looked(shop, first)
    assert hold is not None and hold.state == "watched"
    for number in range(1, 4):
        last = sale(shop, f"1380000000{number}")
    looked(shop, last)
    shop.session.refresh(hold)
    assert (hold.state, [one["signal"] for one in hold.signals]) == ("open", ["device", "one_address"])


def test_the_device_of_an_order_is_a_digest(shop: Shop) -> None:
    placed = sale(shop, visitor="visitor-of-hers")
    device = shop.session.scalars(select(Order.device).where(Order.id == placed.order_id)).one()
    assert len(device) == 32
    assert "visitor" not in device
