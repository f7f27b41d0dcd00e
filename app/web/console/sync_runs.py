"""One sync run: how far it is, what differs field by field, what needs a person, and the buttons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.catalog import sync_queries
from app.domain.catalog.models import SyncItem, SyncRun
from app.domain.catalog.queries import variant_pictures
from app.domain.catalog.rules import to_write
from app.domain.people.audit import note
from app.flows.fetch_pictures import retry_pictures
from app.flows.sync_flagship import apply_sync, cancel_sync, resume_sync, undo_sync
from app.flows.sync_flagship.choosing import Choice
from app.flows.sync_flagship.resolving import resolve_conflict
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.kernel.paging import numbered
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.downloads import csv_response
from app.web.shared.media import media_url
from app.web.shared.serving import actor, brand_id, db

from . import asked, sync_words
from .blueprint import console

TABS: dict[str, tuple[str, ...]] = {
    "changes": ("created", "updated", "removed"), "updated": ("updated",), "created": ("created",), "removed": ("removed",),
    "skipped": ("skipped",), "failed": ("failed",), "conflict": ("conflict",), "unchanged": ("unchanged",)}
CONFLICTS_SHOWN = 20
MOST_TICKS = 200


@console.get("/sources/runs/<run_id>")
def sync_run(run_id: str) -> ResponseReturnValue:
    actor().require("catalog:view")
    run = _found(run_id)
    chosen, q = asked.one_of("tab", TABS), asked.text("q")
    tab = chosen or _first_tab(run)
    page = numbered(db(), sync_queries.sync_items(brand_id=brand_id(), run_id=run.id, outcomes=TABS[tab], q=q), number=page_number())
    return render_template(
        "console/sync_run.html", **_progress(run), tab=tab, tabs=_tabs(run, tab), page=page, q=q, query=asked.query(tab=tab, q=q),
        filtered=asked.query(tab=chosen, q=q), words=sync_words, live=False,
        pictures=_pictures(page.items), conflicts=_conflicts(run), failures=sync_queries.failures(db(), brand_id=brand_id(), run_id=run.id),
        unfetched=sync_queries.waiting_pictures(db(), brand_id=brand_id()), can_undo=sync_queries.can_undo(db(), run), may_edit=actor().may("catalog:edit"))


@console.get("/sources/runs/<run_id>/live")
def sync_run_live(run_id: str) -> ResponseReturnValue:
    """The moving part of the page; once the run rests, the whole page is asked for."""
    actor().require("catalog:view")
    run = _found(run_id)
    response = make_response(render_template("console/sync_progress.html", **_progress(run), words=sync_words, live=True))
    if run.state not in sync_queries.ACTIVE:
        response.headers["HX-Refresh"] = "true"
    return response


@console.post("/sources/runs/<run_id>/apply")
def apply_run(run_id: str) -> ResponseReturnValue:
    """All of it, or what a form chose: `scope` of everything, minus what it showed and was not ticked."""
    return _do(run_id, lambda key: apply_sync(db(), brand_id=brand_id(), run_id=key, now=now(), confirmed=request.form.get("confirmed") == "1",
                                              choice=_choice()))


@console.post("/sources/runs/<run_id>/undo")
def undo_run(run_id: str) -> ResponseReturnValue:
    return _do(run_id, lambda key: undo_sync(db(), brand_id=brand_id(), run_id=key, now=now()), gettext("已撤销这次运行，商品恢复到写入前。"))


@console.post("/sources/runs/<run_id>/cancel")
def cancel_run(run_id: str) -> ResponseReturnValue:
    return _do(run_id, lambda key: cancel_sync(db(), brand_id=brand_id(), run_id=key, now=now()), gettext("已取消，云店没有任何改动。"))


@console.post("/sources/runs/<run_id>/resume")
def resume_run(run_id: str) -> ResponseReturnValue:
    return _do(run_id, lambda key: resume_sync(db(), brand_id=brand_id(), run_id=key, now=now()), gettext("继续同步，从断点接着跑。"))


@console.post("/sources/runs/<run_id>/pictures")
def retry_run_pictures(run_id: str) -> ResponseReturnValue:
    return _do(run_id, lambda key: retry_pictures(db(), brand_id=brand_id()), gettext("正在重新下载图片。"))


@console.post("/sources/runs/<run_id>/items/<item_id>/resolve")
def resolve_item(run_id: str, item_id: str) -> ResponseReturnValue:
    """`variant` is one of the candidates, or empty for: none of them, a new one."""
    chosen = request.form.get("variant", "")
    return _do(run_id, lambda key: resolve_conflict(db(), brand_id=brand_id(), run_id=key, item_id=parse_id(item_id, "sync_item"), now=now(),
                                                    variant_id=parse_id(chosen, "variant") if chosen else None), gettext("已认领。"))


@console.get("/sources/runs/<run_id>/items.csv")
def export_sync_items(run_id: str) -> Response:
    """Of ?tab= and ?q= what they show, else all of it."""
    actor().require("catalog:view")
    run = _found(run_id)
    note(db(), action="export", subject_kind="sync_runs", subject_id=run.id, subject_name=f"#{run.number}")
    wanted = sync_queries.sync_items(brand_id=brand_id(), run_id=run.id, outcomes=TABS.get(asked.one_of("tab", TABS), ()), q=asked.text("q"))
    return csv_response(_table(sync_queries.every_item(db(), wanted)), f"sync-{run.number}.csv")


def _choice() -> Choice | None:
    scope = request.form.get("scope", "")
    if not scope:
        return None
    shown, ticked = ([parse_id(one, "sync_item") for one in request.form.getlist(name)[:MOST_TICKS]] for name in ("shown", "item"))
    if scope == "page":
        return Choice(only=ticked)
    outcomes, fields = sync_words.SCOPES.get(scope, sync_words.SCOPES["all"])[1:]
    return Choice(without=[one for one in shown if one not in set(ticked)], outcomes=outcomes, fields=fields)


def _do(run_id: str, action: Any, done: str = "") -> ResponseReturnValue:
    """Do it, or say at the top of the page why not."""
    actor().require("catalog:edit")
    run = _found(run_id)
    try:
        with db().begin_nested():
            action(run.id)
        if done:
            flash(done, "ok")
    except Refused as refused:
        flash(sync_words.told(refused.message, refused.data), "warn")
    return redirect(url_for("console.sync_run", run_id=run.id), 303)


def _found(run_id: str) -> SyncRun:
    return sync_queries.sync_run(db(), brand_id=brand_id(), run_id=parse_id(run_id, "sync_run"))


def _progress(run: SyncRun) -> dict[str, Any]:
    """The card with steps and bar."""
    counts = {key: run.counts.get("conflicts" if key == "conflict" else key, 0) for key in sync_words.OUTCOMES}
    accounted = sum(counts.values())
    reading = run.step in ("", "fetching", "comparing") and run.state in sync_queries.ACTIVE
    left = max(run.total - accounted, 0) if reading and run.total else None if reading else 0
    parts = [{"label": str(words), "count": counts[key], "cls": "gone" if key == "removed" else cls,
              "href": url_for("console.sync_run", run_id=run.id, tab=key)} for key, (words, cls) in sync_words.OUTCOMES.items()]
    if left is not None and reading:
        parts.append({"label": gettext("待比对"), "count": left, "cls": "left"})
    return {"run": run, "source": sync_queries.source(db(), brand_id=brand_id(), source_id=run.source_id), "counts": counts, "parts": parts,
            "accounted": accounted, "expected": None if left is None else accounted + left, "writes": to_write(counts),
            "over": run.state == "previewed" and run.finished_at is not None, "steps": _steps(run, accounted), "pulse": sync_queries.pulse(db(), run),
            "state": sync_words.state(run), "active": run.state in sync_queries.ACTIVE}


def _steps(run: SyncRun, accounted: int) -> list[dict[str, str]]:
    """fetch → compare → look at it → write → account for everything."""
    at = {"": 0, "fetching": 0, "comparing": 1, "applying": 3, "checking": 4}[run.step]
    at = {"previewed": 5 if run.finished_at else 2, "succeeded": 5, "partial": 5, "undone": 5}.get(run.state, at)
    labels = [gettext("拉取 %(count)s 项", count=f"{accounted:,}") if at > 0 else gettext("拉取"), gettext("比对"), gettext("确认差异"), gettext("写入"),
              gettext("核对，逐项有交代")]
    return [{"label": label, "state": "done" if at > place else "now" if at == place else "todo"} for place, label in enumerate(labels)]


def _tabs(run: SyncRun, tab: str) -> list[dict[str, Any]]:
    counts = {key: run.counts.get("conflicts" if key == "conflict" else key, 0) for key in sync_words.OUTCOMES}
    labels = {"changes": gettext("变更"), **{key: str(words) for key, (words, _) in sync_words.OUTCOMES.items()}}
    return [{"label": labels[key], "count": f"{sum(counts[one] for one in outcomes):,}", "active": key == tab,
             "href": url_for("console.sync_run", run_id=run.id, tab=key)} for key, outcomes in TABS.items()
            if key in ("changes", tab) or any(counts[one] for one in outcomes)]


def _first_tab(run: SyncRun) -> str:
    return next((tab for tab, outcomes in TABS.items() if any(run.counts.get(one, 0) for one in outcomes)), "changes")


def _pictures(items: Sequence[SyncItem]) -> dict[UUID, str]:
    ids = {item.variant_id: item.id for item in items if item.variant_id}
    keys = variant_pictures(db(), brand_id=brand_id(), variant_ids=list(ids)) if ids else {}
    return {ids[variant_id]: media_url(key, "s") for variant_id, key in keys.items() if key}


def _conflicts(run: SyncRun) -> list[dict[str, Any]]:
    """Conflicts with their candidates; answered here when the run was read to its end."""
    items = list(db().scalars(sync_queries.sync_items(brand_id=brand_id(), run_id=run.id, outcomes=["conflict"]).limit(CONFLICTS_SHOWN)))
    rivals = {UUID(one) for item in items for one in (item.reason_data or {}).get("rivals", [])}
    known = sync_queries.variant_names(db(), brand_id=brand_id(), variant_ids=list(rivals))
    return [{"item": item, "reason": sync_words.told(item.reason, item.reason_data), "open": item.listed is not None,
             "rivals": [known[UUID(one)] for one in (item.reason_data or {}).get("rivals", []) if UUID(one) in known]} for item in items]


def _table(items: Iterator[SyncItem]) -> Iterator[list[str]]:
    yield [gettext("位置"), gettext("旗舰店编号"), "SKU", gettext("标题"), gettext("结果"), gettext("匹配"), gettext("原因"), gettext("改动")]
    for item in items:
        changes = "；".join(f"{line['field']}: {line['old']} → {line['new']} ({line['result']})" for line in sync_words.lines(item)) if item.changes else ""
        yield [str(item.position), item.external_id, item.sku, item.title, str(sync_words.OUTCOMES[item.outcome][0]),
               str(sync_words.MATCHED.get(item.matched_by, "")), sync_words.told(item.reason, item.reason_data), changes]
