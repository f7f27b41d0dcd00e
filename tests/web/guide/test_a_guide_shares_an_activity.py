"""An activity that is on is one tap away: her link, words with price and end, and where it stands afterwards."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.promotions.models import Activity
from app.domain.sharing.models import ShareLink
from tests.builders.activities import DAY, an_activity
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock
from tests.web.guide.test_a_guide_does_what_she_was_asked import asked


@pytest.fixture
def sale(shop: Shop) -> Activity:
    """Case 299.00 for 259.00, cover 59.90 for 49.90, until 11-23 12:00 in Shanghai."""
    return an_activity(shop.session, {shop.case: 25900, shop.cover: 4990}, name="双十二")


def code_of(shop: Shop, sale: Activity) -> str:
    shop.session.rollback()
    return shop.session.scalars(select(ShareLink.code).where(ShareLink.activity_id == sale.id, ShareLink.guide_id == shop.lin.id)).one()


def test_the_share_centre_leads_to_it(lin: FlaskClient, shop: Shop, sale: Activity) -> None:
    page = lin.get("/guide/products", headers=ZH).text
    assert f'href="/guide/activities/{sale.id}#share"' in page and "活动到 11-23 12:00" in page
    assert f"/guide/activities/{sale.id}" not in lin.get("/guide/products?q=箱", headers=ZH).text


def test_its_sheet_has_link_words_and_poster(lin: FlaskClient, shop: Shop, sale: Activity) -> None:
    page = lin.get(f"/guide/activities/{sale.id}", headers=ZH).text
    code = code_of(shop, sale)
    said = f"“双十二”¥49.90 起，到 11/23 12:00。我在静安嘉里店，拿不准可以问我：http://localhost/s/{code}"
    assert said in page and f"/s/{code}/poster.png" in page and "海报：双十二，¥49.90 起，扫码专享价 · 到 11/23 12:00，含二维码" in page
    assert lin.get(f"/guide/activities/{sale.id}", headers=ZH).text.count(code) == page.count(code), "asked again it is the same link"


def test_her_links_show_it_and_when_it_is_over(lin: FlaskClient, shop: Shop, sale: Activity, clock: TestClock) -> None:
    lin.get(f"/guide/activities/{sale.id}", headers=ZH)
    page = lin.get("/guide/links?q=双十二", headers=ZH).text
    assert "双十二" in page and f"/guide/activities/{sale.id}" in page and "活动已结束" not in page
    assert code_of(shop, sale) not in lin.get("/guide/links?show=lost", headers=ZH).text
    clock.now = NOON + DAY
    lost = lin.get("/guide/links?show=lost", headers=ZH).text
    assert "双十二" in lost and "活动已结束" in lost and "顾客打开会看到你的云店" in lost
    assert shop.link.code not in lost


def test_what_is_over_or_to_come_is_not_shared(lin: FlaskClient, shop: Shop, sale: Activity, clock: TestClock) -> None:
    coming = an_activity(shop.session, {shop.case: 19900}, name="跨年", starts_at=NOON + DAY, ends_at=NOON + 2 * DAY)
    for activity, moment, said in ((coming, NOON, "还没开始"), (sale, NOON + DAY, "已经结束")):
        clock.now = moment
        answer = lin.get(f"/guide/activities/{activity.id}", headers=ZH)
        assert (answer.status_code, answer.location) == (303, "/guide/shop")
        assert said in lin.get("/guide/shop", headers=ZH).text
    shop.session.rollback()
    assert shop.session.scalars(select(ShareLink.id).where(ShareLink.activity_id.is_not(None))).all() == []


def test_a_task_about_it_leads_to_it_with_her_link_in_the_script(lin: FlaskClient, shop: Shop, sale: Activity) -> None:
    part = asked(shop, activity_id=sale.id, morning_script="双十二开始了 {link}")
    page = lin.get(f"/guide/tasks/{part.id}", headers=ZH).text
    assert f"/guide/activities/{sale.id}#share" in page and f"双十二开始了 http://localhost/s/{code_of(shop, sale)}" in page
