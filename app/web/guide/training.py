"""培训卡: read, answer, see what was right and why. Works before JavaScript; the server checks the answers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.training.actions import try_card
from app.domain.training.queries import card_for, own_cards, own_result
from app.domain.training.rules import MOST_OPTIONS, answered
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.serving import brand_id, db
from app.web.shared.simple_markup import marked_up

from .blueprint import guide


@guide.get("/training")
def training() -> str:
    passed = request.args.get("passed") == "1"
    page = own_cards(db(), brand_id=brand_id(), guide=g.guide, passed=passed, number=page_number())
    return render_template("guide/training.html", page=page, passed=passed)


@guide.get("/training/<card_id>")
def training_card(card_id: str) -> str:
    """Right answers are shown only once she has tried."""
    card = card_for(db(), brand_id=brand_id(), guide=g.guide, card_id=_id(card_id))
    result = own_result(db(), brand_id=brand_id(), guide_id=g.guide.id, card_id=card.id)
    said = [_option(part) for part in request.args.get("said", "").split("-")[:len(card.questions)]] if "said" in request.args and result else None
    return render_template("guide/training_card.html", card=card, body=marked_up(card.body), result=result, chosen=(), missing=False,
                           answers=answered(card.questions, said) if said is not None else None)


@guide.post("/training/<card_id>")
def training_card_post(card_id: str) -> ResponseReturnValue:
    card = card_for(db(), brand_id=brand_id(), guide=g.guide, card_id=_id(card_id))
    chosen = [_option(request.form.get(f"answer-{at}", "")) for at in range(len(card.questions))]
    if None in chosen:
        return render_template("guide/training_card.html", card=card, body=marked_up(card.body), chosen=chosen, missing=True, answers=None,
                               result=own_result(db(), brand_id=brand_id(), guide_id=g.guide.id, card_id=card.id)), 422
    try_card(db(), brand_id=brand_id(), guide=g.guide, card_id=card.id, chosen=chosen, now=now())
    return redirect(url_for("guide.training_card", card_id=card.id, said=_said(chosen), _anchor="quiz"), 303)


def _said(chosen: Sequence[int | None]) -> str:
    return "-".join("" if one is None else str(one) for one in chosen)


def _option(text: str) -> int | None:
    return int(text) if text in {str(number) for number in range(MOST_OPTIONS)} else None


def _id(text: str) -> UUID:
    return parse_id(text, "training_card")
