"""R18: asked for under the row's key with what was frozen in it: whatever is cut off in between, one payee has one account, in one country."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.config import Settings
from app.domain.ledger.queries import house_payees
from app.domain.people.models import AuditEvent
from app.domain.provider.accounts import begin_account
from app.domain.provider.health import health_of, note_up
from app.domain.provider.models import ProviderAccount
from app.flows.connect_payees import onboarding_link, open_account, refresh_account
from app.gateways.stripe.provider import StripeProvider
from app.kernel.errors import Conflict, NotFound, Refused
from app.web.shared.application import Application
from tests.builders.money import unguarded
from tests.builders.shops import Shop
from tests.builders.stripe_accounts import EMAIL, accounts_of, heard, opened, opened_there, told
from tests.builders.stripe_world import StripeWorld


def test_opened_it_waits_for_her(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Three steps; the platform is in Singapore, so she is; nobody is told of what she is about to do herself."""
    opened(stripe_app, shop.brand_id, shop.lin.payee_id)
    [row] = accounts_of(shop.session, shop.lin.payee_id)
    assert (row.state, row.version, row.asked) == ("onboarding", 1, {
        "email": EMAIL, "name": shop.lin.name, "country": "SG", "marks": {"brand_id": str(shop.brand_id), "account_id": str(row.id)}})
    assert row.provider_ref.startswith("acct_") and row.problems and row.checked_at
    assert told(shop.session, shop.lin.account_id) == [] and opened_there(world) == 1


def test_an_answer_that_is_lost_opens_no_second_account(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Stripe did it and its answers, to three tries of the client, did not arrive. Asked again it is the same account, as it was asked first."""
    world.does("faults", api=[{"status": "drop", "count": 3, "path": "^/v2/core/accounts$", "phase": "after"}])
    with pytest.raises(Conflict) as unsure:
        opened(stripe_app, shop.brand_id, shop.lin.payee_id)
    assert unsure.value.code == "provider_silent"
    [row] = accounts_of(shop.session, shop.lin.payee_id)
    assert (row.state, row.provider_ref, opened_there(world)) == ("due", "", 1)
    again = opened(stripe_app, shop.brand_id, shop.lin.payee_id, email="other@example.com")
    assert (again.id, again.state, again.asked["email"], opened_there(world)) == (row.id, "onboarding", EMAIL, 1)


def test_a_worker_killed_before_the_answer_is_booked_is_mended_by_whoever_comes_next(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """The row is there, the account too, the third step never ran: an event finds it by its marks; a check asks under the same key."""
    for payee_id, mend in ((shop.lin.payee_id, "event"), (shop.he.payee_id, "check")):
        with stripe_app.database.transaction(shop.brand_id) as session:
            row = begin_account(session, brand_id=shop.brand_id, payee_id=payee_id, provider="stripe", email=EMAIL, country="SG", now=stripe_app.clock())
        ref = stripe_app.gateways.online.open_account(row.asked, key=f"acct:{payee_id}:v1").ref
        if mend == "event":
            assert heard(stripe_app, ref) is not None
        else:
            refresh_account(stripe_app.database, brand_id=shop.brand_id, provider=stripe_app.gateways.online, payee_id=payee_id, now=stripe_app.clock())
        [row] = accounts_of(shop.session, payee_id)
        assert (row.provider_ref, row.state) == (ref, "onboarding")
    assert opened_there(world) == 2


def test_two_clicks_at_once_open_one(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Four threads: one row, one key, one account; who comes while Stripe still works hears so at most."""
    gate = Barrier(4)

    def click(number: int) -> str:
        gate.wait(10)
        try:
            return opened(stripe_app, shop.brand_id, shop.lin.payee_id, email=f"lin{number}@example.com").state
        except Conflict as conflict:
            return conflict.code

    with ThreadPoolExecutor(4) as pool:
        ends = set(pool.map(click, range(4)))
    assert "onboarding" in ends and ends <= {"onboarding", "provider_silent"}
    assert len(accounts_of(shop.session, shop.lin.payee_id)) == 1 and opened_there(world) == 1


def test_without_its_index_a_payee_would_have_two(settings: Settings, stripe_app: Application, shop: Shop) -> None:
    """The twin: the database itself holds one open account each; with the index away a second row is taken, and with it a second account."""
    with stripe_app.database.transaction(shop.brand_id) as session:
        first = begin_account(session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, provider="stripe", email=EMAIL, country="SG", now=stripe_app.clock())
    another = {"payee_id": first.payee_id, "provider": "stripe", "version": 2, "state": "due", "asked": first.asked, "created_at": first.created_at}
    with pytest.raises(Exception, match="uq_provider_accounts_one_open"), stripe_app.database.transaction(shop.brand_id) as session:
        session.add(ProviderAccount(**another))
    with unguarded(settings, shop.brand_id) as session:
        session.execute(text("DROP INDEX uq_provider_accounts_one_open"))
        session.add(ProviderAccount(**another))
        session.flush()
        two = session.scalars(select(ProviderAccount.state).where(ProviderAccount.payee_id == first.payee_id)).all()
        assert two == ["due", "due"]


def test_a_key_of_ours_that_is_refused_is_told_to_the_operator(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Trying again does not help her: the row keeps what was asked, and once the key is right the same click opens it."""
    wrong = StripeProvider("sk_live_of_somebody_else", address=world.url, secrets={})
    ask = {"brand_id": shop.brand_id, "payee_id": shop.lin.payee_id, "email": EMAIL, "country": "", "home": "SG", "now": stripe_app.clock()}
    with pytest.raises(Conflict) as misused:
        open_account(stripe_app.database, provider=wrong, **ask)
    assert misused.value.code == "provider_misused"
    with stripe_app.database.transaction() as session:
        health = health_of(session, "stripe")
        assert health is not None and health.down_since == stripe_app.clock() and health.problem
        note_up(session, "stripe", stripe_app.clock())
    assert [row.state for row in accounts_of(shop.session, shop.lin.payee_id)] == ["due"]
    world.does("reset")
    assert opened(stripe_app, shop.brand_id, shop.lin.payee_id).state == "onboarding"


@pytest.mark.parametrize(("country", "home", "code"), [
    ("CN", "SG", "country_not_offered"), ("HK", "SG", "country_not_offered"), ("zz", "SG", "country_not_offered"), ("US", "SG", "country_apart"),
    ("SG", "US", "country_apart"), ("\0", "SG", "required"), ("SGP", "SG", "too_long")])
def test_where_the_model_is_not_offered_nothing_is_opened(stripe_app: Application, world: StripeWorld, shop: Shop, country: str, home: str, code: str) -> None:
    """REFERENCE §0.5: the reason is named, and the bank is the way that is left."""
    with pytest.raises(Refused) as refused:
        opened(stripe_app, shop.brand_id, shop.lin.payee_id, country=country, home=home)
    assert (refused.value.code, refused.value.field) == (code, "country")
    assert opened_there(world) == 0 and not accounts_of(shop.session, shop.lin.payee_id)


def test_a_platform_in_europe_pays_its_neighbours(stripe_app: Application, shop: Shop) -> None:
    assert opened(stripe_app, shop.brand_id, shop.lin.payee_id, country="us", home="DE").asked["country"] == "US"


@pytest.mark.parametrize("email", ["", "lin", "lin@example", "l in@example.com", "@example.com", "林@例子", "a@b.c" * 60, "lin@example.com\ud800x y"])
def test_an_email_nobody_can_write_to_is_refused(stripe_app: Application, shop: Shop, email: str) -> None:
    with pytest.raises(Refused) as refused:
        opened(stripe_app, shop.brand_id, shop.lin.payee_id, email=email)
    assert refused.value.field == "email"


def test_stores_and_the_brand_itself_have_one_too(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Guide, unit and brand alike; what is nobody's (clearing) and what is another brand's is not found."""
    house = house_payees(shop.session, brand_id=shop.brand_id)
    for payee_id in (shop.store.payee_id, house["brand"]):
        assert payee_id is not None and opened(stripe_app, shop.brand_id, payee_id).state == "onboarding"
    for stranger in (house["clearing"], house["platform"], UUID(int=7)):
        with pytest.raises(NotFound):
            opened(stripe_app, shop.brand_id, stranger)
    assert opened_there(world) == 2


def test_a_link_is_made_each_time_and_kept_nowhere(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    account = opened(stripe_app, shop.brand_id, shop.lin.payee_id)
    ask = {"brand_id": shop.brand_id, "provider": stripe_app.gateways.online, "payee_id": shop.lin.payee_id, "now": stripe_app.clock(),
           "return_url": "http://localhost/back", "refresh_url": "http://localhost/again"}
    first, second = (onboarding_link(stripe_app.database, **ask) for _ in range(2))
    assert first != second and first.startswith(world.url)
    [row] = accounts_of(shop.session, shop.lin.payee_id)
    events = shop.session.scalars(select(AuditEvent).where(AuditEvent.subject_id == str(account.id))).all()
    assert first not in str([{column.key: getattr(row, column.key) for column in ProviderAccount.__table__.columns}, [one.after for one in events]])
