"""Platform (运营平台): the SaaS operator."""

from __future__ import annotations

from app.web.shared.application import Application
from app.web.shared.throttling import too_often

from . import brands as brands
from . import fees as fees
from . import messages as messages
from . import navigation as navigation
from . import opening as opening
from . import payment_provider as payment_provider
from . import provider_events as provider_events
from . import sign_in as sign_in
from .blueprint import platform

platform.register_error_handler(429, too_often)


def install(app: Application) -> None:
    """The surface's URL table: every module above hangs its routes on the blueprint."""
    app.register_blueprint(platform)
