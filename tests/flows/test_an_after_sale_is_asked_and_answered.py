"""A case from asking to its end: never more than is left, one open case a line, the right money at the right step (R11, R12)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.aftersales.models import AfterSale, AfterSaleLine
from app.domain.brands.models import BrandSettings
from app.domain.webhooks.actions import add_endpoint
from app.domain.webhooks.models import WebhookDelivery
from app.flows.answer_after_sale import cancel_after_sale, enter_return_parcel, receive_goods, refund_after_sale, reject_after_sale
from app.flows.ask_after_sale import LineAsk, ask_after_sale
from app.flows.cancel_order import cancel_order
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.ship_order import ship_order
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.after_sales import another, approve, ask, asked_back, charge_back, receive, refund, returned, stock
from tests.builders.money import due_to, lines_of, order_of, paid_order, payments_of, received_order, unguarded, whole
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    shop = a_shop(session)
    session.scalars(select(BrandSettings)).one().shipping_fee_minor = 1200
    session.commit()
    return shop


def refused(shop: Shop, placed: object, kind: str, *lines: LineAsk, **more: object) -> str:
    with pytest.raises(Refused) as no:
        ask_after_sale(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, kind=kind, lines=lines,  # type: ignore[attr-defined]
                       now=more.pop("now", NOON), **more)  # type: ignore[arg-type]
    shop.session.rollback()
    return no.value.code


def test_money_back_for_goods_not_sent_goes_at_once(shop: Shop) -> None:
    """One of two covers, 59.90; its reservation is free again, Lin keeps 8 % of the other: 4.79."""
    placed = paid_order(shop, (shop.cover, 2))
    [line] = lines_of(shop, placed)
    case = ask(shop, placed, "refund_only", LineAsk(line.id, 1), reason="买多了")
    assert (case.state, case.number[:7], case.requested_by) == ("requested", "A261122", "系统")
    assert payments_of(shop, placed)[0].refunded_minor == 0
    done = approve(shop, case)
    assert (done.state, done.closed_at, [one.open for one in done.lines]) == ("refunded", NOON, [False])
    assert payments_of(shop, placed)[0].refunded_minor == 5990
    assert due_to(shop, shop.lin.payee_id) == {"pending": 479}
    assert stock(shop, shop.cover) == (1000, 1)


def test_a_return_pays_when_the_goods_are_back(shop: Shop) -> None:
    """299.00 back, 12 % of it is 35.88; the piece is on the shelf again."""
    placed = received_order(shop, (shop.case, 1))
    [line] = lines_of(shop, placed)
    case = asked_back(shop, placed)
    assert approve(shop, case).state == "approved"
    with pytest.raises(Conflict):
        refund_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=NOON)
    shop.session.rollback()
    enter_return_parcel(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, carrier="顺丰速运", tracking_no="SF99", now=NOON)
    assert stock(shop, shop.case) == (999, 0)
    receive(shop, case, restock=[line.id])
    assert (stock(shop, shop.case), case.state) == ((1000, 0), "returned")
    assert payments_of(shop, placed)[0].refunded_minor == 0
    refund_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=NOON)
    shop.session.commit()
    assert (case.state, case.return_tracking_no, case.lines[0].restocked) == ("refunded", "SF99", True)
    assert (payments_of(shop, placed)[0].refunded_minor, due_to(shop, shop.lin.payee_id), order_of(shop, placed).state) == (29900, {}, "refunded")
    whole(shop)


def test_damaged_goods_do_not_return_to_the_shelf(shop: Shop) -> None:
    placed = received_order(shop, (shop.case, 1))
    returned(shop, placed)
    assert stock(shop, shop.case) == (999, 0)


def test_less_than_the_piece_was_paid_is_given_for_wear(shop: Shop) -> None:
    placed = received_order(shop, (shop.case, 1))
    [line] = lines_of(shop, placed)
    case = ask(shop, placed, "return_refund", LineAsk(line.id, 1, 20000))
    approve(shop, case)
    receive(shop, case)
    refund_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=NOON)
    shop.session.commit()
    # 12 % of the 99.00 she still pays
    assert (line.refunded_minor, line.refunded_quantity, due_to(shop, shop.lin.payee_id)) == (20000, 1, {"held": 1188})
    whole(shop)


def test_shipping_alone_touches_no_share(shop: Shop) -> None:
    placed = received_order(shop)
    before = due_to(shop, shop.lin.payee_id)
    case = ask(shop, placed, "shipping_only", shipping_minor=1200)
    assert approve(shop, case).state == "refunded"
    assert due_to(shop, shop.lin.payee_id) == before
    assert refused(shop, placed, "shipping_only", shipping_minor=1) == "shipping_nothing"


def test_two_cases_do_not_ask_for_the_same_shipping(shop: Shop) -> None:
    placed = received_order(shop)
    case, cover = lines_of(shop, placed)
    ask(shop, placed, "refund_only", LineAsk(case.id, 1), shipping_minor=1000)
    assert refused(shop, placed, "refund_only", LineAsk(cover.id, 1), shipping_minor=201) == "shipping_too_much"
    ask(shop, placed, "refund_only", LineAsk(cover.id, 1), shipping_minor=200)


def test_more_than_is_left_is_refused(shop: Shop) -> None:
    placed = received_order(shop, (shop.cover, 2))
    [line] = lines_of(shop, placed)
    refund(shop, placed, RefundAsk(line.id, amount_minor=1980))
    for lines, code in (((LineAsk(line.id, 3),), "quantity_invalid"), ((LineAsk(line.id, -1),), "quantity_invalid"),
                        ((LineAsk(line.id, 0, 10001),), "amount_invalid"), ((LineAsk(line.id, 0, 0),), "amount_invalid"), ((LineAsk(line.id),), "amount_invalid"),
                        ((LineAsk(line.id, 1), LineAsk(line.id, 1)), "line_twice"), ((), "lines_missing")):
        assert refused(shop, placed, "refund_only", *lines) == code
    assert refused(shop, placed, "nonsense", LineAsk(line.id, 1)) == "kind_unknown"
    assert refused(shop, placed, "return_refund", LineAsk(line.id, 0, 500)) == "quantity_invalid"
    assert refused(shop, placed, "shipping_only", LineAsk(line.id, 1), shipping_minor=1) == "shipping_only"
    with pytest.raises(NotFound):
        ask(shop, placed, "refund_only", LineAsk(new_id(), 1))
    shop.session.rollback()
    assert ask(shop, placed, "refund_only", LineAsk(line.id, 2)).state == "requested"


def test_goods_not_sent_cannot_be_returned_or_exchanged(shop: Shop) -> None:
    placed = paid_order(shop, (shop.cover, 2))
    [line] = lines_of(shop, placed)
    for _ in range(2):
        for kind in ("return_refund", "exchange"):
            assert refused(shop, placed, kind, LineAsk(line.id, 1, exchange_variant_id=shop.cover)) == "not_sent"
        if line.shipped_quantity == 0:
            ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[(line.id, 1)], now=NOON)
            shop.session.commit()


def test_the_shoppers_window_ends_and_headquarters_is_not_bound(shop: Shop) -> None:
    placed = received_order(shop, (shop.case, 1))
    [line] = lines_of(shop, placed)
    assert line.hold_until
    ends = line.hold_until
    assert refused(shop, placed, "return_refund", LineAsk(line.id, 1), window=True, now=ends) == "window_over"
    assert refused(shop, placed, "shipping_only", shipping_minor=1200, window=True, now=ends) == "window_over"
    ask(shop, placed, "shipping_only", shipping_minor=1, window=True, now=ends - timedelta(seconds=1))
    ask(shop, placed, "return_refund", LineAsk(line.id, 1), now=ends + timedelta(days=30))


def test_an_order_nobody_paid_has_no_after_sale(shop: Shop) -> None:
    placed = shop.order()
    shop.session.commit()
    assert refused(shop, placed, "refund_only", LineAsk(lines_of(shop, placed)[0].id, 1)) == "not_refundable"


def test_a_line_has_one_open_case(shop: Shop) -> None:
    placed = received_order(shop, (shop.cover, 2))
    [line] = lines_of(shop, placed)
    first = asked_back(shop, placed)
    assert refused(shop, placed, "refund_only", LineAsk(line.id, 1)) == "after_sale_open"
    reject_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=first.id, answer="外观有明显使用痕迹", now=NOON)
    shop.session.commit()
    assert (first.state, first.answer, first.decided_by) == ("rejected", "外观有明显使用痕迹", "系统")
    assert ask(shop, placed, "refund_only", LineAsk(line.id, 1)).state == "requested"


SECOND = """INSERT INTO after_sale_lines (brand_id, id, after_sale_id, order_line_id, quantity)
SELECT brand_id, gen_random_uuid(), CAST(:case AS uuid), order_line_id, 1 FROM after_sale_lines WHERE after_sale_id = :first"""


def test_the_database_holds_one_open_case_a_line_and_without_it_there_are_two(shop: Shop, settings: Settings) -> None:
    placed = received_order(shop, (shop.cover, 2))
    first = asked_back(shop, placed)
    other = ask(shop, placed, "shipping_only", shipping_minor=1)
    names = {"case": other.id, "first": first.id}
    with pytest.raises(IntegrityError, match="uq_after_sale_lines_one_open"):
        shop.session.execute(text(SECOND), names)
    shop.session.rollback()
    with unguarded(settings, shop.brand_id) as loose:
        loose.execute(text("DROP INDEX uq_after_sale_lines_one_open"))
        loose.execute(text(SECOND), names)
        assert loose.scalars(select(AfterSaleLine).where(AfterSaleLine.open)).all().__len__() == 2, "the twin: the same two covers asked back twice"


def test_a_refund_beside_a_case_leaves_what_it_asks_for(shop: Shop) -> None:
    """Three covers, one asked back: 59.90 of 179.70 is spoken for, 119.80 is free."""
    placed = received_order(shop, (shop.cover, 3))
    [line] = lines_of(shop, placed)
    case = asked_back(shop, placed)
    for asks in (RefundAsk(line.id, amount_minor=11981), RefundAsk(line.id, quantity=3)):
        with pytest.raises(Refused) as no:
            refund(shop, placed, asks)
        assert (no.value.code, no.value.data["left_minor"]) == ("after_sale_open", 11980)
        shop.session.rollback()
    refund(shop, placed, RefundAsk(line.id, quantity=2))
    approve(shop, case)
    receive(shop, case)
    refund_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=NOON)
    shop.session.commit()
    assert (order_of(shop, placed).state, line.refunded_minor) == ("refunded", 17970)
    whole(shop)


def test_an_order_in_after_sale_is_not_cancelled_over_it(shop: Shop) -> None:
    placed = paid_order(shop, (shop.case, 1))
    case = ask(shop, placed, "refund_only", LineAsk(lines_of(shop, placed)[0].id, 1))
    with pytest.raises(Refused, match="售后单"):
        cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    shop.session.rollback()
    cancel_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=NOON)
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    shop.session.commit()
    assert (case.state, order_of(shop, placed).state) == ("cancelled", "cancelled")
    whole(shop)


def test_what_she_wants_her_money_for_is_not_sent_meanwhile(shop: Shop) -> None:
    """Three covers paid, one asked back: two leave; rejected, the third follows."""
    placed = paid_order(shop, (shop.cover, 3))
    [line] = lines_of(shop, placed)
    case = ask(shop, placed, "refund_only", LineAsk(line.id, 1))
    with pytest.raises(Refused, match="最多还能发 2 件"):
        ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[(line.id, 3)], now=NOON)
    shop.session.rollback()
    assert [part.quantity for part in ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON).lines] == [2]
    reject_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, answer="已出库", now=NOON)
    assert [part.quantity for part in ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON).lines] == [1]
    shop.session.commit()
    whole(shop)


def test_a_case_is_answered_once_and_with_words(shop: Shop) -> None:
    placed = received_order(shop, (shop.case, 1))
    case = asked_back(shop, placed)
    with pytest.raises(Refused) as no:
        reject_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, answer=" \x00 ", now=NOON)
    assert no.value.field == "answer"
    approve(shop, case)
    receive(shop, case)
    for late in (lambda: approve(shop, case), lambda: cancel_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=NOON),
                 lambda: enter_return_parcel(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, carrier="x", tracking_no="y", now=NOON)):
        with pytest.raises(Conflict):
            late()
        shop.session.rollback()
    with pytest.raises(NotFound):
        receive_goods(shop.session, brand_id=shop.brand_id, after_sale_id=new_id(), now=NOON)


def test_only_the_cases_own_lines_are_restocked(shop: Shop) -> None:
    placed = received_order(shop)
    case = asked_back(shop, placed, 0)
    approve(shop, case)
    with pytest.raises(NotFound):
        receive(shop, case, restock=[lines_of(shop, placed)[1].id])


def test_while_her_bank_decides_nothing_is_asked_of_the_brand(shop: Shop) -> None:
    placed = received_order(shop, (shop.case, 1))
    charge_back(shop, placed, 1000)
    assert refused(shop, placed, "refund_only", LineAsk(lines_of(shop, placed)[0].id, 1)) == "chargeback_open"
    with pytest.raises(Conflict, match="拒付"):
        refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, shipping_minor=1, now=NOON)


def test_the_brands_systems_hear_of_it(shop: Shop) -> None:
    add_endpoint(shop.session, brand_id=shop.brand_id, url="https://erp.example.com/hook", events=[], plain_http=False)
    placed = paid_order(shop, (shop.case, 1))
    case = ask(shop, placed, "refund_only", LineAsk(lines_of(shop, placed)[0].id, 1))
    approve(shop, case)
    told = shop.session.scalars(select(WebhookDelivery).where(WebhookDelivery.event.startswith("after_sale")).order_by(WebhookDelivery.id)).all()
    assert [(one.event, one.payload["state"], one.payload["number"]) for one in told] == [
        ("after_sale.opened", "requested", case.number), ("after_sale.closed", "refunded", case.number)]


def test_a_refunded_case_points_at_its_refund(shop: Shop, settings: Settings) -> None:
    asked_back(shop, received_order(shop, (shop.case, 1)))
    forged = text("UPDATE after_sales SET state = 'refunded'")
    with pytest.raises(IntegrityError, match="ck_after_sales_refund"):
        shop.session.execute(forged)
    shop.session.rollback()
    with unguarded(settings, shop.brand_id) as loose:
        loose.execute(text("ALTER TABLE after_sales DROP CONSTRAINT ck_after_sales_refund"))
        loose.execute(forged)
        assert loose.scalars(select(AfterSale)).one().refund_id is None, "the twin: refunded, and no money moved"


def test_another_price_is_refused_and_named(shop: Shop) -> None:
    placed = received_order(shop, (shop.case, 1))
    dearer = another(shop, shop.case, "A-XL", price_minor=30000)
    assert refused(shop, placed, "exchange", LineAsk(lines_of(shop, placed)[0].id, 1, exchange_variant_id=dearer)) == "price_differs"
    assert refused(shop, placed, "exchange", LineAsk(lines_of(shop, placed)[0].id, 1)) == "exchange_missing"
