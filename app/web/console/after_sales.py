"""After-sales: the list of cases, and the tabs it shares with refunds and chargebacks."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.aftersales.queries import CASE_SORTS, case_amounts, case_counts, cases_page, open_chargebacks
from app.domain.aftersales.rules import OPEN
from app.domain.orders.queries import failed_refunds
from app.web.shared.asking import page_number
from app.web.shared.serving import actor, brand_id, db

from . import after_sale_words as words
from . import asked
from .blueprint import console


@console.get("/after-sales")
def after_sales() -> ResponseReturnValue:
    actor().require("orders:view")
    q, kind, sort = asked.text("q"), asked.one_of("kind", words.KINDS), asked.one_of("sort", CASE_SORTS) or "-at"
    state = asked.one_of("state", ["open", *words.CASE_STATES])
    from_, to = asked.days()
    page = cases_page(db(), brand_id=brand_id(), within=actor().within, q=q, state=state, kind=kind, from_=from_, to=to, sort=sort, number=page_number())
    return render_template(
        "console/after_sales.html", page=page, words=words, q=q, state=state, kind=kind, sort=sort, tabs=tabs("cases"),
        amounts=case_amounts(db(), brand_id=brand_id(), cases=[row.case for row in page.items]),
        query=asked.query(q=q, state=state, kind=kind, sort=sort if sort != "-at" else "", from_=asked.day("from"), to=asked.day("to")))


def tabs(on: str) -> list[dict[str, Any]]:
    """Cases, refunds, chargebacks; what is open is counted."""
    counts = case_counts(db(), brand_id=brand_id(), within=actor().within)
    waiting = sum(counts.get(state, 0) for state in OPEN)
    return [{"label": gettext("售后单"), "href": url_for("console.after_sales"), "active": on == "cases", "count": waiting or None},
            {"label": gettext("退款"), "href": url_for("console.refunds"), "active": on == "refunds",
             "count": failed_refunds(db(), brand_id=brand_id(), within=actor().within) or None},
            {"label": gettext("拒付"), "href": url_for("console.chargebacks"), "active": on == "chargebacks",
             "count": open_chargebacks(db(), brand_id=brand_id(), within=actor().within)[0] or None}]
