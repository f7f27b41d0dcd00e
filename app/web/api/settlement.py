"""/settlement-runs release what was held long enough; /payout-runs pay what is available."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy import select

from app.domain.provider.models import Transfer
from app.domain.settlement.models import Payout, PayoutRun, SettlementRun
from app.domain.settlement.payout_files import payout_file
from app.domain.settlement.transfers import STATES as TRANSFER_STATES
from app.flows import pay_out
from app.flows.settle_period import due, kept_back, settle
from app.kernel.errors import Refused
from app.web.shared.application import app, now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Free, Listed, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "settlement"}
RUN_STATES = ("draft", "approved", "executed", "cancelled")
PAYOUT_STATES = ("draft", "approved", "sent", "paid", "failed", "cancelled", "left_out")


RUN_COLUMNS = ("id", "number", "state", "scope", "cutoff", "payout_count", "amount_minor", "drafted_by", "drafted_at", "approved_by", "approved_at",
               "executed_at", "reconciled_at")
PAYOUT_COLUMNS = ("id", "payee_id", "amount_minor", "tax_withheld_minor", "state", "method", "tax_kind", "tax_trace", "reason", "provider_ref", "paid_at",
                  "confirmed_at", "failed_at")


class NewSettlement(Shape):
    as_of = When(load_default=None, allow_none=True, metadata={"description": "Now, if not given; a future moment is refused in production."})


class SettlementOut(Shape):
    id = Ref("settlement run")
    number = Whole()
    as_of = When()
    ran_at = When()
    line_count = Whole()
    released = Amount(signed=True, attribute="released_minor", metadata={"description": "Minor units released to guides and org units."})
    currency = Currency()
    run_by = Text(80)


class KeptOut(Shape):
    why = Choice("after_sale", "chargeback", "hold", metadata={"description": "What is open and freezes them."})
    line_count = Whole()
    amount = Amount(signed=True, metadata={"description": "Minor units of guides and org units."})


class DueOut(Shape):
    as_of = When()
    line_count = Whole()
    released = Amount(signed=True, metadata={"description": "Minor units a settlement now would release to guides and org units."})
    currency = Currency()
    kept = Listed(Nest(KeptOut), metadata={"description": "Whose hold is over too, and which it leaves out."})


class PayoutOut(Shape):
    id = Ref("payout")
    payee_id = Ref("payee")
    amount = Amount(signed=True, attribute="amount_minor", metadata={"description": "Gross, in minor units; net = amount − tax_withheld."})
    tax_withheld = Amount(attribute="tax_withheld_minor")
    currency = Currency()
    state = Choice(*PAYOUT_STATES, metadata={"description": "`sent` waits for the provider; `left_out` and `cancelled` were not paid, see `reason`."})
    method = Text(20, metadata={"description": "`payroll`, `bank`, `internal`, or `stripe`: by transfer to the payee's account there."})
    tax_kind = Text(10)
    tax_trace = Free(allow_none=True, metadata={"description": "How the tax was worked out, if any was."})
    reason = Text(200, metadata={"description": "Why the payee was left out, or what the bank said."})
    provider_ref = Text(120)
    paid_at = When(allow_none=True)
    confirmed_at = When(allow_none=True, metadata={"description": "The bank said that it arrived."})
    failed_at = When(allow_none=True)


class PayoutTransferOut(Shape):
    id = Ref("transfer")
    payout_id = Ref("payout")
    payee_id = Ref("payee")
    payment_id = Ref("payment", allow_none=True, metadata={"description": "Whose charge it is of; null for what no charge covers, such as a reward."})
    amount = Amount(attribute="amount_minor")
    currency = Text(3)
    settled_amount = Amount(attribute="settled_minor", metadata={"description": "What arrives, in minor units of `settled_currency`."})
    settled_currency = Text(3)
    state = Choice(*TRANSFER_STATES, metadata={"description": "`sending` has no answer yet and is asked for again under its key; `waiting` is tried again."})
    attempt = Whole()
    provider_ref = Text(120, metadata={"description": "The transfer's id at the provider."})
    problem = Text(200)
    reversed = Amount(attribute="reversed_minor", metadata={"description": "What refunds took back of it."})
    created_at = When()
    sent_at = When(allow_none=True)


class NewPayoutRun(Shape):
    scope = Choice("all", "withdrawals", load_default="all", metadata={"description": "All that is available, or what was asked for by withdrawals."})


class PayoutRunOut(Shape):
    id = Ref("payout run")
    number = Whole()
    state = Choice(*RUN_STATES)
    scope = Choice("all", "withdrawals")
    cutoff = When()
    payout_count = Whole()
    amount = Amount(attribute="amount_minor")
    currency = Currency()
    drafted_by = Text(80)
    drafted_at = When()
    approved_by = Text(80, allow_none=True)
    approved_at = When(allow_none=True)
    executed_at = When(allow_none=True)
    reconciled_at = When(allow_none=True, metadata={"description": "When the bank's word on its last payout came."})


class PayoutRunWithPayouts(PayoutRunOut):
    payouts = Listed(Nest(PayoutOut), most=1_000_000)


class RunQuery(Paging):
    state = Choice(*RUN_STATES, load_default=None)


class PayoutTransferQuery(Paging):
    state = Choice(*TRANSFER_STATES, load_default=None)


class PayoutQuery(Paging):
    state = Choice(*PAYOUT_STATES, load_default=None)


@v1.get("/settlement-runs", listed=SettlementOut, scope="money:read", summary="Settlement runs", **TAG)
def list_settlement_runs(query: dict[str, Any]) -> Rows:
    return listed(select(SettlementRun), SettlementRun, query)


@v1.post("/settlement-runs", body=NewSettlement, out=SettlementOut, status=201, scope="money:write", summary="Settle", **TAG)
def run_settlement(body: dict[str, Any]) -> SettlementRun:
    """Every share whose hold period has ended becomes available; running it again releases only what is due since."""
    as_of = body["as_of"] or now()
    if as_of > now() and app().settings.production:
        raise Refused("as_of_in_future", "不能结算到将来的时间", field="as_of")
    return settle(db(), brand_id=brand_id(), as_of=as_of, now=now())


@v1.get("/settlement-due", out=DueOut, scope="money:read", summary="What a settlement now would release", **TAG)
def get_settlement_due() -> dict[str, Any]:
    """And what stays frozen though its time is over, by what it waits for."""
    names: dict[str, Any] = {"brand_id": brand_id(), "as_of": now()}
    lines, released = due(db(), **names)
    kept = [{"why": why, "line_count": count, "amount": amount} for why, (count, amount) in kept_back(db(), **names).items()]
    return {"as_of": names["as_of"], "line_count": lines, "released": released, "kept": kept}


@v1.get("/settlement-runs/<id>", out=SettlementOut, scope="money:read", summary="One settlement run", **TAG)
def get_settlement_run(id: str) -> SettlementRun:
    return found(SettlementRun, id)


@v1.get("/payout-runs", listed=PayoutRunOut, query=RunQuery, scope="money:read", summary="Payout runs", **TAG)
def list_payout_runs(query: dict[str, Any]) -> Rows:
    statement = select(PayoutRun)
    if query["state"]:
        statement = statement.where(PayoutRun.state == query["state"])
    return listed(statement, PayoutRun, query)


@v1.post("/payout-runs", body=NewPayoutRun, out=PayoutRunWithPayouts, status=201, scope="money:write", summary="Draft a payout run", **TAG)
def draft_payout_run(body: dict[str, Any]) -> dict[str, Any]:
    """One payout per payee; who is left out is listed with the reason. Another principal has to approve it."""
    return shown(pay_out.draft_payout_run(db(), brand_id=brand_id(), scope=body["scope"], now=now()))


@v1.get("/payout-runs/<id>", out=PayoutRunWithPayouts, scope="money:read", summary="One payout run", **TAG)
def get_payout_run(id: str) -> dict[str, Any]:
    return shown(found(PayoutRun, id))


@v1.post("/payout-runs/<id>/approve", out=PayoutRunWithPayouts, scope="money:write", summary="Approve a payout run", **TAG)
def approve_payout_run(id: str) -> dict[str, Any]:
    """By another token or person than drafted it."""
    return shown(pay_out.approve_payout_run(db(), brand_id=brand_id(), run_id=found(PayoutRun, id).id, now=now()))


@v1.post("/payout-runs/<id>/execute", out=PayoutRunWithPayouts, scope="money:write", summary="Execute a payout run", **TAG)
def execute_payout_run(id: str) -> dict[str, Any]:
    """Hands every payout to the provider; the offline one writes the payroll and bank file and answers paid at once.

    Who may not be paid any more (suspended, new bank details, no invoice) is taken out as `cancelled` with the reason.
    """
    return shown(pay_out.execute_payout_run(db(), brand_id=brand_id(), run_id=found(PayoutRun, id).id, provider=app().gateways.payouts, now=now()))


@v1.post("/payout-runs/<id>/cancel", out=PayoutRunWithPayouts, scope="money:write", summary="Cancel a payout run", **TAG)
def cancel_payout_run(id: str) -> dict[str, Any]:
    """What it had claimed is available again."""
    return shown(pay_out.cancel_payout_run(db(), brand_id=brand_id(), run_id=found(PayoutRun, id).id, now=now()))


@v1.get("/payout-runs/<id>/file", media="text/csv", scope="money:read", summary="The payroll and bank file", **TAG)
def get_payout_file(id: str) -> Response:
    run = found(PayoutRun, id)
    answer = Response(payout_file(db(), brand_id=brand_id(), run_id=run.id, files=app().gateways.files), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f"attachment; filename=payout-{run.number}.csv"
    return answer


@v1.get("/payout-runs/<id>/payouts", listed=PayoutOut, query=PayoutQuery, scope="money:read", summary="The payouts of a run", **TAG)
def list_payouts(id: str, query: dict[str, Any]) -> Rows:
    statement = select(Payout).where(Payout.run_id == found(PayoutRun, id).id)
    if query["state"]:
        statement = statement.where(Payout.state == query["state"])
    return listed(statement, Payout, query)


@v1.get("/payout-runs/<id>/transfers", listed=PayoutTransferOut, query=PayoutTransferQuery, scope="money:read", summary="The transfers of a run", **TAG)
def list_transfers(id: str, query: dict[str, Any]) -> Rows:
    """Of payouts with the method `stripe`: one for each charge, in the currency it settled in."""
    of_run = select(Payout.id).where(Payout.run_id == found(PayoutRun, id).id)
    statement = select(Transfer).where(Transfer.payout_id.in_(of_run))
    if query["state"]:
        statement = statement.where(Transfer.state == query["state"])
    return listed(statement, Transfer, query)


def shown(run: PayoutRun) -> dict[str, Any]:
    db().flush()
    payouts = db().execute(select(*(getattr(Payout, name) for name in PAYOUT_COLUMNS)).where(Payout.run_id == run.id).order_by(Payout.id)).all()
    return {**{name: getattr(run, name) for name in RUN_COLUMNS}, "payouts": payouts}
