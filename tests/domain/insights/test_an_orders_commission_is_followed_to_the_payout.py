"""One order's commission by phase, from placing to paid out: guide 42.21, referrer 7.77, store 19.44, together 69.42."""

from __future__ import annotations

from datetime import timedelta

from app.domain.insights.order_money import commission_phases, parcels
from app.domain.insights.payees import payees_page
from app.domain.insights.unlocking import phase_totals, unlocks
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.flows.pay_out import approve_payout_run, draft_payout_run, execute_payout_run
from app.flows.settle_period import settle
from app.gateways.payouts.files import FilePayouts
from app.gateways.storage import LocalFiles
from app.kernel.tenancy import BrandSession
from tests.builders.sales import BOTH, an_r23_shop, paid, received
from tests.conftest import NOON


def test_each_step_moves_the_whole(session: BrandSession, tmp_path: object) -> None:
    shop = an_r23_shop(session)
    brand_id = shop.brand_id

    def standing(order_id: object) -> dict[str, int]:
        found = commission_phases(session, brand_id=brand_id, order_id=order_id)  # type: ignore[arg-type]  # a UUID
        return {phase: amount for phase, amount in found.items() if amount}

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
