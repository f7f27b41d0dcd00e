"""The open API's board: /api/v1 with a bearer token."""

from __future__ import annotations

from flask import Blueprint, g, request

from app.kernel.ids import digest
from app.web.shared.safety import csrf, limiter

from .gate import enter
from .operations import Board

v1 = Board(Blueprint("api", __name__, url_prefix="/api/v1"), principal=lambda: f"token:{g.token.id}")
v1.blueprint.before_request(enter)
csrf.exempt(v1.blueprint)
limiter.limit("6000/minute", key_func=lambda: digest(request.headers.get("Authorization", "")))(v1.blueprint)
