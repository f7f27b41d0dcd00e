"""What the bank says of payouts: one by one, or its result file."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext
from werkzeug.exceptions import UnsupportedMediaType

from app.domain.settlement.models import Payout, PayoutRun
from app.flows.import_results import import_results
from app.flows.reconcile_payouts import confirm_payout as confirm
from app.flows.reconcile_payouts import fail_payout as fail
from app.gateways.tables import read_table
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.kernel.sheets import RowError
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Flag, Switch, Text, Whole
from .rows import found
from .settlement import PayoutOut
from .shapes import Listed, Nest, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "settlement"}
TYPES = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "multipart/form-data")
OTHERS = ("text/plain", "application/octet-stream", "application/vnd.ms-excel")


class Failure(Shape):
    reason = Text(200, least=1, required=True, metadata={"description": "What the payee reads."})


class ResultsQuery(Shape):
    dry_run = Switch(load_default=False, metadata={"description": "Only tells what would happen."})
    skip_errors = Switch(load_default=False, metadata={"description": "Take the good lines even if others are wrong."})


class ResultsError(Shape):
    line = Whole(metadata={"description": "As the spreadsheet shows it."})
    field = Text(40)
    code = Text(60)
    message = Text(500)


class ResultsOut(Shape):
    applied = Flag(metadata={"description": "Whether anything was written: not on a dry run, nor while a line is wrong."})
    confirmed = Whole()
    failed = Whole()
    unchanged = Whole()
    errors = Listed(Nest(ResultsError), most=20_000)


@v1.post("/payout-runs/<id>/payouts/<payout_id>/confirm", out=PayoutOut, scope="money:write", summary="A payout arrived", **TAG)
def confirm_payout(id: str, payout_id: str) -> Payout:
    """A payout still `sent` becomes `paid` too."""
    return confirm(db(), brand_id=brand_id(), run_id=found(PayoutRun, id).id, payout_id=parse_id(payout_id, "payout"), now=now())


@v1.post("/payout-runs/<id>/payouts/<payout_id>/fail", body=Failure, out=PayoutOut, scope="money:write", summary="A payout failed", **TAG)
def fail_payout(id: str, payout_id: str, body: dict[str, Any]) -> Payout:
    """Its entries are available again; another run may take them."""
    return fail(db(), brand_id=brand_id(), run_id=found(PayoutRun, id).id, payout_id=parse_id(payout_id, "payout"), reason=body["reason"], now=now())


@v1.post("/payout-runs/<id>/results", query=ResultsQuery, out=ResultsOut, scope="money:write", kilobytes=8 * 1024, uploads=TYPES,
         summary="Take in the bank's result file", **TAG)
def take_results(id: str, query: dict[str, Any]) -> dict[str, Any]:
    """Columns 打款编号 (payout id), 结果 (成功 or 失败) and 原因 in any order, CSV or XLSX, as the body or as the part `file` of a form."""
    taken = import_results(db(), brand_id=brand_id(), run_id=found(PayoutRun, id).id, rows=read_table(_content()), dry_run=query["dry_run"],
                           skip_errors=query["skip_errors"], now=now())
    return {**{name: getattr(taken, name) for name in ("applied", "confirmed", "failed", "unchanged")}, "errors": [_error(one) for one in taken.errors]}


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


def _error(error: RowError) -> dict[str, Any]:
    return {"line": error.line, "field": error.field, "code": error.code, "message": gettext(error.message) % error.data}
