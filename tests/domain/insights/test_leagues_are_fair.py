"""Leagues: alike beside alike, paid sales of the week less refunds, in the brand's week; nobody moves while it runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.guides.actions import list_guide
from app.domain.guides.models import Guide
from app.domain.insights import leagues
from app.domain.insights.leagues import Ranked, ahead, league_list, leagues_page, own_league
from app.domain.orders.models import OrderLine
from app.domain.sharing.actions import share_link
from app.flows.pay_order import apply_payment_event
from app.flows.refund_order import RefundAsk, refund_order
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_guide, a_unit
from tests.builders.shops import Shop, a_shop

MONDAY = datetime(2026, 11, 15, 16, 0, tzinfo=UTC)
"""Monday 16 November, 00:00 in Shanghai."""
WEEK = timedelta(days=7)
JOINED = MONDAY - timedelta(days=60)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session, JOINED)


def sell(shop: Shop, guide: Guide, cases: int, at: datetime) -> UUID:
    """`cases` at 299.00, paid; returns the order."""
    link = share_link(shop.session, brand_id=shop.brand_id, guide_id=guide.id)
    placed = shop.order((shop.case, cases), share_code=link.code, now=at)
    apply_payment_event(shop.session, brand_id=shop.brand_id, payment_id=placed.payment_id, provider="sandbox", event_id=f"e-{placed.payment_id}",
                        outcome="succeed", amount_minor=placed.total_minor, currency="CNY", payload={}, now=at)
    shop.session.commit()
    return placed.order_id


def league(shop: Shop, guide: Guide, start: datetime = MONDAY) -> list[Ranked]:
    return own_league(shop.session, brand_id=shop.brand_id, guide_id=guide.id, from_=start, to=start + WEEK)


def places(rows: list[Ranked]) -> list[tuple[str, int | None, int]]:
    return [(row.name, row.place, row.net_minor) for row in rows]


def test_places_follow_paid_sales_less_refunds(shop: Shop) -> None:
    """Lin 2 × 299.00 = 598.00, of which 400.00 came back; He 299.00."""
    order = sell(shop, shop.lin, 2, MONDAY + timedelta(days=1))
    sell(shop, shop.he, 1, MONDAY + timedelta(days=2))
    shop.order((shop.case, 9), now=MONDAY + timedelta(days=2))  # not paid
    assert places(league(shop, shop.lin)) == [("林晓芸", 1, 59800), ("何敏", 2, 29900)]
    refund_of(shop, order, 40000, MONDAY + timedelta(days=3))
    rows = league(shop, shop.lin)
    assert places(rows) == [("何敏", 1, 29900), ("林晓芸", 2, 19800)]
    me, rival = ahead(rows, shop.lin.id) or (None, None)
    assert me and rival and (me.place, rival.name, rival.net_minor - me.net_minor) == (2, "何敏", 10100)


def refund_of(shop: Shop, order_id: UUID, amount: int, at: datetime) -> None:
    line = shop.session.query(OrderLine).filter_by(order_id=order_id).one()
    refund_order(shop.session, brand_id=shop.brand_id, order_id=order_id, lines=[RefundAsk(line.id, amount_minor=amount)], reason="不要了", now=at)
    shop.session.commit()


def test_a_week_is_the_brands_and_half_open(shop: Shop) -> None:
    """Monday 00:00 in Shanghai is Sunday 16:00 UTC: inside; a second earlier and the next Monday 00:00 are not."""
    for at in (MONDAY - timedelta(seconds=1), MONDAY, MONDAY + WEEK - timedelta(seconds=1), MONDAY + WEEK):
        sell(shop, shop.lin, 1, at)
    assert [row.net_minor for row in league(shop, shop.lin) if row.id == shop.lin.id] == [2 * 29900]


def test_equal_sales_stand_in_the_order_of_joining(shop: Shop) -> None:
    late = a_guide(shop.session, shop.store, "周新", now=JOINED + timedelta(days=1))
    for guide in (late, shop.lin):
        sell(shop, guide, 1, MONDAY)
    assert places(league(shop, late))[:2] == [("林晓芸", 1, 29900), ("周新", 2, 29900)]


def test_who_sold_nothing_has_no_place_and_chases_the_last(shop: Shop) -> None:
    sell(shop, shop.lin, 1, MONDAY)
    rows = league(shop, shop.he)
    assert places(rows) == [("林晓芸", 1, 29900), ("何敏", None, 0)]
    assert ahead(rows, shop.he.id) == (rows[1], rows[0])


def test_leagues_put_like_beside_like(shop: Shop) -> None:
    """21 guides make two leagues of 11 and 10; the one who sold in the four weeks before leads the first, whoever she is."""
    crowd = [a_guide(shop.session, shop.store, f"导购{number}", now=JOINED + timedelta(hours=number + 1)) for number in range(19)]
    shop.session.commit()
    sell(shop, crowd[-1], 3, MONDAY - timedelta(days=10))
    found = league_list(shop.session, brand_id=shop.brand_id, from_=MONDAY, to=MONDAY + WEEK)
    assert [(one.fresh, one.number, one.guides) for one in found] == [(False, 1, 11), (False, 2, 10)]
    assert {row.league for row in league(shop, crowd[-1])} == {1} and {row.league for row in league(shop, crowd[-2])} == {2}
    assert (found[0].highest_minor, found[1].highest_minor) == (3 * 29900, 0)


def test_a_league_does_not_change_while_its_week_runs(shop: Shop) -> None:
    """A refund of what was sold before, a newcomer and somebody who opts out move nobody else."""
    crowd = [a_guide(shop.session, shop.store, f"导购{number}", now=JOINED + timedelta(hours=number + 1)) for number in range(38)]
    shop.session.commit()
    order = sell(shop, crowd[-1], 3, MONDAY - timedelta(days=10))
    before = {guide.id: league(shop, guide)[0].league for guide in crowd[:-2]}
    own = next(row for row in league(shop, crowd[-1]) if row.id == crowd[-1].id)
    refund_of(shop, order, 3 * 29900, MONDAY + timedelta(days=1))
    newcomer = a_guide(shop.session, shop.store, "新人", now=MONDAY + timedelta(days=1))
    list_guide(shop.session, brand_id=shop.brand_id, guide_id=crowd[-2].id, listed=False)
    shop.session.commit()
    assert {guide.id: league(shop, guide)[0].league for guide in crowd[:-2]} == before
    after = next(row for row in league(shop, crowd[-1]) if row.id == crowd[-1].id)
    assert (own.league, own.earlier_minor) == (after.league, after.earlier_minor) == (1, 3 * 29900)
    assert [(row.fresh, row.name) for row in league(shop, newcomer)] == [(True, "新人")]


def test_who_opts_out_is_seen_by_nobody_and_sees_only_herself(shop: Shop) -> None:
    for guide in (shop.lin, shop.he):
        sell(shop, guide, 1, MONDAY)
    list_guide(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, listed=False)
    shop.session.commit()
    assert places(league(shop, shop.he)) == [("何敏", 1, 29900)] and league(shop, shop.he)[0].mates == 1
    assert places(league(shop, shop.lin)) == [("林晓芸", None, 29900)]
    page = leagues_page(shop.session, brand_id=shop.brand_id, from_=MONDAY, to=MONDAY + WEEK)
    assert [row.name for row in page.items] == ["何敏"]


def test_a_scope_sees_its_own_with_the_places_of_the_whole_brand(shop: Shop) -> None:
    other = a_unit(shop.session, "store", "徐汇店")
    zhou = a_guide(shop.session, other, "周新", now=JOINED)
    shop.session.commit()
    sell(shop, shop.lin, 2, MONDAY)
    sell(shop, zhou, 1, MONDAY)
    page = leagues_page(shop.session, brand_id=shop.brand_id, from_=MONDAY, to=MONDAY + WEEK, within=other.path)
    assert [(row.name, row.place, row.mates) for row in page.items] == [("周新", 2, 3)]
    assert [one.guides for one in league_list(shop.session, brand_id=shop.brand_id, from_=MONDAY, to=MONDAY + WEEK, within=other.path)] == [1]


@pytest.mark.parametrize("sort", leagues.SORTS)
def test_every_order_answers(shop: Shop, sort: str) -> None:
    assert leagues_page(shop.session, brand_id=shop.brand_id, from_=MONDAY, to=MONDAY + WEEK, sort=sort).total == 2
