"""R34: the database itself refuses an unbalanced transaction, a changed entry, and the same cause twice."""

from __future__ import annotations

import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege, RestrictViolation, UniqueViolation
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import DBAPIError

from app.config import Settings
from app.domain.ledger.actions import Entry, post
from app.domain.ledger.checking import check_ledger
from app.domain.ledger.models import LedgerEntry
from app.domain.ledger.queries import house_payees
from app.kernel.tenancy import BrandSession
from tests.builders.money import unguarded
from tests.conftest import NOON

FROZEN = ("ledger_transactions", "ledger_entries", "commission_lines", "attribution_decisions", "audit_events")


def entries(session: BrandSession, *amounts: int) -> list[Entry]:
    house = house_payees(session, brand_id=session.info["brand_id"])
    return [Entry(house["brand"], "brand", "pending", amount) for amount in amounts]


def put(session: BrandSession, cause: str, *amounts: int) -> None:
    post(session, brand_id=session.info["brand_id"], cause=cause, kind="placed", entries=entries(session, *amounts), now=NOON)


def test_a_balanced_transaction_is_kept_without_its_zeros(session: BrandSession) -> None:
    put(session, "one", 500, -300, 0, -200)
    assert session.scalar(select(func.count()).select_from(LedgerEntry)) == 3


def test_an_unbalanced_one_is_refused(session: BrandSession) -> None:
    with pytest.raises(CheckViolation, match="does not sum to zero"):
        put(session, "one", 500, -499)


def test_without_the_trigger_the_check_finds_it(settings: Settings, session: BrandSession) -> None:
    """The twin."""
    with unguarded(settings, session.info["brand_id"]) as bare:
        put(bare, "one", 500, -499)
        assert {found.rule for found in check_ledger(bare, brand_id=session.info["brand_id"])} == {"transactions sum to zero", "postings sum to zero"}


def test_the_same_cause_happens_once(session: BrandSession) -> None:
    put(session, "order:1:paid", 1, -1)
    with pytest.raises(UniqueViolation):
        put(session, "order:1:paid", 1, -1)


@pytest.mark.parametrize("table", FROZEN)
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_app_may_not_change_what_is_written(session: BrandSession, table: str, verb: str) -> None:
    with pytest.raises(DBAPIError) as refused:
        session.execute(text(verb.format(table)))
    assert isinstance(refused.value.orig, InsufficientPrivilege)


@pytest.mark.parametrize("table", FROZEN)
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nor_may_their_owner(settings: Settings, table: str, verb: str) -> None:
    engine = create_engine(settings.owner_url)
    with engine.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text(verb.format(table)))
    assert isinstance(refused.value.orig, RestrictViolation)
    engine.dispose()


def test_with_its_guards_off_history_can_be_rewritten(settings: Settings, session: BrandSession) -> None:
    """The twin."""
    put(session, "one", 5, -5)
    session.commit()
    with unguarded(settings, session.info["brand_id"]) as bare:
        gone = bare.execute(text("DELETE FROM ledger_entries WHERE brand_id = :brand AND amount_minor > 0"), {"brand": session.info["brand_id"]})
        assert gone.rowcount == 1
        assert check_ledger(bare, brand_id=session.info["brand_id"])
