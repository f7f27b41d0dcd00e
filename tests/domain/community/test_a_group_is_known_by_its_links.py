"""What a group brought is what came by the links with its mark; silent for 7 days it is quiet, for 30 dead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.community.actions import add_group, change_group, close_group
from app.domain.community.models import CommunityGroup
from app.domain.community.rules import health
from app.domain.insights.communities import GroupRow, group_row, group_states, groups_page
from app.domain.sharing.actions import share_link
from app.domain.sharing.touch_log import drain, note_touch
from app.flows.refund_order import RefundAsk, refund_order
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.tenancy import BrandSession
from tests.builders.money import lines_of, paid_order
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def a_group(shop: Shop, name: str = "闺蜜群", members: int = 120) -> CommunityGroup:
    return add_group(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, name=name, members=members, now=NOON - 40 * DAY)


def row(shop: Shop, group: CommunityGroup) -> GroupRow:
    found = group_row(shop.session, brand_id=shop.brand_id, guide_id=group.guide_id, group_id=group.id, now=NOON)
    assert found is not None
    return found


@pytest.mark.parametrize(("members", "days", "said"), [
    (199, 0, "growing"), (200, 0, "earning"), (5000, 6.99, "earning"), (5000, 7, "quiet"), (10, 29.99, "quiet"), (10, 30, "dead")])
def test_health(members: int, days: float, said: str) -> None:
    assert health(members=members, last=NOON - days * DAY, now=NOON) == said


def test_openings_orders_and_sales_are_the_groups_own(shop: Shop) -> None:
    """Two people opened three times, one a program besides; one order of 299.00, half of it given back: 149.50."""
    group, other = a_group(shop), a_group(shop, "邻居群")
    link = share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, product_id=shop.case_product, label=group.mark)
    for visitor, bot, ago in (("anna", False, 3), ("anna", False, 2), ("bo", False, 9), ("crawler", True, 1), ("old", False, 31)):
        note_touch(shop.session, brand_id=shop.brand_id, visitor=visitor, share_link_id=link.id, at=NOON - ago * DAY, bot=bot)
    shop.session.flush()
    drain(shop.session, brand_id=shop.brand_id)
    placed = paid_order(shop, (shop.case, 1), share_code=link.code)
    paid_order(shop, (shop.cover, 1))
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(lines_of(shop, placed)[0].id, amount_minor=14950)], now=NOON)
    found = row(shop, group)
    assert (found.links, found.opened, found.visitors, found.orders, found.sales_minor, found.last) == (1, 3, 2, 1, 14950, NOON - 2 * DAY)
    assert (row(shop, other).opened, row(shop, other).health(NOON)) == (0, "dead")
    assert group_states(shop.session, brand_id=shop.brand_id, now=NOON) == {"growing": 1, "dead": 1}
    assert [one.name for one in groups_page(shop.session, brand_id=shop.brand_id, now=NOON, state="dead").items] == ["邻居群"]
    assert groups_page(shop.session, brand_id=shop.brand_id, now=NOON, within=shop.store.path, q="静安").total == 2
    assert groups_page(shop.session, brand_id=shop.brand_id, now=NOON, within="/nowhere/").total == 0
    beyond = groups_page(shop.session, brand_id=shop.brand_id, now=NOON, number=99)
    assert (beyond.total, beyond.number, len(beyond.items)) == (2, 1, 2), "the nearest page"


def test_renamed_it_keeps_its_links_and_closed_it_can_come_back(shop: Shop) -> None:
    group = a_group(shop)
    mark = group.mark
    change_group(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, group_id=group.id, name="老友群", members=210, now=NOON)
    assert (group.name, group.mark, group.members, group.counted_at) == ("老友群", mark, 210, NOON)
    close_group(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, group_id=group.id, now=NOON)
    assert group_states(shop.session, brand_id=shop.brand_id, now=NOON) == {"closed": 1}
    assert close_group(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, group_id=group.id, now=None).closed_at is None


def test_bad_names_and_numbers_are_named(shop: Shop) -> None:
    a_group(shop)
    with pytest.raises(Conflict) as twice:
        a_group(shop)
    with pytest.raises(Refused) as many:
        a_group(shop, "大群", 100_001)
    with pytest.raises(Refused) as blank:
        a_group(shop, "  ")
    assert [error.value.field for error in (twice, many, blank)] == ["name", "members", "name"]


def test_anothers_group_is_not_found(shop: Shop) -> None:
    group = a_group(shop)
    with pytest.raises(NotFound):
        change_group(shop.session, brand_id=shop.brand_id, guide_id=shop.he.id, group_id=group.id, name="我的", members=1, now=NOON)
