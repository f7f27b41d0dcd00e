"""归属申诉: who says that whose order is hers, with all candidates; accepted or refused with a reason both sides read (R8)."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.commission.holders import held_shares
from app.domain.guides.queries import guide
from app.domain.orders.disputes import SORTS, STATES, attribution_dispute, disputes_page
from app.domain.orders.models import AttributionDispute
from app.domain.orders.queries import order_detail
from app.domain.sharing.models import ShareLink
from app.flows.dispute_attribution import accept_dispute, refuse_dispute
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.attribution_words import DISPUTE_STATES, because, told
from app.web.shared.errors import says
from app.web.shared.serving import actor, brand_id, db

from . import asked
from .blueprint import console
from .rehearsal import all_or_nothing

ROLES = ("guide", "referrer", "store")
"""Shares that change hands."""


@console.get("/attribution-disputes")
def attribution_disputes() -> ResponseReturnValue:
    actor().require("orders:refund")
    q, state, sort = asked.text("q"), asked.one_of("state", STATES), asked.one_of("sort", SORTS) or "-at"
    page = disputes_page(db(), brand_id=brand_id(), q=q, state=state, sort=sort, number=page_number())
    return render_template("console/attribution_disputes.html", page=page, q=q, state=state, sort=sort, states=DISPUTE_STATES,
                           query=asked.query(q=q, state=state, sort=sort if sort != "-at" else ""))


@console.get("/attribution-disputes/<dispute_id>")
def attribution_dispute_page(dispute_id: str) -> ResponseReturnValue:
    actor().require("orders:refund")
    return _page(_found(dispute_id))


@console.post("/attribution-disputes/<dispute_id>/<any(accept, refuse):answer>")
def answer_attribution_dispute(dispute_id: str, answer: str) -> ResponseReturnValue:
    actor().require("orders:refund")
    dispute = _found(dispute_id)
    act = accept_dispute if answer == "accept" else refuse_dispute
    try:
        with all_or_nothing():
            act(db(), brand_id=brand_id(), dispute_id=dispute.id, answer=request.form.get("answer", ""), now=now())
    except Refused as refused:
        db().expire_all()
        return _page(_found(dispute_id), says(refused)), 422
    flash(gettext("已改归属，佣金和业绩已经转过去。") if answer == "accept" else gettext("已答复，归属不变。"), "success")
    return redirect(url_for("console.attribution_dispute_page", dispute_id=dispute.id), 303)


def _found(dispute_id: str) -> AttributionDispute:
    return attribution_dispute(db(), brand_id=brand_id(), dispute_id=parse_id(dispute_id, "attribution_dispute"))


def _page(dispute: AttributionDispute, problem: str = "") -> str:
    detail = order_detail(db(), brand_id=brand_id(), order_id=dispute.order_id)
    decision = next((line.decision for line in detail.lines if line.decision), None)
    attribution = {"reason": decision.reason, "candidates": decision.candidates} if decision else {}
    amounts = {share.id: share.amount_minor - share.funded_minor for line in detail.lines for share, _ in line.shares}
    claimant = guide(db(), brand_id=brand_id(), guide_id=dispute.guide_id)
    same_store = claimant.store_id == detail.order.store_id and dispute.state == "open"
    held = [one for one in held_shares(db(), brand_id=brand_id(), line_ids=[line.line.id for line in detail.lines])
            if one.role in ROLES and not (one.role == "store" and same_store)]
    sums: dict[tuple[str, str], int] = {}
    for one in held:
        sums[one.role, one.payee_name] = sums.get((one.role, one.payee_name), 0) + amounts[one.id]
    holder = guide(db(), brand_id=brand_id(), guide_id=dispute.order_guide_id) if dispute.order_guide_id else None
    link = db().get(ShareLink, (brand_id(), dispute.share_link_id)) if dispute.share_link_id else None
    return render_template(
        "console/attribution_dispute.html", dispute=dispute, detail=detail, order=detail.order,
        claimant=claimant, holder=holder, link=link, says=because(attribution, hers=False), candidates=told(attribution.get("candidates", ())),
        shares=[(role, name, amount) for (role, name), amount in sums.items()], states=DISPUTE_STATES, problem=problem,
        paid_guide=any(role == "guide" for role, _ in sums))
