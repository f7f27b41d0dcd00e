"""打款记录: what was paid to her, gross, tax and net (R31), and each payout down to the orders it is made of."""

from __future__ import annotations

from typing import Any

from flask import g, render_template
from flask_babel import gettext

from app.domain.settlement.models import Payout, PayoutRun
from app.domain.settlement.queries import PaidEntry, entries_of_payout, payout_to, payouts_to
from app.domain.settlement.transfers import sums_of
from app.kernel.ids import parse_id
from app.web.shared.asking import page_number
from app.web.shared.formats import moment, option_text
from app.web.shared.money_words import LEDGER_ROLES, PAYOUT_METHODS, PAYOUT_STATES, POSTING_KINDS, word
from app.web.shared.payout_words import reason_words, tax_words, transferred
from app.web.shared.serving import brand_id, db

from .blueprint import guide


@guide.get("/payouts")
def payouts() -> str:
    page = payouts_to(db(), brand_id=brand_id(), payee_id=g.guide.payee_id, number=page_number())
    return render_template("guide/payouts.html", page=page, rows=[_row(*one) for one in page.items])


@guide.get("/payouts/<payout_id>")
def payout(payout_id: str) -> str:
    one, run = payout_to(db(), brand_id=brand_id(), payee_id=g.guide.payee_id, payout_id=parse_id(payout_id, "payout"))
    page = entries_of_payout(db(), brand_id=brand_id(), payout_id=one.id, number=page_number())
    arrived = transferred(sums_of(db(), brand_id=brand_id(), payout_ids=[one.id]).get(one.id, ()))
    return render_template("guide/payout.html", one=_row(one, run), payout=one, arrived=arrived, steps=tax_words(one.tax_trace), page=page,
                           entries=[_entry(entry) for entry in page.items],
                           rows=[(gettext("应付"), one.amount_minor), (gettext("代扣税"), -one.tax_withheld_minor),
                                 (gettext("税后实付"), one.amount_minor - one.tax_withheld_minor)])


def _row(one: Payout, run: PayoutRun) -> dict[str, Any]:
    """`paid` says whether it counts; what was left out or taken out shows only why."""
    text, kind = PAYOUT_STATES[one.state]
    counts = one.state not in ("left_out", "cancelled")
    return {"id": one.id, "number": run.number, "at": moment(one.paid_at or run.executed_at or run.drafted_at, "yyyy-MM-dd"), "state": text, "kind": kind,
            "method": word(PAYOUT_METHODS, one.method), "counts": counts, "gross": one.amount_minor, "tax": one.tax_withheld_minor if counts else 0,
            "net": one.amount_minor - (one.tax_withheld_minor if counts else 0), "why": reason_words(one.reason) if one.reason else "",
            "confirmed": moment(one.confirmed_at, "MM-dd HH:mm") if one.confirmed_at and one.state == "paid" else "",
            "unconfirmed": one.state == "paid" and one.method == "bank" and not one.confirmed_at}


def _entry(one: PaidEntry) -> dict[str, Any]:
    title = " · ".join(filter(None, (one.title, option_text(one.options)))) if one.title else word(LEDGER_ROLES, one.role)
    number = f"…{one.order_number[-4:]}" if one.order_number else f"W-{one.withdrawal}" if one.withdrawal else ""
    return {"title": title, "small": " · ".join(filter(None, (word(POSTING_KINDS, one.kind), moment(one.at), number))), "minor": one.amount_minor,
            "order_id": one.order_id if one.guide_id == g.guide.id else None}
