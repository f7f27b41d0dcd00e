"""A challenge pays who reached its goal first until the budget is used: once, by a second person, after returns have had their time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.errors import CheckViolation
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.challenges.actions import add_challenge, cancel_challenge
from app.domain.challenges.models import Challenge, ChallengeReward
from app.domain.challenges.rules import Standing, winners
from app.domain.guides.models import Guide
from app.domain.insights.challenge_standings import standings
from app.domain.ledger.checking import check_ledger
from app.domain.ledger.models import LedgerTransaction
from app.domain.ledger.queries import balances, house_payees
from app.domain.notices.models import Notice
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.brand_books import brand_books
from app.domain.sharing.actions import share_link
from app.extensions import Database
from app.flows import pay_challenge as paying
from app.flows.pay_challenge import pay_challenge
from app.flows.refund_order import RefundAsk, refund_order
from app.kernel.errors import Conflict, Refused
from app.kernel.tenancy import BrandSession
from tests.builders.money import lines_of, unguarded
from tests.builders.money import pay as settle_payment
from tests.builders.payouts import executed, payouts, with_account
from tests.builders.people import a_guide, a_unit
from tests.builders.races import Race
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

TODAY = date(2026, 11, 22)
READY = datetime(2026, 12, 8, tzinfo=UTC) - timedelta(hours=8)
"""The 22nd ends, fifteen days to return follow: the local midnight that begins the 8th."""


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def challenge(shop: Shop, **terms: Any) -> Challenge:
    """Two orders on the 22nd, 50.00 each; of 120.00 there are two places."""
    act_as(shop.session, command("maker"))
    asked = {"title": "卖满两单", "goal_kind": "orders", "goal": 2, "reward_minor": 5000, "budget_minor": 12000, "from_day": TODAY, "to_day": TODAY} | terms
    made = add_challenge(shop.session, brand_id=shop.brand_id, today=TODAY, **asked)
    act_as(shop.session, command("second"))
    return made


def sells(shop: Shop, guide: Guide, *minutes: int) -> list[Any]:
    """One case of 299.00 by her link, so many minutes after noon."""
    link = share_link(shop.session, brand_id=shop.brand_id, guide_id=guide.id)
    placed = [(shop.order((shop.case, 1), share_code=link.code, now=NOON + timedelta(minutes=minute)), minute) for minute in minutes]
    shop.session.commit()
    for order, minute in placed:
        settle_payment(shop, order, now=NOON + timedelta(minutes=minute))
    return [order for order, _minute in placed]


def three_reach_it(shop: Shop) -> Guide:
    """He at 12:10, Lin at 12:20, Zhou at 12:30; Zhou sold first but finished last."""
    zhou = a_guide(shop.session, shop.store, "周宁", now=NOON)
    for guide, minutes in ((zhou, (1, 30)), (shop.he, (5, 10)), (shop.lin, (2, 20))):
        sells(shop, guide, *minutes)
    return zhou


def pay(shop: Shop, made: Challenge, now: datetime = READY) -> Challenge:
    return pay_challenge(shop.session, brand_id=shop.brand_id, challenge_id=made.id, now=now)


def available(shop: Shop, payee_id: UUID) -> int:
    return balances(shop.session, brand_id=shop.brand_id, payee_id=payee_id)["available"]


def test_the_first_two_are_paid_and_the_books_hold(shop: Shop) -> None:
    """Two times 50.00 from the brand to He and Lin; 20.00 of the budget is no whole reward and stays."""
    zhou, made = three_reach_it(shop), challenge(shop)
    brand_payee = house_payees(shop.session, brand_id=shop.brand_id)["brand"]
    before = available(shop, brand_payee)
    pay(shop, made)
    won = shop.session.scalars(select(ChallengeReward).order_by(ChallengeReward.place)).all()
    assert [(one.guide_id, one.place, one.reached_at, one.amount_minor) for one in won] == [
        (shop.he.id, 1, NOON + timedelta(minutes=10), 5000), (shop.lin.id, 2, NOON + timedelta(minutes=20), 5000)]
    assert [available(shop, one.payee_id) for one in (shop.he, shop.lin, zhou)] == [5000, 5000, 0]
    assert available(shop, brand_payee) == before - 10000
    assert (made.state, made.rewarded_minor, made.decided_by) == ("paid", 10000, "second")
    assert check_ledger(shop.session, brand_id=shop.brand_id) == []
    assert {one.account_id for one in shop.session.scalars(select(Notice).where(Notice.kind == "reward"))} == {shop.he.account_id, shop.lin.account_id}


def test_a_reward_leaves_with_the_next_payout(shop: Shop) -> None:
    """50.00 and nothing else is available: her orders are still pending."""
    sells(shop, shop.lin, 1, 2)
    pay(shop, challenge(shop))
    with_account(shop.session, shop.lin.payee_id)
    run = executed(shop.session, now=READY + timedelta(days=1))
    assert payouts(shop.session, run)[shop.lin.payee_id].amount_minor == 5000
    assert available(shop, shop.lin.payee_id) == 0
    assert check_ledger(shop.session, brand_id=shop.brand_id) == []


def test_the_brands_books_show_it_as_her_share_and_the_brands_cost(shop: Shop) -> None:
    """Nothing comes in and nothing leaves: 100.00 moves from what stays to the guides."""
    three_reach_it(shop)
    pay(shop, challenge(shop))
    books = brand_books(shop.session, brand_id=shop.brand_id, from_=READY, to=READY + timedelta(days=1))
    assert (books.received_minor, books.shared_minor, books.kept["reward"]) == (0, 10000, -10000)


def test_what_came_back_does_not_count(shop: Shop) -> None:
    """He's second order is given back whole: she has one; Lin and Zhou win."""
    zhou, made = three_reach_it(shop), challenge(shop)
    last = shop.session.execute(text("SELECT id FROM orders WHERE guide_id = :g ORDER BY paid_at DESC LIMIT 1"), {"g": shop.he.id}).scalar_one()
    line = shop.session.execute(text("SELECT id FROM order_lines WHERE order_id = :o"), {"o": last}).scalar_one()
    refund_order(shop.session, brand_id=shop.brand_id, order_id=last, lines=[RefundAsk(line, quantity=1)], now=NOON + timedelta(days=1))
    pay(shop, made)
    assert shop.session.scalars(select(ChallengeReward.guide_id).order_by(ChallengeReward.place)).all() == [shop.lin.id, zhou.id]


@pytest.mark.parametrize(("held", "counts"), [("open", 1), ("upheld", 1), ("cleared", 2), ("watched", 2)])
def test_a_sale_held_as_suspicious_does_not_count(shop: Shop, held: str, counts: int) -> None:
    placed, made = sells(shop, shop.lin, 1, 2), challenge(shop)
    decided = NOON if held in ("upheld", "cleared") else None
    shop.session.execute(text("""INSERT INTO sale_holds (brand_id, id, order_id, guide_id, state, signals, amount_minor, opened_at, decided_at)
        VALUES (:b, gen_random_uuid(), :o, :g, :s, '[]', 0, :at, :d)"""), {
            "b": shop.brand_id, "o": placed[0].order_id, "g": shop.lin.id, "s": held, "at": NOON, "d": decided})
    assert standings(shop.session, brand_id=shop.brand_id, challenge=made, timezone="Asia/Shanghai")[0].standing.sold == counts


def test_sales_count_less_what_was_given_back(shop: Shop) -> None:
    """Two cases, 598.00: 500.00 is reached with the second; 150.00 given back, 448.00 is not enough."""
    placed = sells(shop, shop.lin, 1, 2)
    made = challenge(shop, goal_kind="sales", goal=50000)

    def hers() -> Standing:
        return standings(shop.session, brand_id=shop.brand_id, challenge=made, timezone="Asia/Shanghai", guide_id=shop.lin.id)[0].standing

    assert hers().reached_at == NOON + timedelta(minutes=2)
    assert hers().sold == 59800
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed[0].order_id, lines=[RefundAsk(lines_of(shop, placed[0])[0].id, amount_minor=15000)],
                 now=NOON + timedelta(days=1))
    assert (hers().sold, hers().reached_at) == (44800, None)


def test_its_days_are_the_brands_own_and_its_stores_those_below(shop: Shop) -> None:
    """Midnight of the 23rd in Shanghai is out; of another unit nobody takes part."""
    sells(shop, shop.lin, 1, 719, 720)
    made = challenge(shop, goal=3)
    assert standings(shop.session, brand_id=shop.brand_id, challenge=made, timezone="Asia/Shanghai")[0].standing.sold == 2
    away = challenge(shop, org_unit_id=a_unit(shop.session).id)
    assert standings(shop.session, brand_id=shop.brand_id, challenge=away, timezone="Asia/Shanghai") == []


def test_before_returns_have_had_their_time_nobody_is_paid(shop: Shop) -> None:
    three_reach_it(shop)
    made = challenge(shop)
    with pytest.raises(Conflict, match="退货期"):
        pay(shop, made, READY - timedelta(seconds=1))
    assert pay(shop, made, READY).state == "paid"


def test_who_made_it_does_not_pay_it(shop: Shop) -> None:
    made = challenge(shop)
    act_as(shop.session, command("maker"))
    with pytest.raises(Refused, match="两个人"):
        pay(shop, made)
    with pytest.raises(IntegrityError, match="second_person"), shop.session.begin_nested():
        shop.session.execute(text("UPDATE challenges SET state = 'paid', decided_at = now(), decided_by_id = created_by_id"))


def test_paid_twice_is_refused_and_begun_it_is_not_called_off(shop: Shop) -> None:
    made, later = challenge(shop), challenge(shop, from_day=date(2026, 12, 1), to_day=date(2026, 12, 2))
    pay(shop, made)
    with pytest.raises(Conflict):
        pay(shop, made)
    assert cancel_challenge(shop.session, brand_id=shop.brand_id, challenge_id=later.id, now=NOON, today=TODAY).state == "cancelled"
    with pytest.raises(Conflict):
        cancel_challenge(shop.session, brand_id=shop.brand_id, challenge_id=challenge(shop).id, now=NOON, today=TODAY)


def test_two_confirm_at_once_and_it_is_paid_once(shop: Shop, database: Database) -> None:
    three_reach_it(shop)
    made = challenge(shop)
    shop.session.commit()
    work: Callable[[BrandSession], Any] = lambda session: pay_challenge(  # noqa: E731
        session, brand_id=shop.brand_id, challenge_id=made.id, now=READY).rewarded_minor
    results = Race(database, shop.brand_id).run(work, work, work)
    assert sorted(map(str, results)) == ["10000", "challenge_decided", "challenge_decided"]
    shop.session.rollback()
    assert [available(shop, one.payee_id) for one in (shop.he, shop.lin)] == [5000, 5000]


def test_the_table_refuses_more_than_the_budget(shop: Shop) -> None:
    zhou, made = three_reach_it(shop), challenge(shop)
    all_three = [Standing(one.id, 2, NOON) for one in (shop.he, shop.lin, zhou)]
    with pytest.raises(IntegrityError, match="ck_challenges_budget"), shop.session.begin_nested():
        paying.reward(shop.session, made, all_three, READY)


def test_without_that_check_the_budget_would_be_overspent(shop: Shop, settings: Settings) -> None:
    zhou, made = three_reach_it(shop), challenge(shop)
    shop.session.commit()
    with unguarded(settings, shop.brand_id) as bare:
        bare.execute(text("ALTER TABLE challenges DROP CONSTRAINT ck_challenges_budget"))
        there = bare.get(Challenge, (shop.brand_id, made.id))
        assert there is not None
        paying.reward(bare, there, [Standing(one.id, 2, NOON) for one in (shop.he, shop.lin, zhou)], READY)
        assert there.rewarded_minor == 15000 > there.budget_minor


def test_without_its_keys_a_reward_would_be_paid_twice(shop: Shop, settings: Settings) -> None:
    made = challenge(shop)
    shop.session.commit()
    with unguarded(settings, shop.brand_id) as bare:
        for table, key in (("challenge_rewards", "uq_challenge_rewards_brand_id_challenge_id_guide_id"),
                           ("challenge_rewards", "uq_challenge_rewards_brand_id_challenge_id_place"), ("ledger_transactions", "uq_ledger_transactions_brand_id_cause")):
            bare.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {key}"))
        there = bare.get(Challenge, (shop.brand_id, made.id))
        assert there is not None
        for _ in range(2):
            paying.reward(bare, there, [Standing(shop.lin.id, 2, NOON)], READY)
        assert bare.scalar(select(func.count()).select_from(LedgerTransaction).where(LedgerTransaction.brand_id == shop.brand_id,
                                                                                   LedgerTransaction.kind == "reward")) == 2
    paying.reward(shop.session, made, [Standing(shop.lin.id, 2, NOON)], READY)
    with pytest.raises((IntegrityError, CheckViolation)), shop.session.begin_nested():
        paying.reward(shop.session, made, [Standing(shop.lin.id, 2, NOON)], READY)


def test_of_the_same_moment_the_smaller_id_stands_first() -> None:
    small, large = UUID(int=1), UUID(int=2)
    there = [Standing(large, 2, NOON), Standing(small, 2, NOON), Standing(UUID(int=0), 1, None)]
    assert [one.guide_id for one in winners(there, reward_minor=100, budget_minor=199)] == [small]


@pytest.mark.parametrize(("terms", "field"), [
    ({"goal": 0}, "goal"), ({"goal": 2**63}, "goal"), ({"goal_kind": "recruits"}, "goal_kind"), ({"reward_minor": 0}, "reward"),
    ({"budget_minor": 4999}, "budget"), ({"reward_minor": 1, "budget_minor": 10_001}, "budget"), ({"from_day": date(2026, 11, 21)}, "from_day"),
    ({"to_day": date(2026, 11, 21)}, "to_day"), ({"title": ""}, "title")])
def test_what_none_may_promise(shop: Shop, terms: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        challenge(shop, **terms)
    assert refused.value.field == field
