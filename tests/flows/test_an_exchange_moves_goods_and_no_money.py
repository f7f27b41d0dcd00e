"""Goods come back, others of the same price go out: stock follows each piece, money and shares stay where they are (R12)."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.fulfilment.models import Fulfilment
from app.domain.ledger.models import LedgerTransaction
from app.flows.answer_after_sale import cancel_after_sale, refund_after_sale, reject_after_sale, send_replacement
from app.flows.ask_after_sale import LineAsk
from app.flows.deliver_order import deliver_order
from app.flows.place_order import PlacedOrder
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.after_sales import another, approve, ask, receive, returned, settled, stock
from tests.builders.money import due_to, lines_of, order_of, received_order, whole
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


@pytest.fixture
def blue(shop: Shop) -> UUID:
    return another(shop, shop.case, "BLUE", stock=3)


def asked(shop: Shop, placed: PlacedOrder, variant_id: UUID, quantity: int = 1):  # type: ignore[no-untyped-def]  # an AfterSale
    return ask(shop, placed, "exchange", LineAsk(lines_of(shop, placed)[0].id, quantity, exchange_variant_id=variant_id))


def send(shop: Shop, case: object, **more: object) -> None:
    send_replacement(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, carrier="顺丰速运", tracking_no="SF7", now=NOON, **more)  # type: ignore[attr-defined, arg-type]
    shop.session.commit()
    whole(shop)


def postings(shop: Shop) -> int:
    return len(shop.session.scalars(select(LedgerTransaction.id)).all())


def test_from_asking_to_the_new_parcel(shop: Shop, blue: UUID) -> None:
    placed = received_order(shop, (shop.case, 2))
    [line] = lines_of(shop, placed)
    before, written = due_to(shop, shop.lin.payee_id), postings(shop)
    case = asked(shop, placed, blue)
    assert stock(shop, blue) == (3, 0)
    approve(shop, case)
    assert stock(shop, blue) == (3, 1), "set aside from approval on"
    with pytest.raises(Conflict):
        send(shop, case)
    shop.session.rollback()
    receive(shop, case, restock=[line.id])
    assert (stock(shop, shop.case), stock(shop, blue)) == ((999, 0), (3, 1))
    send(shop, case, store_id=shop.store.id)
    assert (case.state, stock(shop, blue)) == ("exchanged", (2, 0))
    assert (due_to(shop, shop.lin.payee_id), postings(shop)) == (before, written), "no entry was written"
    parcel = shop.session.scalars(select(Fulfilment).where(Fulfilment.id == case.fulfilment_id)).one()
    assert (parcel.tracking_no, parcel.source, [part.quantity for part in parcel.lines]) == ("SF7", "store", [1])
    assert settled(shop) == 1


def test_the_new_parcel_is_received_without_a_second_hold_period(shop: Shop, blue: UUID) -> None:
    placed = received_order(shop, (shop.case, 1))
    [line] = lines_of(shop, placed)
    ends = line.hold_until
    case = asked(shop, placed, blue)
    approve(shop, case)
    receive(shop, case)
    send(shop, case)
    assert settled(shop) == 1 and order_of(shop, placed).state == "completed"
    deliver_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    shop.session.commit()
    [line] = lines_of(shop, placed)
    assert (line.delivered_quantity, line.hold_until, order_of(shop, placed).state) == (1, ends, "completed")
    assert all(parcel.delivered_at for parcel in shop.session.scalars(select(Fulfilment)))
    whole(shop)


@pytest.mark.parametrize("end", ["reject", "cancel"])
def test_what_was_set_aside_is_free_again_when_it_comes_to_nothing(shop: Shop, blue: UUID, end: str) -> None:
    placed = received_order(shop, (shop.case, 1))
    case = asked(shop, placed, blue)
    approve(shop, case)
    if end == "reject":
        reject_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, answer="寄回的不是本店商品", now=NOON)
    else:
        cancel_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=NOON)
    shop.session.commit()
    assert stock(shop, blue) == (3, 0)
    whole(shop)


def test_nothing_was_set_aside_before_the_yes(shop: Shop, blue: UUID) -> None:
    case = asked(shop, received_order(shop, (shop.case, 1)), blue)
    cancel_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=NOON)
    shop.session.commit()
    assert stock(shop, blue) == (3, 0)
    whole(shop)


def test_more_than_is_on_the_shelf_is_not_promised(shop: Shop, blue: UUID) -> None:
    shop.order((blue, 2))
    shop.session.commit()
    case = asked(shop, received_order(shop, (shop.case, 2)), blue, 2)
    with pytest.raises(Conflict) as no:
        approve(shop, case)
    assert (no.value.code, no.value.data["left"]) == ("out_of_stock", 1)
    shop.session.rollback()
    assert (stock(shop, blue), case.state) == ((3, 2), "requested")


def test_what_came_in_exchange_is_what_goes_back(shop: Shop, blue: UUID) -> None:
    """Bought in oat, exchanged for blue, then returned: it is a blue one that is on the shelf again, and 299.00 that go back."""
    placed = received_order(shop, (shop.case, 1))
    [line] = lines_of(shop, placed)
    case = asked(shop, placed, blue)
    approve(shop, case)
    receive(shop, case, restock=[line.id])
    send(shop, case)
    assert (stock(shop, shop.case), stock(shop, blue)) == ((1000, 0), (2, 0))
    back = ask(shop, placed, "return_refund", LineAsk(line.id, 1))
    approve(shop, back)
    receive(shop, back, restock=[line.id])
    refund_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=back.id, now=NOON)
    shop.session.commit()
    assert (stock(shop, shop.case), stock(shop, blue)) == ((1000, 0), (3, 0))
    assert order_of(shop, placed).state == "refunded"
    whole(shop)


def test_the_rest_can_still_be_returned(shop: Shop, blue: UUID) -> None:
    placed = received_order(shop, (shop.case, 2))
    case = asked(shop, placed, blue)
    approve(shop, case)
    receive(shop, case)
    send(shop, case)
    returned(shop, placed, quantity=2)
    assert order_of(shop, placed).state == "refunded"


def test_an_exchange_asks_for_no_money_and_no_strangers_goods(shop: Shop, blue: UUID) -> None:
    placed = received_order(shop, (shop.case, 1))
    with pytest.raises(NotFound):
        asked(shop, placed, new_id())
    shop.session.rollback()
    with pytest.raises(Refused, match="运费"):
        ask(shop, placed, "exchange", LineAsk(lines_of(shop, placed)[0].id, 1, exchange_variant_id=blue), shipping_minor=1)
    shop.session.rollback()
    case = asked(shop, placed, blue)
    approve(shop, case)
    receive(shop, case)
    with pytest.raises(NotFound):
        send(shop, case, store_id=new_id())
