"""Giving the visitor her cookie."""

from __future__ import annotations

from flask import Response

from app.web.shared.application import app
from app.web.shared.visitor_cookie import COOKIE as COOKIE
from app.web.shared.visitor_cookie import LIFETIME, sealed_visitor
from app.web.shared.visitor_cookie import visitor_id as visitor_id


def keep_visitor(response: Response, visitor: str) -> Response:
    response.set_cookie(COOKIE, sealed_visitor(visitor), max_age=LIFETIME, httponly=True, samesite="Lax",
                        secure=app().settings.public_url.startswith("https://"))
    return response
