"""A brand with an API token, a stranger, and a shop."""

from __future__ import annotations

import pytest

from app.domain.brands.models import Brand
from app.extensions import Database
from app.kernel.ids import new_code
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.callers import Caller, Shop, a_shop, a_token
from tests.builders.pushes import jd as jd
from tests.builders.pushes import selling as selling
from tests.conftest import NOON, TestClock


@pytest.fixture
def api(app: Application, clock: TestClock, database: Database, brand: Brand) -> Caller:
    return Caller(app.test_client(), a_token(database, brand), brand)


@pytest.fixture
def stranger(app: Application, clock: TestClock, database: Database) -> Caller:
    """The same, of another brand."""
    other = a_brand(database, slug=f"other-{new_code()}", now=NOON)
    return Caller(app.test_client(), a_token(database, other), other)


@pytest.fixture
def shop(api: Caller) -> Shop:
    return a_shop(api)
