"""The bank decides: won, the order goes on; lost, every share gives back its part as in a refund and the fee is the brand's (R12, R14).

The order of R23 without coupons: 299.00 + 2 × 59.90 + shipping 12.00 = 430.80. Lin 35.88 + 9.58, He as referrer 5.98 + 2.40,
platform 2.99 + 1.20, store 14.95 + 5.99.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.aftersales.models import Chargeback
from app.domain.brands.models import BrandSettings
from app.domain.ledger.models import LedgerEntry, LedgerTransaction
from app.domain.orders.models import Refund
from app.domain.promotions.models import Coupon
from app.domain.webhooks.actions import add_endpoint
from app.domain.webhooks.models import WebhookDelivery
from app.flows.ask_after_sale import LineAsk
from app.flows.cancel_order import cancel_order
from app.flows.charge_back import lose_chargeback, open_chargeback, win_chargeback
from app.flows.refund_order import RefundAsk
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.after_sales import another, approve, ask, asked_back, charge_back, house, lose, paid_out, refund, settled, stock
from tests.builders.money import HOLD_OVER, due_to, lines_of, order_of, paid_order, payments_of, received_order, unguarded, whole
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    shop = a_shop(session)
    terms = session.scalars(select(BrandSettings)).one()
    terms.shipping_fee_minor, terms.two_levels, terms.payout_minimum_minor = 1200, True, 0
    session.commit()
    return shop


def test_lost_whole_before_it_settled(shop: Shop) -> None:
    placed = received_order(shop)
    row = charge_back(shop, placed, 43080, fee_minor=1500)
    assert (row.state, due_to(shop, shop.lin.payee_id)) == ("open", {"held": 4546})
    lose(shop, row)
    assert (row.state, order_of(shop, placed).state, payments_of(shop, placed)[0].refunded_minor) == ("lost", "refunded", 43080)
    assert due_to(shop, shop.lin.payee_id) == {} and due_to(shop, shop.store.payee_id) == {}
    made = shop.session.scalars(select(Refund)).one()
    assert (made.id, made.reason, made.amount_minor, made.shipping_minor) == (row.refund_id, "chargeback", 43080, 1200)
    kinds = shop.session.scalars(select(LedgerTransaction.kind).order_by(LedgerTransaction.id)).all()
    assert kinds[-2:] == ["chargeback", "chargeback_fee"] and "reversed" not in kinds


def test_the_fee_is_the_brands_and_no_shoppers_money(shop: Shop) -> None:
    """The bank keeps 15.00: the brand is 15.00 short, the account of shoppers' money holds 15.00 less than nothing."""
    placed = received_order(shop)
    lose(shop, charge_back(shop, placed, 43080, fee_minor=1500))
    assert house(shop, "brand") == {"available": -1500}
    assert house(shop, "clearing") == {"received": 1500}
    of_order = select(LedgerTransaction.order_id).where(LedgerTransaction.kind == "chargeback_fee")
    assert shop.session.scalars(of_order).one() is None, "it stands on no order: what the shopper has paid stays exact"


def test_a_part_is_laid_on_lines_and_shipping_by_what_is_left(shop: Shop) -> None:
    """100.00 of 430.80: 69.4058 on the case, 27.8087 on the covers, 2.7855 on shipping → 69.41, 27.81, 2.78 by largest remainder.
    Lin gives back 35.88 × 69.41 / 299.00 = 8.33 and 9.58 × 27.81 / 119.80 = 2.22."""
    placed = received_order(shop)
    lose(shop, charge_back(shop, placed, 10000))
    case, cover = lines_of(shop, placed)
    assert (case.refunded_minor, cover.refunded_minor, order_of(shop, placed).shipping_refunded_minor) == (6941, 2781, 278)
    assert due_to(shop, shop.lin.payee_id) == {"held": 4546 - 833 - 222}
    assert order_of(shop, placed).state == "delivered"


def test_what_was_refunded_before_is_not_taken_again(shop: Shop) -> None:
    """The case was refunded whole: the bank can take 131.80, and lays 31.80 of it 28.91 / 2.89 on covers and shipping."""
    placed = received_order(shop)
    case, cover = lines_of(shop, placed)
    refund(shop, placed, RefundAsk(case.id, quantity=1))
    with pytest.raises(Refused) as no:
        charge_back(shop, placed, 13181)
    assert no.value.data["left_minor"] == 13180
    shop.session.rollback()
    lose(shop, charge_back(shop, placed, 3180))
    case, cover = lines_of(shop, placed)
    # 31.80 × 119.80 / 131.80 = 28.9047; 31.80 × 12 / 131.80 = 2.8953
    assert (case.refunded_minor, cover.refunded_minor, order_of(shop, placed).shipping_refunded_minor) == (29900, 2890, 290)


def test_a_single_fen(shop: Shop) -> None:
    placed = received_order(shop)
    lose(shop, charge_back(shop, placed, 1))
    assert [line.refunded_minor for line in lines_of(shop, placed)] == [1, 0]
    assert due_to(shop, shop.lin.payee_id) == {"held": 4546}, "12 % of a fen is none"


def test_after_the_payout_it_is_carried_as_a_debt(shop: Shop) -> None:
    placed = received_order(shop)
    assert settled(shop) == 2
    # Lin 45.46, He 8.38, store 20.94
    assert paid_out(shop) == 4546 + 838 + 2094
    lose(shop, charge_back(shop, placed, 43080, now=HOLD_OVER), now=HOLD_OVER)
    assert due_to(shop, shop.lin.payee_id) == {"paid": 4546, "available": -4546}
    assert due_to(shop, shop.he.payee_id) == {"paid": 838, "available": -838}
    assert due_to(shop, shop.store.payee_id) == {"paid": 2094, "available": -2094}


def test_between_settlement_and_payout_it_takes_what_is_available(shop: Shop) -> None:
    placed = received_order(shop)
    settled(shop)
    lose(shop, charge_back(shop, placed, 43080, now=HOLD_OVER), now=HOLD_OVER)
    assert due_to(shop, shop.lin.payee_id) == {}


def test_won_changes_nothing_but_the_waiting(shop: Shop) -> None:
    placed = received_order(shop)
    row = charge_back(shop, placed, 43080, fee_minor=1500)
    win_chargeback(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, now=NOON)
    shop.session.commit()
    assert (row.state, row.refund_id, due_to(shop, shop.lin.payee_id)) == ("won", None, {"held": 4546})
    assert house(shop, "clearing") == {"received": -43080}
    refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, amount_minor=100))


def test_refunds_wait_while_it_is_open_and_end_when_it_is_lost(shop: Shop) -> None:
    placed = received_order(shop)
    row = charge_back(shop, placed, 10000)
    with pytest.raises(Conflict) as no:
        refund(shop, placed, shipping_minor=1)
    assert no.value.code == "chargeback_open"
    shop.session.rollback()
    lose(shop, row)
    with pytest.raises(Conflict) as no:
        refund(shop, placed, shipping_minor=1)
    assert no.value.code == "chargeback_lost"
    shop.session.rollback()
    with pytest.raises(Conflict):
        ask(shop, placed, "refund_only", LineAsk(lines_of(shop, placed)[0].id, 1))
    shop.session.rollback()
    again = charge_back(shop, placed, 33080, ref="CB-2")
    lose(shop, again)
    assert order_of(shop, placed).state == "refunded", "the bank may take the rest another time"


def test_unsent_goods_go_back_to_the_shelf_and_are_not_sent(shop: Shop) -> None:
    placed = paid_order(shop, (shop.cover, 2))
    assert stock(shop, shop.cover) == (1000, 2)
    row = charge_back(shop, placed, 11980 + 1200)
    with pytest.raises(Conflict):
        cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    shop.session.rollback()
    lose(shop, row)
    assert (stock(shop, shop.cover), order_of(shop, placed).state) == ((1000, 0), "refunded")


def test_goods_paid_by_coupons_alone_are_not_sent_either(shop: Shop) -> None:
    """A line worth nothing to the bank goes with the rest of the order."""
    shop.session.add(Coupon(code="GIFT", funder="platform", amount_minor=5990, starts_at=NOON, ends_at=NOON + timedelta(days=9), max_uses=9))
    shop.session.commit()
    placed = paid_order(shop, (shop.cover, 1), coupon_codes=("GIFT",))
    assert [line.paid_minor for line in lines_of(shop, placed)] == [0]
    lose(shop, charge_back(shop, placed, 1200))
    assert (order_of(shop, placed).state, stock(shop, shop.cover), due_to(shop, shop.lin.payee_id)) == ("refunded", (1000, 0), {})


def test_open_cases_are_over_when_the_bank_has_ruled(shop: Shop) -> None:
    placed = received_order(shop)
    blue = another(shop, shop.case, "BLUE")
    case, cover = lines_of(shop, placed)
    swap = ask(shop, placed, "exchange", LineAsk(case.id, 1, exchange_variant_id=blue))
    approve(shop, swap)
    back = asked_back(shop, placed, 1)
    assert stock(shop, blue) == (10, 1)
    lose(shop, charge_back(shop, placed, 43080))
    assert (swap.state, back.state, back.answer, stock(shop, blue)) == ("cancelled", "cancelled", "chargeback", (10, 0))
    whole(shop)


def test_each_reference_once_and_one_open_at_a_time(shop: Shop) -> None:
    placed = received_order(shop)
    row = charge_back(shop, placed, 100)
    with pytest.raises(Conflict) as no:
        charge_back(shop, placed, 100)
    assert no.value.code == "chargeback_known"
    shop.session.rollback()
    with pytest.raises(Conflict) as no:
        charge_back(shop, placed, 100, ref="CB-2")
    assert no.value.code == "chargeback_open"
    shop.session.rollback()
    win_chargeback(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, now=NOON)
    for late in (win_chargeback, lose_chargeback):
        with pytest.raises(Conflict):
            late(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, now=NOON)
    with pytest.raises(NotFound):
        win_chargeback(shop.session, brand_id=shop.brand_id, chargeback_id=new_id(), now=NOON)


@pytest.mark.parametrize(("amount", "fee", "ref"), [(0, 0, "r"), (-1, 0, "r"), (43081, 0, "r"), (1, -1, "r"), (1, 10**14, "r"), (1, 0, " \x00")])
def test_what_cannot_be_is_refused(shop: Shop, amount: int, fee: int, ref: str) -> None:
    placed = received_order(shop)
    with pytest.raises(Refused):
        open_chargeback(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, provider_ref=ref, amount_minor=amount, fee_minor=fee, now=NOON)


def test_only_money_that_is_there_is_charged_back(shop: Shop) -> None:
    placed = shop.order()
    shop.session.commit()
    with pytest.raises(Conflict):
        charge_back(shop, placed, 1)


SECOND = """INSERT INTO chargebacks (brand_id, id, order_id, payment_id, provider_ref, amount_minor, state, opened_at)
SELECT brand_id, gen_random_uuid(), order_id, payment_id, provider_ref || CAST(:more AS text), amount_minor, 'open', opened_at FROM chargebacks WHERE brand_id = :brand"""


@pytest.mark.parametrize(("more", "guard", "undo"), [
    ("", "uq_chargebacks_brand_id_payment_id_provider_ref", "ALTER TABLE chargebacks DROP CONSTRAINT uq_chargebacks_brand_id_payment_id_provider_ref"),
    ("-2", "uq_chargebacks_one_open", "DROP INDEX uq_chargebacks_one_open")])
def test_the_database_refuses_a_second_and_without_the_key_there_are_two(shop: Shop, settings: Settings, more: str, guard: str, undo: str) -> None:
    charge_back(shop, received_order(shop), 43080)
    if not more:
        shop.session.execute(text("UPDATE chargebacks SET state = 'won'"))
        shop.session.commit()
    with pytest.raises(IntegrityError, match=guard):
        shop.session.execute(text(SECOND), {"more": more, "brand": shop.brand_id})
    shop.session.rollback()
    with unguarded(settings, shop.brand_id) as loose:
        loose.execute(text(undo))
        loose.execute(text(SECOND), {"more": more, "brand": shop.brand_id})
        asked = loose.scalars(select(Chargeback.amount_minor)).all()
        assert sum(asked) == 2 * 43080, "the twin: the same payment is asked back twice"


def test_the_brands_systems_hear_of_it(shop: Shop) -> None:
    add_endpoint(shop.session, brand_id=shop.brand_id, url="https://erp.example.com/hook", events=[], plain_http=False)
    lose(shop, charge_back(shop, received_order(shop), 43080, fee_minor=5))
    told = shop.session.scalars(select(WebhookDelivery).where(WebhookDelivery.event.startswith("chargeback")).order_by(WebhookDelivery.id)).all()
    assert [(one.event, one.payload["state"], one.payload["amount"], one.payload["fee"]) for one in told] == [
        ("chargeback.opened", "open", 43080, 5), ("chargeback.closed", "lost", 43080, 5)]


def test_every_entry_of_a_loss_says_chargeback(shop: Shop) -> None:
    """Reports tell a bank's ruling from the brand's own refunds by the kind."""
    lose(shop, charge_back(shop, received_order(shop), 43080))
    kinds = set(shop.session.scalars(select(LedgerEntry.kind).where(LedgerEntry.amount_minor < 0, LedgerEntry.payee_id == shop.lin.payee_id)))
    assert "chargeback" in kinds and "reversed" not in kinds
