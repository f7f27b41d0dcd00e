"""An account that exists already is taken over only from our own platform, by one payee of one brand; stopped, the next is another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.config import Settings
from app.domain.brands.models import Brand
from app.domain.ledger.queries import house_payees
from app.domain.people.actors import Actor, command
from app.domain.people.audit import act_as
from app.domain.provider.accounts import close_account
from app.domain.provider.models import ProviderAccount, Transfer
from app.domain.provider.ports import Declined
from app.domain.provider.routing import Told
from app.extensions import Database
from app.flows.connect_payees import confirm_account, link_account, refresh_account
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.money import unguarded
from tests.builders.payouts import credit, drafted, payouts, with_account
from tests.builders.shops import Shop
from tests.builders.stripe_accounts import a_ready_account, accounts_of, heard, opened, opened_there
from tests.builders.stripe_world import StripeWorld
from tests.conftest import NOON


@dataclass
class By:
    """The database, with somebody behind every change."""

    database: Database
    who: Actor

    @contextmanager
    def transaction(self, brand_id: int | None = None) -> Iterator[Session]:
        with self.database.transaction(brand_id) as session:
            act_as(session, self.who)
            yield session


@dataclass
class Elsewhere:
    """Accounts that were opened on our platform before we knew of them."""

    application: Application
    shop: Shop
    number: int = 0

    def account(self, **marks: str) -> str:
        self.number += 1
        asked = {"email": "he@example.com", "name": "何敏", "country": "SG", "marks": marks}
        return self.application.gateways.online.open_account(asked, key=f"acct:by-hand:{self.shop.brand_id}:{self.number}").ref

    def asking(self, who: str, payee_id: UUID, brand_id: int = 0) -> dict[str, Any]:
        return {"database": By(self.application.database, command(who)), "brand_id": brand_id or self.shop.brand_id, "payee_id": payee_id,
                "provider": self.application.gateways.online, "now": self.application.clock()}

    def link(self, payee_id: UUID, ref: str, brand_id: int = 0) -> ProviderAccount:
        """Typed in by one, confirmed by another."""
        link_account(**self.asking("one", payee_id, brand_id), ref=ref)
        return confirm_account(**self.asking("two", payee_id, brand_id))


@pytest.fixture
def elsewhere(stripe_app: Application, shop: Shop) -> Elsewhere:
    shop.session.commit()
    return Elsewhere(stripe_app, shop)


@pytest.fixture
def other(stripe_app: Application, brand: Brand) -> Brand:
    return a_brand(stripe_app.database, slug=f"{brand.slug}-other", now=NOON)


def house(application: Application, brand: Brand) -> UUID:
    with application.database.transaction(brand.id) as session:
        return house_payees(session, brand_id=brand.id)["brand"]


def test_one_that_exists_is_read_marked_and_followed(stripe_app: Application, world: StripeWorld, shop: Shop, elsewhere: Elsewhere) -> None:
    """Ready there, ready here; from now on its events are hers."""
    ref = elsewhere.account()
    world.does(f"accounts/{ref}/complete")
    assert heard(stripe_app, ref) is None
    row = elsewhere.link(shop.lin.payee_id, f" {ref} ")
    assert (row.state, row.provider_ref, row.version) == ("ready", ref, 1)
    world.does(f"accounts/{ref}/restrict")
    assert heard(stripe_app, ref) == Told(shop.brand_id)
    assert [one.state for one in accounts_of(shop.session, shop.lin.payee_id)] == ["restricted"]


def test_one_person_alone_sends_no_money_there(stripe_app: Application, world: StripeWorld, shop: Shop, elsewhere: Elsewhere) -> None:
    """R15, as for bank details: until another has confirmed it, it is not used, whoever asks and whatever is heard of it."""
    ref = elsewhere.account(brand_id=str(shop.brand_id))
    world.does(f"accounts/{ref}/complete")
    link_account(**elsewhere.asking("one", shop.lin.payee_id), ref=ref)
    with pytest.raises(Refused) as same:
        confirm_account(**elsewhere.asking("one", shop.lin.payee_id))
    with pytest.raises(Conflict) as waits:
        refresh_account(**elsewhere.asking("one", shop.lin.payee_id))
    assert heard(stripe_app, ref) == Told(shop.brand_id)
    assert (same.value.code, waits.value.code) == ("second_person", "not_confirmed")
    assert [one.state for one in accounts_of(shop.session, shop.lin.payee_id)] == ["due"]
    assert confirm_account(**elsewhere.asking("two", shop.lin.payee_id)).state == "ready"
    with pytest.raises(Conflict) as twice:
        confirm_account(**elsewhere.asking("two", shop.lin.payee_id))
    assert twice.value.code == "already_verified"


def test_the_database_wants_the_second_person_too(settings: Settings, stripe_app: Application, shop: Shop, elsewhere: Elsewhere) -> None:
    """The twin: with the constraint away an account that one person typed in is ready at a word."""
    account = link_account(**elsewhere.asking("one", shop.lin.payee_id), ref=elsewhere.account())
    used = update(ProviderAccount).where(ProviderAccount.id == account.id).values(state="ready")
    with pytest.raises(IntegrityError, match="second_person"), stripe_app.database.transaction(shop.brand_id) as session:
        session.execute(used)
    with unguarded(settings, shop.brand_id) as session:
        session.execute(text("ALTER TABLE provider_accounts DROP CONSTRAINT ck_provider_accounts_second_person"))
        session.execute(used)
        assert session.scalars(select(ProviderAccount.state).where(ProviderAccount.id == account.id)).one() == "ready"


def test_one_payees_is_not_anothers(stripe_app: Application, world: StripeWorld, shop: Shop, elsewhere: Elsewhere, other: Brand) -> None:
    """Taken in the brand; another brand's reads as if it were not there."""
    hers = a_ready_account(stripe_app, world, shop.brand_id, shop.lin.payee_id).provider_ref
    with pytest.raises(Refused) as taken:
        elsewhere.link(shop.he.payee_id, hers)
    with pytest.raises(Refused) as unknown:
        elsewhere.link(house(stripe_app, other), hers, brand_id=other.id)
    with pytest.raises(Refused) as nowhere:
        elsewhere.link(shop.he.payee_id, "acct_0000000000000000")
    assert (taken.value.code, unknown.value.code, nowhere.value.code) == ("account_taken", "account_unknown", "account_unknown")
    assert not accounts_of(shop.session, shop.he.payee_id)


@pytest.mark.parametrize("ref", ["", "cus_1", "acct_", "acct_1/../transfers", "acct_林", "acct_" + "1" * 200, "\ud800"])
def test_what_is_no_account_number_is_not_asked_about(elsewhere: Elsewhere, shop: Shop, world: StripeWorld, ref: str) -> None:
    calls = len(world.sees("calls")["calls"])
    with pytest.raises(Refused) as refused:
        elsewhere.link(shop.lin.payee_id, ref)
    assert refused.value.field == "ref" and len(world.sees("calls")["calls"]) == calls


def test_who_has_one_stops_it_first(stripe_app: Application, world: StripeWorld, shop: Shop, elsewhere: Elsewhere) -> None:
    """Stopped it is free for another payee, and hers is the next version with a key of its own."""
    first = a_ready_account(stripe_app, world, shop.brand_id, shop.lin.payee_id)
    with pytest.raises(Conflict) as there_is_one:
        elsewhere.link(shop.lin.payee_id, elsewhere.account())
    assert there_is_one.value.code == "account_open"
    with stripe_app.database.transaction(shop.brand_id) as session:
        close_account(session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, provider="stripe")
    assert heard(stripe_app, first.provider_ref) == Told(shop.brand_id), "still ours, and left as it is"
    assert elsewhere.link(shop.he.payee_id, first.provider_ref).state == "ready"
    assert opened(stripe_app, shop.brand_id, shop.lin.payee_id).provider_ref != first.provider_ref
    assert [(one.version, one.state) for one in accounts_of(shop.session, shop.lin.payee_id)] == [(1, "closed"), (2, "onboarding")]
    assert opened_there(world) == 3
    world.does(f"accounts/{first.provider_ref}/restrict")
    heard(stripe_app, first.provider_ref)
    assert [one.state for one in accounts_of(shop.session, shop.he.payee_id)] == ["restricted"], "its events are of who uses it now"


def test_money_on_its_way_there_holds_it(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Like bank details: not while a transfer is neither sent nor given up."""
    account = a_ready_account(stripe_app, world, shop.brand_id, shop.lin.payee_id)
    credit(shop.session, shop.lin.payee_id, 3331)
    with_account(shop.session, shop.lin.payee_id)
    run = drafted(shop.session)
    payout = payouts(shop.session, run)[shop.lin.payee_id]
    shop.session.add(Transfer(brand_id=shop.brand_id, id=new_id(), payout_id=payout.id, payee_id=shop.lin.payee_id, account_id=account.id, amount_minor=3331,
                              currency="CNY", settled_minor=599, settled_currency="SGD", state="waiting", created_at=NOON))
    shop.session.commit()
    stop = {"brand_id": shop.brand_id, "payee_id": shop.lin.payee_id, "provider": "stripe"}
    with pytest.raises(Conflict) as under_way, stripe_app.database.transaction(shop.brand_id) as session:
        close_account(session, **stop)
    assert under_way.value.code == "payout_under_way"
    with stripe_app.database.transaction(shop.brand_id) as session:
        session.execute(update(Transfer).where(Transfer.account_id == account.id).values(state="sent"))
        assert close_account(session, **stop).state == "closed"


def test_another_brand_finds_none_of_it(stripe_app: Application, world: StripeWorld, shop: Shop, other: Brand) -> None:
    opened(stripe_app, shop.brand_id, shop.lin.payee_id)
    ask = {"provider": stripe_app.gateways.online, "payee_id": shop.lin.payee_id, "now": stripe_app.clock()}
    with pytest.raises(NotFound):
        opened(stripe_app, other.id, shop.lin.payee_id)
    with pytest.raises(NotFound):
        refresh_account(stripe_app.database, brand_id=other.id, **ask)
    with pytest.raises(NotFound), stripe_app.database.transaction(other.id) as session:
        close_account(session, brand_id=other.id, payee_id=shop.lin.payee_id, provider="stripe")
    assert [one.state for one in accounts_of(shop.session, shop.lin.payee_id)] == ["onboarding"] and opened_there(world) == 1


def test_what_the_provider_refuses_is_closed_and_asked_anew(stripe_app: Application, world: StripeWorld, shop: Shop, elsewhere: Elsewhere) -> None:
    """Taken over, and deleted there before it was marked: refused with the reason, and the next try is the next version."""
    ref = elsewhere.account()
    link_account(**elsewhere.asking("one", shop.lin.payee_id), ref=ref)
    world.does("reset")
    with pytest.raises(Refused) as declined:
        confirm_account(**elsewhere.asking("two", shop.lin.payee_id))
    assert declined.value.code == "provider_declined" and isinstance(declined.value.__cause__, Declined)
    assert opened(stripe_app, shop.brand_id, shop.lin.payee_id).version == 2
    assert [one.state for one in accounts_of(shop.session, shop.lin.payee_id)] == ["closed", "onboarding"]
