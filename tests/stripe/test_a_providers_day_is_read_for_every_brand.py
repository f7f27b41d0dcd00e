"""One reading for all brands of a time zone: each gets its own, what is nobody's is kept apart, and nothing is half-written."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.config import Settings
from app.domain.brands.models import Brand
from app.domain.provider.health import health_of, note_up
from app.domain.provider.models import ProviderDay, Stray
from app.domain.provider.ports import BalanceFacts
from app.flows.reconcile_provider import JOB, queue_due_days, queue_provider_day, read_provider_day
from app.jobs import REGISTRY
from app.jobs.worker import queue_app, run_job
from app.kernel.clock import day_start, local_day
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_id
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.days import today
from tests.builders.money import unguarded
from tests.builders.shops import Shop, a_shop
from tests.builders.signed_in import console
from tests.builders.stripe_days import SHANGHAI, at_the_provider, disputed, lines, read, refunded, said
from tests.builders.stripe_orders import door_of, online_order, paid_online, session_ref
from tests.builders.stripe_world import StripeWorld
from tests.conftest import TestClock


@pytest.fixture
def other(stripe_app: Application, wall_time: TestClock) -> Iterator[Shop]:
    """Another brand on the same platform account."""
    brand = a_brand(stripe_app.database, slug=f"other-{new_id().hex[-10:]}", now=wall_time.now)
    with stripe_app.database.session(brand.id) as session:
        yield a_shop(session)


def strays(app: Application) -> list[Stray]:
    with app.database.transaction() as session:
        return list(session.scalars(select(Stray).order_by(Stray.id.desc())))


def test_two_brands_and_nobody_are_the_platforms_balance(stripe_app: Application, world: StripeWorld, shop: Shop, other: Shop) -> None:
    """Shop: 75.38 − 2.49 − 9.00. Other: 53.82 − its fee − 18.00 and the bank's 15.00. Nobody: 12.34 taken from the platform."""
    refunded(stripe_app, shop, paid_online(stripe_app, world, shop), 5000)
    disputed(stripe_app, world, other, paid_online(stripe_app, world, other, (other.case, 1)), 10000)
    world.does("debit", account="platform", amount=1234, currency="sgd")
    known = {one.id for one in strays(stripe_app)}
    mine, theirs = read(stripe_app, shop, other)
    assert [row[1] for row in said(shop, mine)] == [7538, -249, -900]
    assert [row[0] for row in said(other, theirs)] == ["charge", "dispute", "fee", "fee"]
    fresh = [one for one in strays(stripe_app) if one.id not in known]
    assert [(one.kind, one.amount_minor, one.fee_minor, one.currency) for one in fresh] == [("adjustment", -1234, 0, "SGD")]
    brands = sum(row[1] for row in said(shop, mine)) + sum(row[1] for row in said(other, theirs))
    assert {"SGD": brands - 1234} == at_the_provider(world)
    read(stripe_app, shop)
    assert len(strays(stripe_app)) == len(known) + 1, "seen again it is the same one"


def test_a_brands_session_sees_no_line_of_another(stripe_app: Application, settings: Settings, world: StripeWorld, shop: Shop, other: Shop) -> None:
    """The database itself says so: its superuser, whom the wall does not stop, sees both brands' lines with the same words."""
    for one in (shop, other):
        paid_online(stripe_app, world, one)
    days = read(stripe_app, shop, other)
    count = text("SELECT count(*) FROM provider_day_lines WHERE day_id = ANY(:days)").bindparams(days=[day.id for day in days])
    assert [one.session.execute(count).scalar() for one in (shop, other)] == [2, 2]
    with unguarded(settings, shop.brand_id) as session:
        assert session.execute(count).scalar() == 4


def test_a_day_begins_at_midnight_in_shanghai(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    """One charge in the last second of a day, one in the first of the next."""
    midnight = day_start(today() + timedelta(days=1), SHANGHAI)

    def the_world_is_at(moment: datetime) -> None:
        world.does("clock", advance=int((moment - _now(world)).total_seconds()))

    the_world_is_at(midnight - timedelta(minutes=20))
    wall_time.now = midnight - timedelta(minutes=20)
    before, after = (session_ref(door_of(stripe_app, shop, online_order(shop, wall_time.now))) for _ in range(2))
    the_world_is_at(midnight - timedelta(seconds=2))
    world.does(f"complete_session/{before}", method="card", outcome="paid")
    the_world_is_at(midnight + timedelta(seconds=1))
    world.does(f"complete_session/{after}", method="card", outcome="paid")
    wall_time.now = midnight + timedelta(hours=6)
    first, second = read(stripe_app, shop, day=local_day(midnight, SHANGHAI) - timedelta(days=1)), read(stripe_app, shop, day=local_day(midnight, SHANGHAI))
    assert [[line.at < midnight for line in lines(shop, day)] for [day] in (first, second)] == [[True, True], [False, False]]


def _now(world: StripeWorld) -> datetime:
    return datetime.fromtimestamp(world.does("clock", advance=0)["now"], UTC)


def test_a_brand_elsewhere_has_a_day_of_its_own(stripe_app: Application, world: StripeWorld, shop: Shop, other: Shop) -> None:
    """New York begins its day 13 hours after Shanghai: one reading leaves it alone, the other finds its charge in the day it has there."""
    with stripe_app.database.transaction(operator=True) as session:
        session.execute(update(Brand).where(Brand.id == other.brand_id).values(timezone="America/New_York"))
    other.session.rollback()
    for one in (shop, other):
        paid_online(stripe_app, world, one)
    now = stripe_app.clock()
    there = local_day(now, "America/New_York")
    queue_provider_day(other.session, brand_id=other.brand_id, provider="stripe", day=there, now=now)
    other.session.commit()
    assert other.brand_id not in read_provider_day(stripe_app.database, provider=stripe_app.gateways.online, day=there, timezone=SHANGHAI, now=now)
    [mine] = read(stripe_app, shop)
    assert mine.line_count == 2
    states = read_provider_day(stripe_app.database, provider=stripe_app.gateways.online, day=there, timezone="America/New_York", now=now)
    assert states == {other.brand_id: "matched"}
    found = other.session.scalars(select(ProviderDay).where(ProviderDay.day == there).execution_options(populate_existing=True)).one()
    begins = day_start(there, "America/New_York")
    assert [begins <= line.at < begins + timedelta(days=1) for line in lines(other, found)] == [True, True]


def test_a_row_of_ours_just_before_midnight_waits_for_no_movement_just_after(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    """The charge is of 23:59:59, its movement of 00:00:01: it is of the day of the movement, and missing on none."""
    placed = paid_online(stripe_app, world, shop)
    online = stripe_app.gateways.online
    [line] = [one for one in online.balance_lines(since=wall_time.now - timedelta(hours=1), until=wall_time.now + timedelta(hours=1))
              if one.marks.get("payment_id") == str(placed.payment_id)]
    midnight = day_start(local_day(line.at, SHANGHAI) + timedelta(days=1), SHANGHAI)
    shop.session.execute(text("UPDATE charges SET charged_at = :at WHERE brand_id = :brand").bindparams(at=midnight - timedelta(seconds=1), brand=shop.brand_id))
    shop.session.commit()
    late = SimpleNamespace(name="stripe", balance_lines=lambda since, until: iter(
        [_at(line, midnight + timedelta(seconds=1))] if since <= midnight + timedelta(seconds=1) < until else []))
    for day, count in ((local_day(line.at, SHANGHAI), 0), (local_day(midnight, SHANGHAI), 2)):
        wall_time.now = midnight + timedelta(hours=6)
        queue_provider_day(shop.session, brand_id=shop.brand_id, provider="stripe", day=day, now=wall_time.now)
        shop.session.commit()
        read_provider_day(stripe_app.database, provider=late, day=day, timezone=SHANGHAI, now=wall_time.now)
        row = shop.session.scalars(select(ProviderDay).where(ProviderDay.day == day).execution_options(populate_existing=True)).one()
        assert (row.state, row.line_count) == ("matched", count)


def _at(line: BalanceFacts, moment: datetime) -> BalanceFacts:
    return BalanceFacts(line.ref, line.kind, line.amount_minor, line.fee_minor, line.currency, line.source_ref, moment, moment, line.marks)


def test_read_again_it_replaces_what_was_found(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    paid_online(stripe_app, world, shop)
    [day] = read(stripe_app, shop)
    before = {line.id for line in lines(shop, day)}
    paid_online(stripe_app, world, shop, (shop.cover, 1))
    [again] = read(stripe_app, shop)
    assert again.id == day.id and again.line_count == 4
    assert len(lines(shop, again)) == 4 and not before & {line.id for line in lines(shop, again)}


@pytest.mark.parametrize("fault", [
    {"status": 500, "count": 30, "path": "/balance_transactions"},
    {"status": 429, "count": 30, "path": "/balance_transactions"},
    {"status": 500, "count": 30, "path": "/v1/charges/"},
    {"status": 401, "count": 30, "path": "/balance_transactions"},
])
def test_a_reading_that_breaks_off_leaves_what_stood(stripe_app: Application, world: StripeWorld, shop: Shop, fault: dict[str, Any]) -> None:
    """The last fault comes in the midst: some lines are read already when the charge of a dispute cannot be."""
    placed = paid_online(stripe_app, world, shop)
    [day] = read(stripe_app, shop)
    stood, read_at = {line.id for line in lines(shop, day)}, day.read_at
    disputed(stripe_app, world, shop, placed, 10000)
    known = len(strays(stripe_app))
    world.does("faults", api=[fault])
    [day] = read(stripe_app, shop)
    assert day.state == "failed" and day.problem and day.read_at == read_at
    assert {line.id for line in lines(shop, day)} == stood and len(strays(stripe_app)) == known
    with stripe_app.database.transaction() as session:
        assert bool(getattr(health_of(session, "stripe"), "down_since", None)) == (fault["status"] == 401), "a refused key is for somebody to see"
        note_up(session, "stripe", stripe_app.clock())
    world.does("faults", api=[{"status": 500, "count": 0, "path": "/none"}])


def test_what_cannot_be_written_leaves_what_stood(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    """The first five hundred new lines are in when the next cannot be: all of them go, and the old ones are back."""
    paid_online(stripe_app, world, shop)
    [day] = read(stripe_app, shop)
    stood = {line.id for line in lines(shop, day)}
    marks, at = {"brand_id": str(shop.brand_id)}, wall_time.now
    broken = SimpleNamespace(name="stripe", balance_lines=lambda since, until: (
        BalanceFacts(f"txn_{number}", "charge", 1, 0, "SGD" if number < 600 else "NO CURRENCY", f"ch_{number}", at, at, marks) for number in range(601)))
    queue_provider_day(shop.session, brand_id=shop.brand_id, provider="stripe", day=today(), now=at)
    shop.session.commit()
    with pytest.raises(Refused):
        read_provider_day(stripe_app.database, provider=broken, day=today(), timezone=SHANGHAI, now=at)
    assert {line.id for line in lines(shop, day)} == stood


def test_only_days_that_began_are_read_and_one_at_a_time(stripe_app: Application, shop: Shop, wall_time: TestClock) -> None:
    def ask(day: Any) -> None:
        queue_provider_day(shop.session, brand_id=shop.brand_id, provider="stripe", day=day, now=wall_time.now)

    with pytest.raises(Refused):
        ask(today() + timedelta(days=1))
    with pytest.raises(Refused):
        ask(today() - timedelta(days=367))
    ask(today())
    with pytest.raises(Conflict):
        ask(today())
    wall_time.now += timedelta(hours=3)
    ask(today() if local_day(wall_time.now, SHANGHAI) >= today() else local_day(wall_time.now, SHANGHAI))


def test_yesterday_is_read_by_itself_and_what_waits_is_followed(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    """From five in the brand's morning; a day with an open dispute is read again a day later, a matched one is not."""
    brand_id, day = shop.brand_id, today()

    def due(now: datetime) -> list[Any]:
        queue_due_days(shop.session, brand_id=brand_id, provider="stripe", now=now)
        found = list(shop.session.scalars(select(ProviderDay.day).where(ProviderDay.state == "queued").order_by(ProviderDay.day)))
        shop.session.rollback()
        return found

    five = day_start(day + timedelta(days=1), SHANGHAI) + timedelta(hours=5)
    assert due(five) == [], "nobody was sent to the provider yet"
    placed = paid_online(stripe_app, world, shop)
    assert (due(five - timedelta(seconds=1)), due(five)) == ([], [day])
    read(stripe_app, shop)
    assert due(five) == []
    disputed(stripe_app, world, shop, placed, 10000)
    [row] = read(stripe_app, shop)
    assert row.state == "differs" and due(wall_time.now + timedelta(hours=23)) == []
    assert day in due(max(five, wall_time.now + timedelta(days=1)))


def test_a_large_day_costs_no_memory(stripe_app: Application, shop: Shop, wall_time: TestClock) -> None:
    """12,000 movements, read and compared, weigh less than half of what a list of them would."""
    marks, at, count = {"brand_id": str(shop.brand_id), "payment_id": str(new_id())}, wall_time.now, 12_000

    def told(since: datetime, until: datetime) -> Iterator[BalanceFacts]:
        return (BalanceFacts(f"txn_{number}", "charge", 100, 3, "SGD", f"ch_{number}", at + timedelta(0), at, {**marks}) for number in range(count))

    queue_provider_day(shop.session, brand_id=shop.brand_id, provider="stripe", day=today(), now=at)
    shop.session.commit()
    tracemalloc.start()
    listed = list(told(at, at))
    weight = tracemalloc.get_traced_memory()[0]
    del listed
    tracemalloc.reset_peak()
    read_provider_day(stripe_app.database, provider=SimpleNamespace(name="stripe", balance_lines=told), day=today(), timezone=SHANGHAI, now=at)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    kept = shop.session.scalars(select(ProviderDay)).one()
    assert (kept.line_count, kept.difference_count) == (2 * count, 2 * count)
    assert peak < weight / 2


def test_the_jobs_read_yesterday_in_the_morning(stripe_app: Application, world: StripeWorld, brand: Brand, shop: Shop, wall_time: TestClock) -> None:
    """One job looks for what is due and another reads it; told twice it is read once. What somebody must look at stands on the first page."""
    placed = online_order(shop, wall_time.now)
    world.does(f"complete_session/{session_ref(door_of(stripe_app, shop, placed))}", method="card", outcome="paid")
    wall_time.now = day_start(today() + timedelta(days=1), SHANGHAI) + timedelta(hours=5, minutes=1)
    queue_app(stripe_app)
    _queued(stripe_app)
    for _ in range(2):
        with stripe_app.app_context():
            run_job(stripe_app, REGISTRY["find_due_provider_days"], {})
    asked = _queued(stripe_app)
    assert asked.count({"day": today().isoformat(), "timezone": SHANGHAI}) == 1
    for arguments in asked * 2:
        with stripe_app.app_context():
            run_job(stripe_app, REGISTRY[JOB], arguments)
    row = shop.session.scalars(select(ProviderDay).where(ProviderDay.day == today()).execution_options(populate_existing=True)).one()
    assert (row.state, row.difference_count) == ("differs", 2)
    assert "支付平台有 2 笔对不上" in console(stripe_app, f"owner@{brand.slug}.example").get("/console/").get_data(as_text=True)


def _queued(app: Application) -> list[dict[str, Any]]:
    with app.database.transaction() as session:
        return list(session.execute(text("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE task_name = :job AND status = 'todo' RETURNING args"),
                                    {"job": JOB}).scalars())
