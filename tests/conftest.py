"""Real PostgreSQL for every test. Each test makes its own brand: a new tenant needs no clean-up."""

from __future__ import annotations

import itertools
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from app import create_app
from app.config import Settings
from app.domain.brands.models import Brand
from app.extensions import Database
from app.gateways import embedded_postgres
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.databases import SECRET, a_migrated_database, url

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
"""12:00 in Shanghai."""
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One server for the whole run, shared by xdist workers; TEST_POSTGRES names one that already runs."""
    named = os.environ.get("TEST_POSTGRES")
    if named:
        yield Path(named)
        return
    folder = Path(mkdtemp(prefix="yundian-test-", dir="/var/tmp"))
    process = embedded_postgres.start(folder, fsync="off", max_connections="200")
    yield folder
    embedded_postgres.stop(process)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def settings(postgres: Path) -> Iterator[Settings]:
    name = f"test_{os.getpid()}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with a_migrated_database(postgres, name):
        yield Settings(
            app_env="development", database_url=url(postgres, "yundian_app", name), owner_url=url(postgres, "yundian_owner", name),
            operator_url=url(postgres, "yundian_operator", name), embedded=None, redis_url="", secret_key=SECRET,
            public_url="http://localhost", payment_provider="sandbox", files=Path(mkdtemp(prefix="yundian-files-")), mirror=None)


class TestClock:
    """A clock a test turns by hand."""

    __test__ = False

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(app: Application) -> TestClock:
    assert isinstance(app.clock, TestClock)
    return app.clock


@pytest.fixture(autouse=True)
def noon_again(request: pytest.FixtureRequest) -> None:
    """The application lives through many tests: each begins at noon, whatever the last one turned the clock to."""
    if "app" in request.fixturenames:
        request.getfixturevalue("clock").now = NOON


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Application]:
    application = create_app(settings, clock=TestClock(), TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    application.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    yield application
    application.database.dispose()


@pytest.fixture(scope="session")
def database(app: Application) -> Database:
    return app.database


@pytest.fixture
def brand(database: Database) -> Brand:
    """An approved brand of its own, with settings, house payees and an owner."""
    return a_brand(database, slug=f"b{os.getpid()}-{next(_numbers)}", now=NOON)


@pytest.fixture
def session(database: Database, brand: Brand) -> Iterator[BrandSession]:
    with database.session(brand.id) as session:
        yield session


@pytest.fixture
def client(app: Application, clock: TestClock) -> Any:
    return app.test_client()


LONGEST = ("test_money_adds_up", "/proof/", "browser", "test_no_request_breaks_the_api", "/stories/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, then those with most tests, so that no worker is left alone at the end; scripts.run_tests keeps this order."""
    tests = Counter(item.path for item in items)

    def last(item: pytest.Item) -> tuple[int, int, str]:
        path = item.path.as_posix()
        return next((place for place, word in enumerate(LONGEST) if word in path), len(LONGEST)), -tests[item.path], path

    items.sort(key=last)
