"""Who may enter the platform: a signed-in operator. The application form of a brand is open to everyone."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from .signing_in import serve_operator

OPEN = {"platform.sign_in", "platform.sign_in_post", "platform.apply", "platform.apply_post", "platform.applied"}


def enter() -> ResponseReturnValue | None:
    """before_request of the platform blueprint."""
    if request.endpoint in OPEN or serve_operator():
        return None
    return redirect(url_for("platform.sign_in", next=request.full_path if request.method == "GET" else None), 303)
