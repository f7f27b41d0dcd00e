"""Which surface answers where."""

from __future__ import annotations

from flask import redirect
from flask.typing import ResponseReturnValue

from app.web import api, console, guide, platform, storefront
from app.web.shared import hooks, provider_hooks
from app.web.shared.application import Application


def install(app: Application) -> None:
    """Register every surface's blueprint."""
    for surface in (console, guide, storefront, platform, api, hooks, provider_hooks):
        surface.install(app)
    app.add_url_rule("/", "front", front)


def front() -> ResponseReturnValue:
    """The bare address leads brand HQ to its console."""
    return redirect("/console", 303)
