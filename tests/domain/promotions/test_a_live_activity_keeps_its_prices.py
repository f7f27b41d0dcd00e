"""Before it begins everything of an activity may change; live, only its name and end; ended, nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.people.models import AuditEvent
from app.domain.promotions.activities import change_activity, end_activity, prices_of
from app.domain.promotions.models import Activity
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.activities import DAY, an_activity
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

HOUR = timedelta(hours=1)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def test_before_it_begins_everything_may_change(shop: Shop) -> None:
    activity = an_activity(shop.session, {shop.case: 25900}, starts_at=NOON + DAY, ends_at=NOON + 2 * DAY)
    change_activity(shop.session, brand_id=shop.brand_id, activity_id=activity.id, name="新名", prices={shop.cover: 4900, shop.case: 24900}, link_only=False,
                    starts_at=NOON + HOUR, ends_at=NOON + 3 * HOUR, now=NOON)
    shop.session.commit()
    assert (activity.name, activity.link_only, activity.starts_at, activity.ends_at) == ("新名", False, NOON + HOUR, NOON + 3 * HOUR)
    assert prices_of(activity) == {shop.case: 24900, shop.cover: 4900}
    change_activity(shop.session, brand_id=shop.brand_id, activity_id=activity.id, name="新名", prices={shop.cover: 4900}, ends_at=NOON + 3 * HOUR, now=NOON)
    assert prices_of(activity) == {shop.cover: 4900}
    told = shop.session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == "activity_prices")).all()
    assert [one.action for one in sorted(told, key=lambda one: one.id)].count("delete") == 1


def test_live_it_keeps_what_people_have_seen(shop: Shop) -> None:
    activity = an_activity(shop.session, {shop.case: 25900})
    change_activity(shop.session, brand_id=shop.brand_id, activity_id=activity.id, name="改名", ends_at=NOON + 3 * DAY, now=NOON + HOUR)
    assert (activity.name, activity.ends_at) == ("改名", NOON + 3 * DAY)
    for more in ({"prices": {shop.case: 1}}, {"prices": {shop.case: 25900, shop.cover: 1}}, {"link_only": False}, {"starts_at": NOON + 2 * HOUR}):
        with pytest.raises(Conflict) as refused:
            change_activity(shop.session, brand_id=shop.brand_id, activity_id=activity.id, name="x", ends_at=NOON + DAY, now=NOON + HOUR, **more)
        assert refused.value.code == "activity_live", more
    with pytest.raises(Refused) as refused:
        change_activity(shop.session, brand_id=shop.brand_id, activity_id=activity.id, name="x", ends_at=NOON + HOUR, now=NOON + HOUR)
    assert refused.value.field == "ends_at", "to end it now is another action"


def test_ended_it_is_history(shop: Shop) -> None:
    activity = an_activity(shop.session, {shop.case: 25900})
    end_activity(shop.session, brand_id=shop.brand_id, activity_id=activity.id, now=NOON + HOUR)
    assert (activity.starts_at, activity.ends_at) == (NOON, NOON + HOUR)
    for act in (lambda: end_activity(shop.session, brand_id=shop.brand_id, activity_id=activity.id, now=NOON + HOUR),
                lambda: change_activity(shop.session, brand_id=shop.brand_id, activity_id=activity.id, name="x", ends_at=NOON + 2 * DAY, now=NOON + HOUR)):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "already_ended"


@pytest.mark.parametrize("starts_at", [NOON, NOON + DAY])
def test_one_ended_as_it_begins_or_before_holds_at_no_moment_to_come(shop: Shop, starts_at) -> None:
    activity = an_activity(shop.session, {shop.case: 25900}, starts_at=starts_at, ends_at=NOON + 2 * DAY)
    end_activity(shop.session, brand_id=shop.brand_id, activity_id=activity.id, now=NOON)
    shop.session.commit()
    assert activity.starts_at < activity.ends_at == NOON


def test_nobodys_activity_is_not_found(shop: Shop) -> None:
    with pytest.raises(NotFound):
        end_activity(shop.session, brand_id=shop.brand_id, activity_id=new_id(), now=NOON)
    assert shop.session.scalars(select(Activity)).all() == []
