"""Training cards: headquarters writes, publishes and pauses them; every scope sees how far its guides have come."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.insights.training import STATES, cards_reached, guides_reached, stores_reached
from app.domain.orgs.queries import tree
from app.domain.training import actions
from app.domain.training.models import TrainingCard
from app.domain.training.queries import SORTS, cards_page, training_card
from app.domain.training.rules import MOST_OPTIONS, MOST_QUESTIONS
from app.flows.publish_training import publish_training
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.asking import page_number, row_id
from app.web.shared.errors import says
from app.web.shared.serving import actor, brand_id, db
from app.web.shared.simple_markup import marked_up

from . import asked
from .blueprint import console
from .training_form import filled, typed

STATUSES = {"draft": (_l("草稿"), ""), "published": (_l("已发布"), "ok"), "paused": (_l("已暂停"), "warn")}
AUDIENCES = {"all": _l("所有导购"), "staff": _l("员工"), "affiliate": _l("分销员")}
REACHED = {"passed": (_l("已通过"), "ok"), "failed": (_l("没通过"), "warn"), "open": (_l("没看"), "")}
SORTED = (*SORTS, *(f"-{name}" for name in SORTS))


@console.get("/training")
def training() -> str:
    actor().require("guides:view")
    q, status, sort = asked.text("q"), asked.one_of("status", STATUSES), asked.one_of("sort", SORTED) or "-created"
    page = cards_page(db(), brand_id=brand_id(), q=q, status=status, sort=sort, number=page_number())
    reached = cards_reached(db(), brand_id=brand_id(), card_ids=[one.id for one in page.items], within=actor().within)
    return render_template("console/training.html", page=page, reached=reached, q=q, status=status, sort=sort, statuses=STATUSES, audiences=AUDIENCES,
                           may_edit=_may_edit(), query=asked.query(q=q, status=status, sort=sort if sort != "-created" else ""))


@console.get("/training/new")
def add_training_card() -> str:
    _require_headquarters()
    return _form(filled(None))


@console.post("/training/new")
def add_training_card_post() -> ResponseReturnValue:
    _require_headquarters()
    try:
        with db().begin_nested():
            made = actions.add_card(db(), brand_id=brand_id(), now=now(), **typed(None))
    except Refused as refused:
        return _form(dict(request.form.items()), refused), 422
    flash(gettext("草稿已保存，看一遍再发布"), "ok")
    return redirect(url_for("console.training_card", card_id=made.id), 303)


@console.get("/training/<card_id>", endpoint="training_card")
def training_card_page(card_id: str) -> str:
    """The card as guides read it, and how far each store and guide has come."""
    actor().require("guides:view")
    card, within, q, state = _card(card_id), actor().within, asked.text("q"), asked.one_of("state", STATES)
    page = guides_reached(db(), brand_id=brand_id(), card_id=card.id, within=within, q=q, state=state, store_id=row_id("store"), number=page_number())
    return render_template("console/training_card.html", card=card, body=marked_up(card.body), page=page, q=q, state=state, statuses=STATUSES,
                           stores=stores_reached(db(), brand_id=brand_id(), card_id=card.id, within=within), states=REACHED, audiences=AUDIENCES,
                           reached=cards_reached(db(), brand_id=brand_id(), card_ids=[card.id], within=within).get(card.id), may_edit=_may_edit(),
                           query=asked.query(q=q, state=state, store=row_id("store")))


@console.get("/training/<card_id>/edit")
def edit_training_card(card_id: str) -> str:
    _require_headquarters()
    card = _card(card_id)
    return _form(filled(card), card=card)


@console.post("/training/<card_id>/edit")
def edit_training_card_post(card_id: str) -> ResponseReturnValue:
    _require_headquarters()
    card = _card(card_id)
    try:
        with db().begin_nested():
            actions.change_card(db(), brand_id=brand_id(), card_id=card.id, **typed(card))
    except Refused as refused:
        return _form(dict(request.form.items()), refused, card=card), 422
    flash(gettext("已保存"), "ok")
    return redirect(url_for("console.training_card", card_id=card.id), 303)


@console.post("/training/<card_id>/publish")
def publish_training_card(card_id: str) -> ResponseReturnValue:
    _require_headquarters()
    card = publish_training(db(), brand_id=brand_id(), card_id=_card(card_id).id, now=now())
    flash(gettext("“%(title)s”已发布，导购现在看得到", title=card.title), "ok")
    return redirect(url_for("console.training_card", card_id=card.id), 303)


@console.post("/training/<card_id>/pause")
def pause_training_card(card_id: str) -> ResponseReturnValue:
    _require_headquarters()
    card = actions.pause_card(db(), brand_id=brand_id(), card_id=_card(card_id).id)
    flash(gettext("“%(title)s”已暂停，成绩保留", title=card.title), "ok")
    return redirect(url_for("console.training_card", card_id=card.id), 303)


def _may_edit() -> bool:
    """Cards are the whole brand's: a region or a store reads the results only."""
    return actor().may("guides:edit") and actor().within is None


def _require_headquarters() -> None:
    actor().require("guides:edit")
    if actor().within is not None:
        raise NotFound("page", "training")


def _card(card_id: str) -> TrainingCard:
    return training_card(db(), brand_id=brand_id(), card_id=parse_id(card_id, "training_card"))


def _form(values: dict[str, str], refused: Refused | None = None, *, card: TrainingCard | None = None) -> str:
    problems = {refused.field or "title": says(refused)} if refused else {}
    units = [(row.unit.id, f"{'　' * row.depth}{row.unit.name}") for row in tree(db(), brand_id=brand_id())]
    return render_template("console/training_form.html", values=values, problems=problems, card=card, units=units, audiences=AUDIENCES,
                           questions=range(1, MOST_QUESTIONS + 1), options=range(1, MOST_OPTIONS + 1))


