"""What a source is told: its settings, its secrets (blank keeps them), its schedule; and whether the shop answers."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.catalog.ports import FlagshipUnreachable
from app.domain.catalog.secrets import SourceSecrets
from app.flows.connect_flagship import change_source, schedule_source
from app.gateways.flagship import kinds
from app.kernel.errors import Refused
from app.web.shared.application import app, now
from app.web.shared.asking import whole
from app.web.shared.serving import actor, brand_id, db

from . import sync_words
from .blueprint import console
from .source_fields import told_by_field, typed_settings
from .sources import found_source, source_page


@console.post("/sources/<source_id>/settings")
def change_source_settings(source_id: str) -> ResponseReturnValue:
    actor().require("catalog:edit")
    found = found_source(source_id)
    kind = kinds().get(found.kind)
    typed = typed_settings(kind.fields) if kind and "file_key" not in found.settings else None
    try:
        with db().begin_nested():
            change_source(db(), brand_id=brand_id(), source_id=found.id, name=request.form.get("name", ""), settings=typed, flagship=app().gateways.flagship)
    except Refused as refused:
        db().refresh(found)
        return source_page(found, problems=told_by_field(refused), settings=typed or {}), 422
    flash(gettext("已保存。密钥留空的沿用原来的。"), "ok")
    return redirect(url_for("console.source", source_id=found.id), 303)


@console.post("/sources/<source_id>/schedule")
def change_source_schedule(source_id: str) -> ResponseReturnValue:
    actor().require("catalog:edit")
    found = found_source(source_id)
    try:
        numbers = {name: whole(request.form[name], field=name) if request.form.get(name, "").strip() else None for name in ("changes_minutes", "full_hour")}
        with db().begin_nested():
            schedule_source(db(), brand_id=brand_id(), source_id=found.id, **numbers)
    except Refused as refused:
        db().refresh(found)
        return source_page(found, problems=told_by_field(refused)), 422
    flash(gettext("已保存自动同步的时间。"), "ok")
    return redirect(url_for("console.source", source_id=found.id), 303)


@console.post("/sources/<source_id>/check")
def check_source(source_id: str) -> ResponseReturnValue:
    """Asks the shop for its name with what is at rest."""
    actor().require("catalog:edit")
    found = found_source(source_id)
    secrets = SourceSecrets(app().database, brand_id(), found.id)
    try:
        settings = dict(found.settings)
        return source_page(found, facts=app().gateways.flagship.open(found.kind, settings, now=now(), secrets=secrets, alone=secrets.alone).check())
    except FlagshipUnreachable as unreachable:
        return source_page(found, problem=sync_words.told(unreachable.message, unreachable.data)), 422
    except Refused as refused:
        return source_page(found, problems=told_by_field(refused)), 422
