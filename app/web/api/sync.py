"""/flagship-sources and /sync-runs: one-click sync, with every item accounted for (R36)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select, tuple_

from app.domain.catalog.models import FlagshipSource, IgnoredListing, SyncItem, SyncRun
from app.domain.catalog.ports import FlagshipUnreachable, ShopFacts
from app.domain.catalog.secrets import SourceSecrets, read_secrets
from app.domain.catalog.sync_queries import open_conflicts, pulse, sync_items
from app.domain.fulfilment.areas import count_areas
from app.flows.connect_flagship import change_source, connect_flagship, disconnect_flagship, schedule_source, send_back_to
from app.flows.sync_flagship import apply_sync, cancel_sync, queue_sync, resume_sync, undo_sync
from app.flows.sync_flagship.choosing import Choice
from app.flows.sync_flagship.resolving import ignore_conflict, resolve_conflict, wanted_again
from app.kernel.errors import Refused
from app.kernel.texts import clean
from app.web.shared.application import app, now
from app.web.shared.flagship_words import no_areas
from app.web.shared.hooks import hook_address
from app.web.shared.serving import brand_id, db

from .catalogue_shapes import (
    COUNTS,
    ApplyRun,
    ConflictOut,
    IgnoredOut,
    ItemOut,
    ItemQuery,
    NewRun,
    NewSource,
    Resolution,
    RunQuery,
    SourceChange,
    SourceChecked,
    SourceOut,
    SyncRunOut,
    UploadedSource,
)
from .operations import Rows
from .reading import read_form
from .rows import found, listed
from .v1 import v1

TAG: dict[str, Any] = {"tag": "flagship sync"}
CONTENT_KB = 32 * 1024
RUN = ("id", "number", "source_id", "mode", "reads", "state", "step", "created_at", "started_at", "finished_at")
ITEM = ("id", "position", "external_id", "sku", "title", "outcome", "matched_by", "code", "changes", "variant_id", "applied")


def source_shown(source: FlagshipSource) -> dict[str, Any]:
    names = ("id", "kind", "name", "sends_back", "changes_minutes", "full_hour", "read_at", "confirmed_at", "last_synced_at", "created_at")
    areas = count_areas(db(), brand_id=brand_id(), source_id=source.id) if app().gateways.flagship.asks_areas(source.kind) else None
    warnings = [{"code": "areas_empty", "message": no_areas()}] if areas == 0 and source.sends_back == "orders" else []
    status = "needs_authorisation" if source.status == "active" and source.authorisation_ended_at else source.status
    return {**{name: getattr(source, name) for name in names}, "status": status, "secrets": sorted(read_secrets(source)), "areas": areas, "warnings": warnings,
            "webhook_url": hook_address(source), "settings": {name: value for name, value in source.settings.items() if name != "file_key"}}


@v1.get("/flagship-sources", listed=SourceOut, scope="catalog:read", summary="Flagship sources", **TAG)
def list_flagship_sources(query: dict[str, Any]) -> Rows:
    page = listed(select(FlagshipSource), FlagshipSource, query)
    return Rows([source_shown(source) for source in page.items], page.next_cursor)


@v1.post("/flagship-sources", body=NewSource, out=SourceOut, status=201, scope="catalog:write", kilobytes=CONTENT_KB, uploads=("multipart/form-data",),
         summary="Connect a flagship", **TAG)
def add_flagship_source(body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Nothing is fetched yet. `content` is the file as text, at most 32 MB; a form with `kind`, `name` and the part `file` takes any file."""
    gateways = app().gateways
    if body is None:
        return uploaded_source()
    if "file" in body["settings"]:
        raise Refused("unknown", "没有这个字段", field="settings.file")
    source = connect_flagship(db(), brand_id=brand_id(), kind=body["kind"], name=body["name"], settings=body["settings"], files=gateways.files,
                              flagship=gateways.flagship, now=now())
    return source_shown(found(FlagshipSource, source.id, fresh=True))


def uploaded_source() -> dict[str, Any]:
    gateways = app().gateways
    form, upload = read_form(UploadedSource())
    if upload is None:
        raise Refused("file_missing", "没有收到文件", field="file")
    source = connect_flagship(db(), brand_id=brand_id(), kind=form["kind"], name=form["name"], settings={"file": upload.read()},
                              file_name=upload.filename or "", files=gateways.files, flagship=gateways.flagship, now=now())
    return source_shown(found(FlagshipSource, source.id, fresh=True))


@v1.get("/flagship-sources/<id>", out=SourceOut, scope="catalog:read", summary="One source", **TAG)
def get_flagship_source(id: str) -> dict[str, Any]:
    return source_shown(found(FlagshipSource, id))


@v1.patch("/flagship-sources/<id>", body=SourceChange, out=SourceOut, scope="catalog:write", summary="Change a source", **TAG)
def change_flagship_source(id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Its name, settings, secrets, schedule, and what goes back to it; what is not named stays."""
    source = found(FlagshipSource, id)
    change_source(db(), brand_id=brand_id(), source_id=source.id, name=body.get("name"), settings=body.get("settings"), flagship=app().gateways.flagship)
    if "changes_minutes" in body or "full_hour" in body:
        schedule_source(db(), brand_id=brand_id(), source_id=source.id, changes_minutes=body.get("changes_minutes", source.changes_minutes),
                        full_hour=body.get("full_hour", source.full_hour))
    if "sends_back" in body:
        secrets = SourceSecrets(app().database, brand_id(), source.id)
        send_back_to(db(), brand_id=brand_id(), source_id=source.id, sends_back=body["sends_back"], flagship=app().gateways.flagship,
                     secrets=secrets, now=now())
    return source_shown(found(FlagshipSource, source.id, fresh=True))


@v1.post("/flagship-sources/<id>/check", out=SourceChecked, status=200, scope="catalog:write", summary="Test a source's connection", **TAG)
def check_flagship_source(id: str) -> ShopFacts:
    """Asks the shop for its name with the secrets at rest; 422 says why it would not answer."""
    source = found(FlagshipSource, id)
    secrets = SourceSecrets(app().database, brand_id(), source.id)
    try:
        return app().gateways.flagship.open(source.kind, source.settings, now=now(), secrets=secrets, alone=secrets.alone).check()
    except FlagshipUnreachable as unreachable:
        raise refusal_of(unreachable) from None


def refusal_of(unreachable: FlagshipUnreachable) -> Refused:
    facts: dict[str, Any] = {name: value for name, value in unreachable.data.items() if name not in ("field", "code", "message")}
    return Refused(unreachable.code, unreachable.message, **facts)


@v1.delete("/flagship-sources/<id>", scope="catalog:write", summary="Disconnect a source", **TAG)
def remove_flagship_source(id: str) -> None:
    """Its products stay; it is read no more."""
    disconnect_flagship(db(), brand_id=brand_id(), source_id=found(FlagshipSource, id).id)


def run_shown(run: SyncRun) -> dict[str, Any]:
    error = {"code": run.error_code, "message": told(run.error_message, run.error_data), "data": run.error_data} if run.error_code else None
    return {**{name: getattr(run, name) for name in RUN}, "counts": {**dict.fromkeys(COUNTS, 0), **(run.counts or {})},
            "progress": progress_of(run), "error": error}


def progress_of(run: SyncRun) -> dict[str, Any]:
    beat = pulse(db(), run)
    return {"done": run.done or 0, "total": run.total or 0, "per_minute": round(beat.rate * 60), "left_seconds": beat.left_seconds}


def told(message: str, data: dict[str, Any] | None) -> str:
    """A stored message in the reader's language."""
    if not message:
        return ""
    text = str(gettext(message))
    return text % data if data else text


@v1.get("/sync-runs", listed=SyncRunOut, query=RunQuery, scope="catalog:read", summary="Sync runs", **TAG)
def list_sync_runs(query: dict[str, Any]) -> Rows:
    page = listed(select(SyncRun), SyncRun, query, "source_id", "state")
    return Rows([run_shown(run) for run in page.items], page.next_cursor)


@v1.post("/sync-runs", body=NewRun, out=SyncRunOut, status=202, scope="catalog:write", summary="Sync now", **TAG)
def start_sync_run(body: dict[str, Any]) -> dict[str, Any]:
    """The worker runs it; watch `state` and `progress`. A preview stops before writing."""
    return run_shown(queue_sync(db(), brand_id=brand_id(), source_id=body["source_id"], mode=body["mode"], reads=body["reads"], now=now()))


@v1.get("/sync-runs/<id>", out=SyncRunOut, scope="catalog:read", summary="One sync run", **TAG)
def get_sync_run(id: str) -> dict[str, Any]:
    return run_shown(found(SyncRun, id))


@v1.get("/sync-runs/<id>/items", listed=ItemOut, query=ItemQuery, scope="catalog:read", summary="What became of each item", **TAG)
def list_sync_items(id: str, query: dict[str, Any]) -> Rows:
    """In the order of the source."""
    statement = sync_items(brand_id=brand_id(), run_id=found(SyncRun, id).id, outcomes=[query["outcome"]] if query["outcome"] else [], q=clean(query["q"]))
    if query["cursor"]:
        statement = statement.where(tuple_(SyncItem.position, SyncItem.id) > tuple_(*_place(query["cursor"])))
    items: list[Any] = list(db().scalars(statement.limit(query["limit"] + 1)))
    shown = items[:query["limit"]]
    cursor = f"{shown[-1].position}.{shown[-1].id.hex}" if len(items) > len(shown) else None
    return Rows([item_shown(item) for item in shown], cursor)


def item_shown(item: SyncItem) -> dict[str, Any]:
    return {**{name: getattr(item, name) for name in ITEM}, "reason": told(item.reason, item.reason_data)}


def _place(cursor: str) -> tuple[int, UUID]:
    position, _, key = cursor.partition(".")
    try:
        place = int(position), UUID(key)
    except ValueError:
        place = -1, UUID(int=0)
    if not 0 <= place[0] < 2**31:
        raise Refused("cursor_invalid", "翻页标记无效", field="cursor")
    return place


@v1.post("/sync-runs/<id>/apply", body=ApplyRun, out=SyncRunOut, status=202, scope="catalog:write", summary="Apply a preview", **TAG)
def apply_sync_run(id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Writes exactly what the preview showed, or what of it is chosen. Items left out are skipped with the code `not_chosen`; one of which
    only some `fields` were chosen has the code `partly_chosen`."""
    choice = Choice(body["chosen"], body["without"], body["outcomes"], body["changing"])
    return run_shown(apply_sync(db(), brand_id=brand_id(), run_id=found(SyncRun, id).id, confirmed=body["confirmed"], choice=choice, now=now()))


@v1.post("/sync-runs/<id>/undo", out=SyncRunOut, scope="catalog:write", summary="Undo a run", **TAG)
def undo_sync_run(id: str) -> dict[str, Any]:
    """What was edited since keeps its present value."""
    return run_shown(undo_sync(db(), brand_id=brand_id(), run_id=found(SyncRun, id).id, now=now()))


@v1.post("/sync-runs/<id>/items/<item_id>/resolve", body=Resolution, out=ItemOut, status=200, scope="catalog:write", summary="Answer a conflict", **TAG)
def resolve_sync_item(id: str, item_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Written at once if the run is, else with the run."""
    run, item = found(SyncRun, id), found(SyncItem, item_id)
    if body["ignore"]:
        return item_shown(ignore_conflict(db(), brand_id=brand_id(), run_id=run.id, item_id=item.id, now=now()))
    return item_shown(resolve_conflict(db(), brand_id=brand_id(), run_id=run.id, item_id=item.id, variant_id=body["variant_id"], now=now()))


@v1.get("/sync-conflicts", listed=ConflictOut, scope="catalog:read", summary="Conflicts that wait for a person", **TAG)
def list_sync_conflicts(query: dict[str, Any]) -> Rows:
    """The newest word about each item, over all runs of all sources."""
    page = listed(open_conflicts(brand_id=brand_id()), SyncItem, query)
    runs = {run.id: run.source_id for run in db().scalars(select(SyncRun).where(SyncRun.id.in_([item.run_id for item in page.items])))}
    return Rows([{**item_shown(item), "run_id": item.run_id, "source_id": runs[item.run_id], "candidates": (item.reason_data or {}).get("rivals", [])}
                 for item in page.items], page.next_cursor)


@v1.get("/ignored-listings", listed=IgnoredOut, scope="catalog:read", summary="What of a flagship is not wanted", **TAG)
def list_ignored_listings(query: dict[str, Any]) -> Rows:
    """Somebody answered a conflict with `ignore`; every sync skips it."""
    page = listed(select(IgnoredListing), IgnoredListing, query)
    return Rows(list(page.items), page.next_cursor)


@v1.delete("/ignored-listings/<id>", scope="catalog:write", summary="Want it again", **TAG)
def want_again(id: str) -> None:
    """From the next reading on, a full one, it counts as any other."""
    wanted_again(db(), brand_id=brand_id(), ignored_id=found(IgnoredListing, id).id)


@v1.post("/sync-runs/<id>/resume", out=SyncRunOut, status=202, scope="catalog:write", summary="Resume a stalled run", **TAG)
def resume_sync_run(id: str) -> dict[str, Any]:
    return run_shown(resume_sync(db(), brand_id=brand_id(), run_id=found(SyncRun, id).id, now=now()))


@v1.post("/sync-runs/<id>/cancel", out=SyncRunOut, scope="catalog:write", summary="Cancel a run that has written nothing", **TAG)
def cancel_sync_run(id: str) -> dict[str, Any]:
    return run_shown(cancel_sync(db(), brand_id=brand_id(), run_id=found(SyncRun, id).id, now=now()))
