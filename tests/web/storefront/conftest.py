"""A shop seen from the shopper's phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.domain.brands.models import Brand
from app.kernel.tenancy import BrandSession
from tests.builders.qr_codes import read_qr
from tests.builders.shoppers import ZH, filled
from tests.builders.shops import Shop, a_shop

__all__ = ["read_qr"]


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


@pytest.fixture
def buy(client: FlaskClient, brand: Brand, shop: Shop) -> Callable[..., Any]:
    """Reads the checkout of one case by Lin's link, fills it in and submits it."""
    def bought(quantity: object = 1, **changes: str) -> Any:
        address = f"/b/{brand.slug}/checkout?share={shop.link.code}&v={shop.case}&q={quantity}"
        page = client.get(address, headers=ZH).get_data(as_text=True)
        return client.post(address, data=filled(page, **changes), headers=ZH)
    return bought
