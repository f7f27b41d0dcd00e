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
    return {
        "nav": [{"group": "", "items": [_item("platform.brands", ngettext("品牌", "品牌", 2), "store"),
                                        _item("platform.payment_provider", gettext("支付渠道"), "card"),
                                        _item("platform.messages", gettext("消息发送"), "bell")]}],
        "shell": {"name": gettext("云店平台"), "role": gettext("平台运营"), "user": g.operator.name, "languages": links(),
                  "logout_url": url_for("platform.sign_out")},
    }


def _item(endpoint: str, label: str, icon: str) -> dict[str, Any]:
    href = url_for(endpoint)
    return {"label": label, "href": href, "icon": icon, "active": request.path.startswith(href)}
