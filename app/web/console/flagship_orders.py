"""Orders and stock on their way to the flagships: the list, and what a person does where one does not go on by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.catalog.models import FlagshipSource
from app.domain.fulfilment.models import StockWrite
from app.domain.fulfilment.queries import order_push, push_rows, stock_rows
from app.domain.fulfilment.rules import STATES, STOCK_STATES
from app.domain.fulfilment.stock import drop_write, stock_write
from app.domain.orders.models import OrderLine
from app.flows.push_orders import retry_push, retry_stock, settle_trouble, withdraw_push
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.web.shared import flagship_words
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.errors import says
from app.web.shared.serving import actor, brand_id, db

from . import asked
from .blueprint import console
from .order_pushes import allowed
from .orders import detail_of

SORTS = {"-at": "new", "at": "old", "checked": "checked"}


@console.get("/flagship-orders")
def flagship_orders() -> ResponseReturnValue:
    actor().require("orders:view")
    tab = asked.one_of("tab", ("stock",)) or "orders"
    q, trouble, source_id = asked.text("q"), asked.one_of("trouble", ("1",)), asked.row_id("source")
    state = asked.one_of("state", STOCK_STATES if tab == "stock" else STATES)
    sort = asked.one_of("sort", SORTS) or "-at"
    how: dict[str, Any] = {"brand_id": brand_id(), "within": actor().within, "state": state, "source_id": source_id, "q": q, "trouble": bool(trouble),
                           "number": page_number()}
    page = stock_rows(db(), **how) if tab == "stock" else push_rows(db(), sort=SORTS[sort], **how)
    sources = list(db().scalars(select(FlagshipSource).where(FlagshipSource.brand_id == brand_id()).order_by(FlagshipSource.name)))
    query = asked.query(tab="stock" if tab == "stock" else "", q=q, state=state, source=source_id, trouble=trouble, sort=sort if sort != "-at" else "")
    return render_template(
        "console/flagship_orders.html", page=page, tab=tab, query=query, q=q, state=state, source_id=source_id, trouble=trouble, sort=sort, sources=sources,
        on=[source for source in sources if source.sends_back != "nothing" and source.status == "active"], words=flagship_words, allowed=allowed,
        states=flagship_words.STOCK_STATES if tab == "stock" else flagship_words.PUSH_STATES, may_act=actor().may("orders:fulfil"),
        may_edit=actor().may("catalog:edit"), tabs=[
            {"label": label, "active": tab == code, "href": url_for("console.flagship_orders", **asked.query(tab="stock" if code == "stock" else ""))}
            for code, label in (("orders", gettext("推送的订单")), ("stock", gettext("改写的库存")))])


@console.post("/flagship-orders/<push_id>/<any(retry, withdraw, settle):act>")
def act_on_push(push_id: str, act: str) -> ResponseReturnValue:
    """Back to the list it was pressed in, or to the order."""
    actor().require("orders:fulfil")
    key, within = parse_id(push_id, "order_push"), actor().within
    order_id = order_push(db(), brand_id=brand_id(), push_id=key, within=within).order_id
    flow, said = {
        "retry": (retry_push, gettext("马上重试，几秒后看结果。")),
        "withdraw": (withdraw_push, gettext("已请旗舰店撤回；它答复之前，货仍算在旗舰店。")),
        "settle": (settle_trouble, gettext("已记为处理过。")),
    }[act]
    _try(lambda: flow(db(), brand_id=brand_id(), push_id=key, within=within, now=now()), said)
    return _back(order_id)


@console.post("/flagship-orders/stock/<write_id>/<any(retry, drop):act>")
def act_on_stock(write_id: str, act: str) -> ResponseReturnValue:
    actor().require("orders:fulfil")
    write = stock_write(db(), brand_id=brand_id(), write_id=parse_id(write_id, "stock_write"))
    order_id = _order_of(write)
    if act == "retry":
        _try(lambda: retry_stock(db(), brand_id=brand_id(), write_id=write.id, now=now()), gettext("马上重试，几秒后看结果。"))
    else:
        _try(lambda: drop_write(db(), brand_id=brand_id(), write_id=write.id, now=now()), gettext("这一笔不再改写。"))
    return _back(order_id)


def _order_of(write: StockWrite) -> UUID:
    """NotFound for an order this person may not see."""
    order_id = db().scalar(select(OrderLine.order_id).where(OrderLine.id == write.order_line_id))
    if order_id is None:
        raise NotFound("stock_write", write.id)
    return detail_of(str(order_id)).order.id


def _try(do: Callable[[], Any], said: str) -> None:
    try:
        with db().begin_nested():
            do()
    except Refused as refused:
        flash(says(refused), "warn")
        return
    flash(said, "ok")


def _back(order_id: UUID) -> ResponseReturnValue:
    if request.form.get("list"):
        return redirect(url_for("console.flagship_orders", **asked.query(tab="stock" if request.form["list"] == "stock" else "", trouble="1")), 303)
    return redirect(url_for("console.order", order_id=order_id) + "#flagship", 303)
