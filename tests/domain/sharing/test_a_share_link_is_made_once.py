"""Asked again, a link is the same link; foreign guides and products are not found."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.domain.brands.models import Brand, Signpost
from app.domain.sharing.actions import share_link
from app.domain.sharing.models import ShareLink
from app.domain.sharing.queries import link_by_code
from app.extensions import Database
from app.flows.leave_guide import leave_guide
from app.kernel.errors import NotFound
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.shops import a_shop
from tests.conftest import NOON


def test_the_same_thing_has_one_link_and_a_label_another(session: BrandSession, brand: Brand) -> None:
    shop = a_shop(session)
    first = share_link(session, brand_id=brand.id, guide_id=shop.lin.id, product_id=shop.case_product)
    assert share_link(session, brand_id=brand.id, guide_id=shop.lin.id, product_id=shop.case_product).id == first.id
    assert share_link(session, brand_id=brand.id, guide_id=shop.lin.id, product_id=shop.case_product, label="亲子群").id != first.id
    assert share_link(session, brand_id=brand.id, guide_id=shop.he.id, product_id=shop.case_product).id != first.id
    assert session.scalar(select(Signpost.brand_id).where(Signpost.kind == "share", Signpost.key == first.code)) == brand.id


def test_two_sessions_at_once_get_the_same_link(database: Database, session: BrandSession, brand: Brand) -> None:
    shop = a_shop(session)
    lin, product = shop.lin.id, shop.cover_product
    with database.session(brand.id) as one, database.session(brand.id) as two:
        first = share_link(one, brand_id=brand.id, guide_id=lin, product_id=product).code
        one.commit()
        assert share_link(two, brand_id=brand.id, guide_id=lin, product_id=product).code == first
        two.commit()
        assert one.scalar(select(func.count()).select_from(ShareLink).where(ShareLink.product_id == product)) == 1


def test_unknown_guide_product_and_code_are_not_found(session: BrandSession, brand: Brand) -> None:
    shop = a_shop(session)
    with pytest.raises(NotFound):
        share_link(session, brand_id=brand.id, guide_id=new_id())
    with pytest.raises(NotFound):
        share_link(session, brand_id=brand.id, guide_id=shop.lin.id, product_id=new_id())
    with pytest.raises(NotFound):
        link_by_code(session, brand_id=brand.id, code="no-such-code")


def test_a_leavers_link_stays_and_stands_for_the_store(session: BrandSession, brand: Brand) -> None:
    """R21."""
    shop = a_shop(session)
    assert link_by_code(session, brand_id=brand.id, code=shop.link.code).guide is not None
    leave_guide(session, brand_id=brand.id, guide_id=shop.lin.id, now=NOON)
    found = link_by_code(session, brand_id=brand.id, code=shop.link.code)
    assert found.guide is None
    assert found.link.store.name == "静安嘉里店"
