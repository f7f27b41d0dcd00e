"""Connecting a flagship in three steps: which kind, what it must be told, and whether it answers; then the first look at the difference."""

from __future__ import annotations

from itertools import islice
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.catalog.ports import FlagshipUnreachable, ListedVariant, ShopFacts, UnreadableItem
from app.flows.connect_flagship import connect_flagship, stored_settings
from app.flows.sync_flagship import queue_sync
from app.gateways.flagship import MAX_BYTES, Kind, kinds
from app.kernel.errors import Invalid, Refused
from app.web.shared.application import app, now
from app.web.shared.serving import actor, brand, brand_id, db
from app.web.shared.signed_tokens import read, sign

from . import sync_words
from .blueprint import console
from .source_fields import keep_secrets, kept_secrets, told_by_field, typed_settings

SHOWN = 5
UPLOAD_SECONDS = 3600


@console.route("/sources/new", methods=["GET", "POST"])
def connect_source() -> ResponseReturnValue:
    actor().require("catalog:edit")
    kind = kinds().get(request.values.get("kind", ""))
    if request.method == "GET":
        return _page(kind, name=gettext("%(brand)s旗舰店", brand=brand().name))
    typed = _typed(kind) if kind else {}
    state: dict[str, Any] = {"name": request.form.get("name", "").strip(), "typed": typed}
    try:
        if kind is None:
            raise Refused("kind_unknown", "没有“%(kind)s”这种旗舰店来源", field="kind", kind=request.form.get("kind", "")[:40])
        file_name, state["kept"] = _upload(typed)
        state["secrets"] = kept_secrets(kind.kind, request.form.get("secrets", "")) | kind.divide(typed)[1]
        settings = {**typed, **state["secrets"]}
        if request.form.get("try"):
            return _page(kind, **state, **_tried(kind, settings))
        source = connect_flagship(db(), brand_id=brand_id(), kind=kind.kind, name=state["name"], settings=settings, file_name=file_name,
                                  files=app().gateways.files, flagship=app().gateways.flagship, now=now())
    except Refused as refused:
        return _page(kind, **state, problems=told_by_field(refused)), 422
    except FlagshipUnreachable as unreachable:
        return _page(kind, **state, problem=sync_words.told(unreachable.message, unreachable.data)), 422
    if kind.permission and "access_token" not in state["secrets"]:
        flash(gettext("已连接“%(name)s”，还要店铺主账号授权。", name=source.name), "ok")
        return redirect(url_for("console.source", source_id=source.id), 303)
    flash(gettext("已连接“%(name)s”，现在可以同步。", name=source.name), "ok")
    if request.form.get("then") == "preview":
        run = queue_sync(db(), brand_id=brand_id(), source_id=source.id, mode="preview", now=now())
        return redirect(url_for("console.sync_run", run_id=run.id), 303)
    return redirect(url_for("console.source", source_id=source.id), 303)


def _typed(kind: Kind) -> dict[str, Any]:
    """The fields as typed; of a file its bytes, uploaded now or kept from the press before."""
    typed = typed_settings(kind.fields)
    file = request.files.get("file")
    content = file.read(MAX_BYTES + 1) if file else b""
    known = _kept_upload()
    if content:
        return {**typed, "file": content}
    if known and not typed.get("url"):
        return {**typed, "file": app().gateways.files.get(known[1])}
    return typed


def _upload(typed: dict[str, Any]) -> tuple[str, str]:
    """(name, token) of the file: what was uploaded to try stays there for connecting."""
    file, known = request.files.get("file"), _kept_upload()
    if "file" not in typed:
        return "", ""
    if not file or not file.filename:
        return (known[2], request.form["kept"]) if known else ("", "")
    name = file.filename[:200]
    if len(typed["file"]) > MAX_BYTES:
        return name, ""
    key = stored_settings(brand_id(), {"file": typed["file"]}, file_name=name, files=app().gateways.files)["file_key"]
    return name, sign("upload", [brand_id(), key, name])


def _kept_upload() -> Any:
    known = read("upload", request.form.get("kept", ""), max_age=UPLOAD_SECONDS)
    return known if known and known[0] == brand_id() else None


def _tried(kind: Kind, settings: dict[str, Any]) -> dict[str, Any]:
    """What the shop says; nothing is stored. A feed or sheet is read whole, a shop is only asked. Raises Refused, FlagshipUnreachable."""
    problems = app().gateways.flagship.problems(kind.kind, settings)
    if problems:
        raise problems[0] if len(problems) == 1 else Invalid(problems)
    connector = app().gateways.flagship.open_typed(kind.kind, settings, now=now())
    if not kind.alternatives:
        return {"facts": connector.check()}
    count = failed = 0
    shown: list[ListedVariant] = []
    for listed in islice(connector.list_items(currency=brand().currency), 1_000_000):
        count += isinstance(listed, ListedVariant | UnreadableItem)
        failed += isinstance(listed, UnreadableItem)
        if isinstance(listed, ListedVariant) and len(shown) < SHOWN:
            shown.append(listed)
    return {"sample": {"count": count, "failed": failed, "items": shown}}


def _page(kind: Kind | None, *, name: str = "", typed: dict[str, Any] | None = None, secrets: dict[str, str] | None = None, kept: str = "",
          sample: dict[str, Any] | None = None, facts: ShopFacts | None = None, problem: str = "", problems: dict[str, str] | None = None) -> str:
    kept_name = (read("upload", kept, max_age=UPLOAD_SECONDS) or ["", "", ""])[2] if kept else ""
    fields = [field for field in app().gateways.flagship.fields(kind) if field.control != "text"] if kind else []
    return render_template(
        "console/connect_source.html", kinds=kinds(), kind=kind, fields=fields, name=name, kept=kept, kept_name=kept_name, sample=sample, facts=facts,
        problem=problem, problems=problems or {}, held=set(secrets or {}), secrets=keep_secrets(kind.kind, secrets or {}) if kind else "",
        settings={field.name: (typed or {}).get(field.name, "") for field in fields if field.control not in ("secret", "upload")})
