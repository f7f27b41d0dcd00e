"""The shopper's blueprint: every route is about one brand, found by its slug or by a share code before the view runs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from app.web.shared.language import LANGUAGES
from app.web.shared.open_shops import brand_of_code, shop_of_brand, shop_of_slug
from app.web.shared.serving import serve_brand

shop = Blueprint("storefront", __name__)

ANONYMOUS = {f"storefront.{name}" for name in (
    "share", "shared_shelf", "shared_product", "shelf", "product", "theme", "poster", "qr")}
"""Pages that are the same for everyone: no cookie is read or set, so they may be cached."""


@shop.before_request
def enter() -> None:
    """Serve the brand of the address; NotFound for one that is not open."""
    values = request.view_args or {}
    g.anonymous = request.endpoint in ANONYMOUS
    found = shop_of_slug(values["slug"]) if "slug" in values else shop_of_brand(brand_of_code(values["code"]))
    serve_brand(found.brand)
    g.settings = found.settings


@shop.url_defaults
def keep_language(endpoint: str, values: dict[str, Any]) -> None:
    """A language chosen in the address stays while the shopper walks on."""
    if endpoint.startswith("storefront.") and request and (asked := request.args.get("lang", "")) in LANGUAGES:
        values.setdefault("lang", asked)
