"""What differs per visitor travels beside the cached page: one small request that says who came by which link."""

from __future__ import annotations

import base64

from flask import Response, request
from sqlalchemy import select

from app.domain.customers.actions import claim_visitor, meet
from app.domain.fraud.actions import note_device
from app.domain.guides.models import Guide
from app.domain.sharing.queries import link_by_code
from app.domain.sharing.rules import is_bot
from app.domain.sharing.touch_log import note_touch
from app.kernel.ids import new_code
from app.web.shared.application import now
from app.web.shared.safety import csrf
from app.web.shared.serving import brand_id, db

from .blueprint import shop
from .shopper import guide_account, shopper
from .visitor import keep_visitor, visitor_id

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@shop.post("/s/<code>/touch")
@csrf.exempt
def touch(code: str) -> Response:
    return _touched(code, Response(status=204))


@shop.get("/s/<code>/touch.gif")
def touch_pixel(code: str) -> Response:
    """The same without scripts."""
    return _touched(code, Response(PIXEL, content_type="image/gif"))


def _touched(code: str, response: Response) -> Response:
    """A guide who is signed in here and looks at her own link is no visitor (R8); her browser is hers from then on."""
    found = link_by_code(db(), brand_id=brand_id(), code=code)
    response.headers["Cache-Control"] = "no-store"
    known, account_id = visitor_id(), guide_account()
    if account_id is not None:
        _is_hers(known, account_id)
        if account_id == found.link.guide.account_id:
            return response
    visitor = known or new_code(24)
    note_touch(db(), brand_id=brand_id(), visitor=visitor, share_link_id=found.link.id, at=now(),
               bot=is_bot(request.headers.get("User-Agent", "")))
    customer = shopper() if known is None else None
    if customer is not None:
        claim_visitor(db(), brand_id=brand_id(), visitor=visitor, customer_id=customer.id, now=now())
    return keep_visitor(response, visitor)


def _is_hers(visitor: str | None, account_id: object) -> None:
    """This visitor is the guide herself, also after she has signed out (R20)."""
    found = db().scalar(select(Guide).where(Guide.brand_id == brand_id(), Guide.account_id == account_id)) if visitor else None
    if visitor and found:
        note_device(db(), brand_id=brand_id(), guide_id=found.id, visitor=visitor, now=now())
        herself = meet(db(), brand_id=brand_id(), phone=found.phone, now=now())
        claim_visitor(db(), brand_id=brand_id(), visitor=visitor, customer_id=herself.id, now=now())
