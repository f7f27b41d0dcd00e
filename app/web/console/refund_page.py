"""One refund: where the money is, what was taken back for it, and the two ways on when it did not arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.aftersales.models import AfterSale
from app.domain.ledger.models import Payee
from app.domain.orders.models import Order, Refund
from app.domain.orders.queries import OrderDetail, order_detail, scoped_orders
from app.domain.provider.models import Transfer, TransferReversal
from app.flows.follow_refunds import retry_refund, settle_refund_otherwise
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.errors import says
from app.web.shared.formats import moment
from app.web.shared.names import actor_name, payee_name
from app.web.shared.serving import actor, brand_id, db

from . import order_words as words
from .blueprint import console
from .orders import pictures
from .rehearsal import all_or_nothing


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What came back, or should have, of a transfer to `name`."""

    name: str
    transfer: Transfer
    reversal: TransferReversal


@console.get("/after-sales/refunds/<refund_id>")
def refund_page(refund_id: str) -> ResponseReturnValue:
    actor().require("orders:view")
    return _page(_refund(refund_id))


@console.post("/after-sales/refunds/<refund_id>/retry")
def retry_failed_refund(refund_id: str) -> ResponseReturnValue:
    """Another attempt, sent by the job."""
    actor().require("orders:refund")
    row = _refund(refund_id)
    try:
        with all_or_nothing():
            retry_refund(db(), brand_id=brand_id(), refund_id=row.id)
    except Refused as refused:
        return _page(_refund(refund_id), problem=says(refused)), 422
    flash(gettext("已重新提交，到账后这里会更新。"), "success")
    return redirect(url_for("console.refund_page", refund_id=row.id), 303)


@console.post("/after-sales/refunds/<refund_id>/otherwise")
def refund_paid_otherwise(refund_id: str) -> ResponseReturnValue:
    """Money left the house by hand: whoever may run payouts says so, and by what it is proved."""
    actor().require("money:run")
    row = _refund(refund_id)
    try:
        with all_or_nothing():
            settle_refund_otherwise(db(), brand_id=brand_id(), refund_id=row.id, reference=request.form.get("reference", ""), now=now())
    except Refused as refused:
        return _page(_refund(refund_id), problem=says(refused)), 422
    flash(gettext("已登记，这笔退款不会再从支付平台退出。"), "success")
    return redirect(url_for("console.refund_page", refund_id=row.id), 303)


def _refund(refund_id: str) -> Refund:
    """Of an order this person may see, as it stands now, or NotFound."""
    visible = scoped_orders(actor().within).with_only_columns(Order.id)
    found = db().scalar(select(Refund).where(Refund.brand_id == brand_id(), Refund.id == parse_id(refund_id, "refund"), Refund.order_id.in_(visible))
                        .execution_options(populate_existing=True))
    if found is None:
        raise NotFound("refund", refund_id)
    return found


def _page(row: Refund, problem: str = "") -> str:
    detail = order_detail(db(), brand_id=brand_id(), order_id=row.order_id, within=actor().within)
    failed = row.state == "failed"
    return render_template(
        "console/refund_page.html", row=row, detail=detail, order=detail.order, lines=_lines(row, detail), words=words, problem=problem,
        case=db().scalar(select(AfterSale).where(AfterSale.brand_id == brand_id(), AfterSale.refund_id == row.id)), backs=_backs(row),
        payment=next((one for one in detail.payments if one.id == row.payment_id), None), events=_events(row),
        pictures=pictures([one.line.product_id for one in detail.lines]),
        may_see_payees=actor().may("money:view"), may={"retry": failed and actor().may("orders:refund"), "otherwise": failed and actor().may("money:run")})


def _lines(row: Refund, detail: OrderDetail) -> list[tuple[Any, Any]]:
    bought = {one.line.id: one.line for one in detail.lines}
    return [(bought[part.order_line_id], part) for part in row.lines]


def _backs(row: Refund) -> list[TakenBack]:
    rows = db().execute(
        select(Payee.party, Payee.name, Transfer, TransferReversal)
        .join(Transfer, (Transfer.id == TransferReversal.transfer_id) & (Transfer.brand_id == TransferReversal.brand_id))
        .join(Payee, (Payee.id == Transfer.payee_id) & (Payee.brand_id == Transfer.brand_id))
        .where(TransferReversal.brand_id == brand_id(), TransferReversal.refund_id == row.id).order_by(TransferReversal.amount_minor.desc()))
    return [TakenBack(payee_name(party, name), transfer, reversal) for party, name, transfer, reversal in rows]


def _events(row: Refund) -> list[dict[str, str]]:
    """What happened, newest first."""
    told = [(row.requested_at, gettext("发起退款"), actor_name(row.requested_by))]
    if row.asked_at:
        told.append((row.asked_at, gettext("提交支付平台"), gettext("第 %(number)d 次", number=row.attempt)))
    if row.settled_at:
        told.append((row.settled_at, gettext("用其他方式退给顾客") if row.outside_ref else gettext("退款完成"), row.outside_ref))
    return [{"at": moment(at), "title": title, "text": text} for at, title, text in reversed(told)]
