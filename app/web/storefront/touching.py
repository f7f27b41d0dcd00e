"""What differs per visitor travels beside the cached page: one small request that says who came by which link.

The visitor is an opaque first-party id in a signed cookie. Nothing about the person is in it.
"""

from __future__ import annotations

import base64

from flask import Response, request

from app.domain.sharing.actions import record_touch
from app.domain.sharing.queries import OpenLink, link_by_code
from app.domain.sharing.rules import is_bot
from app.kernel.ids import new_code
from app.web.shared.application import app, now
from app.web.shared.safety import csrf
from app.web.shared.serving import brand_id, db
from app.web.shared.signed_tokens import read, sign
from app.web.shared.signing_in import signed_in

from .blueprint import shop

COOKIE = "yd_v"
PURPOSE = "visitor"
LIFETIME = 180 * 86400
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@shop.post("/s/<code>/touch")
@csrf.exempt
def touch(code: str) -> Response:
    return _touched(code, Response(status=204))


@shop.get("/s/<code>/touch.gif")
def touch_pixel(code: str) -> Response:
    """The same without scripts."""
    return _touched(code, Response(PIXEL, content_type="image/gif"))


def visitor_id() -> str | None:
    """The visitor's id, if the cookie is ours and still good."""
    known = read(PURPOSE, request.cookies.get(COOKIE, ""), max_age=LIFETIME)
    return known if isinstance(known, str) and 0 < len(known) <= 40 else None


def _touched(code: str, response: Response) -> Response:
    found = link_by_code(db(), brand_id=brand_id(), code=code)
    response.headers["Cache-Control"] = "no-store"
    if _herself(found):
        return response
    visitor = visitor_id() or new_code(24)
    record_touch(db(), brand_id=brand_id(), visitor=visitor, share_link_id=found.link.id, at=now(),
                 bot=is_bot(request.headers.get("User-Agent", "")))
    response.set_cookie(COOKIE, sign(PURPOSE, visitor), max_age=LIFETIME, httponly=True, samesite="Lax",
                        secure=app().settings.public_url.startswith("https://"))
    return response


def _herself(found: OpenLink) -> bool:
    """A guide looking at her own link is no visitor (R8)."""
    known = signed_in("guide")
    return known is not None and known[1] == found.link.guide.account_id
