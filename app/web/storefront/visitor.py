"""Giving the visitor her cookie."""

from __future__ import annotations

from flask import Response

from app.web.shared.application import app
from app.web.shared.signed_tokens import sign
from app.web.shared.visitor_cookie import COOKIE as COOKIE
from app.web.shared.visitor_cookie import LIFETIME, PURPOSE
from app.web.shared.visitor_cookie import visitor_id as visitor_id


def keep_visitor(response: Response, visitor: str) -> Response:
    response.set_cookie(COOKIE, sign(PURPOSE, visitor), max_age=LIFETIME, httponly=True, samesite="Lax",
                        secure=app().settings.public_url.startswith("https://"))
    return response
