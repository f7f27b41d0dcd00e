"""Flagship sources: the list, one of them, sync it, give it a newer file, let it go."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.catalog import sync_queries
from app.domain.catalog.models import FlagshipSource
from app.domain.catalog.secrets import read_secrets
from app.flows.connect_flagship import disconnect_flagship, replace_file
from app.flows.sync_flagship import queue_sync
from app.gateways.flagship import MAX_BYTES, kinds, template_csv
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import parse_id
from app.web.shared.application import app, now
from app.web.shared.asking import page_number
from app.web.shared.hooks import hook_address
from app.web.shared.serving import actor, brand_id, db

from . import asked, sync_words
from .blueprint import console
from .sends_back import sends_back_facts
from .source_fields import accepted, settings_text


@console.get("/sources")
def sources() -> str:
    actor().require("catalog:view")
    rows = sync_queries.sources(db(), brand_id=brand_id())
    source_id, state = asked.row_id("source"), asked.one_of("state", sync_words.STATES)
    runs = sync_queries.sync_runs(db(), brand_id=brand_id(), source_id=source_id, state=state, number=page_number())
    conflicts = sync_queries.count_conflicts(db(), brand_id=brand_id())
    return render_template("console/sources.html", rows=rows, runs=runs, conflicts=conflicts, words=sync_words, may_edit=actor().may("catalog:edit"),
                           query=asked.query(source=source_id, state=state))


@console.get("/sources/template.csv")
def source_template() -> Response:
    actor().require("catalog:view")
    return Response(template_csv(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": 'attachment; filename="products.csv"'})


@console.get("/sources/<source_id>")
def source(source_id: str) -> ResponseReturnValue:
    actor().require("catalog:view")
    found = found_source(source_id)
    return source_page(found)


def source_page(found: FlagshipSource, **more: Any) -> str:
    """One source; `more` is what a form of it has to say."""
    runs = sync_queries.sync_runs(db(), brand_id=brand_id(), source_id=found.id, number=page_number())
    kind = kinds().get(found.kind)
    asked_for = app().gateways.flagship.fields(kind) if kind and "file_key" not in found.settings else ()
    fields = [field for field in asked_for if field.control not in ("upload", "text")]
    permits = bool(kind and kind.permission)
    facts = {"problems": {}, "settings": {name: settings_text(value) for name, value in found.settings.items()}, "facts": None, "problem": "", **more}
    return render_template("console/source.html", source=found, runs=runs, words=sync_words, accept=accepted(), fields=fields, kept=set(read_secrets(found)),
                           hook=hook_address(found), permits=permits, way_back=way_back() if permits else "", may_edit=actor().may("catalog:edit"),
                           **sends_back_facts(found), **facts)


@console.post("/sources/<source_id>/sync")
def sync_now(source_id: str) -> ResponseReturnValue:
    """The preview by default: nothing is written before somebody has seen the difference."""
    actor().require("catalog:edit")
    mode = "apply" if request.form.get("mode") == "apply" else "preview"
    reads = "changes" if request.form.get("reads") == "changes" else "full"
    try:
        run = queue_sync(db(), brand_id=brand_id(), source_id=found_source(source_id).id, mode=mode, reads=reads, now=now())
    except Conflict as conflict:
        flash(sync_words.told(conflict.message, conflict.data), "warn")
        return redirect(url_for("console.source", source_id=source_id), 303)
    return redirect(url_for("console.sync_run", run_id=run.id), 303)


@console.post("/sources/<source_id>/file")
def replace_source_file(source_id: str) -> ResponseReturnValue:
    actor().require("catalog:edit")
    found = found_source(source_id)
    file = request.files.get("file")
    content = file.read(MAX_BYTES + 1) if file else b""
    try:
        replace_file(db(), brand_id=brand_id(), source_id=found.id, content=content, file_name=file.filename or "" if file else "",
                     files=app().gateways.files, flagship=app().gateways.flagship)
        flash(gettext("文件已更新，同步后生效。"), "ok")
    except Refused as refused:
        flash(sync_words.told(refused.message, refused.data), "bad")
    return redirect(url_for("console.source", source_id=found.id), 303)


@console.post("/sources/<source_id>/disconnect")
def disconnect_source(source_id: str) -> ResponseReturnValue:
    actor().require("catalog:edit")
    try:
        found = disconnect_flagship(db(), brand_id=brand_id(), source_id=parse_id(source_id, "flagship_source"))
    except Conflict as conflict:
        flash(sync_words.told(conflict.message, conflict.data), "warn")
        return redirect(url_for("console.source", source_id=source_id), 303)
    flash(gettext("已断开“%(name)s”，已有商品都还在。", name=found.name), "ok")
    return redirect(url_for("console.sources"), 303)


def way_back() -> str:
    """Where a shop sends its owner after she let us in: the address that is registered with the shop's open platform."""
    return app().settings.public_url + url_for("console.source_authorised")


def found_source(source_id: str) -> FlagshipSource:
    return sync_queries.source(db(), brand_id=brand_id(), source_id=parse_id(source_id, "flagship_source"))
