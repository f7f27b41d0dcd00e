"""A paid order reaches the flagship that ships it, once; what the flagship says of it comes back to ours."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.fulfilment.models import FlagshipArea, Fulfilment
from app.domain.orders.models import Order
from app.flows.push_orders import retry_push
from app.kernel.ids import new_id
from tests.builders.pushes import QUERY, SUBMIT, Jd, Pushing
from tests.conftest import NOON

LATER = NOON + timedelta(minutes=16)


def order_state(selling: Pushing) -> str:
    return selling.shop.session.scalars(select(Order.state).execution_options(populate_existing=True)).one()


def test_from_payment_to_receipt(selling: Pushing, jd: Jd) -> None:
    selling.sell()
    assert (selling.push().state, jd.orders) == ("waiting", []), "paying wrote it down and called nobody"
    selling.work()
    push, there = selling.push(), jd.orders[0]
    assert (push.state, push.flagship_order_id, push.number) == ("paid_told", str(there["orderId"]), there["channel"])
    assert there["state"] == "WAIT_SELLER_STOCK_OUT"
    assert [(line["skuId"], line["n"]) for line in there["lines"]] == [(int(selling.case_id), 1), (int(selling.cover_id), 2)]
    assert (push.goods_minor, push.shipping_minor) == (there["total"], there["freight"])
    jd.ship(push.flagship_order_id)
    selling.work(LATER)
    assert selling.push().state == "shipped" and order_state(selling) == "shipped"
    parcel = selling.shop.session.scalars(select(Fulfilment)).one()
    assert (parcel.source, parcel.store_id, parcel.tracking_no, parcel.push_id) == ("flagship", None, "SF9", push.id)
    jd.advance(push.flagship_order_id, "finish")
    selling.work(LATER + timedelta(hours=1))
    assert selling.push().state == "delivered" and order_state(selling) == "delivered"
    assert selling.history() == ["written", "placed", "paid_told", "shipped", "delivered"]
    assert selling.work(LATER + timedelta(days=9)) == "", "nothing is asked about an order that is over"


def test_heard_twice_a_parcel_is_one_parcel(selling: Pushing, jd: Jd) -> None:
    selling.sell()
    selling.work()
    jd.ship(selling.push().flagship_order_id)
    selling.work(LATER)
    selling.work(LATER + timedelta(hours=1))
    assert len(selling.shop.session.scalars(select(Fulfilment)).all()) == 1


def test_worked_twice_it_is_one_order(selling: Pushing, jd: Jd) -> None:
    selling.sell()
    selling.work()
    selling.work()
    assert len(jd.orders) == 1 and jd.calls(SUBMIT) == 1


@pytest.mark.parametrize("kind", ["lost", "malformed"])
def test_an_answer_lost_after_the_effect_is_one_order(selling: Pushing, jd: Jd, kind: str) -> None:
    jd.fault(kind, SUBMIT)
    selling.sell()
    selling.work()
    assert (selling.push().state, len(jd.orders)) == ("paid_told", 1)


def test_an_answer_lost_before_the_effect_is_asked_for_and_not_submitted_blindly(selling: Pushing, jd: Jd) -> None:
    jd.fault("reset", SUBMIT)
    selling.sell()
    assert selling.work() == "unsure"
    assert selling.work(NOON + timedelta(minutes=1)) == "absent", "JD says there is none, which proves nothing yet"
    assert (selling.push().state, jd.calls(SUBMIT), len(jd.orders)) == ("unsure", 1, 0)
    selling.work(NOON + timedelta(minutes=9))
    assert jd.calls(SUBMIT) == 1, "for ten minutes it may still be on its way"
    selling.work(NOON + timedelta(minutes=11))
    assert (selling.push().state, jd.calls(SUBMIT), len(jd.orders)) == ("paid_told", 2, 1)


def test_a_flagship_that_is_away_is_asked_again_later_and_given_up_visibly(selling: Pushing, jd: Jd) -> None:
    jd.fault("error", QUERY, count=-1, code="15")
    selling.sell()
    selling.work()
    push = selling.push()
    assert (push.state, push.attempts, push.trouble) == ("waiting", 1, "") and push.next_at == NOON + timedelta(seconds=30)
    assert push.last_code and push.last_message % push.last_data
    assert order_state(selling) == "paid", "the shopper's order stands"
    selling.work(NOON + timedelta(days=3))
    push = selling.push()
    assert (push.state, push.trouble, push.next_at) == ("given_up", "given_up", None)


@pytest.mark.parametrize(("change", "code"), [({"price": 1}, "price_changed"), ({"stock": 0}, "out_of_stock")])
def test_a_plain_no_is_shown_and_waits_for_a_person(selling: Pushing, jd: Jd, change: dict[str, int], code: str) -> None:
    jd.sku(selling.case_id).update(change)
    selling.sell()
    selling.work()
    push = selling.push()
    assert (push.state, push.trouble, push.last_code, push.next_at, jd.orders) == ("declined", "declined", code, None, [])
    assert push.last_message % push.last_data


def test_cancelled_there_is_a_task_and_no_refund(selling: Pushing, jd: Jd) -> None:
    selling.sell()
    selling.work()
    jd.advance(selling.push().flagship_order_id, "cancel")
    selling.work(LATER)
    assert (selling.push().state, selling.push().trouble, order_state(selling)) == ("cancelled", "cancelled_there", "paid")


def test_an_order_that_jd_locks_is_a_task_until_it_goes_on(selling: Pushing, jd: Jd) -> None:
    selling.sell()
    selling.work()
    key = selling.push().flagship_order_id
    jd.advance(key, "lock")
    selling.work(LATER)
    assert (selling.push().state, selling.push().trouble) == ("paid_told", "stuck_there")
    jd.advance(key, "WAIT_SELLER_STOCK_OUT")
    selling.work(LATER + timedelta(hours=1))
    assert selling.push().trouble == ""


def test_a_place_jd_does_not_know_is_told_and_mended_by_hand(selling: Pushing, jd: Jd) -> None:
    """北京 朝阳区 lies in two parts; which of them the street does not say."""
    selling.sell()
    order = selling.shop.session.scalars(select(Order)).one()
    order.address = {"province": "北京市", "city": "北京市", "district": "朝阳区", "street": "建国路 1 号"}
    selling.shop.session.commit()
    selling.work()
    push = selling.push()
    assert (push.state, push.last_code, push.last_data) == ("declined", "area_unknown", {"place": "北京市 北京市 朝阳区"})
    with selling.database.transaction(selling.brand_id) as session:
        session.add(FlagshipArea(id=new_id(), source_id=selling.source_id, province="北京", city="北京", district="朝阳区", province_id=1, city_id=72,
                                 district_id=2799, town_id=0))
        retry_push(session, brand_id=selling.brand_id, push_id=push.id, now=LATER)
    selling.work(LATER)
    assert selling.push().state == "paid_told"


def test_places_are_asked_for_once(selling: Pushing, jd: Jd) -> None:
    for minutes in (0, 1):
        selling.sell(NOON + timedelta(minutes=minutes))
        selling.work(NOON + timedelta(minutes=minutes))
    assert len(jd.orders) == 2 and jd.calls("jingdong.areas.province.get") == 1
