"""What headquarters writes down of a customer: notes, her birthday, tags by hand. A guide reads her own notes, not these."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.care import actions
from app.kernel.errors import Refused
from app.web.shared.application import now
from app.web.shared.asking import chosen_id
from app.web.shared.errors import says
from app.web.shared.serving import actor, brand_id, db

from .blueprint import console
from .customers import customer_page, found_customer


@console.post("/customers/<customer_id>/notes")
def note_customer(customer_id: str) -> ResponseReturnValue:
    actor().require("customers:edit")
    found = found_customer(customer_id)
    try:
        actions.write_note(db(), brand_id=brand_id(), customer_id=found.id, guide_id=None, words=request.form.get("words", ""), now=now())
    except Refused as refused:
        return customer_page(found, problems={"words": says(refused)}), 422
    return _back(found.id, "notes")


@console.post("/customers/<customer_id>/birthday")
def customer_birthday(customer_id: str) -> ResponseReturnValue:
    actor().require("customers:edit")
    found = found_customer(customer_id)
    try:
        actions.set_birthday(db(), brand_id=brand_id(), customer_id=found.id, month=request.form.get("month", ""), day=request.form.get("day", ""))
    except Refused as refused:
        return customer_page(found, problems={"birthday": says(refused)}), 422
    return _back(found.id, "birthday")


@console.post("/customers/<customer_id>/tags")
def tag_customer(customer_id: str) -> ResponseReturnValue:
    """Sets one, or takes `off` one."""
    actor().require("customers:edit")
    found = found_customer(customer_id)
    try:
        tag_id = chosen_id(request.form.get("tag_id"), field="tag_id")
        if request.form.get("off") == "1":
            actions.take_tag_off(db(), brand_id=brand_id(), customer_id=found.id, tag_id=tag_id)
        else:
            actions.set_tag(db(), brand_id=brand_id(), customer_id=found.id, tag_id=tag_id, now=now())
    except Refused as refused:
        return customer_page(found, problems={"tag_id": says(refused)}), 422
    return _back(found.id, "tags")


def _back(customer_id: UUID, part: str) -> ResponseReturnValue:
    return redirect(url_for("console.customer", customer_id=customer_id, _anchor=part), 303)
