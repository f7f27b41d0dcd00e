"""R4, R22: what last month would have paid under a draft, to the fen what the same orders placed under it would freeze."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update

from app.domain.brands.models import BrandSettings
from app.domain.catalog.models import Variant
from app.domain.commission.actions import add_rule
from app.domain.commission.models import CommissionLine, CommissionRule
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.past import past_period
from app.domain.orgs.actions import add_org_unit
from app.domain.people.models import AuditEvent
from app.domain.promotions.actions import add_coupon
from app.domain.promotions.models import Activity, ActivityPrice
from app.domain.sharing.actions import share_link
from app.domain.splits.actions import add_plan
from app.domain.splits.models import SplitPlan
from app.flows.enrol_guide import enrol_guide
from app.flows.rehearse_terms import Rehearsal, period_of, rehearse_terms
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import pay
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

DAY = timedelta(days=1)
BEFORE, AFTER = NOON - DAY, NOON + DAY


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """12 % on A (299.00), 8 % on B (59.90), referrer 2 %, platform 1 %, store 5 %."""
    return a_shop(session)


def rule(shop: Shop, scope: dict[str, Any] | None = None, **terms: Any) -> Any:
    if "amount_minor" not in terms:
        terms.setdefault("rate_bp", 500)
    return lambda: add_rule(shop.session, brand_id=shop.brand_id, scope=scope or {}, now=NOON + timedelta(hours=1), **terms)[0]


def plan(shop: Shop, *shares: dict[str, Any], unit: Any = None) -> Any:
    return lambda: add_plan(shop.session, brand_id=shop.brand_id, org_unit_id=unit, shares=shares, now=NOON + timedelta(hours=1))


def rehearse(shop: Shop, change: Any, **more: Any) -> Rehearsal:
    return rehearse_terms(shop.session, brand_id=shop.brand_id, change=change, **{"since": BEFORE, "until": AFTER, "now": NOON + timedelta(hours=1), **more})


def sold(shop: Shop, *lines: tuple[UUID, int], **more: Any) -> None:
    pay(shop, shop.order(*lines, **more))


def test_a_worked_draft(shop: Shop) -> None:
    """A 299.00 and B 2 × 59.90 sold at 12 % and 8 %: 35.88 + 9.58. A at 15 % would have paid 44.85: 8.97 more."""
    sold(shop, (shop.case, 1), (shop.cover, 2))
    found = rehearse(shop, rule(shop, {"product_id": shop.case_product}, rate_bp=1500))
    guide, brand = found.roles["guide"], found.roles["brand"]
    assert (guide.then_minor, guide.now_minor, guide.draft_minor, guide.moved_minor) == (3588 + 958, 3588 + 958, 4485 + 958, 897)
    assert (brand.moved_minor, found.roles["store"].moved_minor) == (-897, 0)
    assert (found.period.lines, found.period.orders, found.period.base_minor, found.changed, found.cut) == (2, 1, 29900 + 11980, 1, 0)
    assert [(mover.name, mover.tally.moved_minor) for mover in found.guides] == [("林晓芸", 897)]
    assert [(mover.name, mover.tally.then_minor, mover.tally.draft_minor) for mover in found.stores] == [
        ("静安嘉里店", 3588 + 958 + 1495 + 599, 4485 + 958 + 1495 + 599)]
    assert (found.overruns, found.drift_minor, found.samples) == ([], 0, [])


def test_nothing_is_written(shop: Shop) -> None:
    sold(shop, (shop.case, 1))
    tables = (CommissionRule, SplitPlan, CommissionLine, AuditEvent, OrderLine)

    def counts() -> list[int | None]:
        return [shop.session.scalar(select(func.count()).select_from(table)) for table in tables]

    before = counts()
    rehearse(shop, rule(shop, rate_bp=9000))
    rehearse(shop, plan(shop, {"role": "store", "rate_bp": 100}))
    shop.session.commit()
    assert counts() == before
    held = shop.session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"))
    assert held == 0, "and nobody who saves terms waits for it"


def test_a_refused_draft_is_told_and_leaves_nothing(shop: Shop) -> None:
    sold(shop, (shop.case, 1))
    with pytest.raises(Refused):
        rehearse(shop, rule(shop, rate_bp=10001))
    assert rehearse(shop, rule(shop, {"product_id": shop.case_product}, rate_bp=1300)).roles["guide"].moved_minor == 299


def test_a_draft_that_exceeds_says_where_and_which_lines_it_would_cut(shop: Shop) -> None:
    """40.00 a piece on things of 59.90 with store 30.00 at least: 0.60 + 40.00 + 30.00 leave nothing; A has room."""
    sold(shop, (shop.case, 1), (shop.cover, 1))
    add_plan(shop.session, brand_id=shop.brand_id, org_unit_id=None, shares=[{"role": "store", "rate_bp": 500, "min": 3000}], now=NOON)
    found = rehearse(shop, rule(shop, {"product_id": shop.cover_product}, amount_minor=4000))
    assert (found.changed, found.cut) == (1, 1)
    assert [(one.code, one.base_minor, one.variant_id) for one in found.overruns] == [("exceeds_base", 5990, shop.cover)]


def test_terms_that_changed_since_are_told_apart_from_the_draft(shop: Shop) -> None:
    """B went from 8 % to 10 % after the sale: 4.79 to 5.99. The draft moves A alone."""
    sold(shop, (shop.case, 1), (shop.cover, 1))
    add_rule(shop.session, brand_id=shop.brand_id, scope={"variant_id": shop.cover}, rate_bp=1000, now=NOON + timedelta(minutes=1))
    found = rehearse(shop, rule(shop, {"product_id": shop.case_product}, rate_bp=1300))
    guide = found.roles["guide"]
    assert (guide.then_minor, guide.now_minor, guide.draft_minor) == (3588 + 479, 3588 + 599, 3887 + 599)
    assert (found.drift_minor, found.changed) == (120, 1)
    assert (guide.moved_minor, [(mover.name, mover.tally.moved_minor) for mover in found.guides]) == (299, [("林晓芸", 299)]), "13 % for 12 % of 299.00, no more"


def test_only_paid_orders_of_the_period_count(shop: Shop) -> None:
    sold(shop, (shop.case, 1))
    shop.order((shop.case, 1))
    shop.session.commit()
    assert rehearse(shop, rule(shop)).period.lines == 1
    assert rehearse(shop, rule(shop), since=NOON + timedelta(seconds=1)).period.lines == 0
    assert rehearse(shop, rule(shop), until=NOON).period.lines == 0, "half-open"


def test_too_many_lines_are_the_newest_and_it_says_so(shop: Shop) -> None:
    for minutes in range(3):
        sold(shop, (shop.case, 1), now=NOON + timedelta(minutes=minutes))
    period = past_period(shop.session, brand_id=shop.brand_id, since=BEFORE, until=AFTER, most=2)
    assert (period.lines, period.shortened, period.since > NOON) == (2, True, True)
    assert past_period(shop.session, brand_id=shop.brand_id, since=BEFORE, until=AFTER, most=3).shortened is False


def test_last_month_is_the_brands_own_month() -> None:
    """22 November 12:00 in Shanghai: October begins there on 30 September 16:00 UTC."""
    since, until = period_of("month", now=NOON, timezone="Asia/Shanghai")
    assert (since.isoformat(), until.isoformat()) == ("2026-09-30T16:00:00+00:00", "2026-10-31T16:00:00+00:00")
    assert period_of("7", now=NOON, timezone="Asia/Shanghai") == (NOON - 7 * DAY, NOON)


def test_without_a_past_the_cheapest_typical_and_dearest_thing_are_tried(shop: Shop) -> None:
    """Two things on sale: the cheaper is also the typical one. 5 % of each, by Lin."""
    found = rehearse(shop, rule(shop, {"store_id": shop.store.id}))
    assert [(one.good.sku, one.good.price_minor) for one in found.samples] == [("B", 5990), ("A", 29900)]
    found = rehearse(shop, rule(shop, {"product_id": shop.case_product}, rate_bp=1500))
    assert [(one.good.sku, one.seller, one.now["guide"], one.draft["guide"]) for one in found.samples] == [("A", "林晓芸", 3588, 4485)]
    assert rehearse(shop, rule(shop, {"category": "雨伞"})).samples == []
    found = rehearse(shop, plan(shop, {"role": "fulfilling_store", "rate_bp": 200}, unit=shop.store.id))
    assert [one.draft["fulfilling_store"] for one in found.samples] == [120, 598]


# The draft against the real thing ------------------------------------------------------------------------------------

SCOPES = st.sampled_from(["brand", "case", "cover", "category", "store", "dealer", "lin", "activity", "gold"])
RATES = st.sampled_from([0, 1, 333, 1200, 2400, 2600, 9000]) | st.integers(0, 4000)
MEASURES = st.one_of(
    st.builds(lambda rate: {"rate_bp": rate}, RATES),
    st.builds(lambda rate, low, more: {"rate_bp": rate, "min_minor": low, "max_minor": low + more}, st.integers(0, 4000), st.integers(0, 900),
              st.integers(0, 3000)),
    st.builds(lambda amount: {"amount_minor": amount}, st.integers(0, 9000)))
SHARES = st.lists(st.tuples(st.sampled_from(["store", "dealer", "mall", "region", "fulfilling_store"]), st.integers(0, 2500),
                            st.none() | st.integers(0, 600), st.none() | st.integers(600, 3000)), min_size=1, max_size=4, unique_by=lambda share: share[0])
DRAFTS = st.one_of(st.tuples(st.just("rule"), SCOPES, MEASURES, st.integers(0, 300)),
                   st.tuples(st.just("plan"), st.sampled_from(["brand", "store", "dealer"]), SHARES))


@pytest.fixture
def market(session: BrandSession) -> tuple[Shop, dict[str, Any]]:
    """A region's and a dealer's store, three sellers, two levels, a cap, a special price on A; bags, coupons, a storefront order."""
    shop = a_shop(session, rates=False)
    brand_id = shop.brand_id
    add_rule(session, brand_id=brand_id, scope={}, rate_bp=800, referrer_bp=100, now=NOON)
    add_plan(session, brand_id=brand_id, org_unit_id=None, shares=[{"role": "store", "rate_bp": 500}], now=NOON)
    dealer = add_org_unit(session, brand_id=brand_id, kind="dealer", name="宏远", code="D1")
    store = add_org_unit(session, brand_id=brand_id, kind="store", name="宏远一店", code="D1S1", parent_id=dealer.id)
    zhou = enrol_guide(session, brand_id=brand_id, name="周舟", phone="13900000003", store_id=store.id, now=NOON)
    zhou.referrer_id, shop.he.level = shop.lin.id, "金牌"
    brand = session.scalars(select(BrandSettings)).one()
    brand.two_levels, brand.guard_bp, brand.commission_cap_bp = True, 1000, 2500
    activity = Activity(id=new_id(), brand_id=brand_id, number=1, name="清仓", starts_at=NOON, ends_at=NOON + 9 * DAY)
    session.add(activity)
    session.flush()
    session.add(ActivityPrice(brand_id=brand_id, activity_id=activity.id, variant_id=shop.case, price_minor=19900))
    add_coupon(session, brand_id=brand_id, code="BRAND30", funder="brand", amount_minor=3000, starts_at=NOON, ends_at=NOON + 9 * DAY, max_uses=10**6)
    codes = [shop.link.code, *(share_link(session, brand_id=brand_id, guide_id=one.id).code for one in (shop.he, zhou)), None]
    session.commit()
    return shop, {"brand": {}, "case": {"product_id": shop.case_product}, "cover": {"variant_id": shop.cover}, "category": {"category": "箱包"},
                  "store": {"store_id": shop.store.id}, "dealer": {"dealer_id": dealer.id}, "lin": {"guide_id": shop.lin.id},
                  "activity": {"activity_id": activity.id}, "gold": {"guide_level": "金牌"}, "codes": codes,
                  "units": {"brand": None, "store": shop.store.id, "dealer": dealer.id}}


BASKETS: list[dict[str, Any]] = [
    {"lines": ("case", 1), "who": 0}, {"lines": ("cover", 3), "who": 0, "coupon_codes": ("BRAND30",)}, {"lines": ("case", 2), "who": 1},
    {"lines": ("cover", 1), "who": 2}, {"lines": ("cover", 2), "who": 3}]


def place_all(market: Any, *, paid: bool) -> None:
    shop, known = market
    for basket in BASKETS:
        name, quantity = basket["lines"]
        placed = shop.order((getattr(shop, name), quantity), share_code=known["codes"][basket["who"]], coupon_codes=basket.get("coupon_codes", ()),
                            now=NOON + timedelta(hours=2))
        if paid:
            pay(shop, placed, now=NOON + timedelta(hours=2))


def frozen(shop: Shop, orders: set[UUID]) -> Counter[str]:
    rows = shop.session.execute(select(CommissionLine.role, func.sum(CommissionLine.amount_minor)).join(
        OrderLine, OrderLine.id == CommissionLine.order_line_id).where(OrderLine.order_id.in_(orders)).group_by(CommissionLine.role))
    return Counter({role: int(amount) for role, amount in rows if amount})


def test_the_draft_pays_what_the_same_orders_placed_under_it_freeze(market: Any) -> None:
    shop, known = market
    shop.session.execute(update(Variant).values(stock=10**6))
    place_all(market, paid=True)
    past = set(shop.session.scalars(select(Order.id)))
    shop.session.commit()
    seen: Counter[str] = Counter()

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(DRAFTS)
    @example(("rule", "brand", {"rate_bp": 9000}, 0))
    @example(("rule", "brand", {"rate_bp": 1}, 0))
    def draft(drawn: Any) -> None:
        now = NOON + timedelta(hours=2)
        if drawn[0] == "rule":
            change = lambda: add_rule(  # noqa: E731 (the flow takes a function)
                shop.session, brand_id=shop.brand_id, scope=known[drawn[1]], referrer_bp=drawn[3], now=now, **drawn[2])[0]
        else:
            shares = [{"role": role, "rate_bp": rate, "min": low, "max": high} for role, rate, low, high in drawn[2]]
            change = lambda: add_plan(shop.session, brand_id=shop.brand_id, org_unit_id=known["units"][drawn[1]], shares=shares, now=now)  # noqa: E731
        found = rehearse(shop, change, now=now)
        assert Counter({role: tally.then_minor for role, tally in found.roles.items() if tally.then_minor}) == frozen(shop, past)
        change()
        place_all(market, paid=False)
        new = set(shop.session.scalars(select(Order.id))) - past
        assert Counter({role: tally.draft_minor for role, tally in found.roles.items() if tally.draft_minor}) == frozen(shop, new)
        seen.update(changed=found.changed > 0, cut=found.cut > 0, fits=not found.overruns)
        shop.session.rollback()

    draft()
    assert min(seen["changed"], seen["cut"], seen["fits"]) >= 1, seen
