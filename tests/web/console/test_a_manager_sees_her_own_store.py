"""A store manager's first page is her store: today, what goes wrong, what is to be sent, her guides; nobody else's store, no money she may not see."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.domain.community.actions import add_group
from app.domain.insights.my_store import my_store
from app.domain.orgs.models import OrgUnit
from app.domain.sharing.actions import share_link
from app.domain.sharing.touch_log import note_touch
from app.domain.tasks.actions import add_template
from app.domain.tasks.rules import Terms
from app.flows.work_tasks import ask_due, work_tasks
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.brands import PASSWORD
from tests.builders.money import paid_order
from tests.builders.people import a_colleague, a_unit
from tests.builders.shops import Shop
from tests.builders.signed_in import console
from tests.conftest import NOON
from tests.web.console.conftest import in_chinese

DAY = timedelta(days=1)


@pytest.fixture
def manager(app: Application, session: BrandSession, shop: Shop) -> FlaskClient:
    account = a_colleague(session, "store_manager", shop.store)
    session.commit()
    return in_chinese(console(app, account.login))


def troubles(shop: Shop) -> None:
    """Lin sold and was opened today; He made a link to a cover that is gone, and her group has been silent for 40 days; both missed a task."""
    brand_id, session = shop.brand_id, shop.session
    paid_order(shop, (shop.case, 1), now=NOON)
    for visitor, bot in (("anna", False), ("anna", False), ("bo", False), ("crawler", True)):
        note_touch(session, brand_id=brand_id, visitor=visitor, share_link_id=shop.link.id, at=NOON - timedelta(hours=1), bot=bot)
    hers = share_link(session, brand_id=brand_id, guide_id=shop.he.id, product_id=shop.cover_product)
    add_group(session, brand_id=brand_id, guide_id=shop.he.id, name="老邻居", members=20, now=NOON - 40 * DAY)
    session.flush()
    session.execute(text("UPDATE share_links SET created_at = :at WHERE guide_id IN (:one, :two)"),
                    {"at": NOON - 8 * DAY, "one": shop.he.id, "two": shop.lin.id})
    session.execute(text("UPDATE community_groups SET created_at = :at"), {"at": NOON - 40 * DAY})
    session.execute(text("UPDATE products SET status = 'unpublished' WHERE id = :id"), {"id": shop.cover_product})
    terms = Terms(title="昨天的话术", kind="other", from_day=date(2026, 11, 21), schedule="once")
    add_template(session, brand_id=brand_id, terms=terms, within=None, today=date(2026, 11, 21))
    ask_due(session, brand_id=brand_id, now=NOON - DAY)
    work_tasks(session, brand_id=brand_id, now=NOON)
    session.commit()
    assert hers.product_id == shop.cover_product


def test_the_figures_of_today_and_the_exceptions(shop: Shop) -> None:
    troubles(shop)
    found = my_store(shop.session, brand_id=shop.brand_id, store_id=shop.store.id, from_=NOON - timedelta(hours=12), to=NOON + timedelta(hours=12), now=NOON)
    assert (found.day.orders, found.day.visitors, found.day.sharing) == (1, 2, 1)
    assert [(one.name, one.silent(NOON), one.orders, one.late) for one in found.guides] == [("何敏", True, 0, 1), ("林晓芸", False, 1, 1)]
    assert [(one.id, one.links, one.standing) for one in found.lost] == [(shop.cover_product, 1, "gone")]
    assert [(one.title, one.guides) for one in found.late] == [("昨天的话术", 2)]
    assert [one.pieces for one in found.to_send] == [1]


def test_the_page_says_it_all_and_hides_the_money(manager: FlaskClient, owner: FlaskClient, shop: Shop) -> None:
    troubles(shop)
    page = manager.get("/console/my-store").text
    for said in ("静安嘉里店", "2 件任务逾期没做", "1 位导购 7 天没分享", "何敏", "1 条链接打开不是原来那款", "1 个群一个月没人打开", "发货"):
        assert said in page, said
    assert "未打款佣金" not in page
    assert "未打款佣金" in owner.get(f"/console/my-store?store={shop.store.id}").text


def test_signed_in_she_stands_in_her_store(app: Application, session: BrandSession, shop: Shop) -> None:
    account = a_colleague(session, "store_manager", shop.store)
    session.commit()
    answer = app.test_client().post("/console/sign-in", data={"login": account.login, "password": PASSWORD})
    assert answer.headers["Location"] == "/console/my-store"


def test_another_store_is_not_found(manager: FlaskClient, session: BrandSession) -> None:
    other = a_unit(session)
    session.commit()
    assert manager.get(f"/console/my-store?store={other.id}").status_code == 404


def test_a_region_manager_chooses_among_her_stores(app: Application, session: BrandSession, shop: Shop) -> None:
    region = shop.store.parent_id
    unit = session.get(OrgUnit, (shop.brand_id, region))
    assert unit is not None
    a_unit(session, name="虹桥店", parent=unit)
    account = a_colleague(session, "region_manager", unit)
    session.commit()
    page = console(app, account.login).get("/console/my-store").text
    assert "静安嘉里店" in page and "虹桥店" in page


def test_a_quiet_store_says_so(store_manager: FlaskClient) -> None:
    page = store_manager.get("/console/my-store").text
    assert "没有等发货的订单" in page and "这家店还没有导购" in page and "都好" in page
