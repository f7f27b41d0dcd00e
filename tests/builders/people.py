"""Units, guides and colleagues for tests, made by the real actions."""

from __future__ import annotations

import itertools
from datetime import datetime

from app.domain.guides.models import Guide
from app.domain.orgs.actions import add_org_unit
from app.domain.orgs.models import OrgUnit
from app.domain.people.actions import invite_account, set_password
from app.domain.people.models import Account
from app.flows.enrol_guide import enrol_guide
from app.kernel.tenancy import BrandSession
from tests.builders.brands import PASSWORD_HASH

_numbers = itertools.count(1)


def a_phone() -> str:
    """A mobile number nobody had before."""
    return f"+86138{next(_numbers) + 10_000_000:08d}"


def a_unit(session: BrandSession, kind: str = "store", name: str = "", parent: OrgUnit | None = None, code: str = "") -> OrgUnit:
    number = next(_numbers)
    return add_org_unit(session, brand_id=session.info["brand_id"], kind=kind, name=name or f"{kind} {number}",
                        code=code or f"{kind[0].upper()}{number:04d}", parent_id=parent.id if parent else None)


def a_guide(session: BrandSession, store: OrgUnit, name: str = "林晓", *, now: datetime, password: bool = False, **more: str) -> Guide:
    guide = enrol_guide(session, brand_id=session.info["brand_id"], name=name, phone=more.pop("phone", a_phone()), store_id=store.id,
                        now=now, **more)
    if password and guide.account:
        set_password(session, account=guide.account, password_hash=PASSWORD_HASH)
    return guide


def a_colleague(session: BrandSession, role: str, unit: OrgUnit | None = None, name: str = "陈岚") -> Account:
    """A console account with the tests' password."""
    number = next(_numbers)
    account = invite_account(session, brand_id=session.info["brand_id"], login=f"c{number}@b{session.info['brand_id']}.example", name=name,
                             role=role, org_unit_id=unit.id if unit else None, unit_kind=unit.kind if unit else None)
    set_password(session, account=account, password_hash=PASSWORD_HASH)
    return account


__all__ = ["a_colleague", "a_guide", "a_phone", "a_unit"]
