"""R8, R4, R21: before the money is released an order may be found to be another guide's: amounts stay, who holds them does not.

One case of 299.00 by Lin's link: guide 12 % = 35.88, referrer (He) 2 % = 5.98, platform 1 % = 2.99, store 5 % = 14.95, brand
239.20. Xu, of another store and with no referrer, says it is hers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import select, text

from app.config import Settings
from app.domain.brands.actions import change_settings
from app.domain.commission.queries import earning_lines
from app.domain.guides.models import Guide
from app.domain.insights.credits import credits_page
from app.domain.ledger.actions import post
from app.domain.ledger.models import LedgerEntry, Payee
from app.domain.notices.models import Notice
from app.domain.orders.models import AttributionDecision, AttributionDispute
from app.domain.orgs.actions import add_org_unit
from app.domain.orgs.models import OrgUnit
from app.domain.settlement.statement_lines import statement_lines
from app.domain.settlement.statements import account_of
from app.domain.webhooks.actions import add_endpoint
from app.domain.webhooks.models import WebhookDelivery
from app.extensions import Database
from app.flows.dispute_attribution import accept_dispute, open_dispute, refuse_dispute
from app.flows.enrol_guide import enrol_guide
from app.flows.move_attribution import move_attribution
from app.flows.place_order import PlacedOrder
from app.flows.refund_order import RefundAsk
from app.flows.settle_period import settle
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.activities import a_coupon
from tests.builders.after_sales import house, paid_out, refund, settled
from tests.builders.money import HOLD_OVER, due_to, lines_of, order_of, paid_order, pay, received_order, unguarded, whole
from tests.builders.races import Race
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

Make = Callable[..., PlacedOrder]


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    found = a_shop(session)
    change_settings(session, brand_id=found.brand_id, two_levels=True)
    session.commit()
    return found


@pytest.fixture
def store(shop: Shop) -> OrgUnit:
    parent = shop.store.parent_id
    made = add_org_unit(shop.session, brand_id=shop.brand_id, kind="store", name="徐汇店", code="SH02", parent_id=parent)
    shop.session.commit()
    return made


@pytest.fixture
def xu(shop: Shop, store: OrgUnit) -> Guide:
    made = enrol_guide(shop.session, brand_id=shop.brand_id, name="徐薇", phone="13900000003", store_id=store.id, now=NOON)
    shop.session.commit()
    return made


def claim(shop: Shop, placed: PlacedOrder, guide: Guide, **more: str) -> AttributionDispute:
    asked = {"number": placed.number, "phone_tail": "8000", "evidence": "她在店里试过，加了我的微信。", **more}
    made = open_dispute(shop.session, brand_id=shop.brand_id, guide=guide, now=NOON, **asked)
    shop.session.commit()
    return made


def accept(shop: Shop, dispute: AttributionDispute) -> None:
    accept_dispute(shop.session, brand_id=shop.brand_id, dispute_id=dispute.id, answer="聊天记录属实", now=NOON)
    shop.session.commit()
    whole(shop)


def stands(shop: Shop, xu: Guide, store: OrgUnit) -> list[dict[str, int]]:
    """Lin, her referrer He, her store; Xu, her store."""
    return [due_to(shop, payee) for payee in (shop.lin.payee_id, shop.he.payee_id, shop.store.payee_id, xu.payee_id, store.payee_id)]


def unpaid(shop: Shop, *lines: object) -> PlacedOrder:
    placed = shop.order(*lines)  # type: ignore[arg-type]
    shop.session.commit()
    return placed


@pytest.mark.parametrize(("made", "phase"), [(unpaid, "estimated"), (paid_order, "pending"), (received_order, "held")])
def test_shares_move_in_the_phase_where_they_stand(shop: Shop, xu: Guide, store: OrgUnit, made: Make, phase: str) -> None:
    placed = made(shop, (shop.case, 1))
    before = house(shop, "brand").get(phase, 0)
    accept(shop, claim(shop, placed, xu))
    assert stands(shop, xu, store) == [{}, {}, {}, {phase: 3588}, {phase: 1495}]
    assert house(shop, "brand").get(phase, 0) - before == 598, "Xu has no referrer: that share is the brand's"
    order = order_of(shop, placed)
    assert (order.guide_id, order.store_id) == (xu.id, store.id)


def test_what_was_not_paid_yet_goes_its_way_with_the_new_holder(shop: Shop, xu: Guide, store: OrgUnit) -> None:
    placed = unpaid(shop, (shop.case, 1))
    accept(shop, claim(shop, placed, xu))
    pay(shop, placed)
    assert stands(shop, xu, store) == [{}, {}, {}, {"pending": 3588}, {"pending": 1495}]


def test_a_refund_afterwards_takes_from_the_new_holder(shop: Shop, xu: Guide, store: OrgUnit) -> None:
    """100.00 of 299.00 goes back: 35.88 × 100 ÷ 299 = 12.00, 14.95 × 100 ÷ 299 = 5.00; the rest takes what is left."""
    placed = received_order(shop, (shop.case, 1))
    refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, 0, 4000))
    accept(shop, claim(shop, placed, xu))
    refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, 0, 6000))
    assert stands(shop, xu, store) == [{}, {}, {}, {"held": 3588 - 1200}, {"held": 1495 - 500}]
    refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, 1, 19900))
    assert stands(shop, xu, store) == [{}] * 5


def test_a_coupon_of_the_old_guide_goes_along_with_her_share(shop: Shop, xu: Guide, store: OrgUnit) -> None:
    a_coupon(shop.session, "LIN10", 1000, "guide", guide=shop.lin.id)
    placed = shop.order((shop.case, 1), coupon_codes=("LIN10",))
    shop.session.commit()
    pay(shop, placed)
    accept(shop, claim(shop, placed, xu))
    assert stands(shop, xu, store) == [{}, {}, {}, {"pending": 2588}, {"pending": 1495}]
    refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, 1, 28900))
    assert stands(shop, xu, store) == [{}] * 5


def test_it_is_released_and_paid_to_the_new_holder(shop: Shop, xu: Guide, store: OrgUnit) -> None:
    accept(shop, claim(shop, received_order(shop, (shop.case, 1)), xu))
    assert settled(shop) == 1
    assert stands(shop, xu, store) == [{}, {}, {}, {"available": 3588}, {"available": 1495}]
    account = account_of(shop.session, brand_id=shop.brand_id, payee_id=xu.payee_id)
    told = list(statement_lines(shop.session, account=account, from_=NOON, to=HOLD_OVER + timedelta(days=1)))
    assert [(line.kind, line.amount_minor, line.share_minor, line.rate_bp) for line in told] == [("released", 3588, 3588, 1200)], "explained by the frozen rate"
    whole(shop)


def test_the_decision_has_a_second_version_with_all_sides(shop: Shop, xu: Guide) -> None:
    accept(shop, claim(shop, paid_order(shop, (shop.case, 1)), xu))
    first, second = shop.session.scalars(select(AttributionDecision).order_by(AttributionDecision.version))
    assert (first.version, first.guide_id, first.reason) == (1, shop.lin.id, "last_touch")
    assert (second.version, second.guide_id, second.reason) == (2, xu.id, "dispute")
    assert [(told["guide_name"], told["verdict"]) for told in second.candidates] == [("徐薇", "dispute"), ("林晓芸", "overruled")]


def test_the_credit_follows(shop: Shop, xu: Guide, store: OrgUnit) -> None:
    placed = paid_order(shop, (shop.case, 1))

    def credited(by: str) -> dict[str, int]:
        page = credits_page(shop.session, brand_id=shop.brand_id, by=by, from_=NOON - timedelta(days=1), to=NOON + timedelta(days=1), q="店" if by == "unit" else "")
        return {row.name: row.credit for row in page.items if row.credit}

    assert (credited("guide"), credited("unit")) == ({"林晓芸": 29900}, {"静安嘉里店": 29900})
    accept(shop, claim(shop, placed, xu))
    assert (credited("guide"), credited("unit")) == ({"徐薇": 29900}, {"徐汇店": 29900})


def test_both_guides_see_it_in_their_earnings(shop: Shop, xu: Guide) -> None:
    accept(shop, claim(shop, paid_order(shop, (shop.case, 1)), xu))
    def lines(guide: Guide) -> list[tuple[str, int]]:
        page = earning_lines(shop.session, brand_id=shop.brand_id, payee_id=guide.payee_id, states=("pending", "reversed"), gone={})
        return [(line.state, line.remaining_minor) for line in page.items]
    assert (lines(xu), lines(shop.lin)) == ([("pending", 3588)], [("reversed", 0)])


def test_an_order_nobody_had_earned_has_no_commission_to_move(shop: Shop, xu: Guide, store: OrgUnit) -> None:
    placed = paid_order(shop, (shop.case, 1), share_code=None)
    accept(shop, claim(shop, placed, xu))
    assert stands(shop, xu, store) == [{}] * 5
    assert order_of(shop, placed).guide_id == xu.id


def test_it_may_be_found_to_be_the_first_ones_after_all(shop: Shop, xu: Guide, store: OrgUnit) -> None:
    placed = paid_order(shop, (shop.case, 1))
    accept(shop, claim(shop, placed, xu))
    accept(shop, claim(shop, placed, shop.lin))
    assert stands(shop, xu, store) == [{"pending": 3588}, {"pending": 598}, {"pending": 1495}, {}, {}]


def test_refused_moves_nothing(shop: Shop, xu: Guide, store: OrgUnit) -> None:
    placed = paid_order(shop, (shop.case, 1))
    before = stands(shop, xu, store)
    refuse_dispute(shop.session, brand_id=shop.brand_id, dispute_id=claim(shop, placed, xu).id, answer="没有看到聊天记录", now=NOON)
    assert (stands(shop, xu, store), order_of(shop, placed).guide_id) == (before, shop.lin.id)
    claim(shop, placed, xu)


@pytest.mark.parametrize(("more", "code"), [
    ({"number": "000000000000"}, "order_unknown"), ({"phone_tail": "8001"}, "order_unknown"), ({"phone_tail": ""}, "order_unknown"),
    ({"phone_tail": "38008000"}, "order_unknown"), ({"evidence": " "}, "required"), ({"link_code": "nobodys"}, "link_not_hers"),
    ({"number": "\ud800"}, "order_unknown")])
def test_what_she_may_not_ask(shop: Shop, xu: Guide, more: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as told:
        claim(shop, paid_order(shop, (shop.case, 1)), xu, **more)
    assert told.value.code == code


def test_not_hers_already_nor_twice_nor_closed(shop: Shop, xu: Guide) -> None:
    placed = paid_order(shop, (shop.case, 1))
    with pytest.raises(Refused, match="本来就算你的"):
        claim(shop, placed, shop.lin)
    dispute = claim(shop, placed, xu)
    with pytest.raises(Conflict, match="还在处理"):
        claim(shop, placed, xu)
    accept(shop, dispute)
    with pytest.raises(Conflict, match="已经处理过"):
        accept_dispute(shop.session, brand_id=shop.brand_id, dispute_id=dispute.id, answer="再来", now=NOON)
    refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, 1, 29900))
    with pytest.raises(Conflict, match="已经关闭"):
        claim(shop, placed, shop.lin)


def test_what_was_released_moves_no_more(shop: Shop, xu: Guide) -> None:
    placed = received_order(shop, (shop.case, 1))
    dispute = claim(shop, placed, xu)
    settled(shop)
    with pytest.raises(Conflict) as told:
        accept_dispute(shop.session, brand_id=shop.brand_id, dispute_id=dispute.id, answer="晚了", now=HOLD_OVER)
    assert told.value.code == "already_released"


def test_without_that_guard_she_would_owe_what_she_was_paid(shop: Shop, xu: Guide) -> None:
    placed = received_order(shop, (shop.case, 1))
    dispute = claim(shop, placed, xu)
    settled(shop)
    shop.session.execute(text("UPDATE payees SET tax_kind = 'employee' WHERE party = 'guide'"))
    paid_out(shop)
    move_attribution(shop.session, order=order_of(shop, placed), dispute=dispute, now=HOLD_OVER)
    assert due_to(shop, shop.lin.payee_id)["available"] == -3588
    shop.session.rollback()


def test_settlement_and_acceptance_at_once_leave_it_with_one(shop: Shop, xu: Guide, store: OrgUnit, database: Database) -> None:
    placed = received_order(shop, (shop.case, 1))
    dispute = claim(shop, placed, xu)
    names = {"brand_id": shop.brand_id, "now": HOLD_OVER}
    told, _ = Race(database, shop.brand_id).run(
        lambda session: accept_dispute(session, dispute_id=dispute.id, answer="属实", **names).state,
        lambda session: settle(session, as_of=HOLD_OVER, **names).line_count)
    assert told in ("accepted", "already_released")
    settled(shop)
    shop.session.rollback()
    lin, _, _, other, _ = stands(shop, xu, store)
    assert (lin, other) == (({}, {"available": 3588}) if told == "accepted" else ({"available": 3588}, {}))
    whole(shop)


def test_a_cause_happens_once(shop: Shop, xu: Guide) -> None:
    dispute = claim(shop, paid_order(shop, (shop.case, 1)), xu)
    accept(shop, dispute)
    with pytest.raises(UniqueViolation):
        post(shop.session, brand_id=shop.brand_id, cause=f"dispute:{dispute.id}:accepted", kind="reattributed", entries=[], now=NOON)
    shop.session.rollback()


def test_without_its_key_one_guide_could_ask_twice(shop: Shop, xu: Guide, settings: Settings) -> None:
    placed = paid_order(shop, (shop.case, 1))
    claim(shop, placed, xu)

    def again(session: BrandSession) -> None:
        session.add(AttributionDispute(brand_id=shop.brand_id, id=new_id(), order_id=placed.order_id, guide_id=xu.id, order_guide_id=shop.lin.id,
                                       evidence="再来一次", state="open", opened_at=NOON))
        session.flush()

    with pytest.raises(Exception, match="uq_attribution_disputes_open"):
        again(shop.session)
    shop.session.rollback()
    with unguarded(settings, shop.brand_id) as session:
        session.execute(text("DROP INDEX uq_attribution_disputes_open"))
        again(session)


def test_sums_of_every_account_stay(shop: Shop, xu: Guide) -> None:
    placed = paid_order(shop)

    def by_role() -> dict[tuple[str, str], int]:
        shop.session.rollback()
        rows = shop.session.execute(text("SELECT role, phase, sum(amount_minor)::bigint FROM ledger_entries WHERE brand_id = :b GROUP BY 1, 2"), {"b": shop.brand_id})
        return {(row[0], row[1]): row[2] for row in rows}

    before = by_role()
    accept(shop, claim(shop, placed, xu))
    assert by_role() == before
    moved = shop.session.scalars(select(LedgerEntry.amount_minor).where(LedgerEntry.kind == "reattributed")).all()
    assert (len(moved), sum(moved)) == (12, 0), "two lines, three shares, from and to"
    assert shop.session.scalars(select(Payee).where(Payee.id == xu.payee_id)).one()


def told(shop: Shop, guide: Guide) -> list[tuple[str, str]]:
    rows = shop.session.execute(select(Notice.kind, Notice.data["answer"].astext).where(Notice.account_id == guide.account_id, Notice.data.has_key("answer")))
    return [(kind, answer) for kind, answer in rows]


def test_both_guides_are_told_what_was_answered(shop: Shop, xu: Guide) -> None:
    placed = paid_order(shop)
    accept(shop, claim(shop, placed, xu))
    assert told(shop, xu) == [("dispute_won", "聊天记录属实")]
    assert told(shop, shop.lin) == [("order_went", "聊天记录属实")]


def test_a_refusal_is_told_to_who_asked_alone(shop: Shop, xu: Guide) -> None:
    dispute = claim(shop, paid_order(shop), xu)
    refuse_dispute(shop.session, brand_id=shop.brand_id, dispute_id=dispute.id, answer="没有记录", now=NOON)
    assert told(shop, xu) == [("dispute_lost", "没有记录")]
    assert told(shop, shop.lin) == []


def test_the_brands_own_systems_hear_of_it(shop: Shop, xu: Guide) -> None:
    add_endpoint(shop.session, brand_id=shop.brand_id, url="https://erp.example/hook", plain_http=False, events=[
        "attribution_dispute.opened", "attribution_dispute.accepted", "attribution_dispute.refused"])
    placed = paid_order(shop)
    refuse_dispute(shop.session, brand_id=shop.brand_id, dispute_id=claim(shop, placed, xu).id, answer="没有记录", now=NOON)
    accept(shop, claim(shop, placed, xu))
    heard = shop.session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)).all()
    assert [(one.event, one.payload["state"]) for one in heard] == [
        (f"attribution_dispute.{what}", state) for what, state in (("opened", "open"), ("refused", "refused"), ("opened", "open"), ("accepted", "accepted"))]
    assert {(one.payload["order_number"], one.payload["guide_id"], one.payload["order_guide_id"]) for one in heard} == {
        (placed.number, str(xu.id), str(shop.lin.id))}
