"""The form of a training card, there and back: fields are question-1, option-1-1 …, right-1, why-1."""

from __future__ import annotations

from typing import Any

from flask import request

from app.domain.catalog.pictures import picture_key, sized_webps
from app.domain.training.models import TrainingCard
from app.domain.training.rules import MOST_OPTIONS, MOST_QUESTIONS
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import app
from app.web.shared.asking import whole
from app.web.shared.serving import brand_id


def typed(card: TrainingCard | None) -> dict[str, Any]:
    """What the form says; a new picture is kept with the brand's files."""
    unit, mark = request.form.get("org_unit_id", ""), request.form.get("pass_mark", "").strip()
    return {"title": request.form.get("title", ""), "body": request.form.get("body", ""), "audience": request.form.get("audience", ""),
            "org_unit_id": parse_id(unit, "org_unit") if unit else None, "pass_mark": whole(mark, field="pass_mark") if mark else 0,
            "questions": [_question(number) for number in range(1, MOST_QUESTIONS + 1)], "picture_key": _picture(card)}


def filled(card: TrainingCard | None) -> dict[str, str]:
    """The form's values as text."""
    if card is None:
        return {"audience": "all", "pass_mark": ""}
    values = {"title": card.title, "body": card.body, "audience": card.audience, "org_unit_id": str(card.org_unit_id or ""),
              "pass_mark": str(card.pass_mark or "")}
    for number, one in enumerate(card.questions, 1):
        values |= {f"question-{number}": one["text"], f"why-{number}": one["why"], f"right-{number}": str(one["right"] + 1)}
        values |= {f"option-{number}-{at}": option for at, option in enumerate(one["options"], 1)}
    return values


def _question(number: int) -> dict[str, Any]:
    right = request.form.get(f"right-{number}", "")
    return {"text": request.form.get(f"question-{number}", ""), "why": request.form.get(f"why-{number}", ""),
            "options": [request.form.get(f"option-{number}-{at}", "") for at in range(1, MOST_OPTIONS + 1)],
            "right": int(right) - 1 if right in {str(at) for at in range(1, MOST_OPTIONS + 1)} else None}


def _picture(card: TrainingCard | None) -> str:
    """The key of the picture sent along; '' if it is to go; else what the card has."""
    file = request.files.get("picture")
    content = file.read() if file else b""
    if not content:
        return "" if card is None or request.form.get("no_picture") else card.picture_key
    key = picture_key(brand_id(), content)
    try:
        sizes = sized_webps(content)
    except Refused as refused:
        raise Refused(refused.code, refused.message, field="picture", **refused.data) from None
    for size, webp in sizes.items():
        app().gateways.files.put(f"{key}-{size}.webp", webp)
    return key
