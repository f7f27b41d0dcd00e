"""A unit moves with all that is below it, never under itself; scope follows the new place."""

from __future__ import annotations

import pytest

from app.domain.orgs.actions import close_org_unit, edit_org_unit, move_org_unit
from app.domain.orgs.queries import ancestors_of, org_unit, tree, units_page
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_unit


def test_descendants_follow(session: BrandSession) -> None:
    east, west = a_unit(session, "region", "华东"), a_unit(session, "region", "华西")
    dealer = a_unit(session, "dealer", "宁波经销", east)
    store = a_unit(session, "store", "天一店", dealer)
    sibling = a_unit(session, "store", "静安店", east)
    move_org_unit(session, brand_id=east.brand_id, unit_id=dealer.id, parent_id=west.id)
    session.expire_all()
    assert store.path == f"/{west.id}/{dealer.id}/{store.id}/"
    assert sibling.path == f"/{east.id}/{sibling.id}/"
    assert ancestors_of(session, brand_id=east.brand_id, store_id=store.id) == {"region": west, "dealer": dealer}
    assert org_unit(session, brand_id=east.brand_id, unit_id=store.id, within=west.path) is store
    with pytest.raises(NotFound):
        org_unit(session, brand_id=east.brand_id, unit_id=store.id, within=east.path)


def test_nearest_region_wins_and_missing_roles_are_missing(session: BrandSession) -> None:
    china = a_unit(session, "region", "全国")
    east = a_unit(session, "region", "华东", china)
    mall = a_unit(session, "mall", "恒隆", east)
    store = a_unit(session, "store", "恒隆店", mall)
    assert ancestors_of(session, brand_id=east.brand_id, store_id=store.id) == {"region": east, "mall": mall}
    assert ancestors_of(session, brand_id=east.brand_id, store_id=a_unit(session).id) == {}


def test_not_under_itself(session: BrandSession) -> None:
    outer = a_unit(session, "region")
    inner = a_unit(session, "region", parent=outer)
    with pytest.raises(Refused, match="自己的下级"):
        move_org_unit(session, brand_id=outer.brand_id, unit_id=outer.id, parent_id=inner.id)


def test_tree_and_list_stay_inside_the_scope(session: BrandSession) -> None:
    east, west = a_unit(session, "region", "华东", code="R1"), a_unit(session, "region", "华西", code="R2")
    jing = a_unit(session, "store", "静安店", east, code="S1")
    a_unit(session, "store", "成都店", west, code="S2")
    rows = tree(session, brand_id=east.brand_id, within=east.path)
    assert [(row.unit.name, row.depth) for row in rows] == [("华东", 0), ("静安店", 1)]
    assert [unit.name for unit in units_page(session, brand_id=east.brand_id, within=east.path, kind="store").items] == ["静安店"]
    assert units_page(session, brand_id=east.brand_id, within=east.path, q="成都").total == 0
    assert units_page(session, brand_id=east.brand_id, q="成都").total == 1, "without the scope he would see it"
    assert jing.path.startswith(east.path)


def test_percent_sign_is_searched_as_itself(session: BrandSession) -> None:
    a_unit(session, name="静安店")
    assert units_page(session, brand_id=session.info["brand_id"], q="%").total == 0


def test_closing_waits_for_what_is_below(session: BrandSession) -> None:
    region = a_unit(session, "region")
    store = a_unit(session, parent=region)
    with pytest.raises(Refused, match="还有"):
        close_org_unit(session, brand_id=region.brand_id, unit_id=region.id)
    close_org_unit(session, brand_id=region.brand_id, unit_id=store.id)
    assert close_org_unit(session, brand_id=region.brand_id, unit_id=region.id).status == "closed"


def test_editing_keeps_ones_own_code(session: BrandSession) -> None:
    store, other = a_unit(session, code="A1"), a_unit(session, code="A2")
    assert edit_org_unit(session, brand_id=store.brand_id, unit_id=store.id, name="新名", code="A1", city="上海").city == "上海"
    with pytest.raises(Conflict):
        edit_org_unit(session, brand_id=store.brand_id, unit_id=store.id, name="新名", code=other.code)
