"""zh-CN first, English complete. ?lang= sets a cookie; else the account's choice, else what the browser asks for.

A page that is the same for everyone (`g.anonymous`) neither reads nor sets the cookie, so that it can be cached.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, g, request
from flask_babel import Babel, get_locale

from .application import Application

LANGUAGES = {"zh": "中文", "en": "English"}
COOKIE = "lang"


def choose() -> str:
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        g.set_language = asked
        return asked
    chosen = "" if g.get("anonymous") else request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match([*LANGUAGES, "zh-CN"], "zh")[:2]


def timezone() -> str:
    return g.get("timezone", "Asia/Shanghai")


def remember(response: Response) -> Response:
    if "set_language" in g and not g.get("anonymous"):
        response.set_cookie(COOKIE, g.set_language, max_age=365 * 86400, samesite="Lax", httponly=True)
    return response


def links() -> list[dict[str, object]]:
    """The same page in each language, for the switch."""
    here = {name: value for name, value in request.args.items() if name != "lang"}
    return [{"label": label, "href": f"{request.path}?{urlencode({**here, 'lang': code})}", "active": code == current()}
            for code, label in LANGUAGES.items()]


def current() -> str:
    locale = str(get_locale() or "zh")
    return locale[:2]


def page_language() -> dict[str, str]:
    return {"page_language": "en" if current() == "en" else "zh-CN"}


def install(app: Application) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(app.root_path + "/../translations")
    Babel(app, locale_selector=choose, timezone_selector=timezone, default_locale="zh")
    app.after_request(remember)
    app.context_processor(page_language)
    app.jinja_env.globals["language_links"] = links
