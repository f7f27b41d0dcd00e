"""Flagship sources: connect one, try it, sync it, give it a newer file."""

from __future__ import annotations

from itertools import islice
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import FileField, StringField

from app.domain.catalog import sync_queries
from app.domain.catalog.models import FlagshipSource
from app.domain.catalog.ports import FlagshipUnreachable, ListedVariant
from app.flows.connect_flagship import connect_flagship, disconnect_flagship, replace_file, stored_settings
from app.flows.sync_flagship import queue_sync
from app.gateways.flagship import KINDS, MAX_BYTES, template_csv
from app.kernel.errors import Conflict, Invalid, Refused
from app.kernel.ids import parse_id
from app.web.shared.application import app, now
from app.web.shared.asking import page_number, tell
from app.web.shared.serving import actor, brand, brand_id, db
from app.web.shared.signed_tokens import read, sign

from . import sync_words
from .blueprint import console

SHOWN = 5
UPLOAD_SECONDS = 3600
ACCEPT = ",".join(sorted({part for kind in KINDS.values() for field in kind.fields for part in field.accept.split(",") if part}))


class SourceForm(FlaskForm):
    """`url` or `file`; `kept` names a file uploaded a moment ago to try it."""

    name = StringField(_("名字"), render_kw={"maxlength": 80})
    kind = StringField(_("类型"), default="merchant_feed")
    url = StringField(_("数据源网址"), render_kw={"maxlength": 2000, "inputmode": "url", "placeholder": "https://"})
    file = FileField(_("上传文件"), render_kw={"accept": ACCEPT})


@console.get("/sources")
def sources() -> str:
    actor().require("catalog:view")
    rows = sync_queries.sources(db(), brand_id=brand_id())
    runs = sync_queries.sync_runs(db(), brand_id=brand_id(), number=page_number())
    return render_template("console/sources.html", rows=rows, runs=runs, words=sync_words, may_edit=actor().may("catalog:edit"))


@console.get("/sources/template.csv")
def source_template() -> Response:
    actor().require("catalog:view")
    return Response(template_csv(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": 'attachment; filename="products.csv"'})


@console.route("/sources/new", methods=["GET", "POST"])
def connect_source() -> ResponseReturnValue:
    actor().require("catalog:edit")
    form = SourceForm()
    if request.method == "GET":
        form.name.data = form.name.data or gettext("%(brand)s旗舰店", brand=brand().name)
        return _form_page(form)
    settings, file_name, kept = _typed(form)
    try:
        if request.form.get("try"):
            return _form_page(form, kept=kept, sample=_sample(form.kind.data or "", settings))
        source = connect_flagship(db(), brand_id=brand_id(), kind=form.kind.data or "", name=form.name.data or "", settings=settings,
                                  file_name=file_name, files=app().gateways.files, flagship=app().gateways.flagship, now=now())
    except Refused as refused:
        tell(form, refused)
        return _form_page(form, kept=kept), 422
    except FlagshipUnreachable as unreachable:
        return _form_page(form, kept=kept, problem=sync_words.told(unreachable.message, unreachable.data)), 422
    flash(gettext("已连接“%(name)s”，现在可以同步。", name=source.name), "ok")
    return redirect(url_for("console.source", source_id=source.id), 303)


@console.get("/sources/<source_id>")
def source(source_id: str) -> ResponseReturnValue:
    actor().require("catalog:view")
    found = _found(source_id)
    runs = sync_queries.sync_runs(db(), brand_id=brand_id(), source_id=found.id, number=page_number())
    return render_template("console/source.html", source=found, runs=runs, words=sync_words, accept=ACCEPT, may_edit=actor().may("catalog:edit"))


@console.post("/sources/<source_id>/sync")
def sync_now(source_id: str) -> ResponseReturnValue:
    """The preview by default: nothing is written before somebody has seen the difference."""
    actor().require("catalog:edit")
    mode = "apply" if request.form.get("mode") == "apply" else "preview"
    try:
        run = queue_sync(db(), brand_id=brand_id(), source_id=_found(source_id).id, mode=mode, now=now())
    except Conflict as conflict:
        flash(sync_words.told(conflict.message, conflict.data), "warn")
        return redirect(url_for("console.source", source_id=source_id), 303)
    return redirect(url_for("console.sync_run", run_id=run.id), 303)


@console.post("/sources/<source_id>/file")
def replace_source_file(source_id: str) -> ResponseReturnValue:
    actor().require("catalog:edit")
    found = _found(source_id)
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
    found = disconnect_flagship(db(), brand_id=brand_id(), source_id=parse_id(source_id, "flagship_source"))
    flash(gettext("已断开“%(name)s”，已有商品都还在。", name=found.name), "ok")
    return redirect(url_for("console.sources"), 303)


def _found(source_id: str) -> FlagshipSource:
    return sync_queries.source(db(), brand_id=brand_id(), source_id=parse_id(source_id, "flagship_source"))


def _typed(form: SourceForm) -> tuple[dict[str, Any], str, str]:
    """(settings, file name, token of the uploaded file): what was uploaded to try stays there for connecting."""
    file = request.files.get("file")
    content = file.read(MAX_BYTES + 1) if file else b""
    if file and content:
        name = (file.filename or "")[:200]
        if len(content) > MAX_BYTES:
            return {"file": content}, name, ""
        key = stored_settings(brand_id(), {"file": content}, file_name=name, files=app().gateways.files)["file_key"]
        return {"file": content}, name, sign("upload", [brand_id(), key, name])
    known = read("upload", request.form.get("kept", ""), max_age=UPLOAD_SECONDS)
    if known and known[0] == brand_id() and not (form.url.data or "").strip():
        return {"file": app().gateways.files.get(known[1])}, known[2], request.form["kept"]
    return {"url": (form.url.data or "").strip()}, "", ""


def _sample(kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The first items and how many there are; nothing is stored. Raises Refused, FlagshipUnreachable."""
    problems = app().gateways.flagship.problems(kind, settings)
    if problems:
        raise problems[0] if len(problems) == 1 else Invalid(problems)
    count = failed = 0
    shown: list[ListedVariant] = []
    connector = app().gateways.flagship.open_typed(kind, settings, now=now())
    for listed in islice(connector.list_items(currency=brand().currency), 1_000_000):
        count += 1
        if not isinstance(listed, ListedVariant):
            failed += 1
        elif len(shown) < SHOWN:
            shown.append(listed)
    return {"count": count, "failed": failed, "items": shown}


def _form_page(form: SourceForm, *, kept: str = "", sample: dict[str, Any] | None = None, problem: str = "") -> str:
    kept_name = (read("upload", kept, max_age=UPLOAD_SECONDS) or ["", "", ""])[2] if kept else ""
    return render_template("console/connect_source.html", form=form, kinds=KINDS, kept=kept, kept_name=kept_name, sample=sample, problem=problem)
