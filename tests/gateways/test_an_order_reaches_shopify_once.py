from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from writers_by_name import writer

from app.domain.catalog.ports import Answer, FlagshipUnreachable, NeedsAuthorisation
from app.domain.fulfilment.ports import AfterSaleAsked, Declined, Done, Pending, Placed, Stage, Unsure, WantedAfterSale
from app.gateways.flagship import shopify_order_queries as queries
from app.gateways.flagship.line_faults import Fault
from app.gateways.flagship.shopify_order_shapes import read_order, stage_of, tracks_of
from app.gateways.flagship.writer_conformance import WriterTrial
from app.gateways.flagship.writer_trials import HOME


@pytest.fixture
def trial() -> Iterator[WriterTrial]:
    with writer("shopify") as trial:
        yield trial


def book(trial: WriterTrial) -> Any:
    desk: Any = trial.desk
    return desk.book


def placed(trial: WriterTrial) -> str:
    told = trial.orders().submit(trial.wanted())
    assert isinstance(told, Placed)
    return told.flagship_order_id



def test_the_order_carries_our_number_and_how_it_was_sold(trial: WriterTrial) -> None:
    wanted = trial.wanted()
    trial.orders().submit(wanted)
    [order] = book(trial).orders.values()
    assert (order.sourceIdentifier, order.tags) == (wanted.number, ["yundian", "yundian:guide_link"])


def test_a_search_that_lags_behind_makes_no_second_order(trial: WriterTrial) -> None:
    """Shopify's search learns of an order a little later; its list of the newest does not."""
    book(trial).search_lags = True
    wanted = trial.wanted()
    first, second = trial.orders().submit(wanted), trial.orders().submit(wanted)
    assert isinstance(first, Placed) and second == Placed(first.flagship_order_id, already=True) and book(trial).writes == ["orderCreate"]


@pytest.mark.parametrize("fault", ["reset_after", "silent_after", "cut_body", "half_json"])
def test_an_answer_lost_on_the_way_is_asked_for(trial: WriterTrial, fault: str) -> None:
    """Over the socket: the first call finds nothing, the second submits and its answer is lost, the third finds it."""
    desk: Any = trial.desk
    desk.faults = ["", fault]
    told = trial.orders().submit(trial.wanted())
    assert isinstance(told, Placed) and not told.already and len(book(trial).orders) == 1 and book(trial).writes == ["orderCreate"]


def test_a_throttled_call_was_not_made_and_is_made_again(trial: WriterTrial) -> None:
    desk: Any = trial.desk
    desk.points = 5.0
    assert isinstance(trial.orders().submit(trial.wanted()), Placed) and len(book(trial).orders) == 1


@pytest.mark.parametrize(("errors", "told"), [
    ('[{"message": "x", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]', "unsure"),
    ('[{"message": "x", "path": ["orderCreate", "order", "id"]}]', "unsure"),
    ('[{"message": "Access denied", "path": ["orderCreate"], "extensions": {"code": "ACCESS_DENIED"}}]', "no_right"),
    ('[{"message": "Access denied", "path": ["orderCreate", "order", "x"], "extensions": {"code": "ACCESS_DENIED"}}]', "unsure"),
    ('[{"message": "Field does not exist"}]', "graphql_error"),
    ('[{"message": "too much", "extensions": {"code": "MAX_COST_EXCEEDED"}}]', "too_costly"),
    ("5", "unsure"), ("[]", "unsure"),
])
def test_what_an_error_says_of_the_effect(trial: WriterTrial, errors: str, told: str) -> None:
    """One that arose while the order was made leaves it in doubt; one found before says that nothing was done."""
    line = trial.line()
    real = line.real_talk

    def talk(method: str, url: str, **more: Any) -> Answer:
        return Answer(200, {}, f'{{"errors": {errors}}}'.encode()) if b"YundianCreate" in more["body"] else real(method, url, **more)

    line.real_talk = talk  # type: ignore[assignment]
    if told == "unsure":
        assert isinstance(trial.orders(line).submit(trial.wanted()), Unsure)
    else:
        with pytest.raises(FlagshipUnreachable) as caught:
            trial.orders(line).submit(trial.wanted())
        assert caught.value.code == told and not isinstance(caught.value, NeedsAuthorisation)


def test_a_token_without_the_right_to_orders_goes_on_reading_goods(trial: WriterTrial) -> None:
    line = trial.line()
    line.real_talk = lambda *_, **__: Answer(200, {}, b'{"errors": [{"message": "Access denied for orders field", "path": ["searched"], '  # type: ignore[assignment]
                                                      b'"extensions": {"code": "ACCESS_DENIED"}}]}')
    for act in (lambda: trial.orders(line).find("YD1"), lambda: trial.orders(line).status("1"), lambda: trial.shop(line).set_stock("1", 1)):
        with pytest.raises(FlagshipUnreachable) as caught:
            act()
        assert caught.value.code == "no_right" and "Access denied" in caught.value.message % caught.value.data
        assert not isinstance(caught.value, NeedsAuthorisation)


def test_a_dead_token_asks_for_authorisation_and_places_nothing(trial: WriterTrial) -> None:
    with pytest.raises(NeedsAuthorisation):
        replace(trial, secrets={"access_token": "shpat_dead"}).orders().submit(trial.wanted())
    assert not book(trial).orders


def test_shopify_cancels_in_a_job_of_its_own(trial: WriterTrial) -> None:
    known = placed(trial)
    book(trial).late_cancel = True
    assert trial.orders().cancel(known) == Pending() and trial.orders().status(known).stage is Stage.PAID
    book(trial).late_cancel = False
    assert trial.orders().cancel(known) == Done()


def test_what_was_sent_is_not_cancelled(trial: WriterTrial) -> None:
    known = placed(trial)
    trial.desk.send(known)
    told = trial.orders().cancel(known, shipped=True)
    assert isinstance(told, Declined) and told.code == "wrong_state"


PAID, UNPAID = {"displayFinancialStatus": "PAID"}, {"displayFinancialStatus": "PENDING"}
ARRIVED = {"fulfillments": [{"status": "SUCCESS", "deliveredAt": "2026-11-25T00:00:00Z"}, {"status": "CANCELLED"}]}
HALF_ARRIVED = {"fulfillments": [{"status": "SUCCESS", "deliveredAt": "2026-11-25T00:00:00Z"}, {"status": "SUCCESS", "displayStatus": "IN_TRANSIT"}]}


@pytest.mark.parametrize(("order", "stage"), [
    ({**PAID, "displayFulfillmentStatus": "UNFULFILLED"}, Stage.PAID), ({**UNPAID, "displayFulfillmentStatus": "UNFULFILLED"}, Stage.AWAITING_PAYMENT),
    ({"displayFinancialStatus": "PARTIALLY_REFUNDED", "displayFulfillmentStatus": "OPEN"}, Stage.PAID),
    ({"displayFinancialStatus": "NEW_WORD", "displayFulfillmentStatus": "UNFULFILLED"}, Stage.UNKNOWN),
    ({**PAID, "displayFulfillmentStatus": "PARTIALLY_FULFILLED"}, Stage.PREPARING), ({**PAID, "displayFulfillmentStatus": "IN_PROGRESS"}, Stage.PREPARING),
    ({**PAID, "displayFulfillmentStatus": "SCHEDULED"}, Stage.PREPARING), ({**PAID, "displayFulfillmentStatus": "PENDING_FULFILLMENT"}, Stage.PREPARING),
    ({**PAID, "displayFulfillmentStatus": "FULFILLED"}, Stage.SHIPPED), ({**PAID, "displayFulfillmentStatus": "FULFILLED", **HALF_ARRIVED}, Stage.SHIPPED),
    ({**PAID, "displayFulfillmentStatus": "FULFILLED", **ARRIVED}, Stage.DELIVERED), ({**PAID, "displayFulfillmentStatus": "ON_HOLD"}, Stage.LOCKED),
    ({**PAID, "displayFulfillmentStatus": "REQUEST_DECLINED"}, Stage.LOCKED), ({**PAID, "displayFulfillmentStatus": "RESTOCKED"}, Stage.UNKNOWN),
    ({**PAID, "displayFulfillmentStatus": "FULFILLED", "cancelledAt": "2026-11-25T00:00:00Z"}, Stage.CANCELLED), ({}, Stage.UNKNOWN),
])
def test_every_state_of_shopify_is_one_of_ours(order: dict[str, Any], stage: Stage) -> None:
    assert stage_of(order) is stage


def test_refunds_and_fees_are_told_in_minor_units(trial: WriterTrial) -> None:
    known = trial.desk.sell(next(iter(trial.desk.listed())), 1)
    order = book(trial).orders[int(known)]
    assert (trial.shop().order(known).refunded_minor, trial.shop().order(known).fee_minor) == (0, None), "no fee listed is no fee told"
    order.refunded, order.fee, order.updated = 1_250, 87, datetime.now(UTC)
    [told] = trial.shop().orders(since=datetime.now(UTC) - timedelta(minutes=5), until=datetime.now(UTC) + timedelta(minutes=5))
    assert (told.refunded_minor, told.fee_minor, told.currency) == (1_250, 87, "CNY")
    assert told.raw_state == "PARTIALLY_REFUNDED/UNFULFILLED"


def test_a_token_that_may_not_read_fees_reads_orders_without(trial: WriterTrial) -> None:
    known = trial.desk.sell(next(iter(trial.desk.listed())), 1)
    book(trial).orders[int(known)].fee = 87
    book(trial).no_fees = True
    shop = trial.shop()
    [told] = shop.orders(since=datetime.now(UTC) - timedelta(minutes=5), until=datetime.now(UTC) + timedelta(minutes=5))
    assert told.fee_minor is None and told.total_minor is not None and shop.order(known).fee_minor is None


def test_an_order_of_many_lines_is_read_whole(trial: WriterTrial) -> None:
    """The list shows 20 lines of each; the others are asked for."""
    desk: Any = trial.desk
    goods = [good for product in desk.shelf.products.values() for good in product.goods.values()]
    lines = [(good, 1, good.price_minor) for good in goods * 6][:115]
    number = book(trial).place(lines).number
    [told] = trial.shop().orders(since=datetime.now(UTC) - timedelta(minutes=5), until=datetime.now(UTC) + timedelta(minutes=5))
    assert len(told.lines) == len(trial.shop().order(str(number)).lines) == 115


def test_more_orders_than_a_page_holds(trial: WriterTrial) -> None:
    good = next(iter(trial.desk.listed()))
    book(trial).good(f"gid://shopify/ProductVariant/{good}").stock = 100
    sold = {trial.desk.sell(good, 1) for _ in range(25)}
    now = datetime.now(UTC)
    assert {order.flagship_order_id for order in trial.shop().orders(since=now - timedelta(minutes=5), until=now + timedelta(minutes=5))} == sold
    assert not list(trial.shop().orders(since=now - timedelta(days=3), until=now - timedelta(days=2)))


def test_stock_at_several_places_needs_one_to_be_named(trial: WriterTrial) -> None:
    good = next(iter(trial.desk.listed()))
    book(trial).places = 2
    told = trial.shop().set_stock(good, 3)
    assert isinstance(told, Declined) and told.code == "wrong_state" and "2 个地点" in told.message % told.data
    named = replace(trial, settings={**trial.settings, "location_id": "gid://shopify/Location/2"})
    assert named.shop().set_stock(good, 3) == Done() and trial.desk.stock_of(good) == 3
    told = replace(trial, settings={**trial.settings, "location_id": "7"}).shop().set_stock(good, 3)
    assert isinstance(told, Declined) and told.code == "not_found"


def test_what_was_sold_between_reading_and_writing_is_read_again(trial: WriterTrial) -> None:
    good = next(iter(trial.desk.listed()))
    line = trial.line()
    line.between = {1: lambda: setattr(book(trial).good(f"gid://shopify/ProductVariant/{good}"), "stock", 9)}
    assert trial.shop(line).set_stock(good, 4) == Done() and trial.desk.stock_of(good) == 4 and line.calls == 4


def test_a_shop_that_sells_all_the_time_is_not_overwritten(trial: WriterTrial) -> None:
    good = next(iter(trial.desk.listed()))
    stocked = book(trial).good(f"gid://shopify/ProductVariant/{good}")
    line = trial.line()
    line.between = {call: lambda: setattr(stocked, "stock", stocked.stock - 1) for call in (1, 3, 5)}
    told = trial.shop(line).set_stock(good, 4)
    assert isinstance(told, Declined) and trial.desk.stock_of(good) == 7


def test_a_key_shopify_has_forgotten_is_not_used_again(trial: WriterTrial) -> None:
    """First sent 21 hours ago with a lost answer, and Shopify knows keys for 24: whether it counted is for a person to see."""
    good = next(iter(trial.desk.listed()))
    before = trial.desk.stock_of(good)
    yesterday = replace(trial, now=lambda: datetime.now(UTC) - timedelta(hours=21))
    lost = yesterday.shop(yesterday.line(Fault("timeout_after", after=2, times=-1))).change_stock(good, -2, key="k")
    assert isinstance(lost, Unsure) and trial.desk.stock_of(good) == before - 2
    book(trial).keys.clear()
    told = trial.shop().change_stock(good, -2, key="k")
    assert isinstance(told, Unsure) and told.code == "key_forgotten" and "20 小时" in told.message % told.data
    assert trial.desk.stock_of(good) == before - 2, "not taken twice"


def test_two_who_mark_keys_of_one_good_lose_none(trial: WriterTrial) -> None:
    good = next(iter(trial.desk.listed()))
    before = trial.desk.stock_of(good)
    line = trial.line()
    line.between = {1: lambda: trial.shop().change_stock(good, -1, key="other")}  # type: ignore[dict-item]
    assert trial.shop(line).change_stock(good, -1, key="mine") == Done()
    [kept] = book(trial).fields.values()
    assert trial.desk.stock_of(good) == before - 2 and kept.count(":") == 2


def test_a_price_is_set_in_the_shops_currency(trial: WriterTrial) -> None:
    good = next(iter(trial.desk.listed()))
    assert trial.shop().set_price(good, 12_345) == Done() and trial.desk.listed()[good] == 12_345
    told = trial.shop().set_price("999", 1)
    assert isinstance(told, Declined) and told.code == "not_found"


def test_a_return_is_asked_for_by_the_parcels_lines(trial: WriterTrial) -> None:
    known, good = placed(trial), next(iter(trial.desk.listed()))
    ask = WantedAfterSale(known, good, 2, "exchange", "换大一号")
    told = trial.orders().ask_after_sale(ask)
    assert isinstance(told, Declined) and told.code == "wrong_state", "nothing was sent yet"
    trial.desk.send(known)
    assert isinstance(trial.orders().ask_after_sale(replace(ask, quantity=3)), Declined), "only two were sent"
    assert trial.orders().ask_after_sale(ask) == AfterSaleAsked("9001")
    [line] = book(trial).returns[9_001]["lines"]
    assert (line["quantity"], line["returnReason"], line["customerNote"]) == (2, "OTHER", "换货：换大一号")
    assert (trial.orders().after_sale("9001").raw_state, trial.orders().after_sale("9001").refund_minor) == ("REQUESTED", None)
    book(trial).returns[9_001].update(status="CLOSED", refunded=4_000)
    assert (trial.orders().after_sale("9001").raw_state, trial.orders().after_sale("9001").refund_minor) == ("CLOSED", 4_000)
    with pytest.raises(FlagshipUnreachable):
        trial.orders().after_sale("1")


def test_a_parcel_says_what_is_in_it_and_when_it_arrived(trial: WriterTrial) -> None:
    wanted = trial.wanted()
    told = trial.orders().submit(wanted)
    assert isinstance(told, Placed)
    trial.desk.send(told.flagship_order_id)
    book(trial).orders[int(told.flagship_order_id)].parcels[0]["delivered"] = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    [track] = trial.orders().tracks(told.flagship_order_id)
    assert (track.carrier, track.tracking_no, track.delivered_at) == ("顺丰", "SF0001", datetime(2026, 11, 25, 8, 0, tzinfo=UTC))
    assert dict(track.lines) == {line.external_id: line.quantity for line in wanted.lines}
    assert trial.orders().status(told.flagship_order_id).stage is Stage.DELIVERED


def test_an_address_of_one_line_goes_as_one_line(trial: WriterTrial) -> None:
    bare = replace(HOME, province="", city="", district="", street="", postal_code="", country="")
    assert isinstance(trial.orders().submit(replace(trial.wanted(), destination=bare)), Placed)


@pytest.mark.parametrize("order", [
    {}, {"id": 5, "lineItems": {"nodes": [None, {"quantity": "x", "variant": 7}]}, "fulfillments": [3, {"status": "SUCCESS", "trackingInfo": "x"}], "transactions": {}},
    {"currencyCode": "KWD", "totalPriceSet": {"shopMoney": {"amount": "1e999999999"}}, "createdAt": "never", "tags": None, "transactions": [{"fees": [None]}]},
])
def test_a_strange_order_is_never_a_crash(order: dict[str, Any]) -> None:
    assert read_order(order).total_minor is None
    tracks_of(order)


def test_the_queries_name_no_shopper(trial: WriterTrial) -> None:
    """Name, address, phone and e-mail of the shop's own shoppers are not asked for: none of them can be kept by mistake."""
    asked = queries.ONE + queries.CHANGED + queries.PARCELS
    assert not re.search(r"\b(customer|email|phone|shippingAddress|billingAddress)\b", asked)
