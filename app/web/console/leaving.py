"""办理离职: a guide leaves in one sitting: links, customers, money; and what can still be done afterwards (R21)."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.care.models import CustomerHandover
from app.domain.care.queries import bound_count, handovers_from
from app.domain.care.rules import UNDO_WITHIN
from app.domain.guides.models import Guide
from app.domain.guides.queries import guide, working_guides
from app.domain.ledger.queries import balances
from app.domain.sharing.queries import links_of
from app.flows.hand_over import hand_over_all, undo_handover
from app.flows.leave_guide import leave_guide
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.asking import chosen_id
from app.web.shared.errors import says
from app.web.shared.periods import month_of, today
from app.web.shared.serving import actor, brand, brand_id, db

from .blueprint import console
from .rehearsal import all_or_nothing

OWED = ("estimated", "pending", "held", "available", "requested", "in_payout")
"""Phases whose money is still to be paid to her."""
MAY_LEAVE = ("active", "suspended", "left")


@console.get("/guides/<guide_id>/leave")
def leaving(guide_id: str) -> str:
    actor().require("guides:edit")
    return _page(_guide(guide_id))


@console.post("/guides/<guide_id>/leave")
def leaving_post(guide_id: str) -> ResponseReturnValue:
    """She leaves; her customers go to the successor who was chosen, or to her store."""
    actor().require("guides:edit")
    found = _guide(guide_id)
    try:
        with all_or_nothing():
            left = leave_guide(db(), brand_id=brand_id(), guide_id=found.id, successor_id=_successor(), within=actor().within, now=now())
    except Refused as refused:
        return _again(guide_id, refused)
    flash(gettext("“%(name)s”已离职，登录已收回，她的链接改由门店承接", name=left.name), "ok")
    return redirect(url_for("console.leaving", guide_id=left.id), 303)


@console.post("/guides/<guide_id>/hand-over")
def hand_over_post(guide_id: str) -> ResponseReturnValue:
    """Customers who stayed with one who has left get a successor."""
    actor().require("guides:edit")
    found = _guide(guide_id)
    if found.status != "left":
        raise NotFound("guide", guide_id)
    try:
        with all_or_nothing():
            moved = hand_over_all(db(), brand_id=brand_id(), guide_id=found.id, successor_id=chosen_id(request.form.get("successor_id"), field="successor_id"),
                                  within=actor().within, now=now())
    except Refused as refused:
        return _again(guide_id, refused)
    flash(gettext("%(count)d 位顾客已移交", count=moved), "ok")
    return redirect(url_for("console.leaving", guide_id=found.id), 303)


@console.post("/guides/<guide_id>/hand-over/undo")
def undo_hand_over(guide_id: str) -> ResponseReturnValue:
    """All that can still be taken back, by headquarters."""
    actor().require("customers:edit")
    if actor().within is not None:
        raise NotFound("page")
    found = _guide(guide_id)
    try:
        with all_or_nothing():
            count = undo_handover(db(), brand_id=brand_id(), handovers=_recent(found), now=now())
    except Refused as refused:
        return _again(guide_id, refused)
    flash(gettext("已撤回 %(count)d 位顾客", count=count), "ok")
    return redirect(url_for("console.leaving", guide_id=found.id), 303)


def _guide(guide_id: str) -> Guide:
    """Who waits or was turned away cannot leave."""
    found = guide(db(), brand_id=brand_id(), guide_id=parse_id(guide_id), within=actor().within)
    if found.status not in MAY_LEAVE:
        raise NotFound("guide", guide_id)
    return found


def _successor() -> UUID | None:
    chosen = request.form.get("successor_id", "")
    return parse_id(chosen, "guide") if chosen else None


def _recent(found: Guide) -> list[CustomerHandover]:
    return list(handovers_from(db(), brand_id=brand_id(), guide_id=found.id, since=now() - UNDO_WITHIN))


def _again(guide_id: str, refused: Refused) -> ResponseReturnValue:
    """What is about no field, such as leaving twice, is an answer of its own."""
    if refused.field is None and refused.code != "not_undoable":
        raise refused
    return _page(_guide(guide_id), says(refused)), 422


def _page(found: Guide, problem: str = "") -> str:
    recent, left = _recent(found), found.status == "left"
    names = {one.id: one for one in working_guides(db(), brand_id=brand_id(), near=found.store_id, within=actor().within)}
    moved: dict[str, int] = {}
    for one in recent:
        name = names[one.to_guide_id].name if one.to_guide_id in names else gettext("另一位导购")
        moved[name] = moved.get(name, 0) + 1
    phases = balances(db(), brand_id=brand_id(), payee_id=found.payee_id)
    owed = sum(phases[phase] for phase in OWED)
    count = bound_count(db(), brand_id=brand_id(), guide_id=found.id, now=now())
    return render_template(
        "console/leaving.html", currency=brand().currency, guide=found, left=left, problem=problem, count=count, moved=moved,
        links=len(links_of(db(), brand_id=brand_id(), guide_id=found.id)),
        same=[one for one in names.values() if one.store_id == found.store_id and one.id != found.id],
        others=[one for one in names.values() if one.store_id != found.store_id], owed=owed, available=phases["available"],
        statement=month_of(today()).query, headquarters=actor().may("customers:edit") and actor().within is None,
        steps=[{"label": gettext("链接交给门店"), "state": "done" if left else "now"},
               {"label": gettext("顾客交给接替的人"), "state": "done" if left and not count else "now" if left else "todo"},
               {"label": gettext("结清佣金"), "state": ("now" if owed else "done") if left else "todo"}])

