"""/guides: enrol, move, suspend, leave."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select

from app.domain.guides import actions
from app.domain.guides.models import Guide
from app.flows import approve_guide as approving
from app.flows import move_guide as moving
from app.flows.enrol_guide import enrol_guide
from app.flows.leave_guide import leave_guide
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Choice, Ref, Text, When
from .operations import Rows
from .rows import contains, found, listed
from .shapes import Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "guides"}
KINDS = ("staff", "affiliate")
STATES = ("pending", "active", "suspended", "left", "rejected")


class GuideOut(Shape):
    id = Ref("guide")
    name = Text(40)
    phone = Text(20, metadata={"description": "E.164."})
    employee_no = Text(40)
    kind = Choice(*KINDS)
    level = Text(20)
    status = Choice(*STATES)
    store_id = Ref("store")
    payee_id = Ref("payee")
    referrer_id = Ref("guide", allow_none=True)
    joined_at = When(allow_none=True)
    left_at = When(allow_none=True)
    created_at = When()


class NewGuide(Shape):
    name = Text(40, least=1, required=True, metadata={"examples": ["王小燕"]})
    phone = Text(40, least=1, required=True, metadata={"examples": ["13812345678"]})
    employee_no = Text(40, load_default="")
    store_id = Ref("store", required=True)
    kind = Choice(*KINDS, load_default="staff")
    referrer_id = Ref("guide", load_default=None, allow_none=True, metadata={"description": "The guide who brought her in; set once."})


class GuideChange(Shape):
    name = Text(40, least=1)
    phone = Text(40, least=1)
    employee_no = Text(40)


class Move(Shape):
    store_id = Ref("store", required=True)


class Referrer(Shape):
    referrer_id = Ref("guide", required=True)


class Leave(Shape):
    successor_id = Ref("guide", load_default=None, allow_none=True)


class GuideQuery(Paging):
    q = Text(80, load_default="", metadata={"description": "In name, phone and employee number."})
    status = Choice(*STATES, load_default=None)
    store_id = Ref("store", load_default=None)


@v1.get("/guides", listed=GuideOut, query=GuideQuery, scope="guides:read", summary="Guides", **TAG)
def list_guides(query: dict[str, Any]) -> Rows:
    statement = select(Guide)
    if query["q"]:
        statement = statement.where(or_(*(column.ilike(contains(query["q"])) for column in (Guide.name, Guide.phone, Guide.employee_no))))
    return listed(statement, Guide, query, "status", "store_id")


@v1.post("/guides", body=NewGuide, out=GuideOut, status=201, scope="guides:write", summary="Enrol a guide", **TAG)
def add_guide(body: dict[str, Any]) -> Guide:
    """She is active at once; she signs in with her phone after setting a password."""
    return enrol_guide(db(), brand_id=brand_id(), now=now(), **body)


@v1.get("/guides/<id>", out=GuideOut, scope="guides:read", summary="One guide", **TAG)
def get_guide(id: str) -> Guide:
    return found(Guide, id)


@v1.patch("/guides/<id>", body=GuideChange, out=GuideOut, scope="guides:write", summary="Change a guide", **TAG)
def change_guide(id: str, body: dict[str, Any]) -> Guide:
    guide = found(Guide, id)
    kept = {name: getattr(guide, name) for name in ("name", "phone", "employee_no")}
    return actions.edit_guide(db(), brand_id=brand_id(), guide_id=guide.id, **{**kept, **body})


@v1.post("/guides/<id>/approve", out=GuideOut, scope="guides:write", summary="Approve a waiting guide", **TAG)
def approve_guide(id: str) -> Guide:
    return approving.approve_guide(db(), brand_id=brand_id(), guide_id=found(Guide, id).id, now=now())


@v1.post("/guides/<id>/reject", out=GuideOut, scope="guides:write", summary="Reject a waiting guide", **TAG)
def reject_guide(id: str) -> Guide:
    return actions.reject_guide(db(), brand_id=brand_id(), guide_id=found(Guide, id).id)


@v1.post("/guides/<id>/suspend", out=GuideOut, scope="guides:write", summary="Suspend a guide", **TAG)
def suspend_guide(id: str) -> Guide:
    return actions.suspend_guide(db(), brand_id=brand_id(), guide_id=found(Guide, id).id)


@v1.post("/guides/<id>/reinstate", out=GuideOut, scope="guides:write", summary="Reinstate a guide", **TAG)
def reinstate_guide(id: str) -> Guide:
    return actions.reinstate_guide(db(), brand_id=brand_id(), guide_id=found(Guide, id).id)


@v1.post("/guides/<id>/move", body=Move, out=GuideOut, scope="guides:write", summary="Move a guide to another store", **TAG)
def move_guide(id: str, body: dict[str, Any]) -> Guide:
    """Orders keep the store they were placed with. Refused where one of her own rates would exceed what the store's split leaves."""
    guide = moving.move_guide(db(), brand_id=brand_id(), guide_id=found(Guide, id).id, store_id=body["store_id"], now=now())
    return found(Guide, guide.id, fresh=True)


@v1.post("/guides/<id>/referrer", body=Referrer, out=GuideOut, scope="guides:write", summary="Say who brought a guide in", **TAG)
def set_referrer(id: str, body: dict[str, Any]) -> Guide:
    """Set once; never herself nor anybody she brought in. Nothing is paid for it: a referrer earns only from what the guide sells, and only one level up."""
    guide = actions.set_referrer(db(), brand_id=brand_id(), guide_id=found(Guide, id).id, referrer_id=found(Guide, body["referrer_id"]).id)
    return found(Guide, guide.id, fresh=True)


@v1.post("/guides/<id>/leave", body=Leave, out=GuideOut, scope="guides:write", summary="A guide leaves", **TAG)
def let_guide_leave(id: str, body: dict[str, Any]) -> Guide:
    """Her sign-in ends at once, her links speak for the store, her money is still paid. Her customers are bound to the successor, or are served by
    the store if none is named."""
    return leave_guide(db(), brand_id=brand_id(), guide_id=found(Guide, id).id, successor_id=body["successor_id"], now=now())
