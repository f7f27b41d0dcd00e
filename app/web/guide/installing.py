"""The guide app on the home screen: manifest, icons, service worker, and the page for when there is no connection.

All of it is the same for everybody of a brand and says nothing about anyone: a browser asks for it without a sign-in. The worker
keeps static files and the offline page only, so no figure that was true yesterday is ever shown today.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

from flask import Response, g, jsonify, make_response, render_template, request, url_for
from flask_babel import force_locale, gettext, ngettext
from flask_babel import lazy_gettext as _l

from app.domain.brands.models import Brand, BrandSettings
from app.domain.brands.queries import settings_of
from app.domain.sharing.app_icon import AppIcon, draw_icon
from app.kernel.errors import NotFound
from app.web.shared.application import app
from app.web.shared.language import LANGUAGES, current
from app.web.shared.serving import brand, brand_by_slug, serve_brand

from .blueprint import guide

DAY = 86_400
PAGE = "#f1f1ee"
"""--n-100: what the app shows while it starts."""
ICONS = {"192": (192, False), "512": (512, False), "192-maskable": (192, True), "512-maskable": (512, True), "180": (180, True)}
"""Name → side in pixels, maskable. Apple asks for 180 and cuts the corners itself."""
SHORTCUTS = (("products", _l("选品")), ("earnings", _l("收益")), ("orders", None))
FILES = ("shared/tokens.css", "shared/parts.css", "shared/amounts.css", "guide/guide.css", "shared/auth.css", "vendor/htmx.min.js", "shared/app.js",
         "guide/install.js")
PLAIN = ("shared/icons.svg", "shared/mark.svg")
"""What every page of the app needs: at the address with its content's hash, or at the one address pages name."""


@guide.get("/app/<slug>/manifest.webmanifest")
def manifest(slug: str) -> Response:
    settings = _serve(slug)
    response = jsonify({
        "id": f"/guide/?brand={slug}", "name": gettext("%(brand)s · 导购", brand=_named()), "short_name": _named()[:12],
        "lang": "en" if current() == "en" else "zh-CN",
        "description": gettext("看今天要做什么、分享什么、赚了多少"), "start_url": url_for("guide.today"), "scope": url_for("guide.today"),
        "display": "standalone",
        "orientation": "portrait", "theme_color": settings.color, "background_color": PAGE, "categories": ["business", "shopping"],
        "icons": [_icon(slug, name, _mark(settings)) for name in ICONS if name != "180"],
        "shortcuts": [{"name": str(label or ngettext("订单", "订单", 2)), "url": url_for(f"guide.{page}")} for page, label in SHORTCUTS]})
    response.vary.add("Accept-Language")
    return _kept(response, "application/manifest+json", 3600)


@guide.get("/app/<slug>/icon-<name>.png")
def app_icon(slug: str, name: str) -> Response:
    if name not in ICONS:
        raise NotFound("icon", name)
    settings, (side, maskable) = _serve(slug), ICONS[name]
    drawn = draw_icon(AppIcon(side, maskable, brand().name, settings.color, _logo(settings)))
    return _kept(make_response(drawn), "image/png", DAY)


@guide.get("/sw.js")
def worker() -> Response:
    """Asked again at every visit; its scope is the folder it lies in, /guide/."""
    response = make_response(render_template("guide/worker.js", files=_files(), version=_version()))
    g.cacheable = True
    response.content_type, response.headers["Cache-Control"] = "text/javascript; charset=utf-8", "no-cache"
    return response


@guide.get("/offline/<language>")
def offline(language: str) -> Response:
    if language not in LANGUAGES:
        raise NotFound("language", language)
    return _kept(make_response(_no_connection(language)), "text/html; charset=utf-8", 3600)


def installable() -> dict[str, Any]:
    """What a signed-in guide's pages lead to."""
    slug = brand().slug
    return {"manifest_url": url_for("guide.manifest", slug=slug), "touch_icon_url": url_for("guide.app_icon", slug=slug, name="180")}


def forget_kept(response: Response) -> Response:
    """Whoever signs out leaves nothing behind: the browser removes worker and store (it does so over https and on loopback)."""
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def _serve(slug: str) -> BrandSettings:
    """The brand of the address; nobody's cookie is read."""
    g.anonymous = True
    found: Brand = brand_by_slug(slug)
    return settings_of(serve_brand(found), brand_id=found.id)


def _named() -> str:
    return brand().name_en if brand().name_en and current() == "en" else brand().name


def _icon(slug: str, name: str, mark: str) -> dict[str, str]:
    side, maskable = ICONS[name]
    return {"src": url_for("guide.app_icon", slug=slug, name=name, v=mark), "sizes": f"{side}x{side}", "type": "image/png",
            "purpose": "maskable" if maskable else "any"}


def _mark(settings: BrandSettings) -> str:
    """Another address once the icon looks different: browsers do not look twice at the same."""
    return hashlib.sha256(f"{brand().name}|{settings.color}|{settings.logo_key}".encode()).hexdigest()[:10]


def _logo(settings: BrandSettings) -> bytes | None:
    try:
        return app().gateways.files.get(f"{settings.logo_key}-l.webp") if settings.logo_key else None
    except NotFound:
        return None


@lru_cache(maxsize=1)
def _files() -> list[str]:
    return [*map(_static, FILES), *(f"/static/{name}" for name in PLAIN), *(url_for("guide.offline", language=one) for one in LANGUAGES)]


@lru_cache(maxsize=1)
def _version() -> str:
    """Of everything the worker keeps, pages included: another release, another worker."""
    return hashlib.sha256("|".join([*map(_static, (*FILES, *PLAIN)), *(_no_connection(one) for one in LANGUAGES)]).encode()).hexdigest()[:12]


def _static(name: str) -> str:
    return cast("Callable[[str], str]", app().jinja_env.globals["static"])(name)


def _no_connection(language: str) -> str:
    with force_locale(language):
        return render_template("guide/offline.html", page_language="en" if language == "en" else "zh-CN")


def _kept(response: Response, kind: str, seconds: int) -> Response:
    g.cacheable = True
    response.content_type = kind
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.add_etag()
    response.make_conditional(request)
    return response
