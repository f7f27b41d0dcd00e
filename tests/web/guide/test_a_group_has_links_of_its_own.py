"""A guide enters a group, shares to it by its own link, and sees what it brought; HQ sees all; another's is not found."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.community.models import CommunityGroup
from app.domain.sharing.models import ShareLink
from app.kernel.tenancy import BrandSession
from tests.builders.shoppers import ZH, signed_in_guide
from tests.builders.shops import Shop, a_shop


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def enter(client: FlaskClient, shop: Shop, name: str = "闺蜜群") -> CommunityGroup:
    answer = client.post("/guide/groups/new", data={"name": name, "members": "120"}, headers=ZH)
    assert answer.status_code == 303
    shop.session.rollback()
    return shop.session.scalars(select(CommunityGroup).where(CommunityGroup.name == name)).one()


def test_the_link_is_the_groups_own_and_always_the_same(client: FlaskClient, shop: Shop) -> None:
    signed_in_guide(client, shop.lin)
    group = enter(client, shop)
    plain, twice = (client.get(f"/guide/products/{shop.case_product}", headers=ZH).text for _ in range(2))
    hers = client.get(f"/guide/products/{shop.case_product}?group={group.id}", headers=ZH).text
    codes = [re.findall(r"/s/([a-z0-9]+)", page)[0] for page in (plain, twice, hers)]
    assert codes[0] == codes[1] != codes[2]
    shop.session.rollback()
    assert shop.session.scalar(select(ShareLink.label).where(ShareLink.code == codes[2])) == group.mark
    assert "闺蜜群" in client.get("/guide/groups", headers=ZH).text
    assert "还差 80 人" in client.get(f"/guide/groups/{group.id}", headers=ZH).text


def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(client: FlaskClient, shop: Shop) -> None:
    signed_in_guide(client, shop.lin)
    answer = client.post("/guide/groups/new", data={"name": "新群", "members": "很多"}, headers=ZH)
    assert answer.status_code == 422
    assert 'value="新群"' in answer.text and 'id="members-err"' in answer.text


def test_anothers_group_is_not_found_anywhere(client: FlaskClient, shop: Shop) -> None:
    signed_in_guide(client, shop.lin)
    group = enter(client, shop)
    signed_in_guide(client, shop.he)
    for path in (f"/guide/groups/{group.id}", f"/guide/groups/{group.id}/edit", f"/guide/products/{shop.case_product}?group={group.id}", f"/guide/shop?group={group.id}"):
        assert client.get(path, headers=ZH).status_code == 404, path
    assert client.post(f"/guide/groups/{group.id}/close", headers=ZH).status_code == 404
