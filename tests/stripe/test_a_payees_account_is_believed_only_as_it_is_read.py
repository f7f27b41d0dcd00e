"""R15: money may go to an account only while the provider says so; coming back from its pages, old news and strangers' news say nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.domain.ledger.queries import balances
from app.domain.provider.accounts import ready_accounts, waiting_accounts
from app.domain.provider.ports import AccountFacts, Declined
from app.domain.provider.routing import Told
from app.flows.connect_payees import note_reading, refresh_account
from app.web.shared.application import Application
from tests.builders.payouts import credit
from tests.builders.shoppers import signed_in_guide
from tests.builders.shops import Shop
from tests.builders.stripe_accounts import accounts_of, filled_in, heard, opened, opened_there, told
from tests.builders.stripe_events import an_event, deliver, empty_inbox, inbox, work_all
from tests.builders.stripe_world import StripeWorld


@pytest.fixture
def lin(stripe_app: Application, shop: Shop) -> FlaskClient:
    shop.session.commit()
    client = signed_in_guide(stripe_app.test_client(), shop.lin)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    return client


def state_of(shop: Shop) -> str:
    return accounts_of(shop.session, shop.lin.payee_id)[-1].state


def test_who_comes_back_without_filling_in_is_still_being_set_up(stripe_app: Application, world: StripeWorld, shop: Shop, lin: FlaskClient) -> None:
    """The twin is what the provider does with one whose return was believed: it takes no money for her."""
    account = opened(stripe_app, shop.brand_id, shop.lin.payee_id)
    back = lin.get("/guide/bank/account/back", follow_redirects=True)
    assert "等待填资料" in back.text and state_of(shop) == "onboarding"
    assert ready_accounts(shop.session, brand_id=shop.brand_id, provider="stripe") == {}
    with pytest.raises(Declined) as refused:
        stripe_app.gateways.online.transfer(amount_minor=100, currency="SGD", account_ref=account.provider_ref, charge_ref="", group="order_1", marks={},
                                            key=f"transfer:{account.id}:1")
    assert refused.value.code == "insufficient_capabilities_for_transfer"
    world.does(f"accounts/{account.provider_ref}/complete")
    assert "可以收款" in lin.get("/guide/bank/account/back", follow_redirects=True).text and state_of(shop) == "ready"


def test_handed_in_and_under_review_is_not_ready(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    account = opened(stripe_app, shop.brand_id, shop.lin.payee_id)
    filled_in(stripe_app, world, account, "pending")
    assert state_of(shop) == "onboarding" and told(shop.session, shop.lin.account_id) == []
    filled_in(stripe_app, world, account)
    assert state_of(shop) == "ready" and told(shop.session, shop.lin.account_id) == ["account_ready"]


def test_restricted_it_stops_and_she_is_told_and_her_money_stays(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Ready, stopped, ready again: told of each once; what is due to her does not move."""
    credit(shop.session, shop.lin.payee_id, 3331)
    shop.session.commit()
    account = opened(stripe_app, shop.brand_id, shop.lin.payee_id)
    for outcome in ("complete", "restrict", "restrict", "complete"):
        filled_in(stripe_app, world, account, outcome)
        stripe_app.clock.now += timedelta(minutes=1)
        [row] = accounts_of(shop.session, shop.lin.payee_id)
        assert row.state == {"complete": "ready", "restrict": "restricted"}[outcome]
        assert waiting_accounts(shop.session, brand_id=shop.brand_id, provider="stripe") == (int(outcome == "restrict"), 0)
        assert balances(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id)["available"] == 3331
    assert told(shop.session, shop.lin.account_id) == ["account_ready", "account_stopped", "account_ready"]


def test_the_same_event_twice_or_late_changes_nothing(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Each event reads the account as it is: one about `restrict` that comes after `complete` finds it ready."""
    account = opened(stripe_app, shop.brand_id, shop.lin.payee_id)
    world.does(f"accounts/{account.provider_ref}/complete")
    world.does(f"accounts/{account.provider_ref}/restrict")
    world.does(f"accounts/{account.provider_ref}/complete")
    assert [heard(stripe_app, account.provider_ref) for _ in range(3)] == [Told(shop.brand_id)] * 3
    assert state_of(shop) == "ready" and told(shop.session, shop.lin.account_id) == ["account_ready"]


def test_webhooks_in_any_order_and_twice_lead_to_what_is_so(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Filled in, stopped, filled in again, told of newest first and each twice at the door of connected accounts: ready, told of once."""
    empty_inbox(stripe_app)
    ref = opened(stripe_app, shop.brand_id, shop.lin.payee_id).provider_ref
    for outcome in ("complete", "restrict", "complete"):
        world.does(f"accounts/{ref}/{outcome}")
    for number in (3, 2, 1, 3, 1):
        event = an_event(f"evt_{ref}_{number}", "account.updated" if number != 2 else "capability.updated", ref if number != 2 else "transfers", account=ref)
        assert deliver(stripe_app.test_client(), event, source="connect") == 200
    assert work_all(stripe_app) == 3 and state_of(shop) == "ready"
    assert told(shop.session, shop.lin.account_id) == ["account_ready"]
    assert {row["problem"] for row in inbox(stripe_app, *(f"evt_{ref}_{number}" for number in (1, 2, 3)))} == {""}


def test_a_reading_that_was_slow_does_not_replace_a_newer_one(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Two workers read; the older reading is booked last. The twin: booked as the newer one it would stop a ready account."""
    account = opened(stripe_app, shop.brand_id, shop.lin.payee_id)
    filled_in(stripe_app, world, account)
    old = AccountFacts(account.provider_ref, "restricted", ("requirements_past_due",))
    note_reading(stripe_app.database, account, old, stripe_app.clock() - timedelta(seconds=1))
    assert state_of(shop) == "ready"
    note_reading(stripe_app.database, account, old, stripe_app.clock())
    assert state_of(shop) == "restricted"


def test_an_account_of_nobody_here_is_nobodys(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Without our marks, of a brand that is not there, or of a row that is not."""
    for at, marks in enumerate(({}, {"brand_id": "999999999"}, {"brand_id": str(shop.brand_id), "account_id": "no id"}, {"brand_id": "-1"})):
        asked = {"email": "a@example.com", "name": "别人", "country": "SG", "marks": marks}
        ref = stripe_app.gateways.online.open_account(asked, key=f"acct:elsewhere:{shop.brand_id}:{at}").ref
        assert heard(stripe_app, ref) is None
    assert opened_there(world) == 4


def test_one_that_is_gone_at_the_provider_is_not_paid(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """A fresh world knows none of our accounts: asked again, it is restricted with the provider's word for it."""
    account = opened(stripe_app, shop.brand_id, shop.lin.payee_id)
    filled_in(stripe_app, world, account)
    world.does("reset")
    row = refresh_account(stripe_app.database, brand_id=shop.brand_id, provider=stripe_app.gateways.online, payee_id=shop.lin.payee_id, now=stripe_app.clock())
    assert (row.state, row.problems) == ("restricted", ["resource_missing"])
