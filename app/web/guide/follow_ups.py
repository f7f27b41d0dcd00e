"""回访: whom to call today and why, what to send, and what was done about it."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.care.actions import follow_up
from app.domain.insights.customer_book import customer_row
from app.domain.insights.follow_ups import due_counts, due_page
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared import customer_words as words
from app.web.shared.application import now
from app.web.shared.asking import page_number, whole
from app.web.shared.errors import says
from app.web.shared.serving import brand, brand_id, db

from .blueprint import guide


@guide.get("/follow-ups", endpoint="follow_ups")
def follow_ups_page() -> str:
    return _page()


@guide.post("/customers/<customer_id>/follow-up")
def follow_customer_up(customer_id: str) -> ResponseReturnValue:
    """Called, or left alone for a while; the reason comes back after that if it still holds."""
    found = customer_row(db(), brand_id=brand_id(), timezone=brand().timezone, now=now(), customer_id=parse_id(customer_id, "customer"), guide_id=g.guide.id)
    try:
        follow_up(db(), brand_id=brand_id(), customer_id=found.id, guide_id=g.guide.id, reason=request.form.get("reason", ""),
                  days=whole(request.form.get("days"), field="days"), words=request.form.get("words", ""), now=now())
    except Refused as refused:
        return _page(says(refused)), 422
    flash(gettext("记下了，这件事先不提醒"), "ok")
    return redirect(url_for("guide.follow_ups"), 303)


def _page(problem: str = "") -> str:
    reason = request.args.get("reason", "") if request.args.get("reason") in words.REASONS else ""
    counts = due_counts(db(), brand_id=brand_id(), guide_id=g.guide.id, timezone=brand().timezone, now=now())
    page = due_page(db(), brand_id=brand_id(), guide_id=g.guide.id, timezone=brand().timezone, now=now(), reason=reason, number=page_number())
    return render_template("guide/follow_ups.html", page=page, counts=counts, reason=reason, words=words, problem=problem)
