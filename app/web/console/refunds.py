"""Refunds of all orders."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import UnaryExpression, or_, select

from app.domain.orders.models import Order, Refund
from app.domain.orders.queries import failed_refunds, scoped_orders
from app.kernel.paging import numbered
from app.web.shared.asking import page_number
from app.web.shared.serving import actor, brand_id, db

from . import asked
from . import order_words as words
from .after_sales import tabs
from .blueprint import console

SORTS: dict[str, UnaryExpression[Any]] = {"-at": Refund.requested_at.desc(), "at": Refund.requested_at.asc(),
         "-amount": Refund.amount_minor.desc(), "amount": Refund.amount_minor.asc()}


@console.get("/after-sales/refunds")
def refunds() -> ResponseReturnValue:
    actor().require("orders:view")
    q, state, sort = asked.text("q"), asked.one_of("state", words.REFUND_STATES), asked.one_of("sort", SORTS) or "-at"
    from_, to = asked.days()
    visible = scoped_orders(actor().within).with_only_columns(Order.id).where(Order.brand_id == brand_id())
    statement = (select(Refund, Order).join(Order, (Order.id == Refund.order_id) & (Order.brand_id == Refund.brand_id))
                 .where(Refund.brand_id == brand_id(), Refund.order_id.in_(visible)))
    if q:
        statement = statement.where(or_(Order.number.contains(q, autoescape=True), Refund.reason.icontains(q, autoescape=True),
                                        Refund.provider_ref == q, Refund.outside_ref.icontains(q, autoescape=True)))
    if state:
        statement = statement.where(Refund.state == state)
    if from_:
        statement = statement.where(Refund.requested_at >= from_)
    if to:
        statement = statement.where(Refund.requested_at < to)
    page = numbered(db(), statement.order_by(SORTS[sort], Refund.id.desc()), number=page_number())
    failed = failed_refunds(db(), brand_id=brand_id(), within=actor().within)
    return render_template("console/refunds.html", page=page, failed=failed, words=words, q=q, state=state, sort=sort, tabs=tabs("refunds"),
                           query=asked.query(q=q, state=state, sort=sort if sort != "-at" else "", from_=asked.day("from"), to=asked.day("to")))
