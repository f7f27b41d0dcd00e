"""Static files with the content's hash in the address, so a new version is a new address."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from whitenoise import WhiteNoise

from .application import Application

DAY = 86_400


def install(app: Application) -> None:
    folder = Path(app.static_folder or "static")
    app.wsgi_app = WhiteNoise(app.wsgi_app, root=str(folder), prefix="static/", max_age=DAY if app.settings.production else 60,  # type: ignore[method-assign]
                              autorefresh=not app.settings.production and app.config.get("RELOAD_ASSETS", False))

    @lru_cache(maxsize=512)
    def mark(name: str) -> str:
        path = folder / name
        return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "0"

    def static(name: str) -> str:
        """'shared/tokens.css' → '/static/shared/tokens.css?v=…'."""
        return f"/static/{name}?v={mark(name)}"

    app.jinja_env.globals["static"] = static
    icons = static("shared/icons.svg")
    app.jinja_env.globals["icons"] = icons

    def versions(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values.setdefault("v", mark(values["filename"]))

    app.url_defaults(versions)
