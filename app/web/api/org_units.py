"""/org-units: regions, dealers, malls and stores."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select

from app.domain.orgs import actions
from app.domain.orgs.models import OrgUnit
from app.flows import place_unit
from app.kernel.errors import NotFound
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Choice, Ref, Text, When
from .operations import Rows
from .rows import contains, found, listed
from .shapes import Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "org units"}
KINDS = ("region", "dealer", "mall", "store")
PLACE = ("province", "city", "district", "address", "phone")


class Unit(Shape):
    id = Ref("org unit")
    kind = Choice(*KINDS)
    name = Text(80)
    code = Text(40)
    parent_id = Ref("org unit", allow_none=True)
    payee_id = Ref("payee")
    province = Text(40)
    city = Text(40)
    district = Text(40)
    address = Text(200)
    phone = Text(40)
    status = Choice("open", "closed")
    created_at = When()


class NewUnit(Shape):
    kind = Choice(*KINDS, required=True)
    name = Text(80, least=1, required=True, metadata={"examples": ["万象城店"]})
    code = Text(40, least=1, required=True, metadata={"examples": ["SZ001"]})
    parent_id = Ref("org unit", load_default=None, allow_none=True)
    province = Text(40, load_default="")
    city = Text(40, load_default="")
    district = Text(40, load_default="")
    address = Text(200, load_default="")
    phone = Text(40, load_default="")


class UnitChange(Shape):
    name = Text(80, least=1)
    code = Text(40, least=1)
    parent_id = Ref("org unit", allow_none=True)
    province = Text(40)
    city = Text(40)
    district = Text(40)
    address = Text(200)
    phone = Text(40)


class UnitQuery(Paging):
    q = Text(80, load_default="")
    kind = Choice(*KINDS, load_default=None)
    status = Choice("open", "closed", load_default=None)
    parent_id = Ref("org unit", load_default=None)


@v1.get("/org-units", listed=Unit, query=UnitQuery, scope="orgs:read", summary="Org units", **TAG)
def list_org_units(query: dict[str, Any]) -> Rows:
    statement = select(OrgUnit)
    if query["q"]:
        statement = statement.where(or_(OrgUnit.name.ilike(contains(query["q"])), OrgUnit.code.ilike(contains(query["q"]))))
    return listed(statement, OrgUnit, query, "kind", "status", "parent_id")


@v1.post("/org-units", body=NewUnit, out=Unit, status=201, scope="orgs:write", summary="Add an org unit", **TAG)
def add_org_unit(body: dict[str, Any]) -> OrgUnit:
    """A store stands below a dealer, a mall or a region; a parent of the wrong kind is refused, and one under which rates and splits would exceed."""
    return found(OrgUnit, place_unit.add_unit(db(), brand_id=brand_id(), now=now(), **body).id, fresh=True)


@v1.get("/org-units/<id>", out=Unit, scope="orgs:read", summary="One org unit", **TAG)
def get_org_unit(id: str) -> OrgUnit:
    return found(OrgUnit, id)


@v1.patch("/org-units/<id>", body=UnitChange, out=Unit, scope="orgs:write", summary="Change or move an org unit", **TAG)
def change_org_unit(id: str, body: dict[str, Any]) -> OrgUnit:
    unit = found(OrgUnit, id)
    if "parent_id" in body:
        place_unit.move_unit(db(), brand_id=brand_id(), unit_id=unit.id, parent_id=body.pop("parent_id"), now=now())
    if body:
        kept = {name: getattr(unit, name) for name in ("name", "code", *PLACE)}
        actions.edit_org_unit(db(), brand_id=brand_id(), unit_id=unit.id, **{**kept, **body})
    return unit


def store_of(store_id: object) -> OrgUnit:
    """A store of this brand."""
    unit = found(OrgUnit, store_id)
    if unit.kind != "store":
        raise NotFound("store", store_id)
    return unit
