"""Roster import: upload, see what would happen line by line, apply. What was seen is what is applied: it travels signed."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.guides.roster import MAX_ROWS
from app.flows.import_roster import RosterResult, import_roster
from app.gateways.tables import read_table
from app.kernel.errors import Refused
from app.web.shared.application import now
from app.web.shared.errors import says
from app.web.shared.serving import account_id, actor, brand_id, db
from app.web.shared.signed_tokens import read, sign

from .blueprint import console

FIELDS = {"name": _("姓名"), "phone": _("手机号"), "employee_no": _("工号"), "store_code": _("门店编码"), "kind": _("类型"),
          "referrer_phone": _("推荐人手机号")}
ACTIONS = {"created": _("新增"), "updated": _("更新"), "unchanged": _("不变")}
KEPT_SECONDS = 3600
SHOWN = 200


@console.get("/guides/roster")
def roster() -> str:
    actor().require("guides:edit")
    return _upload_page()


@console.post("/guides/roster")
def roster_check() -> ResponseReturnValue:
    """The dry run: nothing is written."""
    actor().require("guides:edit")
    file, whole = request.files.get("file"), request.form.get("whole") == "1"
    try:
        rows = _filled(read_table(file.read() if file else b""))
        result = _run(rows, dry_run=True, whole=whole)
    except Refused as refused:
        return _upload_page(says(refused)), 422
    return _result_page(result, sign("roster", [brand_id(), str(account_id()), rows, whole]))


@console.post("/guides/roster/apply")
def roster_apply() -> ResponseReturnValue:
    actor().require("guides:edit")
    known = read("roster", request.form.get("token", ""), max_age=KEPT_SECONDS)
    if known is None or known[:2] != [brand_id(), str(account_id())]:
        return _upload_page(gettext("预览已过期，请重新上传")), 422
    result = _run(known[2], skip_errors=request.form.get("skip_errors") == "1", whole=known[3])
    if not result.applied:
        return _result_page(result, request.form["token"]), 422
    flash(gettext("花名册已导入：新增 %(created)d 人，更新 %(updated)d 人，不变 %(unchanged)d 人，跳过 %(skipped)d 行，离职 %(left)d 人",
                  created=result.created, updated=result.updated, unchanged=result.unchanged, skipped=len(result.errors), left=len(result.leavers)), "ok")
    return redirect(url_for("console.guides"), 303)


def _run(rows: list[Any], **how: bool) -> RosterResult:
    return import_roster(db(), brand_id=brand_id(), rows=rows, within=actor().within, now=now(), **how)


def _filled(rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Without blank lines and with only as many cells as a roster has columns, so that the preview stays small."""
    return [(line, [cell[:60] for cell in cells[:20]]) for line, cells in rows if any(cells)]


def _upload_page(problem: str = "") -> str:
    return render_template("console/roster.html", problem=problem, most=MAX_ROWS)


def _result_page(result: RosterResult, token: str) -> str:
    return render_template("console/roster_check.html", result=result, token=token, fields=FIELDS, actions=ACTIONS, shown=SHOWN,
                           errors=[(error.line, FIELDS[error.field], gettext(error.message) % error.data) for error in result.errors])
