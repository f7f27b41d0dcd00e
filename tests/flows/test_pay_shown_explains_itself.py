"""What a product is said to pay is its lowest pay, with the rate and the reason of that very variant."""

from __future__ import annotations

import pytest

from app.domain.catalog.models import Variant
from app.domain.commission.actions import add_rule
from app.flows.show_pay import Priced, show_pay
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.shops import a_shop
from tests.conftest import NOON


@pytest.mark.parametrize("dear_first", [False, True])
def test_rate_belongs_to_the_amount(session: BrandSession, dear_first: bool) -> None:
    """299.00 at the product's 12 % is 35.88; 399.00 at its own 13 % would be 51.87."""
    shop = a_shop(session)
    dear = Variant(id=new_id(), product_id=shop.case_product, sku="A2", price_minor=39900, stock=9, updated_at=NOON)
    session.add(dear)
    session.flush()
    add_rule(session, brand_id=shop.brand_id, scope={"variant_id": dear.id}, rate_bp=1300, now=NOON)
    priced = [Priced(variant, shop.case_product, "箱包 > 登机箱", True, price) for variant, price in ((shop.case, 29900), (dear.id, 39900))]
    told = show_pay(session, brand_id=shop.brand_id, guide_id=shop.lin.id, variants=priced[::-1] if dear_first else priced, now=NOON)
    pay = told[shop.case_product]
    assert (pay.lowest_minor, pay.highest_minor, pay.rate_bp) == (3588, 5187, 1200)
    assert pay.trace["rung"] != "" and pay.trace != show_pay(session, brand_id=shop.brand_id, guide_id=shop.lin.id, variants=priced[1:], now=NOON)[shop.case_product].trace
