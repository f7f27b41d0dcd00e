"""A store manager's first page is her store: today, what goes wrong, what is to be sent, her guides; nobody else's store, no money she may not see."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.domain.community.actions import add_group
from app.domain.guides.actions import move_guide
from app.domain.insights.my_store import LostGoods, MyStore, my_store
from app.domain.orgs.models import OrgUnit
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.sharing.actions import share_link
from app.domain.sharing.touch_log import note_touch
from app.domain.tasks.actions import add_template
from app.domain.tasks.rules import Terms
from app.flows.leave_guide import leave_guide
from app.flows.withdraw import request_withdrawal
from app.flows.work_tasks import ask_due, work_tasks
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.activities import an_activity
from tests.builders.brands import PASSWORD
from tests.builders.money import paid_order
from tests.builders.payouts import credit, with_account
from tests.builders.people import a_colleague, a_unit
from tests.builders.shops import Shop
from tests.builders.signed_in import console
from tests.conftest import NOON, TestClock
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
    session.execute(text("UPDATE guides SET joined_at = :at"), {"at": NOON - 40 * DAY})
    session.execute(text("UPDATE community_groups SET created_at = :at"), {"at": NOON - 40 * DAY})
    session.execute(text("UPDATE products SET status = 'unpublished' WHERE id = :id"), {"id": shop.cover_product})
    terms = Terms(title="昨天的话术", kind="other", from_day=date(2026, 11, 21), schedule="once")
    add_template(session, brand_id=brand_id, terms=terms, within=None, today=date(2026, 11, 21))
    ask_due(session, brand_id=brand_id, now=NOON - DAY)
    work_tasks(session, brand_id=brand_id, now=NOON)
    session.commit()
    assert hers.product_id == shop.cover_product


def seen(shop: Shop, at: datetime = NOON, store: OrgUnit | None = None) -> MyStore:
    half = timedelta(hours=12)
    return my_store(shop.session, brand_id=shop.brand_id, store_id=(store or shop.store).id, from_=NOON - half, to=NOON + half, now=at)


def test_the_figures_of_today_and_the_exceptions(shop: Shop) -> None:
    troubles(shop)
    found = seen(shop)
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


def test_who_joined_this_week_is_not_silent_yet(shop: Shop) -> None:
    """Nobody made a link or was opened: He joined 6 days ago, Lin 7; Lin alone has been silent for a week."""
    shop.session.execute(text("DELETE FROM share_links"))
    for guide, days in ((shop.he, 6), (shop.lin, 7)):
        shop.session.execute(text("UPDATE guides SET joined_at = :at WHERE id = :id"), {"at": NOON - days * DAY, "id": guide.id})
    shop.session.commit()
    assert {one.name: one.silent(NOON) for one in seen(shop).guides} == {"何敏": False, "林晓芸": True}


def test_what_a_guide_asked_to_be_paid_is_unpaid_until_it_is(shop: Shop, owner: FlaskClient) -> None:
    """100.00 available; she asks for 30.00: still 100.00 to pay, in her store and at headquarters."""
    act_as(shop.session, command("one"))
    credit(shop.session, shop.lin.payee_id, 10_000)
    with_account(shop.session, shop.lin.payee_id)
    request_withdrawal(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, amount_minor=3_000, now=NOON)
    shop.session.commit()
    assert {one.name: one.owed_minor for one in seen(shop).guides} == {"何敏": 0, "林晓芸": 10_000}
    home = owner.get("/console/").text
    assert "100.00" in home[home.index("导购佣金（未打款）"):][:400]


def test_a_link_to_an_activity_that_has_ended_is_lost_too(manager: FlaskClient, shop: Shop, clock: TestClock) -> None:
    """It runs from noon to noon; at its end, and not before, the link leads on to the shop."""
    sale = an_activity(shop.session, {shop.case: 25900}, name="双十二")
    share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, activity_id=sale.id)
    shop.session.commit()
    assert seen(shop, at=sale.ends_at - timedelta(seconds=1)).lost == []
    assert seen(shop, at=sale.ends_at).lost == [LostGoods(sale.id, "双十二", 1, "over")]
    clock.now = sale.ends_at
    page = manager.get("/console/my-store").text
    assert "1 条链接打开不是原来那款" in page and "活动已结束" in page and f'href="/console/activities/{sale.id}"' in page


def test_tasks_of_who_left_or_moved_are_nobodys_to_chase(shop: Shop) -> None:
    """Both missed one; then Lin leaves and He goes to another store: neither store has anybody late."""
    troubles(shop)
    other = a_unit(shop.session)
    leave_guide(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, now=NOON)
    assert (seen(shop).late[0].guides, [one.late for one in seen(shop).guides]) == (1, [1])
    move_guide(shop.session, brand_id=shop.brand_id, guide_id=shop.he.id, store_id=other.id)
    assert (seen(shop).late, seen(shop).guides) == ([], [])
    hers = seen(shop, store=other)
    assert ([one.name for one in hers.guides], [one.late for one in hers.guides], hers.late) == (["何敏"], [0], [])


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
