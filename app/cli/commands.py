"""The command table: `.venv/bin/flask --app wsgi …`. Every module here with an `install` adds its commands."""

from __future__ import annotations

import importlib
import pkgutil

import app.cli as package
from app.web.shared.application import Application


def install(app: Application) -> None:
    for module in pkgutil.iter_modules(package.__path__):
        group = importlib.import_module(f"{package.__name__}.{module.name}")
        if module.name != "commands" and hasattr(group, "install"):
            group.install(app)
