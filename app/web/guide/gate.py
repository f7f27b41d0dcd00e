"""Who may enter the guide app: a guide whose sign-in still counts; who waits for approval sees only the waiting page."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.guides.models import Guide
from app.web.shared.entrance import guide_problem
from app.web.shared.errors import says
from app.web.shared.serving import account_id, brand, db, serve_signed_in
from app.web.shared.signing_in import sign_out, signed_in

OPEN = {"guide.sign_in", "guide.sign_in_post", "guide.choose_brand", "guide.join_code", "guide.join", "guide.join_post", "guide.activate",
        "guide.activate_post", "guide.manifest", "guide.app_icon", "guide.worker", "guide.offline"}
WAITING = {"guide.waiting", "guide.sign_out", "guide.theme"}


def enter() -> ResponseReturnValue | None:
    """before_request of the guide blueprint; sets g.guide."""
    if request.endpoint in OPEN:
        return None
    actor = serve_signed_in("guide")
    guide = db().scalar(select(Guide).where(Guide.account_id == account_id())) if actor else None
    if guide is None or brand().status != "approved" or guide_problem(guide.status):
        return _turn_away()
    g.guide = guide
    if guide.status == "pending" and request.endpoint not in WAITING:
        return redirect(url_for("guide.waiting"), 303)
    return None


def _turn_away() -> ResponseReturnValue:
    """Out, with the reason if she was in."""
    if "guide" in cookie:
        flash(_reason(), "warn")
        sign_out("guide")
    return redirect(url_for("guide.sign_in", next=request.full_path.rstrip("?") if request.method == "GET" else None), 303)


def _reason() -> str:
    known = signed_in("guide")
    status = db().scalar(select(Guide.status).where(Guide.account_id == known[1])) if known and "db" in g else None
    problem = guide_problem(status)
    return says(problem) if problem else str(gettext("登录已失效，请重新登录"))
