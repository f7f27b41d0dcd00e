"""Units are added, edited, moved, closed and opened again; a unit is never deleted, orders point at it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.ledger.models import Payee
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_id
from app.kernel.texts import optional, required

from .models import OrgUnit
from .queries import org_unit, unit_by_code
from .rules import TAX_KINDS, path_of, require_kind, require_parent

LENGTHS = {"province": 40, "city": 40, "district": 40, "address": 200, "phone": 40}


def add_org_unit(session: Session, *, brand_id: int, kind: str, name: str, code: str, parent_id: UUID | None = None,
                 **address: str) -> OrgUnit:
    """Adds a unit and the payee its share is owed to. Refuses a taken code (Conflict) and a parent of the wrong kind.

    `address`: province, city, district, address, phone.
    """
    require_kind(kind)
    name, code = required(name, field="name", most=80), _free_code(session, brand_id, code)
    parent = org_unit(session, brand_id=brand_id, unit_id=parent_id) if parent_id else None
    require_parent(kind, parent.kind if parent else None)
    payee = Payee(id=new_id(), brand_id=brand_id, party="org_unit", tax_kind=TAX_KINDS[kind], name=name)
    unit_id = new_id()
    unit = OrgUnit(id=unit_id, brand_id=brand_id, kind=kind, name=name, code=code, parent_id=parent_id, payee_id=payee.id, status="open",
                   path=path_of(parent.path if parent else None, unit_id), **_address(address))
    session.add(payee)
    session.flush()
    session.add(unit)
    session.flush()
    return unit


def edit_org_unit(session: Session, *, brand_id: int, unit_id: UUID, name: str, code: str, **address: str) -> OrgUnit:
    """Changes what a unit is called and where it is; the payee's name follows."""
    unit = org_unit(session, brand_id=brand_id, unit_id=unit_id)
    unit.code = _free_code(session, brand_id, code, own_id=unit.id)
    unit.name = required(name, field="name", most=80)
    for field, value in _address(address).items():
        setattr(unit, field, value)
    payee = session.get_one(Payee, (brand_id, unit.payee_id))
    payee.name = unit.name
    session.flush()
    return unit


def move_org_unit(session: Session, *, brand_id: int, unit_id: UUID, parent_id: UUID | None) -> OrgUnit:
    """Puts a unit, with all that is below it, under another parent; None is the brand itself.

    Orders keep the store and shares frozen on them (R4, R21): moving changes only what comes after.
    """
    unit = org_unit(session, brand_id=brand_id, unit_id=unit_id)
    if unit.parent_id == parent_id:
        return unit
    parent = org_unit(session, brand_id=brand_id, unit_id=parent_id) if parent_id else None
    require_parent(unit.kind, parent.kind if parent else None)
    if parent and parent.path.startswith(unit.path):
        raise Refused("org_cycle", "不能放到自己或自己的下级之下", field="parent_id")
    old, unit.parent_id = unit.path, parent_id
    unit.path = path_of(parent.path if parent else None, unit.id)
    session.flush()
    session.execute(update(OrgUnit).where(OrgUnit.brand_id == brand_id, OrgUnit.path.like(old + "%"), OrgUnit.id != unit.id)
                    .values(path=func.concat(unit.path, func.substr(OrgUnit.path, len(old) + 1))))
    return unit


def close_org_unit(session: Session, *, brand_id: int, unit_id: UUID) -> OrgUnit:
    """Closes a unit. Refused while an open unit is below it; a store's guides are asked for by the flow."""
    unit = org_unit(session, brand_id=brand_id, unit_id=unit_id)
    left = session.scalar(select(func.count()).select_from(OrgUnit).where(
        OrgUnit.brand_id == brand_id, OrgUnit.path.like(unit.path + "%"), OrgUnit.id != unit.id, OrgUnit.status == "open"))
    if left:
        raise Refused("org_has_units", "下面还有 %(count)d 个营业中的组织，请先关闭或移走", count=left)
    unit.status = "closed"
    session.flush()
    return unit


def open_org_unit(session: Session, *, brand_id: int, unit_id: UUID) -> OrgUnit:
    """Opens a closed unit again."""
    unit = org_unit(session, brand_id=brand_id, unit_id=unit_id)
    unit.status = "open"
    session.flush()
    return unit


def _free_code(session: Session, brand_id: int, code: str, *, own_id: UUID | None = None) -> str:
    code = required(code, field="code", most=40)
    if " " in code:
        raise Refused("org_code_blank", "编码里不能有空格", field="code")
    holder = unit_by_code(session, brand_id=brand_id, code=code)
    if holder is not None and holder.id != own_id:
        raise Conflict("org_code_taken", "编码 %(taken)s 已被“%(name)s”使用", field="code", taken=code, name=holder.name)
    return code


def _address(address: dict[str, str]) -> dict[str, str]:
    return {field: optional(value, field=field, most=LENGTHS[field]) for field, value in address.items()}
