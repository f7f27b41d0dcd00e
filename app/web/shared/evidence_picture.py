"""The photo a guide handed in: kept by its content, shown only to who may see the task."""

from __future__ import annotations

from flask import Response, make_response, request

from app.domain.tasks.evidence import evidence_key, evidence_webp
from app.kernel.errors import NotFound
from app.web.shared.application import app
from app.web.shared.serving import brand_id


def keep_picture(name: str) -> str:
    """The posted file's key, '' if none was posted; Refused at `picture` for what is no picture."""
    file = request.files.get(name)
    content = file.read() if file else b""
    if not content:
        return ""
    webp = evidence_webp(content)
    key = evidence_key(brand_id(), webp)
    app().gateways.files.put(key, webp)
    return key


def picture_response(key: str) -> Response:
    if not key:
        raise NotFound("picture", key)
    response = make_response(app().gateways.files.get(key))
    response.content_type = "image/webp"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
