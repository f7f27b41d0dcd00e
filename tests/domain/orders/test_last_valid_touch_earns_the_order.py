"""R8, R10: last valid touch inside the window, else the store of the link, else the brand; decided once, kept with its losers."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.domain.guides.models import Guide
from app.domain.orders.models import AttributionDecision
from app.domain.orders.rules import Candidate, LadderTerms, attribute
from app.domain.orgs.models import OrgUnit
from app.domain.sharing.actions import share_link
from app.domain.sharing.models import Touch
from app.flows.leave_guide import leave_guide
from app.flows.quote_order import quote_order
from app.kernel.errors import NotFound
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import order_of, paid_order, whole
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
LIN, HE, STORE, OTHER = (UUID(int=n) for n in range(1, 5))


def touch(guide: UUID = LIN, ago: timedelta = DAY, status: str = "active", bot: bool = False, store: UUID = STORE, is_open: bool = True) -> Candidate:
    return Candidate(UUID(int=guide.int * 100), guide, "导购", status, store, is_open, NOON - ago, bot)


@pytest.mark.parametrize(("touches", "reason", "guide", "store", "verdicts"), [
    ([], "brand", None, None, []),
    ([touch()], "last_touch", LIN, STORE, ["last_touch"]),
    ([touch(LIN, DAY), touch(HE, 2 * DAY)], "last_touch", LIN, STORE, ["last_touch", "earlier"]),
    ([touch(HE, 2 * DAY), touch(LIN, DAY)], "last_touch", LIN, STORE, ["last_touch", "earlier"]),
    ([touch(LIN, 15 * DAY - MOMENT)], "last_touch", LIN, STORE, ["last_touch"]),
    ([touch(LIN, 15 * DAY)], "brand", None, None, ["outside_window"]),
    ([touch(LIN, timedelta())], "last_touch", LIN, STORE, ["last_touch"]),
    ([touch(LIN, -MOMENT)], "brand", None, None, ["outside_window"]),
    ([touch(bot=True), touch(HE, 2 * DAY)], "last_touch", HE, STORE, ["bot", "last_touch"]),
    ([touch(bot=True)], "brand", None, None, ["bot"]),
    ([touch(status="left"), touch(HE, 2 * DAY)], "last_touch", HE, STORE, ["guide_left", "last_touch"]),
    ([touch(status="left")], "store", None, STORE, ["guide_left"]),
    ([touch(status="suspended")], "store", None, STORE, ["guide_suspended"]),
    ([touch(status="pending")], "store", None, STORE, ["guide_pending"]),
    ([touch(status="left", is_open=False)], "brand", None, None, ["guide_left"]),
    ([touch(status="left", is_open=False), touch(HE, 2 * DAY, "left", store=OTHER)], "store", None, OTHER, ["guide_left", "guide_left"]),
    ([touch(status="left", ago=16 * DAY)], "brand", None, None, ["outside_window"]),
])
def test_the_ladder(touches: list[Candidate], reason: str, guide: UUID | None, store: UUID | None, verdicts: list[str]) -> None:
    found = attribute(touches, terms=LadderTerms(), now=NOON)
    assert (found.reason, found.guide_id, found.store_id) == (reason, guide, store)
    assert [candidate["verdict"] for candidate in found.candidates] == verdicts, "losers are kept, newest first"


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def decision(shop: Shop) -> AttributionDecision:
    return shop.session.scalars(select(AttributionDecision)).one()


def seen(shop: Shop, guide: Guide, ago: timedelta, *, bot: bool = False) -> None:
    link = share_link(shop.session, brand_id=shop.brand_id, guide_id=guide.id)
    shop.session.add(Touch(visitor="anna", share_link_id=link.id, at=NOON - ago, bot=bot))
    shop.session.commit()


def test_earlier_touches_of_the_same_visitor_compete(shop: Shop) -> None:
    seen(shop, shop.he, 3 * DAY)
    seen(shop, shop.lin, 2 * DAY)
    seen(shop, shop.he, DAY, bot=True)
    shop.order((shop.case, 1), share_code=None, visitor="anna")
    made = decision(shop)
    assert (made.guide_id, made.reason) == (shop.lin.id, "last_touch")
    assert [(c["guide_id"], c["verdict"]) for c in made.candidates] == [
        (str(shop.he.id), "bot"), (str(shop.lin.id), "last_touch"), (str(shop.he.id), "earlier")]


def test_the_link_of_this_visit_is_the_last_touch(shop: Shop) -> None:
    seen(shop, shop.he, timedelta(minutes=1))
    shop.order((shop.case, 1), visitor="anna")
    assert decision(shop).guide_id == shop.lin.id


@pytest.mark.parametrize("more", [{"share_code": None}, {"share_code": "nobodys"}, {"share_code": None, "visitor": "anna"}])
def test_without_a_touch_the_brand_keeps_it(shop: Shop, more: dict[str, str]) -> None:
    placed = shop.order((shop.case, 1), **more)
    assert (decision(shop).reason, order_of(shop, placed).guide_id, order_of(shop, placed).channel) == ("brand", None, "storefront")
    whole(shop)


def test_a_leavers_link_credits_her_store_and_what_she_earned_stays_hers(shop: Shop) -> None:
    before = paid_order(shop, (shop.case, 1))
    leave_guide(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, now=NOON)
    after = shop.order((shop.case, 1))
    made = shop.session.scalars(select(AttributionDecision).order_by(AttributionDecision.id.desc())).first()
    assert made is not None
    assert (made.reason, made.guide_id, made.store_id) == ("store", None, shop.store.id)
    assert [order_of(shop, placed).guide_id for placed in (before, after)] == [shop.lin.id, None]
    whole(shop)


def test_a_closed_store_leaves_it_to_the_brand(shop: Shop) -> None:
    leave_guide(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, now=NOON)
    shop.session.execute(update(OrgUnit).where(OrgUnit.id == shop.store.id).values(status="closed"))
    shop.order((shop.case, 1))
    assert decision(shop).reason == "brand"


def test_a_guide_chosen_at_checkout_comes_first_unless_she_may_not_sell(shop: Shop) -> None:
    def earner(guide_id: UUID) -> tuple[str, UUID | None]:
        found = quote_order(shop.session, brand_id=shop.brand_id, basket=shop.basket((shop.case, 1), guide_id=guide_id), now=NOON).attribution
        return found.reason, found.guide_id

    assert earner(shop.he.id) == ("chosen", shop.he.id)
    shop.he.status = "suspended"
    shop.session.flush()
    assert earner(shop.he.id) == ("last_touch", shop.lin.id), "the ladder goes on with the touches"
    with pytest.raises(NotFound):
        earner(new_id())


def test_the_decision_is_frozen_when_the_order_is_placed(shop: Shop) -> None:
    paid_order(shop, (shop.case, 1))
    first = (decision(shop).guide_id, decision(shop).candidates)
    shop.lin.status = "suspended"
    shop.session.commit()
    shop.session.expire_all()
    assert (decision(shop).guide_id, decision(shop).candidates) == first
