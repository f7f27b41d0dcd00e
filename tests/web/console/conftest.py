"""A desk: headquarters' people signed in beside a shop with the worked order of R23."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.domain.brands.models import Brand
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.people import a_colleague, a_unit
from tests.builders.pushes import jd as jd
from tests.builders.pushes import selling as selling
from tests.builders.sales import an_r23_shop
from tests.builders.shops import Shop
from tests.builders.signed_in import console
from tests.conftest import TestClock


@pytest.fixture
def shop(session: BrandSession, clock: TestClock) -> Shop:
    return an_r23_shop(session)


@pytest.fixture
def owner(app: Application, brand: Brand, shop: Shop) -> FlaskClient:
    return in_chinese(console(app, f"owner@{brand.slug}.example"))


@pytest.fixture
def finance(app: Application, session: BrandSession, shop: Shop) -> FlaskClient:
    return colleague(app, session, "finance")


@pytest.fixture
def operations(app: Application, session: BrandSession, shop: Shop) -> FlaskClient:
    return colleague(app, session, "operations")


@pytest.fixture
def store_manager(app: Application, session: BrandSession, shop: Shop) -> FlaskClient:
    """Manages another store than the one that sells."""
    unit = a_unit(session, "store", "别的店", code="ZZ99")
    account = a_colleague(session, "store_manager", unit)
    session.commit()
    return in_chinese(console(app, account.login))


def colleague(app: Application, session: BrandSession, role: str) -> FlaskClient:
    account = a_colleague(session, role)
    session.commit()
    return in_chinese(console(app, account.login))


def in_chinese(client: FlaskClient) -> FlaskClient:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    return client
