"""Pictures: /media/<key> for ever under the same name, because the name is the content's hash."""

from __future__ import annotations

import re

from flask import Response, g, send_file

from app.kernel.errors import NotFound

from .application import Application, app

SIZES = {"s": 200, "m": 600, "l": 1000}
"""Widths in pixels; the letter is the end of the file name."""
PLACEHOLDER = "shared/placeholder.svg"
KEY = re.compile(r"[0-9]{1,9}/media/[0-9a-f]{16,64}-[sml]\.webp")


def media_url(file_key: str | None, size: str = "m") -> str:
    """The address of a stored picture ('7/media/ab12…' as product_images.file_key holds it); a drawing where there is none."""
    if not file_key:
        return f"/static/{PLACEHOLDER}"
    return f"/media/{file_key}-{size if size in SIZES else 'm'}.webp"


def picture(key: str) -> Response:
    """A stored picture. Anyone may see it: the storefront shows it to everyone, and the name cannot be guessed."""
    if not KEY.fullmatch(key):
        raise NotFound("picture", key)
    path = app().gateways.files.path(key)
    if not path.is_file():
        raise NotFound("picture", key)
    g.cacheable = True
    response = send_file(path, mimetype="image/webp", conditional=True, etag=key.rpartition("/")[2], max_age=365 * 86400)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def install(application: Application) -> None:
    application.add_url_rule("/media/<path:key>", "media", picture)
    application.jinja_env.globals["media_url"] = media_url
