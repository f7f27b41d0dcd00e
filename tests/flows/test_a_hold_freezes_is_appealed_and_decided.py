"""While a sale is held nothing of it is released; cleared it goes its way; upheld the brand has guide's and referrer's shares.

One case of 299.00 by Lin's link: guide 12 % = 35.88, referrer (He) 2 % = 5.98, platform 1 % = 2.99, store 5 % = 14.95, brand 239.20.
"""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.brands.actions import change_settings
from app.domain.commission.models import SalesCredit, ShareMove
from app.domain.fraud.models import SaleHold
from app.domain.fraud.queries import frozen_orders
from app.domain.insights.disputes import frozen_money
from app.domain.ledger.actions import post
from app.domain.ledger.models import LedgerTransaction
from app.domain.notices.models import Notice
from app.domain.orders.models import AttributionDecision
from app.domain.webhooks.actions import add_endpoint
from app.domain.webhooks.models import WebhookDelivery
from app.extensions import Database
from app.flows.dispute_attribution import accept_dispute, open_dispute
from app.flows.hold_sales import appeal_hold, clear_hold, hold_watched, look_at_sale, uphold_hold
from app.flows.refund_order import RefundAsk
from app.flows.settle_period import due, settle
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.activities import a_coupon
from tests.builders.after_sales import charge_back, house, lose, refund, settled
from tests.builders.held import held_sale, looked, sale
from tests.builders.money import HOLD_OVER, due_to, lines_of, order_of, pay, unguarded, whole
from tests.builders.races import Race
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

LATER = NOON + timedelta(days=3)
"""She has had the time to answer."""


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    found = a_shop(session)
    change_settings(session, brand_id=found.brand_id, two_levels=True)
    session.commit()
    return found


def clear(shop: Shop, hold: SaleHold) -> None:
    clear_hold(shop.session, brand_id=shop.brand_id, hold_id=hold.id, note="电话核实过", now=LATER)
    shop.session.commit()


def uphold(shop: Shop, hold: SaleHold) -> None:
    uphold_hold(shop.session, brand_id=shop.brand_id, hold_id=hold.id, note="收货人是同事本人", now=LATER)
    shop.session.commit()
    whole(shop)


def appeal(shop: Shop, hold: SaleHold, words: str = "她替顾客下的单") -> None:
    appeal_hold(shop.session, brand_id=shop.brand_id, guide=shop.lin, hold_id=hold.id, text=words, now=NOON)
    shop.session.commit()


def stands(shop: Shop) -> list[dict[str, int]]:
    """Lin, her referrer He, their store."""
    return [due_to(shop, payee) for payee in (shop.lin.payee_id, shop.he.payee_id, shop.store.payee_id)]


def test_nothing_of_a_held_order_is_released_and_the_others_are(shop: Shop) -> None:
    placed, _ = held_sale(shop)
    other = sale(shop, received=True)
    assert due(shop.session, brand_id=shop.brand_id, as_of=HOLD_OVER)[0] == 1
    assert settled(shop) == 1
    assert stands(shop) == [{"held": 3588, "available": 3588}, {"held": 598, "available": 598}, {"held": 1495, "available": 1495}]
    assert (order_of(shop, placed).state, order_of(shop, other).state) == ("delivered", "completed")
    assert frozen_money(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id) == (1, 3588)
    assert frozen_orders(shop.session, brand_id=shop.brand_id, order_ids=[placed.order_id, other.order_id]) == {placed.order_id}


def test_an_appealed_one_waits_too_and_cleared_it_goes_its_way(shop: Shop) -> None:
    placed, hold = held_sale(shop)
    appeal(shop, hold)
    assert settled(shop) == 0
    clear(shop, hold)
    assert settled(shop) == 1
    assert stands(shop) == [{"available": 3588}, {"available": 598}, {"available": 1495}]
    assert order_of(shop, placed).state == "completed"
    told = shop.session.scalars(select(Notice).where(Notice.account_id == shop.lin.account_id).order_by(Notice.at, Notice.id)).all()
    assert {"held", "hold_cleared"} <= {one.kind for one in told}


def test_a_watched_sale_is_released(shop: Shop) -> None:
    _, hold = held_sale(shop)
    hold.state = "watched"
    shop.session.commit()
    assert settled(shop) == 1


def test_cleared_is_not_held_again(shop: Shop) -> None:
    placed, hold = held_sale(shop)
    clear(shop, hold)
    again = looked(shop, placed)
    assert again is not None
    assert (again.id, again.state) == (hold.id, "cleared")


@pytest.mark.parametrize(("received", "phase"), [(False, "pending"), (True, "held")])
def test_upheld_the_brand_has_both_shares_where_they_stand_and_the_store_keeps_hers(shop: Shop, received: bool, phase: str) -> None:
    placed, hold = held_sale(shop, received=received)
    before = house(shop, "brand")[phase]
    uphold(shop, hold)
    assert stands(shop) == [{}, {}, {phase: 1495}]
    assert house(shop, "brand")[phase] - before == 3588 + 598
    order = order_of(shop, placed)
    assert (order.guide_id, order.store_id) == (None, shop.store.id)
    assert len(shop.session.scalars(select(ShareMove).where(ShareMove.hold_id == hold.id)).all()) == 2
    [moved] = shop.session.scalars(select(LedgerTransaction).where(LedgerTransaction.kind == "reattributed"))
    assert (moved.cause, moved.note) == (f"hold:{hold.id}:upheld", {"hold_id": str(hold.id)})
    notice = shop.session.scalars(select(Notice).where(Notice.kind == "hold_upheld")).one()
    assert (notice.account_id, notice.data["note"]) == (shop.lin.account_id, "收货人是同事本人")


def test_upheld_it_is_released_to_the_brand(shop: Shop) -> None:
    _, hold = held_sale(shop)
    uphold(shop, hold)
    before = house(shop, "brand").get("available", 0)
    assert settled(shop) == 1
    assert stands(shop) == [{}, {}, {"available": 1495}]
    assert house(shop, "brand")["available"] - before == 23920 + 3588 + 598


def test_a_refund_afterwards_takes_from_the_brand(shop: Shop) -> None:
    placed, hold = held_sale(shop)
    uphold(shop, hold)
    refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, 1, 29900))
    assert stands(shop) == [{}, {}, {}]
    assert house(shop, "brand") == {}


def test_a_chargeback_of_a_held_order_leaves_nothing_to_uphold(shop: Shop) -> None:
    placed, hold = held_sale(shop)
    lose(shop, charge_back(shop, placed, 29900))
    uphold(shop, hold)
    assert stands(shop) == [{}, {}, {}]


def test_her_coupon_goes_along_with_her_share(shop: Shop) -> None:
    """She gives 10.00 of her 35.88: 25.88 is at stake, and the brand takes both over."""
    a_coupon(shop.session, "LIN10", 1000, "guide", guide=shop.lin.id)
    shop.he.phone = "+8613800138000"
    placed = shop.order((shop.case, 1), coupon_codes=("LIN10",))
    shop.session.commit()
    pay(shop, placed)
    hold = looked(shop, placed)
    assert hold is not None
    assert hold.amount_minor == 2588 + 598
    before = house(shop, "brand")["pending"]
    uphold(shop, hold)
    assert house(shop, "brand")["pending"] - before == 2588 + 598


def test_the_decision_keeps_all_versions_and_her_credit_is_nothing(shop: Shop) -> None:
    _, hold = held_sale(shop)
    uphold(shop, hold)
    first, second = shop.session.scalars(select(AttributionDecision).order_by(AttributionDecision.version))
    assert (first.reason, first.guide_id) == ("last_touch", shop.lin.id)
    assert (second.reason, second.guide_id, second.store_id) == ("upheld", None, shop.store.id)
    assert [(one["guide_name"], one["verdict"]) for one in second.candidates] == [("林晓芸", "upheld")]
    credits = shop.session.scalars(select(SalesCredit).where(SalesCredit.kind == "guide").order_by(SalesCredit.version)).all()
    assert [(one.version, one.amount_minor) for one in credits] == [(1, 29900), (2, 0)]


def test_an_upheld_order_may_still_be_disputed_and_given_back(shop: Shop) -> None:
    placed, hold = held_sale(shop)
    uphold(shop, hold)
    made = open_dispute(shop.session, brand_id=shop.brand_id, guide=shop.lin, number=placed.number, phone_tail="0002", evidence="有聊天记录", now=NOON)
    accept_dispute(shop.session, brand_id=shop.brand_id, dispute_id=made.id, answer="属实", now=NOON)
    shop.session.commit()
    whole(shop)
    assert stands(shop) == [{"held": 3588}, {"held": 598}, {"held": 1495}]


def test_nothing_is_upheld_before_she_answered_or_three_days_went_by(shop: Shop) -> None:
    _, hold = held_sale(shop)
    with pytest.raises(Conflict, match="还可以申诉"):
        uphold_hold(shop.session, brand_id=shop.brand_id, hold_id=hold.id, note="x", now=NOON)
    appeal(shop, hold)
    uphold_hold(shop.session, brand_id=shop.brand_id, hold_id=hold.id, note="x", now=NOON)


def test_a_reason_is_needed_to_uphold_and_an_appeal_has_words(shop: Shop) -> None:
    _, hold = held_sale(shop)
    for act, values in ((uphold_hold, {"note": " \x00 "}), (uphold_hold, {"note": "x" * 301}), (clear_hold, {"note": "x" * 301})):
        with pytest.raises(Refused) as refused:
            act(shop.session, brand_id=shop.brand_id, hold_id=hold.id, now=LATER, **values)
        assert refused.value.field == "note"
    for words in ("", "\ud800", "x" * 1001):
        with pytest.raises(Refused) as refused:
            appeal_hold(shop.session, brand_id=shop.brand_id, guide=shop.lin, hold_id=hold.id, text=words, now=NOON)
        assert refused.value.field == "appeal"


def test_she_appeals_once_and_only_her_own(shop: Shop) -> None:
    _, hold = held_sale(shop)
    with pytest.raises(NotFound):
        appeal_hold(shop.session, brand_id=shop.brand_id, guide=shop.he, hold_id=hold.id, text="不是我的", now=NOON)
    appeal(shop, hold)
    with pytest.raises(Conflict, match="已经申诉过"):
        appeal_hold(shop.session, brand_id=shop.brand_id, guide=shop.lin, hold_id=hold.id, text="再说一次", now=NOON)
    clear(shop, hold)
    with pytest.raises(Conflict):
        uphold(shop, hold)


def test_a_watched_one_may_be_held_by_a_person_until_it_is_released(shop: Shop) -> None:
    _, hold = held_sale(shop)
    hold.state = "watched"
    shop.session.commit()
    hold_watched(shop.session, brand_id=shop.brand_id, hold_id=hold.id, now=NOON)
    shop.session.commit()
    assert settled(shop) == 0
    hold.state = "watched"
    shop.session.commit()
    assert settled(shop) == 1
    with pytest.raises(Conflict, match="已经"):
        hold_watched(shop.session, brand_id=shop.brand_id, hold_id=hold.id, now=NOON)


def test_an_order_a_dispute_gave_to_another_is_not_upheld_against_her(shop: Shop) -> None:
    placed, hold = held_sale(shop)
    made = open_dispute(shop.session, brand_id=shop.brand_id, guide=shop.he, number=placed.number, phone_tail="0002", evidence="是我接待的", now=NOON)
    accept_dispute(shop.session, brand_id=shop.brand_id, dispute_id=made.id, answer="属实", now=NOON)
    shop.session.commit()
    with pytest.raises(Conflict, match="改归别人"):
        uphold(shop, hold)
    shop.session.rollback()
    clear(shop, hold)


def test_a_look_and_a_settlement_at_once_leave_it_held_or_released_never_both(shop: Shop, database: Database) -> None:
    for _ in range(4):
        placed = sale(shop, "13900000002", received=True)
        Race(database, shop.brand_id).run(
            lambda session, placed=placed: look_at_sale(session, brand_id=shop.brand_id, order_id=placed.order_id, now=HOLD_OVER),
            lambda session: settle(session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER))
        shop.session.rollback()
        hold = shop.session.scalar(select(SaleHold).where(SaleHold.order_id == placed.order_id))
        frozen = hold is not None and hold.state == "open"
        assert (order_of(shop, placed).state == "delivered") == frozen
        if hold is not None and frozen:
            clear(shop, hold)
            settled(shop)
        whole(shop)


def test_a_look_that_is_open_is_waited_for_by_the_settlement(shop: Shop, database: Database) -> None:
    """The order of the two is fixed: the settlement begins while the hold is written and not committed."""
    placed = sale(shop, "13900000002", received=True)
    written, begun, released = threading.Event(), threading.Event(), []

    def look(session: BrandSession) -> None:
        look_at_sale(session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
        written.set()
        begun.wait(10)
        session.execute(text("SELECT pg_sleep(0.3)"))

    def release(session: BrandSession) -> None:
        written.wait(10)
        begun.set()
        released.append(settle(session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER).line_count)

    Race(database, shop.brand_id).run(look, release)
    assert released == [0]
    shop.session.rollback()
    assert due_to(shop, shop.lin.payee_id) == {"held": 3588}


def test_two_who_uphold_at_once_move_the_money_once(shop: Shop, database: Database) -> None:
    _, hold = held_sale(shop)
    answers = Race(database, shop.brand_id).run(*[
        lambda session: uphold_hold(session, brand_id=shop.brand_id, hold_id=hold.id, note="自购", now=LATER).state] * 2)
    assert sorted(answers) == ["hold_state", "upheld"]
    shop.session.rollback()
    whole(shop)
    assert stands(shop) == [{}, {}, {"held": 1495}]


def test_without_the_hold_the_money_is_released(shop: Shop, settings: Settings) -> None:
    """The twin of the freeze: the same order, its hold taken away."""
    held_sale(shop)
    with unguarded(settings, shop.brand_id) as loose:
        assert settle(loose, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER).line_count == 0
        loose.execute(text("DELETE FROM sale_holds"))
        assert settle(loose, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER).line_count == 1
    whole(shop)


def test_one_order_has_one_hold_and_without_the_key_it_would_have_two(shop: Shop, settings: Settings) -> None:
    placed, hold = held_sale(shop)
    first = hold.id
    twin = {"brand_id": shop.brand_id, "id": new_id(), "order_id": placed.order_id, "guide_id": shop.lin.id, "state": "open", "signals": [],
            "amount_minor": 1, "opened_at": NOON}
    with pytest.raises(IntegrityError, match="uq_sale_holds_brand_id_order_id"), shop.session.begin_nested():
        shop.session.add(SaleHold(**twin))
        shop.session.flush()
    shop.session.rollback()
    with unguarded(settings, shop.brand_id) as loose:
        loose.execute(text("ALTER TABLE sale_holds DROP CONSTRAINT uq_sale_holds_brand_id_order_id"))
        loose.add(SaleHold(**twin))
        loose.flush()
        clear_hold(loose, brand_id=shop.brand_id, hold_id=first, now=LATER)
        assert settle(loose, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER).line_count == 0, "cleared, and held by the other"


def test_the_move_has_one_cause(shop: Shop) -> None:
    placed, hold = held_sale(shop)
    uphold(shop, hold)
    with pytest.raises(UniqueViolation):
        post(shop.session, brand_id=shop.brand_id, cause=f"hold:{hold.id}:upheld", kind="reattributed", order_id=placed.order_id, entries=[], now=NOON)


def heard(shop: Shop) -> list[tuple[str, str, int, list[str]]]:
    rows = shop.session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)).all()
    return [(row.event, row.payload["state"], row.payload["amount"], row.payload["signals"]) for row in rows]


def test_the_brands_own_systems_hear_of_every_step(shop: Shop) -> None:
    """35.88 + 5.98 is at stake."""
    add_endpoint(shop.session, brand_id=shop.brand_id, url="https://erp.example/hook", plain_http=False, events=[
        "sale_hold.opened", "sale_hold.appealed", "sale_hold.cleared", "sale_hold.upheld"])
    _, hold = held_sale(shop)
    appeal(shop, hold)
    uphold(shop, hold)
    at_stake = (4186, ["phone"])
    assert heard(shop) == [("sale_hold.opened", "open", *at_stake), ("sale_hold.appealed", "appealed", *at_stake), ("sale_hold.upheld", "upheld", *at_stake)]
    _, other = held_sale(shop)
    clear(shop, other)
    assert [one[:2] for one in heard(shop)[3:]] == [("sale_hold.opened", "open"), ("sale_hold.cleared", "cleared")]


def test_a_sale_that_is_only_watched_is_told_when_somebody_holds_it(shop: Shop) -> None:
    """One account that pays for three phones is watched."""
    add_endpoint(shop.session, brand_id=shop.brand_id, url="https://erp.example/hook", events=["sale_hold.opened", "sale_hold.cleared"], plain_http=False)
    sales = [sale(shop, f"1380000000{number}", f"延安路 {number} 号", payer="alipay-9") for number in range(3)]
    put_away, taken_up = looked(shop, sales[2]), looked(shop, sales[1])
    assert put_away and taken_up and (put_away.state, taken_up.state) == ("watched", "watched")
    clear(shop, put_away)
    assert heard(shop) == []
    hold_watched(shop.session, brand_id=shop.brand_id, hold_id=taken_up.id, now=NOON)
    assert [one[0] for one in heard(shop)] == ["sale_hold.opened"]
