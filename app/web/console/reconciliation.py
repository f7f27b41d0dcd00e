"""Four-way reconciliation: orders, payments, ledger and payouts side by side, and every mismatch with the way to its cause."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from app.domain.people.audit import note
from app.domain.settlement.reconciliations import RUN_SORTS, SORTS, every_exception, exceptions_page, kind_counts, run_by_id, runs_page
from app.flows.reconcile import reconcile
from app.kernel.ids import parse_id
from app.kernel.money import decimal_text
from app.web.shared import mismatch_words as words
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.downloads import csv_response
from app.web.shared.periods import asked_period, month_of, today
from app.web.shared.serving import actor, brand, brand_id, db

from . import asked
from .blueprint import console
from .provider_days import books_tabs


@console.get("/reconciliation")
def reconciliation() -> ResponseReturnValue:
    """The runs; the form above them begins another."""
    actor().require("money:view")
    wrong, sort = bool(request.args.get("wrong")), asked.one_of("sort", RUN_SORTS) or "-number"
    page = runs_page(db(), brand_id=brand_id(), wrong=wrong, sort=sort, number=page_number())
    return render_template("console/reconciliation.html", page=page, wrong=wrong, sort=sort, period=month_of(today()), may_run=actor().may("money:run"),
                           books=books_tabs("reconciliation"), query=asked.query(wrong="1" if wrong else "", sort=sort if sort != "-number" else ""))


@console.post("/reconciliation")
def reconcile_now() -> ResponseReturnValue:
    """Of ?from= to ?to=, both days inside; of the present month where they cannot be read."""
    actor().require("money:run")
    period = asked_period(request.form)
    run = reconcile(db(), brand_id=brand_id(), from_=period.from_, to=period.to, now=now())
    found = ngettext("对完了，%(num)d 处不符", "对完了，%(num)d 处不符", run.exception_count) if run.exception_count else gettext("对完了，四方一致")
    flash(found, "error" if run.exception_count else "success")
    return redirect(url_for("console.reconciliation_run", run_id=run.id), 303)


@console.get("/reconciliation/<run_id>")
def reconciliation_run(run_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    run = run_by_id(db(), brand_id=brand_id(), run_id=parse_id(run_id, "reconciliation_run"))
    q, kind, sort = asked.text("q"), asked.one_of("kind", words.KINDS), asked.one_of("sort", SORTS) or "-difference"
    page = exceptions_page(db(), brand_id=brand_id(), run_id=run.id, q=q, kind=kind, sort=sort, number=page_number())
    counts = kind_counts(db(), brand_id=brand_id(), run_id=run.id)
    return render_template("console/reconciliation_run.html", run=run, page=page, q=q, kind=kind, sort=sort, words=words, counts=counts, cause=_cause,
                           totals=words.totals(run.totals), query=asked.query(q=q, kind=kind, sort=sort if sort != "-difference" else ""))


@console.get("/reconciliation/<run_id>.csv")
def reconciliation_csv(run_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    run = run_by_id(db(), brand_id=brand_id(), run_id=parse_id(run_id, "reconciliation_run"))
    note(db(), action="export", subject_kind="reconciliation_runs", subject_id=run.id, subject_name=f"#{run.number}")
    return csv_response(_table(run.id, asked.text("q"), asked.one_of("kind", words.KINDS)), f"reconciliation-{run.number}.csv")


def _table(run_id: UUID, q: str, kind: str) -> Iterator[list[str]]:
    currency = brand().currency
    yield [gettext("哪里不符"), gettext("订单或收款方"), gettext("应是"), gettext("实是"), gettext("差额"), gettext("币种"), gettext("怎么办"), gettext("备注")]
    for one, _ in every_exception(db(), brand_id=brand_id(), run_id=run_id, q=q, kind=kind):
        yield [words.title(one.kind), str(one.detail.get("name") or ""),
               *(decimal_text(amount, currency) for amount in (one.expected_minor, one.actual_minor, one.actual_minor - one.expected_minor)), currency,
               words.advice(one.kind), str(one.detail.get("more") or "")]


def _cause(one: Any, payout_run_id: UUID | None) -> str:
    """The page on which the cause stands: the order's money, or the payout in its run."""
    if one.order_id:
        return url_for("console.order", order_id=one.order_id, _anchor="money")
    if payout_run_id is None:
        return ""
    return url_for("console.payout", run_id=payout_run_id, q=str(one.detail.get("name") or ""), _anchor=f"p{one.payout_id}")
