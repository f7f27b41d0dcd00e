"""订单核查: sales that look self-made wait here with what was seen and what the guide says; cleared, or upheld with a reason."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.fraud.actions import set_signal
from app.domain.fraud.models import SaleHold
from app.domain.fraud.queries import SORTS, holds_page, sale_hold, signal_settings
from app.domain.fraud.rules import APPEAL_TIME, BY_NAME, MODES, SIGNALS, STATES, TOGETHER
from app.domain.guides.queries import guide
from app.domain.insights.holds import held_sums
from app.domain.orders.queries import customer_orders, order_detail, orders_page
from app.flows.hold_sales import ROLES, clear_hold, hold_watched, uphold_hold
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared import hold_words as words
from app.web.shared.application import now
from app.web.shared.asking import page_number, whole
from app.web.shared.errors import says
from app.web.shared.serving import actor, brand_id, db

from . import asked
from .blueprint import console
from .order_words import ORDER_STATES
from .rehearsal import all_or_nothing

FILTERS = ("waiting", *STATES)
BESIDE = 5


@console.get("/holds")
def holds() -> str:
    actor().require("orders:refund")
    q, state, signal = asked.text("q"), asked.one_of("state", FILTERS), asked.one_of("signal", BY_NAME)
    sort, guide_id = asked.one_of("sort", SORTS) or "-at", asked.row_id("guide")
    page = holds_page(db(), brand_id=brand_id(), q=q, state=state, signal=signal, guide_id=guide_id, sort=sort, number=page_number())
    return render_template("console/holds.html", page=page, q=q, state=state, signal=signal, sort=sort, words=words, guide_id=guide_id,
                           can_set=actor().may("settings:edit"),
                           query=asked.query(q=q, state=state, signal=signal, guide=guide_id, sort=sort if sort != "-at" else ""))


@console.get("/holds/sums")
def hold_sums() -> str:
    """Per guide and store, of a period."""
    actor().require("orders:refund")
    from_, to = asked.days()
    total, guides, stores = held_sums(db(), brand_id=brand_id(), from_=from_, to=to)
    return render_template("console/hold_sums.html", total=total, guides=guides, stores=stores, from_=request.args.get("from", "") if from_ else "",
                           to=request.args.get("to", "") if to else "")


@console.get("/holds/signals")
def hold_signals() -> str:
    actor().require("settings:edit")
    return _signals()


@console.post("/holds/signals")
def hold_signals_post() -> ResponseReturnValue:
    """All of them, or none."""
    actor().require("settings:edit")
    field = ""
    try:
        with all_or_nothing():
            for one in SIGNALS:
                field = one.name
                typed = request.form.get(f"most_{one.name}", "")
                set_signal(db(), brand_id=brand_id(), signal=one.name, mode=request.form.get(f"mode_{one.name}", ""),
                           most=whole(typed, field="most") if one.most is not None else None)
    except Refused as refused:
        db().expire_all()
        return _signals({field: says(refused)}), 422
    flash(gettext("已保存，之后付款的订单按新设置看。"), "ok")
    return redirect(url_for("console.hold_signals"), 303)


@console.get("/holds/<hold_id>")
def hold(hold_id: str) -> ResponseReturnValue:
    actor().require("orders:refund")
    return _page(_found(hold_id))


@console.post("/holds/<hold_id>/<any(clear, uphold, hold):answer>")
def answer_hold(hold_id: str, answer: str) -> ResponseReturnValue:
    actor().require("orders:refund")
    found, note = _found(hold_id), request.form.get("note", "")
    try:
        with all_or_nothing():
            if answer == "hold":
                hold_watched(db(), brand_id=brand_id(), hold_id=found.id, now=now())
            else:
                act = clear_hold if answer == "clear" else uphold_hold
                act(db(), brand_id=brand_id(), hold_id=found.id, note=note, now=now())
    except Refused as refused:
        db().expire_all()
        return _page(_found(hold_id), says(refused)), 422
    flash({"clear": gettext("已放行，下一次结算照常解冻。"), "uphold": gettext("已判定不计佣，佣金转回品牌，导购会看到原因。"),
           "hold": gettext("已扣住，导购收到了通知。")}[answer], "ok")
    return redirect(url_for("console.hold", hold_id=found.id), 303)


def _found(hold_id: str) -> SaleHold:
    return sale_hold(db(), brand_id=brand_id(), hold_id=parse_id(hold_id, "sale_hold"))


def _signals(problems: dict[str, str] | None = None) -> str:
    """What was typed stays where something was wrong with it."""
    kept = signal_settings(db(), brand_id=brand_id())
    rows = [{"signal": one, "mode": request.form.get(f"mode_{one.name}", kept[one.name].mode),
             "most": request.form.get(f"most_{one.name}", kept[one.name].most)} for one in SIGNALS]
    return render_template("console/hold_signals.html", rows=rows, modes=MODES, words=words, together=TOGETHER, problems=problems or {})


def _page(found: SaleHold, problem: str = "") -> str:
    detail = order_detail(db(), brand_id=brand_id(), order_id=found.order_id)
    sums: dict[tuple[str, str], int] = {}
    for line in detail.lines:
        for share, name in line.shares:
            if share.role in ROLES:
                sums[share.role, name] = sums.get((share.role, name), 0) + share.amount_minor - share.funded_minor
    of_shopper = customer_orders(db(), brand_id=brand_id(), customer_id=detail.order.customer_id, size=BESIDE + 1).items if detail.order.customer_id else []
    of_guide = orders_page(db(), brand_id=brand_id(), guide_id=found.guide_id, size=BESIDE + 1).items
    return render_template(
        "console/hold.html", hold=found, order=detail.order, store=detail.store, problem=problem, words=words, order_states=ORDER_STATES,
        guide=guide(db(), brand_id=brand_id(), guide_id=found.guide_id), shares=[(role, name, amount) for (role, name), amount in sums.items()],
        of_shopper=[row for row in of_shopper if row.order.id != found.order_id][:BESIDE],
        of_guide=[row for row in of_guide if row.order.id != found.order_id][:BESIDE],
        others=holds_page(db(), brand_id=brand_id(), guide_id=found.guide_id, but=found.id, size=BESIDE),
        appeal_until=found.opened_at + APPEAL_TIME, may_uphold=found.state == "appealed" or now() >= found.opened_at + APPEAL_TIME)
