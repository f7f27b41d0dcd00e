"""R21, R9: customers of a leaver go to a successor or her store; dates go on; for a week it can be taken back."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from app.config import Settings
from app.domain.brands.actions import change_settings
from app.domain.care.models import CustomerHandover
from app.domain.care.queries import handovers, handovers_from, new_server
from app.domain.care.rules import kept_dates
from app.domain.customers.actions import bind
from app.domain.customers.models import CustomerBinding
from app.domain.customers.rules import customer_key
from app.domain.notices.models import Notice
from app.domain.orders.models import AttributionDecision
from app.extensions import Database
from app.flows.hand_over import hand_over_all, transfer_customer, undo_handover
from app.flows.leave_guide import leave_guide
from app.flows.place_order import place_order
from app.kernel.errors import NotFound, Refused
from app.kernel.tenancy import BrandSession
from tests.builders.money import paid_order, pay, unguarded
from tests.builders.people import a_guide, a_unit
from tests.builders.races import Race
from tests.builders.shops import ADDRESS, CONTACT, Shop, a_shop
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """Lin has sold to the customer at NOON: bound for 100 days, protected for 30."""
    found = a_shop(session)
    change_settings(session, brand_id=found.brand_id, binding_days=100, binding_protection_days=30, binding_exclusive=True)
    session.commit()
    paid_order(found, (found.case, 1))
    return found


def she(shop: Shop) -> UUID:
    return customer_key(shop.brand_id, "+86" + CONTACT["phone"])


def standing(shop: Shop) -> list[CustomerBinding]:
    shop.session.commit()
    return list(shop.session.scalars(select(CustomerBinding).where(CustomerBinding.ended_at.is_(None)).execution_options(populate_existing=True)))


def leave(shop: Shop, successor: UUID | None, now: object = NOON + 10 * DAY) -> None:
    leave_guide(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, successor_id=successor, now=now)  # type: ignore[arg-type]
    shop.session.commit()


def earner(shop: Shop) -> tuple[str, UUID | None]:
    made = shop.session.scalars(select(AttributionDecision).order_by(AttributionDecision.id.desc())).first()
    assert made
    return made.reason, made.guide_id


def test_a_successor_gets_the_customers_with_the_dates_they_had(shop: Shop) -> None:
    leave(shop, shop.he.id)
    (one,) = standing(shop)
    assert (one.guide_id, one.via, one.protected_until, one.expires_at) == (shop.he.id, "transfer", NOON + 30 * DAY, NOON + 100 * DAY)
    ended = shop.session.scalars(select(CustomerBinding).where(CustomerBinding.ended_at.is_not(None))).one()
    (row,) = handovers(shop.session, brand_id=shop.brand_id, customer_id=she(shop))
    assert (ended.guide_id, ended.ended_why) == (shop.lin.id, "handed")
    assert (row.from_guide_id, row.to_guide_id, row.binding_id, row.made_binding_id, row.why) == (shop.lin.id, shop.he.id, ended.id, one.id, "leaving")


def test_passing_her_around_never_lengthens_the_hold() -> None:
    assert kept_dates(protected_until=NOON + DAY, expires_at=NOON + 9 * DAY, now=NOON) == (NOON + DAY, NOON + 9 * DAY)
    assert kept_dates(protected_until=NOON - DAY, expires_at=NOON + 9 * DAY, now=NOON) == (NOON, NOON + 9 * DAY)


def test_the_next_order_without_a_touch_is_the_successors(shop: Shop) -> None:
    leave(shop, shop.he.id)
    shop.order((shop.cover, 1), share_code=None, now=NOON + 11 * DAY)
    assert earner(shop) == ("binding", shop.he.id)


def test_without_a_successor_her_store_serves_them_and_one_can_be_named_later(shop: Shop) -> None:
    leave(shop, None)
    shop.order((shop.cover, 1), share_code=None, now=NOON + 11 * DAY)
    assert earner(shop) == ("store", None)
    served = new_server(shop.session, brand_id=shop.brand_id, customer_id=she(shop), now=NOON + 11 * DAY)
    assert served and (served.guide_name, served.store_name) == ("", "静安嘉里店")
    moved = hand_over_all(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, successor_id=shop.he.id, now=NOON + 12 * DAY)
    assert (moved, [one.guide_id for one in standing(shop)]) == (1, [shop.he.id])
    served = new_server(shop.session, brand_id=shop.brand_id, customer_id=she(shop), now=NOON + 12 * DAY)
    assert served and served.guide_name == "何敏"


def test_both_guides_are_told_and_the_shopper_for_ninety_days(shop: Shop) -> None:
    leave(shop, shop.he.id)
    told = {(row.account_id, row.kind): row.data["count"] for row in shop.session.scalars(select(Notice).where(Notice.kind.like("customers_%")))}
    assert told == {(shop.he.account_id, "customers_came"): 1, (shop.lin.account_id, "customers_went"): 1}
    for now, known in ((NOON + 99 * DAY, True), (NOON + 100 * DAY, False)):
        assert (new_server(shop.session, brand_id=shop.brand_id, customer_id=she(shop), now=now) is not None) is known


def test_what_has_expired_is_not_handed_over(shop: Shop) -> None:
    leave(shop, shop.he.id, NOON + 100 * DAY)
    assert [one.guide_id for one in standing(shop)] == [shop.lin.id]
    assert handovers(shop.session, brand_id=shop.brand_id, customer_id=she(shop)) == []


@pytest.mark.parametrize("which", ["herself", "suspended"])
def test_a_successor_works_and_is_another(shop: Shop, which: str) -> None:
    shop.he.status = "suspended"
    shop.session.commit()
    with pytest.raises(Refused) as told:
        leave_guide(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, successor_id=shop.lin.id if which == "herself" else shop.he.id, now=NOON)
    assert (told.value.code, told.value.field) == ("successor_unfit", "successor_id")


def test_a_manager_hands_over_inside_her_scope_only(shop: Shop) -> None:
    other = a_guide(shop.session, a_unit(shop.session, name="苏州店"), now=NOON)
    shop.session.commit()
    with pytest.raises(NotFound):
        transfer_customer(shop.session, brand_id=shop.brand_id, customer_id=she(shop), guide_id=other.id, said="", within=shop.store.path, now=NOON)
    transfer_customer(shop.session, brand_id=shop.brand_id, customer_id=she(shop), guide_id=shop.he.id, said="她要求", within=shop.store.path, now=NOON)
    assert [one.guide_id for one in standing(shop)] == [shop.he.id]


def undo(shop: Shop, now: object) -> int:
    rows = handovers_from(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, since=NOON)
    return undo_handover(shop.session, brand_id=shop.brand_id, handovers=rows, now=now)  # type: ignore[arg-type]


def test_within_a_week_it_is_taken_back_once(shop: Shop) -> None:
    transfer_customer(shop.session, brand_id=shop.brand_id, customer_id=she(shop), guide_id=shop.he.id, said="", now=NOON + DAY)
    assert undo(shop, NOON + 8 * DAY - timedelta(microseconds=1)) == 1
    (one,) = standing(shop)
    assert (one.guide_id, one.protected_until, one.expires_at) == (shop.lin.id, NOON + 30 * DAY, NOON + 100 * DAY)
    with pytest.raises(Refused, match="撤回"):
        undo(shop, NOON + 2 * DAY)


def test_after_a_week_it_stays(shop: Shop) -> None:
    transfer_customer(shop.session, brand_id=shop.brand_id, customer_id=she(shop), guide_id=shop.he.id, said="", now=NOON + DAY)
    with pytest.raises(Refused, match="撤回"):
        undo(shop, NOON + 8 * DAY)


def test_once_the_successor_sold_to_her_it_stays(shop: Shop) -> None:
    transfer_customer(shop.session, brand_id=shop.brand_id, customer_id=she(shop), guide_id=shop.he.id, said="", now=NOON + DAY)
    shop.order((shop.cover, 1), share_code=None, now=NOON + 2 * DAY)
    with pytest.raises(Refused, match="撤回"):
        undo(shop, NOON + 3 * DAY)


def test_a_transfer_and_a_sale_at_once_leave_one_binding(shop: Shop, database: Database) -> None:
    """Protection is over, so both would have her. They wait for each other at her row: whoever is second sees the first."""
    third = a_guide(shop.session, shop.store, now=NOON)
    shop.session.execute(update(CustomerBinding).values(protected_until=NOON))
    shop.session.commit()
    now = NOON + DAY
    answers = Race(database, shop.brand_id).run(
        lambda session: transfer_customer(session, brand_id=shop.brand_id, customer_id=she(shop), guide_id=shop.he.id, said="", now=now) or "moved",
        lambda session: bind(session, brand_id=shop.brand_id, customer_id=she(shop), guide_id=third.id, via="order", now=now) and "won")
    assert answers in (["moved", "won"], ["binding_changed", "won"])
    (one,) = standing(shop)
    assert one.guide_id == third.id or (answers[0] == "moved" and one.guide_id == shop.he.id)
    ends = shop.session.scalars(select(CustomerBinding.ended_why).where(CustomerBinding.ended_at.is_not(None)))
    assert sorted(ends) == (["handed", "won_over"] if answers[0] == "moved" else ["won_over"])


def test_two_transfers_at_once_move_her_once(shop: Shop, database: Database) -> None:
    third = a_guide(shop.session, shop.store, now=NOON)
    shop.session.commit()
    answers = Race(database, shop.brand_id).run(*(
        lambda session, to=to: transfer_customer(session, brand_id=shop.brand_id, customer_id=she(shop), guide_id=to, said="", now=NOON + DAY) or "moved"  # type: ignore[misc]
        for to in (shop.he.id, third.id)))
    rows = handovers(shop.session, brand_id=shop.brand_id, customer_id=she(shop))
    (one,) = standing(shop)
    assert len(rows) == answers.count("moved") and one.guide_id == rows[0].to_guide_id
    assert set(answers) <= {"moved", "binding_changed"} and "moved" in answers


def test_a_handover_is_never_rewritten_and_without_the_trigger_it_would_be(shop: Shop, settings: Settings) -> None:
    leave(shop, shop.he.id)
    change = update(CustomerHandover).where(CustomerHandover.brand_id == shop.brand_id).values(said="x")
    with pytest.raises(Exception, match="append-only|append_only"):
        shop.session.execute(change)
    shop.session.rollback()
    with unguarded(settings, shop.brand_id) as session:
        session.execute(text("DROP TRIGGER frozen ON customer_handovers"))
        session.execute(change)
        assert session.scalar(select(CustomerHandover.said).where(CustomerHandover.brand_id == shop.brand_id)) == "x"


def test_a_leavers_own_sale_after_it_still_binds_by_the_rules(shop: Shop) -> None:
    """The successor holds her within protection: another guide's sale earns the order, not the customer."""
    third = a_guide(shop.session, shop.store, now=NOON)
    leave(shop, shop.he.id)
    placed = place_order(shop.session, brand_id=shop.brand_id, basket=shop.basket((shop.case, 1), share_code=None, guide_id=third.id), contact=CONTACT,
                         address=ADDRESS, now=NOON + 11 * DAY)
    shop.session.commit()
    pay(shop, placed, now=NOON + 11 * DAY)
    assert earner(shop) == ("chosen", third.id)
    assert [one.guide_id for one in standing(shop)] == [shop.he.id]
