"""/reconciliation-runs hold orders, payments, ledger and payouts against each other and list what does not match (R34)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.insights.four_way import KINDS
from app.domain.settlement.models import ReconciliationException, ReconciliationRun
from app.flows.reconcile import reconcile
from app.web.shared import mismatch_words as words
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "reconciliation"}


class NewReconciliation(Shape):
    from_ = When(data_key="from", required=True)
    to = When(required=True, metadata={"description": "Not included; at most 400 days after `from`."})


class TotalsOut(Shape):
    orders = Amount(signed=True, metadata={"description": "What shoppers owe for the orders, net of refunds, minor units."})
    payments = Amount(signed=True, metadata={"description": "What was paid and not given back, minor units."})
    ledger = Amount(signed=True, metadata={"description": "What the ledger says was received, minor units."})
    shares = Amount(signed=True, metadata={"description": "What all parties have of it: shares, subsidies, shipping, minor units."})
    claimed = Amount(signed=True, metadata={"description": "The entries that payouts claim, minor units."})
    payouts = Amount(signed=True, metadata={"description": "What these payouts come to, minor units."})
    paid = Amount(signed=True, metadata={"description": "Of them, those paid, minor units."})
    booked = Amount(signed=True, metadata={"description": "What the ledger booked of those: paid and withheld, minor units."})


class ReconciliationOut(Shape):
    id = Ref("reconciliation run")
    number = Whole()
    from_ = When(data_key="from", attribute="from_at")
    to = When(attribute="to_at")
    ran_at = When()
    run_by = Text(80)
    order_count = Whole(metadata={"description": "Orders that moved in the period; each is compared as a whole, as it stood when the run was made."})
    payout_count = Whole()
    exception_count = Whole()
    totals = Nest(TotalsOut)
    currency = Currency()


class ExceptionOut(Shape):
    id = Ref("exception")
    kind = Choice(*KINDS)
    message = Text(200, metadata={"description": "What it means, in the language asked for."})
    order_id = Ref("order", allow_none=True)
    payout_id = Ref("payout", allow_none=True)
    name = Text(80, metadata={"description": "The order's number or the payee's name."})
    expected = Amount(signed=True, attribute="expected_minor")
    actual = Amount(signed=True, attribute="actual_minor")
    currency = Currency()


class ExceptionQuery(Paging):
    kind = Choice(*KINDS, load_default=None)


@v1.get("/reconciliation-runs", listed=ReconciliationOut, scope="money:read", summary="Reconciliation runs", **TAG)
def list_reconciliation_runs(query: dict[str, Any]) -> Rows:
    return listed(select(ReconciliationRun), ReconciliationRun, query)


@v1.post("/reconciliation-runs", body=NewReconciliation, out=ReconciliationOut, status=201, scope="money:write", summary="Reconcile a period", **TAG)
def run_reconciliation(body: dict[str, Any]) -> ReconciliationRun:
    """Compares and writes down what does not match; it moves no money. One also runs by itself every night, over the last 31 days."""
    return reconcile(db(), brand_id=brand_id(), from_=body["from_"], to=body["to"], now=now())


@v1.get("/reconciliation-runs/<id>", out=ReconciliationOut, scope="money:read", summary="One reconciliation run", **TAG)
def get_reconciliation_run(id: str) -> ReconciliationRun:
    return found(ReconciliationRun, id)


@v1.get("/reconciliation-runs/<id>/exceptions", listed=ExceptionOut, query=ExceptionQuery, scope="money:read", summary="What did not match", **TAG)
def list_exceptions(id: str, query: dict[str, Any]) -> Rows:
    statement = select(ReconciliationException).where(ReconciliationException.run_id == found(ReconciliationRun, id).id)
    if query["kind"]:
        statement = statement.where(ReconciliationException.kind == query["kind"])
    page = listed(statement, ReconciliationException, query)
    return Rows([_shown(one) for one in page.items], page.next_cursor)


def _shown(one: ReconciliationException) -> dict[str, Any]:
    names = ("id", "kind", "order_id", "payout_id", "expected_minor", "actual_minor")
    return {**{name: getattr(one, name) for name in names}, "name": str(one.detail.get("name") or ""), "message": words.title(one.kind)}
