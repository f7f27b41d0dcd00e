"""POST /guides/import: a roster as CSV or XLSX; every line is accounted for."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext
from werkzeug.exceptions import UnsupportedMediaType

from app.flows.import_roster import RosterPlan, import_roster
from app.gateways.tables import read_table
from app.kernel.errors import Refused
from app.kernel.sheets import RowError
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Choice, Flag, Ref, Switch, Text, Whole
from .shapes import Listed, Nest, Shape
from .v1 import v1

TYPES = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "multipart/form-data")
OTHERS = ("text/plain", "application/octet-stream", "application/vnd.ms-excel")
"""Also sent by spreadsheet programs; the content tells which it is."""


class ImportQuery(Shape):
    dry_run = Switch(load_default=False, metadata={"description": "Only tells what would happen."})
    skip_errors = Switch(load_default=False, metadata={"description": "Take the good lines even if others are wrong."})
    whole = Switch(load_default=False, metadata={"description": "The roster is whole: staff who are not on it leave, unless a line is wrong."})


class Leaver(Shape):
    guide_id = Ref("guide")
    name = Text(40)
    phone = Text(20)
    store_code = Text(40)


class LineOut(Shape):
    line = Whole()
    action = Choice("created", "updated", "unchanged")
    name = Text(40)
    phone = Text(20)
    store_code = Text(40)


class LineError(Shape):
    line = Whole(metadata={"description": "As the spreadsheet shows it."})
    field = Text(40)
    code = Text(60)
    message = Text(500)


class ImportOut(Shape):
    applied = Flag(metadata={"description": "Whether anything was written: not on a dry run, nor while a line is wrong."})
    created = Whole()
    updated = Whole()
    unchanged = Whole()
    failed = Whole()
    lines = Listed(Nest(LineOut), most=5000)
    leavers = Listed(Nest(Leaver), most=100_000, metadata={"description": "Staff missing from a whole roster."})
    errors = Listed(Nest(LineError), most=25_000)


@v1.post("/guides/import", query=ImportQuery, out=ImportOut, scope="guides:write", kilobytes=8 * 1024, uploads=TYPES, summary="Import a roster", tag="guides")
def import_guides(query: dict[str, Any]) -> dict[str, Any]:
    """Columns 姓名, 手机号, 工号, 门店编码, 类型, 推荐人手机号 in any order. The same roster again changes nothing.

    As the body, or as the part `file` of a form.
    """
    result = import_roster(db(), brand_id=brand_id(), rows=read_table(_content()), dry_run=query["dry_run"], skip_errors=query["skip_errors"],
                           whole=query["whole"], now=now())
    return {"applied": result.applied, "created": result.created, "updated": result.updated, "unchanged": result.unchanged,
            "failed": len({error.line for error in result.errors}), "lines": [_line(plan) for plan in result.plans],
            "leavers": [{"guide_id": one.id, "name": one.name, "phone": one.phone, "store_code": one.store.code} for one in result.leavers],
            "errors": [_error(error) for error in result.errors]}


def _content() -> bytes:
    if request.mimetype == "multipart/form-data":
        upload = request.files.get("file")
        content = upload.read() if upload else b""
    elif request.mimetype in (*TYPES, *OTHERS):
        content = request.get_data(cache=True)
    else:
        raise UnsupportedMediaType(", ".join(TYPES))
    if not content:
        raise Refused("file_missing", "没有收到文件", field="file")
    return content


def _line(plan: RosterPlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in ("line", "action", "name", "phone", "store_code")}


def _error(error: RowError) -> dict[str, Any]:
    text = gettext(error.message)
    return {"line": error.line, "field": error.field, "code": error.code, "message": text % error.data if error.data else text}
