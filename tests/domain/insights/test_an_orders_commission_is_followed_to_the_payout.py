"""One order's commission, from placing to paid out: guide 42.21, referrer 7.77, store 19.44, together 69.42; and by which run (R12, R15)."""

from __future__ import annotations

from datetime import timedelta

from app.domain.insights.order_money import by_place, parcels, standings
from app.domain.insights.payees import payees_page
from app.domain.insights.unlocking import phase_totals, unlocks
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.flows.charge_back import open_chargeback
from app.flows.pay_out import approve_payout_run, draft_payout_run, execute_payout_run
from app.flows.place_order import PlacedOrder
from app.flows.reconcile_payouts import fail_payout
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.flows.withdraw import request_withdrawal
from app.gateways.payouts.files import FilePayouts
from app.gateways.storage import LocalFiles
from app.kernel.tenancy import BrandSession
from tests.builders.money import HOLD_OVER, lines_of, received_order
from tests.builders.payouts import credit, executed, payouts, withdrawal_of
from tests.builders.sales import BOTH, an_r23_shop, paid, received
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


def test_each_step_moves_the_whole(session: BrandSession, tmp_path: object) -> None:
    shop = an_r23_shop(session)
    brand_id = shop.brand_id

    def standing(order_id: object) -> dict[str, int]:
        return by_place(standings(session, brand_id=brand_id, order_id=order_id))  # type: ignore[arg-type]  # a UUID

    placed = shop.order(coupon_codes=BOTH)
    assert standing(placed.order_id) == {"estimated": 6942}
    assert standing(paid(shop).order_id) == {"pending": 6942}
    order_id = received(shop).order_id
    assert standing(order_id) == {"held": 6942} and len(parcels(session, brand_id=brand_id, order_id=order_id)) == 1
    day, = unlocks(session, brand_id=brand_id, timezone="Asia/Shanghai", after=NOON)
    assert (f"{day.on}", day.line_count, day.amount_minor) == ("2026-12-07", 2, 6942)
    later = NOON + timedelta(days=16)
    settle(session, brand_id=brand_id, as_of=later, now=later)
    assert standing(order_id) == {"available": 6942}
    act_as(session, command("one"))
    run = draft_payout_run(session, brand_id=brand_id, now=later)
    assert standing(order_id) == {"in_payout": 6942}
    act_as(session, command("two"))
    approve_payout_run(session, brand_id=brand_id, run_id=run.id, now=later)
    execute_payout_run(session, brand_id=brand_id, run_id=run.id, provider=FilePayouts(LocalFiles(tmp_path)), now=later)  # type: ignore[arg-type]  # a Path
    assert standing(order_id) == {"paid": 6942}
    assert phase_totals(session, brand_id=brand_id)["paid"] == 6942
    page = payees_page(session, brand_id=brand_id, from_=NOON, to=later + timedelta(days=1), moved=True, sort="-earned")
    assert [(row.name, row.earned, row.paid_now, row.paid) for row in page.items] == [
        ("林晓芸", 4221, -4221, 4221), ("静安嘉里店", 1944, -1944, 1944), ("何敏", 777, -777, 777)]


def told(shop: Shop, placed: PlacedOrder) -> dict[tuple[str, str], list[tuple[str, int, int | None]]]:
    """(name, role) → where each part is, its minor units and the run's number."""
    found = standings(shop.session, brand_id=shop.brand_id, order_id=placed.order_id)
    return {(one.payee.name, one.role): [(part.place, part.amount_minor, part.run_number) for part in one.parts] for one in found}


def available_orders(session: BrandSession) -> tuple[Shop, PlacedOrder, PlacedOrder]:
    """Lin has 35.88 of the first order and 4.79 of the second; the store 14.95 and 3.00 (59.90 × 5 %)."""
    shop = a_shop(session)
    first, second = received_order(shop, (shop.case, 1)), received_order(shop, (shop.cover, 1))
    settle(session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER)
    session.commit()
    return shop, first, second


def test_a_share_paid_by_withdrawal_is_paid_and_says_by_which_run(session: BrandSession) -> None:
    """36.00 asked for: the first order's 35.88 and 0.12 of the second; a run over everything then pays the rest and the store."""
    shop, first, second = available_orders(session)
    asked = request_withdrawal(session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, amount_minor=3600, now=HOLD_OVER)
    assert told(shop, first)["林晓芸", "guide"] == [("requested", 3588, None)] and told(shop, first)["静安嘉里店", "store"] == [("available", 1495, None)]
    run = executed(session, "withdrawals", now=HOLD_OVER)
    assert told(shop, first)["林晓芸", "guide"] == [("paid", 3588, 1)]
    assert told(shop, second)["林晓芸", "guide"] == [("available", 467, None), ("paid", 12, 1)]
    executed(session, now=HOLD_OVER)
    assert told(shop, first) == {("林晓芸", "guide"): [("paid", 3588, 1)], ("静安嘉里店", "store"): [("paid", 1495, 2)]}
    assert told(shop, second)["林晓芸", "guide"] == [("paid", 12, 1), ("paid", 467, 2)]
    fail_payout(session, brand_id=shop.brand_id, run_id=run.id, payout_id=payouts(session, run)[shop.lin.payee_id].id, reason="账户不符", now=HOLD_OVER)
    assert withdrawal_of(session, asked).state == "failed"
    assert told(shop, first)["林晓芸", "guide"] == [("available", 3121, None), ("paid", 467, 2)], "the run over everything had taken 4.67 of what she had"


def test_what_is_taken_back_after_it_was_paid_stands_beside_it(session: BrandSession) -> None:
    shop, first, second = available_orders(session)
    executed(session, now=HOLD_OVER)
    refund_order(session, brand_id=shop.brand_id, order_id=first.order_id, lines=[RefundAsk(lines_of(shop, first)[0].id, quantity=1)], now=HOLD_OVER)
    assert told(shop, first) == {("林晓芸", "guide"): [("paid", 3588, 1), ("taken_back", -3588, None)],
                                 ("静安嘉里店", "store"): [("paid", 1495, 1), ("taken_back", -1495, None)]}
    credit(session, shop.store.payee_id, 2_000, role="store", now=HOLD_OVER)
    executed(session, now=HOLD_OVER)
    assert told(shop, first)["静安嘉里店", "store"] == [("paid", 1495, 1), ("taken_back", -1495, 2)], "the second run took it from what came later"
    assert told(shop, second)["林晓芸", "guide"] == [("paid", 479, 1)]


def test_what_the_shoppers_bank_asks_for_is_not_told_as_paid(session: BrandSession) -> None:
    """The first order is older, but a chargeback keeps it out of the run; oldest first alone would call it paid and the second not."""
    shop, first, second = available_orders(session)
    open_chargeback(session, brand_id=shop.brand_id, order_id=first.order_id, provider_ref="cb-1", amount_minor=29900, now=HOLD_OVER)
    executed(session, now=HOLD_OVER)
    assert told(shop, first)["林晓芸", "guide"] == [("available", 3588, None)] and told(shop, second)["林晓芸", "guide"] == [("paid", 479, 1)]
