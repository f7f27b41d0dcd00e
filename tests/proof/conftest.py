"""Databases of their own: for processes that are killed, and for guards that are taken away."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest

from app import create_app
from app.config import Settings
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.extensions import Database
from app.flows.pay_out import approve_payout_run, draft_payout_run
from app.flows.settle_period import settle
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.callers import a_token
from tests.builders.databases import a_migrated_database, url
from tests.builders.sales import received
from tests.builders.shops import a_shop

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """A migrated database, its settings, and an application on the real clock."""

    app: Application
    settings: Settings
    folder: Path
    name: str

    @property
    def database(self) -> Database:
        return self.app.database


@dataclass(frozen=True)
class Due:
    """A brand with money whose day has come, and a token for its API."""

    brand_id: int
    token: str
    shares: int
    """How many shares are held."""
    run_id: str = ""
    """Of the approved payout run, if it has one."""


@contextmanager
def a_database(folder: Path, settings: Settings, name: str, *without: str) -> Iterator[Settings]:
    """A migrated database; `without` are statements that take guards away."""
    own = replace(settings, database_url=url(folder, "yundian_app", name), owner_url=url(folder, "yundian_owner", name),
                  operator_url=url(folder, "yundian_operator", name), files=Path(mkdtemp(prefix=f"yundian-{name}-")))
    with a_migrated_database(folder, name):
        with psycopg.connect(host=str(folder), user="postgres", dbname=name) as connection:
            for statement in without:
                connection.execute(statement)
        yield own


@pytest.fixture(scope="module")
def place(postgres: Path, settings: Settings) -> Iterator[Place]:
    name = f"killed_{os.getpid()}"
    with a_database(postgres, settings, name) as own:
        app = create_app(own, TESTING=True)
        yield Place(app, own, postgres, name)
        app.database.dispose()


def a_due_brand(place: Place, orders: int = 3) -> Due:
    """Received a month ago: everything is due."""
    long_ago = datetime.now(UTC) - timedelta(days=30)
    brand = a_brand(place.database, slug=f"k{next(_numbers)}", now=long_ago)
    with place.database.session(brand.id) as session:
        shop = a_shop(session, long_ago)
        for _ in range(orders):
            received(shop, long_ago, codes=())
    return Due(brand.id, a_token(place.database, brand), orders * SHARES_AN_ORDER)


def an_approved_run(place: Place) -> Due:
    due, now = a_due_brand(place), datetime.now(UTC)
    with place.database.transaction(due.brand_id) as session:
        settle(session, brand_id=due.brand_id, as_of=now, now=now)
        act_as(session, command("one"))
        run_id = draft_payout_run(session, brand_id=due.brand_id, now=now).id
    with place.database.transaction(due.brand_id) as session:
        act_as(session, command("two"))
        approve_payout_run(session, brand_id=due.brand_id, run_id=run_id, now=now)
    return replace(due, run_id=str(run_id))


SHARES_AN_ORDER = 8
"""Two lines, each with guide, store, platform and brand; the referrer gets nothing, two levels are off."""
