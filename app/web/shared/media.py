"""Pictures: /media/<key> for ever under the same name, because the name is the content's hash."""

from __future__ import annotations

import io
import re
from typing import Any

from flask import Response, g, redirect, request, send_file

from app.domain.sharing.videos import TYPES as VIDEO_TYPES
from app.kernel.errors import NotFound

from .application import Application, app

SIZES = {"s": 200, "m": 600, "l": 1000}
"""Widths in pixels; the letter is the end of the file name."""
PLACEHOLDER = "shared/placeholder.svg"
FOR_EVER = "public, max-age=31536000, immutable"
REDIRECTED = "public, max-age=3600"
"""An hour: after that another public address of the store is heard of."""
KEY = re.compile(r"[0-9]{1,9}/media/[0-9a-f]{16,64}(?:-[sml]\.webp|\.mp4|\.webm)")
TYPES = {"webp": "image/webp", **VIDEO_TYPES}


def media_url(file_key: str | None, size: str = "m") -> str:
    """The address of a stored picture ('7/media/ab12…' as product_images.file_key holds it); a drawing where there is none."""
    if not file_key:
        return f"/static/{PLACEHOLDER}"
    return f"/media/{file_key}-{size if size in SIZES else 'm'}.webp"


def picture(key: str) -> Response:
    """A stored picture or video, of a video also a part (Range).

    Anyone may see it: the storefront shows it to everyone, and the name cannot be guessed.

    From a store that shows pictures itself the browser fetches it there; a browser that has it is not made to wait for a store.
    """
    if not KEY.fullmatch(key):
        raise NotFound("picture", key)
    files, mark = app().gateways.files, key.rpartition("/")[2]
    g.cacheable = True
    if elsewhere := files.address(key):
        return _kept(redirect(elsewhere, 302), REDIRECTED)
    path = files.path(key)
    if path is None and request.if_none_match.contains_weak(mark):
        response = Response(status=304)
        response.set_etag(mark)
        return _kept(response, FOR_EVER)
    if path is not None and not path.is_file():
        raise NotFound("picture", key)
    return _kept(send_file(path or io.BytesIO(files.get(key)), mimetype=TYPES[mark.rpartition(".")[2]], conditional=True, etag=mark), FOR_EVER)


def _kept(response: Any, how: str) -> Response:
    response.headers["Cache-Control"] = how
    assert isinstance(response, Response)
    return response


def install(application: Application) -> None:
    application.add_url_rule("/media/<path:key>", "media", picture)
    application.jinja_env.globals["media_url"] = media_url
