"""A share link's poster and QR code, for everyone who has the code."""

from __future__ import annotations

from flask import Response, make_response

from app.domain.sharing.queries import link_by_code
from app.domain.sharing.shelf import shown_until
from app.web.shared.application import now
from app.web.shared.serving import brand, brand_id, db
from app.web.shared.share_kit import asked_layout, poster_png, share_qr

from .blueprint import shop
from .caching import public

POSTER_SECONDS = 300


@shop.get("/s/<code>/poster.png")
def poster(code: str) -> Response:
    """The poster in ?layout= as it must look now; its ETag changes with price, picture and design. 409 once its product is taken off."""
    content, mark = poster_png(db(), link_by_code(db(), brand_id=brand_id(), code=code), brand=brand(), layout=asked_layout())
    response = make_response(content)
    response.content_type = "image/png"
    response.set_etag(mark)
    return public(response, seconds=POSTER_SECONDS, until=shown_until(db(), brand_id=brand_id(), now=now()))


@shop.get("/s/<code>/qr.svg")
def qr(code: str) -> Response:
    response = make_response(share_qr(link_by_code(db(), brand_id=brand_id(), code=code).link.code))
    response.content_type = "image/svg+xml"
    return public(response, seconds=86400, by_language=False)
