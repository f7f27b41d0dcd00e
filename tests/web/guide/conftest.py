"""Lin, signed in on her phone, with a shop behind her."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.kernel.tenancy import BrandSession
from tests.builders.shoppers import signed_in_guide
from tests.builders.shops import Shop, a_shop


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


@pytest.fixture
def lin(client: FlaskClient, shop: Shop) -> FlaskClient:
    return signed_in_guide(client, shop.lin)
