"""Headers, cookies, CSRF and throttling: the same for every surface.

Policy: scripts and styles only from ourselves, with a nonce for the rare inline one; no frames; cookies HttpOnly, Lax,
Secure over https. The API has no cookies, so no CSRF there.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Response, g, request
from flask_babel import gettext
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFProtect

from app.config import Settings

from .application import Application

POLICY: dict[str, Any] = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "media-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
WECHAT_SCRIPTS = "https://res.wx.qq.com"
STRIPE_PAGES = "https://*.stripe.com"
WECHAT_PAGES = "https://open.weixin.qq.com"
"""Where forms of ours lead on to."""
MEGABYTE = 1024 * 1024

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, default_limits=[], headers_enabled=True)


def policy(settings: Settings) -> dict[str, Any]:
    """POLICY; pictures and videos also from the store that shows them itself, WeChat's script only where its share card is set up,
    forms that lead on to the provider's pages, or to WeChat's, only where they are in use."""
    store, allowed = urlsplit(settings.bucket.public_url) if settings.bucket and settings.bucket.public_url else None, dict(POLICY)
    if store:
        allowed |= {kind: f"{POLICY[kind]} {store.scheme}://{store.netloc}" for kind in ("img-src", "media-src")}
    if settings.wechat_app_id:
        allowed["script-src"] += f" {WECHAT_SCRIPTS}"
    if settings.wechat_templates:
        allowed["form-action"] += f" {WECHAT_PAGES}"
    if settings.stripe:
        allowed["form-action"] += f" {settings.stripe.address or STRIPE_PAGES}"
    return allowed


def cookie_settings(settings: Settings) -> dict[str, Any]:
    secure = settings.public_url.startswith("https://")
    return {
        "SESSION_COOKIE_NAME": "__Host-yundian" if secure else "yundian",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": 14 * 86400,
        "SESSION_REFRESH_EACH_REQUEST": False,
        "WTF_CSRF_TIME_LIMIT": 12 * 3600,
        "WTF_CSRF_SSL_STRICT": False,
        "MAX_CONTENT_LENGTH": 64 * MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": 2 * MEGABYTE,
        "MAX_FORM_PARTS": 2000,
        "RATELIMIT_STORAGE_URI": settings.redis_url or "memory://",
        "RATELIMIT_ENABLED": settings.throttle,
    }


def refuse_unreadable() -> Response | None:
    """NUL bytes and lone surrogates in an address or form reach no view and no database."""
    from .errors import page, problem, wants_problem  # noqa: PLC0415 (errors renders pages, which need this module's nonce)

    typed = [("", request.path), *request.args.items(multi=True)]
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        typed += request.form.items(multi=True)
    bad = next((name for name, value in typed if _unreadable(name) or _unreadable(value)), None)
    if bad is None:
        return None
    title, field = gettext("没有做成"), "" if _unreadable(bad) else bad[:60]
    said = gettext("“%(field)s”里有无法保存的字符", field=field) if field else gettext("内容里有无法保存的字符或数值")
    if wants_problem():
        return problem(400, "unreadable", title, detail=said, errors=[{"field": field, "message": said, "code": "unreadable"}] if field else [])
    return Response(*page(400, title, said))


def _unreadable(text: str) -> bool:
    return "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


def install(app: Application) -> None:
    app.config.update(cookie_settings(app.settings))
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(_secret_address)
    Talisman(app, content_security_policy=policy(app.settings), content_security_policy_nonce_in=["script-src"], force_https=False,
             strict_transport_security=app.settings.public_url.startswith("https://"), frame_options="DENY",
             session_cookie_secure=app.config["SESSION_COOKIE_SECURE"], referrer_policy="strict-origin-when-cross-origin")
    app.before_request(refuse_unreadable)
    app.after_request(lambda response: _private(response))


def _private(response: Response) -> Response:
    """Pages are private unless a view said otherwise."""
    if not g.get("cacheable") and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store" if response.mimetype in ("text/html", "application/json") else "private, max-age=0"
    return response


def _secret_address(response: Response) -> Response:
    """An address that is itself a secret (g.secret_address) is told to nobody. Runs after Talisman, so it has the last word."""
    if g.get("secret_address"):
        response.headers["Referrer-Policy"] = "no-referrer"
    return response
