"""Who served the shopper, or which store she is in: scanned from a code in the store, kept for the day, offered at checkout (R8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.guides.queries import guide_by_employee_no
from app.domain.orgs.queries import unit_by_code
from app.kernel.texts import clean
from app.web.shared.application import app
from app.web.shared.serving import brand, brand_id, db
from app.web.shared.signed_tokens import read, sign

from .blueprint import shop

COOKIE = "yd_here"
LIFETIME = 86400


@dataclass(frozen=True, slots=True)
class Served:
    guide_number: str = ""
    store_code: str = ""


@shop.get("/b/<slug>/here")
def here(slug: str) -> ResponseReturnValue:
    """The address in the QR code on a guide's badge (`g`) or in a store (`store`); goes on to the shop."""
    found = _known(request.args.get("g", ""), request.args.get("store", ""))
    answer = app().make_response(redirect(url_for("storefront.shelf", slug=slug), 303))
    answer.set_cookie(COOKIE, sign(f"here {brand_id()}", [found.guide_number, found.store_code]), max_age=LIFETIME, path=f"/b/{brand().slug}",
                      httponly=True, samesite="Lax", secure=app().settings.public_url.startswith("https://"))
    return answer


def served() -> Served:
    """By the address of this page, else by what was scanned today; what nobody has is left out."""
    if "g" in request.args or "store" in request.args:
        return _known(request.args.get("g", ""), request.args.get("store", ""))
    kept: Any = read(f"here {brand_id()}", request.cookies.get(COOKIE, ""), max_age=LIFETIME)
    return _known(*kept) if isinstance(kept, list) and len(kept) == 2 else Served()


def _known(number: str, code: str) -> Served:
    number, code = clean(number)[:40], clean(code)[:40]
    guide = guide_by_employee_no(db(), brand_id=brand_id(), employee_no=number) if number else None
    store = unit_by_code(db(), brand_id=brand_id(), code=code) if code else None
    return Served(guide.employee_no if guide else "", store.code if store and store.kind == "store" else "")
