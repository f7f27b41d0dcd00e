"""The signed-in operator. The cookie holds her id and a mark of her password, so a new password ends old sessions."""

from __future__ import annotations

from typing import Any

from flask import g
from flask import session as cookie
from sqlalchemy import select

from app.domain.brands.models import Operator
from app.domain.people.actors import ROLE_PERMISSIONS, Actor
from app.kernel.ids import digest
from app.kernel.tenancy import BrandSession
from app.web.shared.application import act, operator_session
from app.web.shared.signing_in import password_matches, sign_out


def check_operator(email: str, password: str) -> Operator | None:
    """The active operator of this e-mail and password; takes as long for one that does not exist."""
    operator = operator_session().scalar(select(Operator).where(Operator.email == email.strip().lower()))
    right = password_matches(operator.password_hash if operator else "", password)
    return operator if operator is not None and right and operator.active else None


def sign_in_operator(operator: Operator) -> None:
    sign_out("platform")
    cookie.permanent = True
    cookie["platform"] = {"operator": operator.id, "mark": _mark(operator)}


def serve_operator() -> Operator | None:
    """Whoever is signed in, if she still is what the cookie says; from here on changes are hers."""
    known: Any = cookie.get("platform")
    if not isinstance(known, dict) or not isinstance(known.get("operator"), int):
        return None
    operator = operator_session().get(Operator, known["operator"])
    if operator is None or not operator.active or _mark(operator) != known.get("mark"):
        return None
    g.operator = operator
    g.actor = Actor("operator", str(operator.id), operator.name, ROLE_PERMISSIONS["operator"], role="operator")
    every_brand()
    return operator


def every_brand() -> BrandSession:
    """The operator's session across brands, acting as she."""
    session = operator_session()
    act(session, g.actor)
    return session


def one_brand(brand_id: int) -> BrandSession:
    """The operator's session writing into one brand, acting as she."""
    session = operator_session(brand_id)
    act(session, g.actor)
    return session


def known(brand_id: int) -> int:
    """An id no column holds is no brand's."""
    return brand_id if brand_id < 2**31 else 0


def _mark(operator: Operator) -> str:
    return digest(operator.password_hash)[:16]
