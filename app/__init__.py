"""create_app: the composition root, the only module that knows every part."""

from __future__ import annotations

import os
from typing import Any

import click
from dotenv import load_dotenv
from jinja2 import StrictUndefined

from app.cli import commands
from app.config import ROOT, Settings, from_env
from app.domain import models as models
from app.domain.people import audit as audit
from app.extensions import Database
from app.gateways.wiring import Gateways
from app.kernel import sealing
from app.kernel.clock import Clock, system_clock
from app.web import surfaces
from app.web.shared import assets, errors, formats, language, media, money_mode, names, safety, watching
from app.web.shared.application import Application


def create_app(settings: Settings | None = None, *, clock: Clock = system_clock, **config: Any) -> Application:
    """The whole application. `clock` is injectable (R33); without settings they come from the environment.

    Commands are installed only where one may be run: web workers need not carry them in memory.
    """
    if settings is None:
        load_dotenv(ROOT / ".env")
        settings = from_env(os.environ)
    app = Application("app", title="Yundian Open API", version="1.0", docs_path=None, spec_path=None, json_errors=False,
                      root_path=str(ROOT / "app"), template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.secret_key = settings.secret_key
    app.config.update(config, SCHEMA_HEAD=schema_head())
    app.settings, app.clock, app.database = settings, clock, Database(settings)
    app.gateways = Gateways.from_settings(settings)
    sealing.use_secret(settings.secret_key)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.teardown_appcontext(app.close_sessions)
    for part in (watching, safety, language, formats, names, errors, assets, media, money_mode):
        part.install(app)
    surfaces.install(app)
    if config.get("TESTING") or click.get_current_context(silent=True):
        commands.install(app)
    watching.configure_logs(settings.production)
    return app


def schema_head() -> str:
    """The newest migration this code knows; /readyz compares it with the database's."""
    return max(file.name[:4] for file in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))


__all__ = ["audit", "create_app", "models"]
