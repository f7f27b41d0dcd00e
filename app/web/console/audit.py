"""The audit log: who changed what, before and after."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import render_template, request

from app.domain.people.queries import audit_kinds, audit_page
from app.kernel.clock import day_start
from app.web.shared.asking import page_number, query
from app.web.shared.names import kept_name
from app.web.shared.serving import actor, brand, brand_id, db

from .audit_values import reader
from .audit_words import ACTIONS, ACTORS, FIELDS, KINDS
from .blueprint import console


@console.get("/audit")
def audit() -> str:
    actor().require("audit:view")
    kept = query("q", "kind", "action", "from", "to")
    page = audit_page(db(), brand_id=brand_id(), q=kept_name(kept.get("q", "")), subject_kind=kept.get("kind", ""), action=kept.get("action", ""),
                      from_=_day(kept.get("from")), to=_day(kept.get("to"), plus=1), number=page_number())
    return render_template("console/audit.html", page=page, query=kept, kinds=KINDS, actions=ACTIONS, actors=ACTORS, fields=FIELDS,
                           known_kinds=audit_kinds(db(), brand_id=brand_id()), timezone=brand().timezone, path=request.path, value=reader(page.items))


def _day(text: str | None, *, plus: int = 0) -> datetime | None:
    """The start of a brand-local day, `plus` days later; None for what is no day."""
    try:
        return day_start(date.fromisoformat(text or "") + timedelta(days=plus), brand().timezone)
    except (ValueError, OverflowError):
        return None
