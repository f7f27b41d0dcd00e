"""Who may enter the console: a signed-in account of an approved brand, never a guide."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.web.shared.serving import brand, serve_signed_in

OPEN = {"console.sign_in", "console.sign_in_post", "console.choose_brand", "console.activate", "console.activate_post", "console.onboarding",
        "console.onboarding_post", "console.onboarding_back", "console.onboarding_again"}


def enter() -> ResponseReturnValue | None:
    """before_request of the console blueprint."""
    if request.endpoint in OPEN:
        return None
    actor = serve_signed_in("console")
    if actor is None or actor.role == "guide" or brand().status != "approved":
        return redirect(url_for("console.sign_in", next=request.full_path.rstrip("?") if request.method == "GET" else None), 303)
    return None
