"""我的社群: her chat groups, what each brought, which are silent, and the links made for one of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.community import actions
from app.domain.community.queries import group_of
from app.domain.community.rules import EARNS_FROM
from app.domain.insights.communities import group_row, groups_page
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.asking import page_number, whole
from app.web.shared.errors import says
from app.web.shared.group_words import HEALTH
from app.web.shared.serving import brand_id, db

from .blueprint import guide


@guide.get("/groups")
def groups() -> str:
    closed = request.args.get("closed") == "1"
    page = groups_page(db(), brand_id=brand_id(), guide_id=g.guide.id, state="closed" if closed else "", sort="-last", number=page_number(), now=now())
    return render_template("guide/groups.html", page=page, closed=closed, health=HEALTH, now=now(), mark=EARNS_FROM)


@guide.get("/groups/new")
def add_group() -> str:
    return _form({"name": "", "members": ""})


@guide.post("/groups/new")
def add_group_post() -> ResponseReturnValue:
    try:
        made = actions.add_group(db(), brand_id=brand_id(), guide_id=g.guide.id, now=now(), **_typed())
    except Refused as refused:
        return _form(dict(request.form.items()), refused), 422
    flash(gettext("已添加，从这里分享的链接都记在这个群"), "ok")
    return redirect(url_for("guide.group", group_id=made.id), 303)


@guide.get("/groups/<group_id>")
def group(group_id: str) -> str:
    row = group_row(db(), brand_id=brand_id(), guide_id=g.guide.id, group_id=_id(group_id), now=now())
    if row is None:
        raise NotFound("community_group", group_id)
    return render_template("guide/group.html", row=row, health=HEALTH, now=now(), mark=EARNS_FROM)


@guide.get("/groups/<group_id>/edit")
def edit_group(group_id: str) -> str:
    found = group_of(db(), brand_id=brand_id(), guide_id=g.guide.id, group_id=_id(group_id))
    return _form({"name": found.name, "members": str(found.members)}, group_id=found.id)


@guide.post("/groups/<group_id>/edit")
def edit_group_post(group_id: str) -> ResponseReturnValue:
    found = _id(group_id)
    try:
        actions.change_group(db(), brand_id=brand_id(), guide_id=g.guide.id, group_id=found, now=now(), **_typed())
    except Refused as refused:
        return _form(dict(request.form.items()), refused, group_id=found), 422
    return redirect(url_for("guide.group", group_id=found), 303)


@guide.post("/groups/<group_id>/close")
def close_group(group_id: str) -> ResponseReturnValue:
    again = request.form.get("again") == "1"
    found = actions.close_group(db(), brand_id=brand_id(), guide_id=g.guide.id, group_id=_id(group_id), now=None if again else now())
    return redirect(url_for("guide.group", group_id=found.id), 303)


def _typed() -> dict[str, Any]:
    return {"name": request.form.get("name", ""), "members": whole(request.form.get("members") or "0", field="members")}


def _id(text: str) -> UUID:
    return parse_id(text, "community_group")


def _form(values: dict[str, Any], refused: Refused | None = None, *, group_id: UUID | None = None) -> str:
    problems = {refused.field or "name": says(refused)} if refused else {}
    return render_template("guide/group_form.html", values=values, problems=problems, group_id=group_id, mark=EARNS_FROM)
