from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from writers_by_name import writer

from app.domain.catalog.ports import FlagshipUnreachable, NeedsAuthorisation
from app.domain.fulfilment.ports import Absent, AfterSaleAsked, Declined, Done, Placed, Stage, WantedAfterSale, WantedLine
from app.gateways.flagship.woo_order_shapes import read_order, stage_of, tracks_of
from app.gateways.flagship.woo_own_shop import KEPT, KEY
from app.gateways.flagship.writer_conformance import WriterTrial


@pytest.fixture
def trial() -> Iterator[WriterTrial]:
    with writer("woocommerce") as trial:
        yield trial


def book(trial: WriterTrial) -> Any:
    desk: Any = trial.desk
    return desk.book


def placed(trial: WriterTrial) -> str:
    told = trial.orders().submit(trial.wanted())
    assert isinstance(told, Placed)
    return told.flagship_order_id


def a_variation(trial: WriterTrial) -> str:
    desk: Any = trial.desk
    return next(str(good.id) for product in desk.shelf.products.values() if not product.is_single for good in product.goods.values())


def between(minutes: float = 5) -> dict[str, datetime]:
    now = datetime.now(UTC)
    return {"since": now - timedelta(minutes=minutes), "until": now + timedelta(minutes=5)}


def test_the_order_is_paid_billed_to_us_and_sent_to_the_shopper(trial: WriterTrial) -> None:
    wanted = trial.wanted()
    trial.orders().submit(wanted)
    [order] = book(trial).orders.values()
    assert (order["status"], order["transaction_id"], order["billing"]) == ("processing", wanted.number, {"first_name": "云店", "company": wanted.number})
    assert (order["shipping"]["first_name"], order["shipping"]["address_1"], order["shipping"]["state"]) == ("李四 “四”", "测试路 2 号 🏠", "北京市")
    assert {one["key"]: one["value"] for one in order["meta_data"]} == {"_yundian_number": wanted.number, "_yundian_channel": "guide_link"}


def test_a_variation_is_ordered_by_its_own_number(trial: WriterTrial) -> None:
    known = a_variation(trial)
    wanted = replace(trial.wanted(), lines=(WantedLine(known, 1, trial.desk.listed()[known], "多款"),))
    told = trial.orders().submit(wanted)
    assert isinstance(told, Placed)
    [line] = book(trial).orders[int(told.flagship_order_id)]["line_items"]
    assert str(line["variation_id"]) == known and line["product_id"] != line["variation_id"]
    assert [one.external_id for one in trial.orders().status(told.flagship_order_id).lines] == [known]


def test_a_search_that_finds_nothing_makes_no_second_order(trial: WriterTrial) -> None:
    """A plugin replaced WooCommerce's search: the newest orders are looked through as well."""
    book(trial).blind = True
    wanted = trial.wanted()
    first, second = trial.orders().submit(wanted), trial.orders().submit(wanted)
    assert isinstance(first, Placed) and second == Placed(first.flagship_order_id, already=True) and len(book(trial).orders) == 1


def test_what_the_search_finds_is_believed_by_its_mark_only(trial: WriterTrial) -> None:
    wanted = trial.wanted()
    number = int(trial.desk.sell(next(iter(trial.desk.listed())), 1))
    book(trial).orders[number]["billing"] = {"company": wanted.number}
    assert trial.orders().find(wanted.number) == Absent(), "somebody typed our number into an order of her own"


@pytest.mark.parametrize("fault", ["reset_after", "silent_after", "cut_body", "half_json"])
def test_an_answer_lost_on_the_way_is_asked_for(trial: WriterTrial, fault: str) -> None:
    """Over the socket: two looks, two goods, then the order, whose answer is lost."""
    desk: Any = trial.desk
    desk.faults = ["", "", "", "", fault]
    told = trial.orders().submit(trial.wanted())
    assert isinstance(told, Placed) and not told.already and book(trial).writes == ["POST /wc/v3/orders"]


def test_a_key_that_may_only_read_says_so_and_stays_in_use(trial: WriterTrial) -> None:
    """WooCommerce answers it like a wrong key, 401; the reading of goods must not stop for that."""
    book(trial).read_only = True
    for act in (lambda: trial.orders().submit(trial.wanted()), lambda: trial.shop().set_stock(next(iter(trial.desk.listed())), 1)):
        with pytest.raises(FlagshipUnreachable) as caught:
            act()
        assert caught.value.code == "no_right" and not isinstance(caught.value, NeedsAuthorisation)
    assert not book(trial).orders


@pytest.mark.parametrize(("status", "stage"), [
    ("checkout-draft", Stage.SUBMITTED), ("pending", Stage.AWAITING_PAYMENT), ("on-hold", Stage.AWAITING_PAYMENT), ("failed", Stage.AWAITING_PAYMENT),
    ("processing", Stage.PAID), ("completed", Stage.SHIPPED), ("cancelled", Stage.CANCELLED), ("trash", Stage.CANCELLED), ("refunded", Stage.CANCELLED),
    ("a-plugins-own", Stage.UNKNOWN), ("", Stage.UNKNOWN),
])
def test_every_state_of_woocommerce_is_one_of_ours(status: str, stage: Stage) -> None:
    assert stage_of({"status": status}) is stage


def test_refunded_goods_that_had_left_have_left() -> None:
    assert stage_of({"status": "refunded", "date_completed_gmt": "2026-11-25T08:00:00"}) is Stage.SHIPPED


def test_an_order_that_somebody_sent_is_not_cancelled(trial: WriterTrial) -> None:
    known = placed(trial)
    trial.desk.send(known)
    told = trial.orders().cancel(known)
    assert isinstance(told, Declined) and told.code == "wrong_state" and trial.orders().status(known).stage is Stage.SHIPPED


def test_a_cancelled_order_gives_the_stock_back(trial: WriterTrial) -> None:
    good = next(iter(trial.desk.listed()))
    before = trial.desk.stock_of(good)
    known = placed(trial)
    assert trial.desk.stock_of(good) == before - 2
    assert trial.orders().cancel(known) == Done() and trial.desk.stock_of(good) == before


def test_refunds_and_fees_are_told_in_minor_units(trial: WriterTrial) -> None:
    known = trial.desk.sell(next(iter(trial.desk.listed())), 1)
    assert (trial.shop().order(known).refunded_minor, trial.shop().order(known).fee_minor) == (0, None)
    book(trial).refund(int(known), "12.50")
    book(trial).refund(int(known), "0.07")
    book(trial).orders[int(known)]["meta_data"] = [{"id": 1, "key": "_stripe_fee", "value": "0.345"}]
    [told] = trial.shop().orders(**between())
    assert (told.refunded_minor, told.fee_minor, told.currency) == (1_257, 35, "CNY"), "fees are finer than a fen: 34.5 is 35"


def test_more_orders_than_a_page_holds(trial: WriterTrial) -> None:
    good = next(iter(trial.desk.listed()))
    trial.shop().set_stock(good, 500)
    sold = {trial.desk.sell(good, 1) for _ in range(230)}
    assert {order.flagship_order_id for order in trial.shop().orders(**between())} == sold
    assert not list(trial.shop().orders(since=datetime.now(UTC) - timedelta(days=3), until=datetime.now(UTC) - timedelta(days=2)))


def test_a_key_is_kept_on_the_product_and_taken_off_when_it_is_old(trial: WriterTrial) -> None:
    good = a_variation(trial)
    assert trial.shop().change_stock(good, -1, key="a") == Done()
    [mark] = book(trial).meta[int(good)]
    assert mark["key"].startswith(KEY) and len(mark["key"]) < 60
    mark["value"] = (datetime.now(UTC) - KEPT - timedelta(days=1)).isoformat()
    assert trial.shop().change_stock(good, -1, key="b") == Done()
    assert len(book(trial).meta[int(good)]) == 1, "the old one is gone, the new one is there"


def test_stock_that_is_not_counted_there_is_not_changed(trial: WriterTrial) -> None:
    good = a_variation(trial)
    book(trial).untracked.add(int(good))
    told = trial.shop().change_stock(good, -1, key="a")
    assert isinstance(told, Declined) and told.code == "wrong_state"
    assert trial.shop().set_stock(good, 3) == Done() and trial.shop().change_stock(good, -1, key="a") == Done(), "setting it makes it count"
    book(trial).of_parent.add(int(good))
    for told in (trial.shop().set_stock(good, 3), trial.shop().change_stock(good, 1, key="b")):
        assert isinstance(told, Declined) and told.code == "wrong_state"


def test_a_price_is_set_in_the_shops_currency(trial: WriterTrial) -> None:
    good = a_variation(trial)
    assert trial.shop().set_price(good, 12_345) == Done() and trial.desk.listed()[good] == 12_345


def test_an_order_that_is_not_paid_is_not_sent(trial: WriterTrial) -> None:
    known = trial.desk.sell(next(iter(trial.desk.listed())), 1)
    book(trial).move(book(trial).orders[int(known)], "on-hold")
    told = trial.shop().ship(known)
    assert isinstance(told, Declined) and told.code == "wrong_state"


def test_a_plugins_parcels_are_told_with_what_the_shop_wrote(trial: WriterTrial) -> None:
    known = placed(trial)
    trial.desk.send(known)
    book(trial).note(book(trial).orders[int(known)], {"note": "已交给顺丰", "customer_note": True})
    book(trial).note(book(trial).orders[int(known)], {"note": "库里少一件", "customer_note": False})
    [track] = trial.orders().tracks(known)
    assert (track.carrier, track.tracking_no) == ("sf-express", "SF0001") and [step.text for step in track.steps] == ["shipped", "已交给顺丰"]


def test_a_parcel_we_noted_ourselves_is_told(trial: WriterTrial) -> None:
    known = trial.desk.sell(next(iter(trial.desk.listed())), 1)
    assert trial.shop().ship(known, carrier="顺丰", tracking_no="SF9") == Done()
    [track] = trial.orders().tracks(known)
    assert (track.carrier, track.tracking_no) == ("顺丰", "SF9")


def test_an_after_sale_is_a_note_for_the_staff(trial: WriterTrial) -> None:
    known, good = placed(trial), next(iter(trial.desk.listed()))
    told = trial.orders().ask_after_sale(WantedAfterSale(known, good, 1, "return", "不合适"))
    assert isinstance(told, AfterSaleAsked) and told.service_id.startswith(f"{known}-")
    [note] = book(trial).notes[int(known)]
    assert note["note"] == f"云店退货申请：商品 {good} × 1。不合适" and note["customer_note"] is False
    assert (trial.orders().after_sale(told.service_id).raw_state, trial.orders().after_sale(told.service_id).refund_minor) == ("processing", None)
    book(trial).refund(int(known), "3.00")
    assert trial.orders().after_sale(told.service_id).refund_minor == 300


@pytest.mark.parametrize("order", [
    {}, {"id": None, "line_items": 5, "refunds": {}, "meta_data": "x"}, {"line_items": [None, {"quantity": -1, "subtotal": "x"}], "refunds": [7]},
    {"currency": "KWD", "total": "1e999", "shipping_total": "NaN", "date_paid_gmt": "never", "meta_data": [{"key": "_wc_shipment_tracking_items", "value": [3, {}]}]},
])
def test_a_strange_order_is_never_a_crash(order: dict[str, Any]) -> None:
    assert read_order(order).total_minor is None
    tracks_of({**order, "status": "completed"}, [{}])
