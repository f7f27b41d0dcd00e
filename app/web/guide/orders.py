"""订单: her own orders with their progress and what each pays her; customers stay masked (R35)."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext

from app.domain.fraud.queries import frozen_orders, holds_of
from app.domain.insights.disputes import disputed_orders, disputes
from app.domain.insights.pictures import first_pictures
from app.domain.orders.models import Order
from app.domain.orders.queries import order_detail, orders_page
from app.domain.provider.waiting import awaiting_word
from app.kernel.errors import NotFound
from app.kernel.ids import parse_id
from app.web.shared.after_sale_words import CASE_STATES, CHARGEBACK_STATES, KINDS
from app.web.shared.asking import page_number
from app.web.shared.attribution_words import because, told_to_guide
from app.web.shared.explaining import why
from app.web.shared.hold_words import STATES as HOLD_STATES
from app.web.shared.money_words import refund_reason
from app.web.shared.order_steps import order_steps
from app.web.shared.serving import brand_id, db

from .blueprint import guide

STATES = ("pending_payment", "paid", "shipped", "delivered", "cancelled")
TONES = {"pending_payment": "warn", "paid": "info", "partly_shipped": "info", "shipped": "info", "delivered": "ok", "completed": "ok",
         "cancelled": "", "refunded": "bad"}


def state_word(state: str) -> str:
    return {
        "pending_payment": gettext("待付款"), "paid": gettext("待发货"), "partly_shipped": gettext("部分发货"), "shipped": gettext("已发货"),
        "delivered": gettext("已签收"), "completed": gettext("已完成"), "cancelled": gettext("已取消"), "refunded": gettext("已退款"),
    }.get(state, state)


@guide.get("/orders")
def orders() -> str:
    state = request.args.get("state", "")
    state = state if state in TONES else ""
    page = orders_page(db(), brand_id=brand_id(), guide_id=g.guide.id, state=state, number=page_number())
    pictures = first_pictures(db(), brand_id=brand_id(), product_ids=[row.product_id for row in page.items])
    tabs = [{"label": state_word(one) if one else gettext("全部"), "href": url_for("guide.orders", state=one or None), "active": one == state}
            for one in ("", *STATES)]
    disputed = disputed_orders(db(), brand_id=brand_id(), order_ids=[row.order.id for row in page.items])
    checked = frozen_orders(db(), brand_id=brand_id(), order_ids=[row.order.id for row in page.items])
    paying = awaiting_word(db(), brand_id=brand_id(), order_ids=[row.order.id for row in page.items])
    return render_template("guide/orders.html", page=page, disputed=disputed, checked=checked, paying=paying,
                           tabs_of=tabs, state=state, pictures=pictures, word=state_word, tones=TONES)


@guide.get("/orders/<order_id>")
def order(order_id: str) -> str:
    found = order_detail(db(), brand_id=brand_id(), order_id=parse_id(order_id, "order"))
    if found.order.guide_id != g.guide.id:
        raise NotFound("order", order_id)
    lines = [{"line": one.line, "share": share, "why": why(share.trace) if share else "",
              "activity": found.activities.get(one.line.activity_id) if one.line.activity_id else None}
             for one in found.lines
             for share in [next((s for s, _ in one.shares if s.role == "guide"), None)]]
    pictures = first_pictures(db(), brand_id=brand_id(), product_ids=[one.line.product_id for one in found.lines])
    decision = next((one.decision for one in found.lines if one.decision), None)
    made = {"reason": decision.reason, "candidates": decision.candidates} if decision else {}
    own = any(one.line.guide_discount_minor for one in found.lines) and not any(one["funder"] == "guide" for one in found.order.coupons)
    hold = holds_of(db(), brand_id=brand_id(), order_ids=[found.order.id], guide_id=g.guide.id).get(found.order.id)
    return render_template("guide/order.html", own=own, because=because(made, hers=True), candidates=told_to_guide(made, g.guide.id),
                           order=found.order, lines=lines, refunds=found.refunds,
                           paying=bool(awaiting_word(db(), brand_id=brand_id(), order_ids=[found.order.id])), reason=refund_reason, pictures=pictures,
                           disputes=_disputes(found.order), hold=hold, hold_states=HOLD_STATES, steps=order_steps(found.order), word=state_word, tones=TONES)


def _disputes(found: Order) -> list[dict[str, Any]]:
    """What is still being decided, and what it would take from her."""
    told = []
    for one in disputes(db(), brand_id=brand_id(), order=found, payee_id=g.guide.payee_id):
        name, state = (gettext("拒付"), CHARGEBACK_STATES[one.state][0]) if one.kind == "chargeback" else (KINDS[one.kind], CASE_STATES[one.state][0])
        how = gettext("如果银行判顾客胜，按比例从你的佣金里扣回。") if one.kind == "chargeback" else gettext("如果全部同意，按比例从你的佣金里扣回。")
        told.append({"title": f"{name} · {state}", "minor": -one.cost_minor, "why": how if one.cost_minor else gettext("不影响你的佣金。"), "how": one.number})
    return told
