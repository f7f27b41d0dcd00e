"""The platform's side navigation and top bar."""

from __future__ import annotations

from typing import Any

from flask import g, request, url_for
from flask_babel import gettext, ngettext

from app.web.shared.language import links

from .blueprint import platform


@platform.context_processor
def shell() -> dict[str, Any]:
    """`nav` and `shell` of console_base.html; nothing before sign-in."""
    if "operator" not in g:
        return {}
    href = url_for("platform.brands")
    inside = request.path.startswith(href)
    return {
        "nav": [{"group": "", "items": [{"label": ngettext("品牌", "品牌", 2), "href": href, "icon": "store", "active": inside}]}],
        "shell": {"name": gettext("云店平台"), "role": gettext("平台运营"), "user": g.operator.name, "languages": links(),
                  "logout_url": url_for("platform.sign_out")},
    }
