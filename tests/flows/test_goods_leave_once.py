"""What a flagship is to send nobody else sends, until it has given the order up; what is called off here is called off there."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.errors import CheckViolation
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.fulfilment.models import Fulfilment, FulfilmentLine, OrderPush
from app.domain.orders.models import Order, OrderLine
from app.extensions import Database
from app.flows.cancel_order import cancel_order
from app.flows.hear_from_flagship import work_push
from app.flows.push_orders import retry_push, settle_trouble, withdraw_push
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.ship_order import ship_order
from app.kernel.errors import Conflict
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.money import unguarded
from tests.builders.pushes import CANCEL, QUERY, SUBMIT, Jd, Pushing, a_jd_shop, pushing
from tests.builders.races import Race
from tests.conftest import NOON

LATER = NOON + timedelta(minutes=16)


def from_the_store(selling: Pushing, order_id: UUID, session: BrandSession) -> Fulfilment:
    return ship_order(session, brand_id=selling.brand_id, order_id=order_id, source="store", store_id=selling.shop.store.id, now=NOON)


def do(selling: Pushing, flow: Any, **more: Any) -> Any:
    with selling.database.transaction(selling.brand_id) as session:
        return flow(session, brand_id=selling.brand_id, now=more.pop("now", NOON), **more)


def test_a_store_may_not_send_what_the_flagship_is_to_send(selling: Pushing) -> None:
    order_id = selling.sell()
    for _ in range(2):
        with selling.database.transaction(selling.brand_id) as session, pytest.raises(Conflict) as refused:
            from_the_store(selling, order_id, session)
        assert refused.value.code == "with_the_flagship"
        selling.work()


def test_withdrawn_before_it_left_the_store_sends_it(selling: Pushing, jd: Jd) -> None:
    order_id = selling.sell()
    do(selling, withdraw_push, push_id=selling.push().id)
    assert selling.push().state == "cancelled" and selling.work() == "" and jd.orders == []
    with selling.database.transaction(selling.brand_id) as session:
        from_the_store(selling, order_id, session)


def test_withdrawn_after_it_was_placed_jd_gives_it_up_first(selling: Pushing, jd: Jd) -> None:
    order_id = selling.sell()
    selling.work()
    do(selling, withdraw_push, push_id=selling.push().id)
    assert selling.push().state == "cancel_asked"
    with selling.database.transaction(selling.brand_id) as session, pytest.raises(Conflict):
        from_the_store(selling, order_id, session)
    selling.work()
    assert (selling.push().state, jd.orders[0]["state"], selling.push().trouble) == ("cancelled", "TRADE_CANCELED", "")
    with selling.database.transaction(selling.brand_id) as session:
        from_the_store(selling, order_id, session)
    with pytest.raises(Conflict) as refused:
        do(selling, retry_push, push_id=selling.push().id)
    assert refused.value.code == "nothing_wanted"


def test_a_late_answer_to_a_withdrawal_is_waited_for(session: BrandSession, database: Database, app: Application) -> None:
    with a_jd_shop(late_cancel=True) as jd:
        selling = pushing(session, database, jd, app.gateways.flagship)
        selling.sell()
        selling.work()
        do(selling, withdraw_push, push_id=selling.push().id)
        selling.work()
        assert (selling.push().state, selling.push().last_code) == ("cancel_asked", "cancel_pending")
        jd.advance(selling.push().flagship_order_id, "cancel")
        selling.work(LATER)
        assert (selling.push().state, selling.push().trouble, jd.calls(CANCEL)) == ("cancelled", "", 1)


def test_what_is_on_its_way_cannot_be_withdrawn(selling: Pushing, jd: Jd) -> None:
    selling.sell()
    selling.work()
    jd.ship(selling.push().flagship_order_id)
    do(selling, withdraw_push, push_id=selling.push().id)
    selling.work()
    push = selling.push()
    assert (push.state, push.trouble) == ("shipped", "cancel_declined") and push.last_message % (push.last_data or {})
    assert len(selling.shop.session.scalars(select(Fulfilment)).all()) == 1
    with pytest.raises(Conflict):
        do(selling, withdraw_push, push_id=push.id)
    do(selling, settle_trouble, push_id=push.id)
    assert selling.push().trouble == ""


def test_a_cancelled_order_is_called_off_there(selling: Pushing, jd: Jd) -> None:
    order_id = selling.sell()
    selling.work()
    do(selling, cancel_order, order_id=order_id)
    assert selling.push().state == "cancel_asked", "the money is back at once; the flagship is asked by the worker"
    selling.work()
    assert (selling.push().state, jd.orders[0]["state"], selling.pushes()[1:]) == ("cancelled", "TRADE_CANCELED", [])


def test_cancelled_before_the_worker_came_nothing_is_submitted(selling: Pushing, jd: Jd) -> None:
    order_id = selling.sell()
    do(selling, cancel_order, order_id=order_id)
    assert (selling.push().state, selling.work(), jd.calls(SUBMIT)) == ("cancelled", "", 0)


def test_cancelled_while_the_answer_is_out_the_worker_finds_it_and_calls_it_off(selling: Pushing, jd: Jd) -> None:
    order_id = selling.sell()
    jd.fault("lost", SUBMIT)
    jd.fault("lost", QUERY, after=1, count=-1)
    selling.work()
    assert (selling.push().state, len(jd.orders)) == ("unsure", 1)
    do(selling, cancel_order, order_id=order_id)
    jd.well_again()
    selling.work(LATER)
    assert (selling.push().state, jd.orders[0]["state"]) == ("cancelled", "TRADE_CANCELED")


def lines(selling: Pushing) -> dict[int, OrderLine]:
    return {line.quantity: line for line in selling.shop.session.scalars(select(OrderLine).execution_options(populate_existing=True))}


def test_part_of_it_refunded_the_rest_goes_out_under_a_new_number(selling: Pushing, jd: Jd) -> None:
    order_id = selling.sell()
    selling.work()
    do(selling, refund_order, order_id=order_id, lines=[RefundAsk(lines(selling)[2].id, 1)])
    selling.work()
    first, second = selling.pushes()
    assert (first.state, second.state, second.number) == ("cancelled", "waiting", f"{first.number}-2")
    selling.work()
    assert [(line["skuId"], line["n"]) for line in jd.orders[1]["lines"]] == [(int(selling.case_id), 1), (int(selling.cover_id), 1)]
    assert jd.orders[0]["state"] == "TRADE_CANCELED" and selling.push().state == "paid_told"


def test_part_of_it_refunded_before_it_left_less_is_submitted(selling: Pushing, jd: Jd) -> None:
    order_id = selling.sell()
    do(selling, refund_order, order_id=order_id, lines=[RefundAsk(lines(selling)[2].id, 2)])
    selling.work()
    assert [(line["skuId"], line["n"]) for line in jd.orders[0]["lines"]] == [(int(selling.case_id), 1)] and len(selling.pushes()) == 1


def test_refunded_and_sent_all_the_same_is_a_task(selling: Pushing, jd: Jd) -> None:
    order_id = selling.sell()
    selling.work()
    jd.ship(selling.push().flagship_order_id)
    do(selling, refund_order, order_id=order_id, lines=[RefundAsk(lines(selling)[2].id, 2)])
    selling.work()
    assert selling.push().trouble == "sent_too_much"
    parcel = selling.shop.session.scalars(select(Fulfilment)).one()
    assert [(part.order_line_id, part.quantity) for part in parcel.lines] == [(lines(selling)[1].id, 1)]


def test_a_refused_push_is_tried_again_with_todays_price(selling: Pushing, jd: Jd) -> None:
    jd.sku(selling.case_id).update(price=7777)
    selling.sell()
    selling.work()
    with selling.database.transaction(selling.brand_id) as session:
        session.execute(text("UPDATE variants SET price_minor = 7777 WHERE brand_id = :brand AND external_id = :key"),
                        {"brand": selling.brand_id, "key": selling.case_id})
    do(selling, retry_push, push_id=selling.push().id)
    selling.work()
    assert selling.push().state == "paid_told" and selling.push().goods_minor == jd.orders[0]["total"]


def test_a_refused_push_may_be_sent_by_a_store_and_then_needs_nobody(selling: Pushing, jd: Jd) -> None:
    jd.sku(selling.case_id).update(stock=0)
    order_id = selling.sell()
    selling.work()
    assert selling.push().trouble == "declined"
    with selling.database.transaction(selling.brand_id) as session:
        from_the_store(selling, order_id, session)
    assert selling.push().trouble == ""
    with pytest.raises(Conflict):
        do(selling, retry_push, push_id=selling.push().id)


# ---- races, and what the guards are for
def test_two_workers_make_one_order(selling: Pushing, jd: Jd) -> None:
    selling.sell()
    push_id = selling.push().id
    jd.fault("slow", SUBMIT, seconds=0.3)

    def work(_: BrandSession) -> str:
        return work_push(selling.database, brand_id=selling.brand_id, push_id=push_id, flagship=selling.flagship, now=NOON)

    heard = Race(selling.database, selling.brand_id).run(work, work)
    assert sorted(heard) == ["", "done"] and (jd.calls(SUBMIT), len(jd.orders)) == (1, 1)


def test_the_twin_without_a_lease_submits_or_asks_twice(selling: Pushing, jd: Jd) -> None:
    """Harm shown: with the lease taken off while one worker talks, the other goes to the flagship too; only its memory of the number saves us."""
    selling.sell()
    push_id = selling.push().id
    jd.fault("slow", SUBMIT, seconds=0.6)

    def work(_: BrandSession) -> str:
        return work_push(selling.database, brand_id=selling.brand_id, push_id=push_id, flagship=selling.flagship, now=NOON)

    def break_in(session: BrandSession) -> str:
        time.sleep(0.25)
        session.execute(text("UPDATE order_pushes SET state = 'waiting', leased_until = NULL, next_at = :now WHERE brand_id = :brand"),
                        {"brand": selling.brand_id, "now": NOON})
        session.commit()
        return work(session)

    Race(selling.database, selling.brand_id).run(work, break_in)
    assert jd.calls(QUERY) >= 2 and len(jd.orders) == 1


def test_worker_against_store_the_goods_leave_once(selling: Pushing, jd: Jd) -> None:
    """The store withdraws and sends at the moment the worker submits: either the flagship has the order or the store sent it."""
    for key in (selling.case_id, selling.cover_id):
        jd.sku(key)["stock"] = 1_000
    for turn in range(6):
        order_id = selling.sell(NOON + timedelta(seconds=turn))
        push_id = selling.push().id

        def work(_: BrandSession, push_id: UUID = push_id) -> str:
            return work_push(selling.database, brand_id=selling.brand_id, push_id=push_id, flagship=selling.flagship, now=LATER)

        def store(session: BrandSession, push_id: UUID = push_id, order_id: UUID = order_id) -> str:
            withdraw_push(session, brand_id=selling.brand_id, push_id=push_id, now=LATER)
            from_the_store(selling, order_id, session)
            return "sent"

        _, sent = Race(selling.database, selling.brand_id).run(work, store)
        there = [order for order in jd.orders if order["channel"] == selling.push().number and order["state"] != "TRADE_CANCELED"]
        assert (len(there), sent) in ((1, "with_the_flagship"), (0, "sent"))


def a_parcel(selling: Pushing, session: Any) -> None:
    order = session.scalars(select(Order)).one()
    line = session.scalars(select(OrderLine).where(OrderLine.quantity == 1)).one()
    parcel = Fulfilment(brand_id=selling.brand_id, id=new_id(), order_id=order.id, source="store", store_id=selling.shop.store.id, shipped_at=NOON)
    parcel.lines = [FulfilmentLine(brand_id=selling.brand_id, order_line_id=line.id, quantity=1)]
    session.add(parcel)
    session.flush()


def test_the_database_refuses_a_second_sender(selling: Pushing) -> None:
    selling.sell()
    selling.work()
    with pytest.raises(IntegrityError) as refused, selling.database.transaction(selling.brand_id) as session:
        a_parcel(selling, session)
    assert isinstance(refused.value.orig, CheckViolation) and refused.value.orig.diag.constraint_name == "goods_leave_once"


def test_the_twin_without_the_guard_sends_the_goods_twice(selling: Pushing, settings: Settings) -> None:
    selling.sell()
    selling.work()
    with unguarded(settings, selling.brand_id) as session:
        a_parcel(selling, session)
        push = session.scalars(select(OrderPush)).one()
        assert push.state == "paid_told" and session.scalars(select(Fulfilment)).one().source == "store", "a store and the flagship both send it"
