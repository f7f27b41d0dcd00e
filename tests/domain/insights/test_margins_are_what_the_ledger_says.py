"""HQ's margins: from list value to what the brand keeps, by SKU, guide and store; every sum is the ledger's."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from app.domain.challenges.actions import add_challenge
from app.domain.insights.margins import COLUMNS, PARTIES, Figures, MarginRow, margins_page
from app.domain.orders.models import Payment
from app.domain.orgs.actions import add_org_unit
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.provider.models import Charge
from app.domain.splits.actions import add_plan
from app.flows.pay_challenge import pay_challenge
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.ship_order import ship_order
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import lines_of, paid_order, whole
from tests.builders.periods import a_month
from tests.builders.sales import BOTH, an_r23_shop
from tests.builders.shops import Shop
from tests.conftest import NOON

END = NOON + timedelta(days=60)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return an_r23_shop(session)


def asked(shop: Shop, by: str, **more: object) -> tuple[dict[str, MarginRow], Figures]:
    page, total = margins_page(shop.session, brand_id=shop.brand_id, by=by, from_=NOON, to=END, **more)  # type: ignore[arg-type]
    return {row.name: row for row in page.items}, total


def ledger(shop: Shop) -> dict[str, int]:
    """What stands with whom, of all order lines, by whose it is."""
    sql = text("""SELECT CASE WHEN y.party = 'brand' THEN 'brand' WHEN e.role = 'referrer' THEN 'guide' WHEN e.role = 'fulfilling_store' THEN 'fulfilling'
                         ELSE e.role END, sum(e.amount_minor)
                  FROM ledger_entries e JOIN payees y ON y.brand_id = e.brand_id AND y.id = e.payee_id
                  WHERE e.brand_id = :brand AND e.order_line_id IS NOT NULL AND right(e.role, 8) <> '_subsidy' GROUP BY 1""")
    return {party: int(amount) for party, amount in shop.session.execute(sql, {"brand": shop.brand_id}) if amount}


def test_the_worked_order_of_r23(shop: Shop) -> None:
    paid_order(shop, coupon_codes=BOTH)
    shop.order()  # unpaid: not sold
    by_sku, total = asked(shop, "sku")
    case = by_sku["轻旅箱 18 寸"].figures
    assert (case.quantity, case.list, case.activity, case.brand_coupon, case.platform_coupon, case.base) == (1, 29900, 0, 2142, 1428, 27758)
    assert (case.guide, case.store, case.platform, case.brand) == (3331 + 555, 1388, 278, 22206)
    assert (total.list, total.base, total.brand, total.given) == (41880, 38880, 31549, 41880 - 31549)
    assert (case.of_list_bp, case.of_base_bp) == (7427, 8000), "222.06 of 299.00 and of 277.58"


def test_each_row_and_the_sum_add_up_and_are_the_ledgers(shop: Shop) -> None:
    a_month(shop)
    whole(shop)
    for by in ("sku", "guide", "store"):
        rows, total = asked(shop, by)
        for figures in (total, *(row.figures for row in rows.values())):
            assert figures.list - figures.refunded - figures.activity - figures.brand_coupon == figures.base
            assert figures.base == sum(getattr(figures, party) for party in PARTIES)
        assert {name: sum(getattr(row.figures, name) for row in rows.values()) for name in COLUMNS} == {name: getattr(total, name) for name in COLUMNS}
        assert {party: getattr(total, party) for party in PARTIES if getattr(total, party)} == ledger(shop)


def test_discounts_are_net_of_what_was_refunded(shop: Shop) -> None:
    """Case of R23: list 299.00, brand coupon 21.42, platform coupon 14.28, paid 263.30. 100.00 back is 100/263.30 of each: 8.14 of
    the brand's coupon (21.42 × 0.3798), 5.42 of the platform's, 105.42 of the base 277.58; at list value 113.56."""
    placed = paid_order(shop, coupon_codes=BOTH)
    first = lines_of(shop, placed)[0]
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(first.id, amount_minor=10000)], now=NOON)
    case = asked(shop, "sku")[0]["轻旅箱 18 寸"].figures
    assert (case.list, case.refunded, case.refunded_base, case.brand_coupon, case.platform_coupon) == (29900, 11356, 10542, 2142 - 814, 1428 - 542)
    assert case.base == 27758 - 10542 == case.list - case.refunded - case.brand_coupon
    subsidy = shop.session.scalar(text("SELECT -sum(amount_minor) FROM ledger_entries WHERE role = 'platform_subsidy' AND order_line_id = :id"), {"id": first.id})
    assert case.platform_coupon == subsidy, "what the platform still pays of its coupon"
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(first.id, amount_minor=16330)], now=NOON)
    case = asked(shop, "sku")[0]["轻旅箱 18 寸"].figures
    assert (case.refunded, case.refunded_base) == (29900, 27758)
    assert (case.base, case.activity, case.brand_coupon, case.platform_coupon, case.given) == (0, 0, 0, 0, 0), "nothing stayed sold, nothing was given"


def test_who_ships_has_the_fulfilling_share(shop: Shop) -> None:
    """3 % of 119.80 is 3.59 (a store ships one of two: 1.80, the flagship the other: 1.79 stays the brand's)."""
    add_plan(shop.session, brand_id=shop.brand_id, org_unit_id=None, now=NOON, shares=[{"role": "store", "rate_bp": 500}, {"role": "fulfilling_store", "rate_bp": 300}])
    placed = paid_order(shop, (shop.cover, 2))
    _, before = asked(shop, "sku")
    [line] = lines_of(shop, placed)
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[(line.id, 1)], source="store", store_id=shop.store.id, now=NOON)
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    _, after = asked(shop, "sku")
    assert (before.fulfilling, after.fulfilling, after.brand - before.brand) == (359, 180, 179)
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line.id, quantity=2)], now=NOON)
    _, back = asked(shop, "sku")
    assert (back.refunded_base, back.fulfilling, back.brand) == (11980, 0, 0) and ledger(shop) == {}


def test_a_scope_a_search_and_a_page(shop: Shop) -> None:
    paid_order(shop, coupon_codes=BOTH)
    paid_order(shop, (shop.case, 1), share_code="")
    elsewhere = add_org_unit(shop.session, brand_id=shop.brand_id, kind="region", name="华南大区", code="SOUTH")
    assert asked(shop, "store", within=elsewhere.path) == ({}, Figures())
    rows, total = asked(shop, "sku", q="箱套")
    assert list(rows) == ["箱套 20 寸"] and total == rows["箱套 20 寸"].figures
    guides, _ = asked(shop, "guide")
    assert set(guides) == {"林晓芸", ""} and guides[""].key is None, "what nobody guided is a row too"
    page, _ = margins_page(shop.session, brand_id=shop.brand_id, by="sku", from_=NOON, to=END, sort="list", size=1, number=2)
    assert (page.number, page.total, [row.name for row in page.items]) == (2, 2, ["轻旅箱 18 寸"])
    assert margins_page(shop.session, brand_id=shop.brand_id, by="sku", from_=NOON, to=END, number=99)[0].number == 1


def test_a_period_is_half_open(shop: Shop) -> None:
    paid_order(shop, (shop.case, 1))
    page, total = margins_page(shop.session, brand_id=shop.brand_id, by="sku", from_=NOON - timedelta(days=1), to=NOON)
    assert (page.total, total) == (0, Figures())


def fee(shop: Shop, order_id: object, fee_minor: int, party: str = "brand") -> None:
    """What a provider kept of an order's payment."""
    payment = shop.session.scalars(select(Payment).where(Payment.order_id == order_id)).one()
    shop.session.add(Charge(
        brand_id=shop.brand_id, id=new_id(), payment_id=payment.id, provider="stripe", intent_ref=f"pi_{payment.id}", charge_ref=f"ch_{payment.id}",
        amount_minor=payment.amount_minor, currency="CNY", settled_minor=payment.amount_minor, settled_currency="CNY", fee_minor=fee_minor,
        fee_order_minor=fee_minor, fee_party=party, charged_at=NOON))
    shop.session.flush()


def test_a_providers_fee_goes_over_the_lines_by_what_was_paid(shop: Shop) -> None:
    """5.00 of goods paid 263.30 and 105.50: 5.00 × 263.30 / 368.80 = 3.569… → 3.57, and 1.43. What the platform bears is not the brand's."""
    fee(shop, paid_order(shop, coupon_codes=BOTH).order_id, 500)
    fee(shop, paid_order(shop, (shop.case, 1)).order_id, 300, "platform")
    rows, total = asked(shop, "sku")
    assert {name: row.figures.fee for name, row in rows.items()} == {"轻旅箱 18 寸": 357, "箱套 20 寸": 143}
    assert (total.fee, total.left) == (500, total.brand - 500)
    for by in ("guide", "store"):
        assert asked(shop, by)[1] == total
    assert margins_page(shop.session, brand_id=shop.brand_id, by="sku", from_=END, to=END + timedelta(days=1))[1] == Figures()


def test_rewards_of_challenges_are_promotion_cost(shop: Shop) -> None:
    """One order on the 22nd earns Lin 50.00, decided after returns: of no SKU; hers, and of her store of today. The ledger says the same."""
    paid_order(shop, (shop.case, 1))
    before = asked(shop, "sku")[1]
    act_as(shop.session, command("maker"))
    made = add_challenge(shop.session, brand_id=shop.brand_id, today=date(2026, 11, 22), title="开单", goal_kind="orders", goal=1, reward_minor=5000,
                         budget_minor=5000, from_day=date(2026, 11, 22), to_day=date(2026, 11, 22))
    act_as(shop.session, command("second"))
    decided = NOON + timedelta(days=20)
    pay_challenge(shop.session, brand_id=shop.brand_id, challenge_id=made.id, now=decided)
    rows, total = asked(shop, "sku")
    assert {name: row.figures.reward for name, row in rows.items()} == {"轻旅箱 18 寸": 0, "": 5000} and rows[""].key is None
    assert (total.reward, total.given - before.given, total.brand, total.left) == (5000, 5000, before.brand, before.brand - 5000)
    for by, name in (("guide", "林晓芸"), ("store", "静安嘉里店")):
        rows, summed = asked(shop, by)
        assert (rows[name].figures.reward, summed) == (5000, total)
    page, managers = margins_page(shop.session, brand_id=shop.brand_id, by="sku", from_=NOON, to=END, costs=False)
    assert ([row.name for row in page.items], managers) == (["轻旅箱 18 寸"], before), "a manager is not told what headquarters pays beside"
    assert shop.session.scalar(text("SELECT sum(amount_minor) FROM ledger_entries WHERE kind = 'reward' AND amount_minor > 0")) == total.reward
    page, alone = margins_page(shop.session, brand_id=shop.brand_id, by="guide", from_=decided, to=END)
    assert ([row.name for row in page.items], alone) == (["林晓芸"], Figures(reward=5000)), "who sold nothing in the period and was rewarded in it"
    assert margins_page(shop.session, brand_id=shop.brand_id, by="guide", from_=NOON, to=decided)[1].reward == 0, "half-open"
