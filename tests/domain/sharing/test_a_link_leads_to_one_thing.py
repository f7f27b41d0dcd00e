"""A link leads to a product, to an activity or to the shop; each has one link a guide and label, also when two ask at once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.brands.models import Brand
from app.domain.sharing.actions import share_link
from app.domain.sharing.models import ShareLink
from app.extensions import Database
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import new_code, new_id
from app.kernel.tenancy import BrandSession
from tests.builders.activities import DAY, an_activity
from tests.builders.brands import a_brand
from tests.builders.money import unguarded
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

AGAIN = text("INSERT INTO share_links (brand_id, id, code, guide_id, store_id, product_id, activity_id, label)"
             " VALUES (:brand, :id, :code, :guide, :store, :product, :activity, '')")


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def test_each_activity_has_its_link_and_a_label_another(shop: Shop) -> None:
    own = {"brand_id": shop.brand_id, "guide_id": shop.lin.id}
    one = an_activity(shop.session, {shop.case: 25900})
    two = an_activity(shop.session, {shop.cover: 4990}, name="双十二")
    first = share_link(shop.session, **own, activity_id=one.id)
    assert (first.activity_id, first.product_id) == (one.id, None)
    assert share_link(shop.session, **own, activity_id=one.id).id == first.id
    others = [share_link(shop.session, **own, activity_id=two.id), share_link(shop.session, **own, activity_id=one.id, label="亲子群"), shop.link]
    assert len({first.id, *(link.id for link in others)}) == 4


def test_a_foreign_activity_is_not_found(database: Database, shop: Shop) -> None:
    theirs = a_brand(database, slug="theirs", now=NOON)
    with database.session(theirs.id) as session:
        there = a_shop(session)
        foreign = an_activity(session, {there.case: 100}).id
    for strange in (foreign, new_id()):
        with pytest.raises(NotFound):
            share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, activity_id=strange)


def test_product_and_activity_together_are_refused(shop: Shop) -> None:
    activity = an_activity(shop.session, {shop.case: 25900})
    with pytest.raises(Refused) as refused:
        share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=shop.case_product, activity_id=activity.id)
    assert (refused.value.code, refused.value.field) == ("product_and_activity", "activity_id")


def test_two_at_once_get_the_same_link(database: Database, brand: Brand, shop: Shop) -> None:
    lin, activity, codes, ready = shop.lin.id, an_activity(shop.session, {shop.case: 25900}).id, [], threading.Barrier(4)

    def ask() -> None:
        with database.session(brand.id) as session:
            ready.wait()
            codes.append(share_link(session, brand_id=brand.id, guide_id=lin, activity_id=activity).code)
            session.commit()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(codes) == 4 and len(set(codes)) == 1
    assert shop.session.scalar(select(func.count()).select_from(ShareLink).where(ShareLink.activity_id == activity)) == 1


@pytest.mark.parametrize(("constraint", "twice"), [("uq_share_links_brand_id_guide_id_product_id_activity_id_label", True), ("ck_share_links_leads_to", False)])
def test_without_its_constraint_the_table_takes_what_no_one_could_read(settings: Settings, shop: Shop, constraint: str, twice: bool) -> None:
    """Two links to one activity split its numbers; a link to two places leads to neither."""
    activity = an_activity(shop.session, {shop.case: 25900}).id
    share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, activity_id=activity)
    row = {"brand": shop.brand_id, "guide": shop.lin.id, "store": shop.store.id, "activity": activity, "product": None if twice else shop.case_product}
    shop.session.commit()
    with pytest.raises(IntegrityError, match=constraint):
        shop.session.execute(AGAIN, {**row, "id": new_id(), "code": new_code(10)})
    shop.session.rollback()
    with unguarded(settings, row["brand"]) as faulty:
        faulty.execute(text(f"ALTER TABLE share_links DROP CONSTRAINT {constraint}"))
        faulty.execute(AGAIN, {**row, "id": new_id(), "code": new_code(10)})
        assert faulty.scalar(text("SELECT count(*) FROM share_links WHERE brand_id = :brand AND activity_id = :activity"), row) == 2


def test_a_link_may_be_made_before_it_begins(shop: Shop) -> None:
    coming = an_activity(shop.session, {shop.case: 25900}, starts_at=NOON + DAY, ends_at=NOON + 2 * DAY + timedelta(hours=1))
    assert share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, activity_id=coming.id).activity_id == coming.id
