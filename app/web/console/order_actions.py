"""What is done to an order: send, mark received, cancel."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.fulfilment.queries import with_the_flagship
from app.domain.orders.queries import OrderDetail
from app.domain.orgs.queries import org_unit, stores
from app.flows.cancel_order import cancel_order
from app.flows.deliver_order import deliver_order
from app.flows.ship_order import sendable, ship_order, wanted
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.kernel.texts import clean
from app.web.shared.application import now
from app.web.shared.asking import whole
from app.web.shared.errors import says
from app.web.shared.serving import actor, brand_id, db

from .blueprint import console
from .orders import detail_of, pictures
from .rehearsal import all_or_nothing

CARRIERS = ("顺丰速运", "京东物流", "中通快递", "圆通速递", "申通快递", "韵达快递", "邮政 EMS", "德邦快递")


@console.route("/orders/<order_id>/ship", methods=["GET", "POST"])
def ship(order_id: str) -> ResponseReturnValue:
    actor().require("orders:fulfil")
    detail = detail_of(order_id)
    if request.method == "GET":
        return _ship_page(detail)
    try:
        with all_or_nothing():
            _ship(detail)
    except Refused as refused:
        return _ship_page(detail, refused), 422
    flash(gettext("已发货，顾客可以看到包裹信息。"), "success")
    return redirect(url_for("console.order", order_id=detail.order.id), 303)


def _ship(detail: OrderDetail) -> None:
    form = request.form
    chosen = [(line.line.id, whole(form.get(f"quantity-{line.line.id}"), field=f"quantity-{line.line.id}"))
              for line in detail.lines if form.get(f"quantity-{line.line.id}", "0").strip() not in ("", "0")]
    if not chosen:
        raise Refused("lines_missing", "请选择要发的商品", field="lines")
    store_id = _store(form.get("store", ""))
    ship_order(db(), brand_id=brand_id(), order_id=detail.order.id, lines=chosen, carrier=clean(form.get("carrier"))[:40],
               tracking_no=clean(form.get("tracking_no"))[:60], source="store" if store_id else "flagship", store_id=store_id, now=now())


def _store(text: str) -> UUID | None:
    """The store to ship from, in this person's scope; '' is the flagship's warehouse."""
    return org_unit(db(), brand_id=brand_id(), unit_id=parse_id(text, "store"), within=actor().within).id if text else None


def _ship_page(detail: OrderDetail, refused: Refused | None = None) -> str:
    left = sendable(db(), brand_id=brand_id(), order_id=detail.order.id, lines={line.line.id: line.line for line in detail.lines})
    theirs = with_the_flagship(db(), brand_id=brand_id(), order_id=detail.order.id)
    rows: list[dict[str, Any]] = [
        {"line": line.line, "left": left[line.line.id], "push": theirs.get(line.line.id),
         "asked_back": 0 if line.line.id in theirs else wanted(line.line) - line.line.shipped_quantity - left[line.line.id],
         "typed": request.form.get(f"quantity-{line.line.id}", left[line.line.id])} for line in detail.lines]
    return render_template(
        "console/ship.html", order=detail.order, detail=detail, rows=rows, carriers=CARRIERS, problem=says(refused) if refused else "", form=request.form,
        stores=stores(db(), brand_id=brand_id(), within=actor().within, open_only=True), pictures=pictures([line.line.product_id for line in detail.lines]))


@console.post("/orders/<order_id>/deliver")
def deliver(order_id: str) -> ResponseReturnValue:
    actor().require("orders:fulfil")
    detail = detail_of(order_id)
    parcel = request.form.get("fulfilment_id", "")
    deliver_order(db(), brand_id=brand_id(), order_id=detail.order.id, fulfilment_id=parse_id(parcel, "fulfilment") if parcel else None, now=now())
    flash(gettext("已签收，佣金进入冻结期。"), "success")
    return redirect(url_for("console.order", order_id=detail.order.id), 303)


@console.post("/orders/<order_id>/cancel")
def cancel(order_id: str) -> ResponseReturnValue:
    detail = detail_of(order_id)
    if not actor().may("orders:refund") and not (actor().may("orders:fulfil") and detail.order.state == "pending_payment"):
        raise NotFound("page", "orders:refund")
    cancel_order(db(), brand_id=brand_id(), order_id=detail.order.id, reason=clean(request.form.get("reason"))[:200], now=now())
    flash(gettext("订单已取消。"), "success")
    return redirect(url_for("console.order", order_id=detail.order.id), 303)
