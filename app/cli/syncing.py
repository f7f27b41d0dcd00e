"""sync: a run of the brand's flagship in the foreground."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any
from uuid import UUID

import click

from app.cli.running import brand_transaction, echo_json, managed
from app.domain.catalog.sync_queries import sources, sync_run, waiting_pictures
from app.flows.fetch_pictures import fetch_pictures
from app.flows.sync_flagship import apply_sync, queue_sync, run_sync
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import Application, app
from app.web.shared.errors import says


class Bar:
    """One progress bar per step, on standard error so that standard output stays JSON."""

    def __init__(self) -> None:
        self._step = ""
        self._bar: Any = None

    def __call__(self, step: str, done: int, total: int) -> None:
        if step != self._step:
            self._close()
            self._step = step
            self._bar = click.progressbar(length=max(total, 1), label=step, file=sys.stderr, show_pos=True).__enter__()
        self._bar.length = max(total, done, 1)
        self._bar.update(done - self._bar.pos)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)


@click.command("sync")
@click.option("--brand", "slug", required=True)
@click.option("--source", "source_id", default="", help="A source's id; needed only if the brand has several.")
@click.option("--preview", is_flag=True, help="Show the difference, write nothing.")
@click.option("--changes", is_flag=True, help="Read only what changed since the last run that was written, where the flagship can tell.")
@click.option("--confirm", is_flag=True, help="Also take down more than half of the source's products.")
@managed
def sync(slug: str, source_id: str, preview: bool, changes: bool, confirm: bool) -> None:
    """A sync run in the foreground with a progress bar; exit 1 if any item failed."""
    with brand_transaction(slug, "sync") as (session, brand):
        run = queue_sync(session, brand_id=brand.id, source_id=_source(session, brand.id, source_id), mode="preview" if preview else "apply",
                         reads="changes" if changes else "full", now=app().clock(), in_background=False)
        brand_id, run_id = brand.id, run.id
    state = _run(brand_id, run_id)
    if state == "previewed" and not preview and confirm:
        with brand_transaction(slug, "sync") as (session, brand):
            apply_sync(session, brand_id=brand_id, run_id=run_id, now=app().clock(), confirmed=True, in_background=False)
        state = _run(brand_id, run_id)
    pictures = _pictures(brand_id) if state in ("succeeded", "partial") else {}
    with app().database.transaction(brand_id) as session:
        run = sync_run(session, brand_id=brand_id, run_id=run_id)
        error = says(Refused(run.error_code, run.error_message, **(run.error_data or {})))
        echo_json({"id": run.id, "number": run.number, "state": run.state, "counts": run.counts, "pictures": pictures,
                   **({"error": {"code": run.error_code, "message": error}} if run.error_code else {})})
        done = run.state == "succeeded" or (run.state == "previewed" and preview and not run.counts["failed"])
        partly = run.state == "partial" and not run.counts["failed"]
    if not (done or partly):
        raise SystemExit(1)


def _run(brand_id: int, run_id: UUID) -> str:
    with Bar() as bar:
        return run_sync(app().database, brand_id=brand_id, run_id=run_id, flagship=app().gateways.flagship, now=app().clock(), watch=bar)


def _source(session: Any, brand_id: int, source_id: str) -> UUID:
    if source_id:
        return parse_id(source_id, "flagship_source")
    connected = sources(session, brand_id=brand_id)
    if not connected:
        raise Refused("source_missing", "还没有连接旗舰店", field="source")
    if len(connected) > 1:
        raise Refused("source_ambiguous", "这个品牌有多个旗舰店来源，请用 --source 指明", field="source")
    return connected[0].source.id


def _pictures(brand_id: int) -> dict[str, int]:
    """Fetch what waits; pictures by state."""
    gateways, database = app().gateways, app().database
    with Bar() as bar, database.transaction(brand_id) as session:
        waiting = waiting_pictures(session, brand_id=brand_id).get("waiting", 0)
        done = 0
        while count := fetch_pictures(database, brand_id=brand_id, download=gateways.download, files=gateways.files):
            done += count
            bar("pictures", done, waiting)
    with database.transaction(brand_id) as session:
        return waiting_pictures(session, brand_id=brand_id)


def install(application: Application) -> None:
    application.cli.add_command(sync)
