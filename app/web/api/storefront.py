"""The storefront API: public, for mini-programmes and headless clients. What a shopper's page can do, as JSON; one who
proved her phone has a token, and what it opens is hers."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.domain.people.actors import SHOPPER
from app.web.shared.open_shops import shop_of_slug
from app.web.shared.safety import csrf, limiter
from app.web.shared.serving import serve_actor, serve_brand

from . import shop_gate
from .operations import Board

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Accept-Language",
    "Access-Control-Max-Age": "86400",
}

storefront = Board(Blueprint("storefront_api", __name__, url_prefix="/api/storefront/v1/<slug>"), principal=shop_gate.principal)
csrf.exempt(storefront.blueprint)
limiter.limit("3000/minute")(storefront.blueprint)


@storefront.blueprint.url_value_preprocessor
def _take_slug(endpoint: str | None, values: dict[str, str] | None) -> None:
    request.environ["yundian.slug"] = (values or {}).pop("slug", "")


@storefront.blueprint.before_request
def enter() -> None:
    """The brand in the address; one that is not approved is not found."""
    if request.method != "OPTIONS":
        serve_brand(shop_of_slug(request.environ["yundian.slug"]).brand)
        serve_actor(SHOPPER)


@storefront.blueprint.after_request
def _open_to_browsers(answer: Response) -> Response:
    """No cookie is read here, so any page may ask; what is somebody's own is kept by nobody on the way."""
    answer.headers.update(HEADERS)
    if "Authorization" in request.headers:
        answer.headers["Cache-Control"] = "no-store"
    return answer
