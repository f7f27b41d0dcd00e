"""Conflicts of all sources in one place: it is this one of ours, it is a new one, or it is not wanted (R36)."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.catalog import sync_queries
from app.domain.catalog.models import SyncItem, SyncRun
from app.flows.sync_flagship.resolving import ignore_conflict, resolve_conflict, wanted_again
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.kernel.paging import numbered
from app.web.shared.application import now
from app.web.shared.asking import page_number, row_id
from app.web.shared.serving import actor, brand_id, db

from . import sync_words
from .blueprint import console

IGNORED_SHOWN = 50


@console.get("/sources/conflicts")
def sync_conflicts() -> str:
    actor().require("catalog:view")
    source_id = row_id("source")
    statement = sync_queries.open_conflicts(brand_id=brand_id(), source_id=source_id).order_by(SyncItem.id.desc())
    page = numbered(db(), statement, number=page_number())
    rivals = {UUID(one) for item in page.items for one in (item.reason_data or {}).get("rivals", [])}
    known = sync_queries.variant_names(db(), brand_id=brand_id(), variant_ids=list(rivals))
    rows = sync_queries.sources(db(), brand_id=brand_id())
    names = {row.source.id: row.source.name for row in rows}
    runs = {run.id: run for run in db().query(SyncRun).filter(SyncRun.id.in_([item.run_id for item in page.items]))}
    ignored = list(db().scalars(sync_queries.ignored_listings(brand_id=brand_id()).limit(IGNORED_SHOWN)))
    cards = [{"item": item, "run": runs[item.run_id], "source": names.get(runs[item.run_id].source_id, ""), "open": item.listed is not None,
              "reason": sync_words.told(item.reason, item.reason_data),
              "rivals": [known[UUID(one)] for one in (item.reason_data or {}).get("rivals", []) if UUID(one) in known]} for item in page.items]
    return render_template("console/sync_conflicts.html", cards=cards, page=page, names=names, chosen=source_id, ignored=ignored, words=sync_words,
                           query={"source": str(source_id)} if source_id else {}, may_edit=actor().may("catalog:edit"))


@console.post("/sources/conflicts/<run_id>/<item_id>")
def answer_conflict(run_id: str, item_id: str) -> ResponseReturnValue:
    """`answer` is a candidate's id, `new` or `ignore`."""
    actor().require("catalog:edit")
    run, item, answer = parse_id(run_id, "sync_run"), parse_id(item_id, "sync_item"), request.form.get("answer", "")
    sync_queries.sync_item(db(), brand_id=brand_id(), run_id=run, item_id=item)
    try:
        with db().begin_nested():
            if answer == "ignore":
                ignore_conflict(db(), brand_id=brand_id(), run_id=run, item_id=item, now=now())
            elif answer:
                chosen = None if answer == "new" else parse_id(answer, "variant")
                resolve_conflict(db(), brand_id=brand_id(), run_id=run, item_id=item, variant_id=chosen, now=now())
            else:
                raise Refused("required", "请选一项", field="answer")
        flash(gettext("以后不再提起这件商品。") if answer == "ignore" else gettext("已认领。"), "ok")
    except Refused as refused:
        flash(sync_words.told(refused.message, refused.data), "warn")
    return redirect(url_for("console.sync_conflicts"), 303)


@console.post("/sources/conflicts/ignored/<ignored_id>/want")
def want_again(ignored_id: str) -> ResponseReturnValue:
    actor().require("catalog:edit")
    wanted_again(db(), brand_id=brand_id(), ignored_id=parse_id(ignored_id, "ignored_listing"))
    flash(gettext("下次同步时会重新比对。"), "ok")
    return redirect(url_for("console.sync_conflicts"), 303)
