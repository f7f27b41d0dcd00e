"""/payees/{id}/statement.csv and .pdf: the paper the console gives, of whole days of the brand (R31)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response

from app.kernel.clock import day_start, local_day
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.periods import LONGEST, Period, month_of
from app.web.shared.serving import brand
from app.web.shared.statement_files import PDF, csv_file, pdf_file

from .fields import When
from .shapes import Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "payees"}


class WholeDays(Shape):
    from_ = When(data_key="from", required=True, metadata={"description": "The beginning of a day in the brand's time zone."})
    to = When(required=True, metadata={"description": "The same; not included; at most 400 days later."})


@v1.get("/payees/<id>/statement.csv", media="text/csv", query=WholeDays, scope="money:read", summary="A payee's statement as CSV", **TAG)
def get_statement_csv(id: str, query: dict[str, Any]) -> Response:
    """Opening, every line with how it came about and the balance after it, closing; written while it is sent, any number of lines."""
    return csv_file(parse_id(id, "payee"), _period(query))


@v1.get("/payees/<id>/statement.pdf", media=PDF, query=WholeDays, scope="money:read", summary="A payee's statement as PDF", **TAG)
def get_statement_pdf(id: str, query: dict[str, Any]) -> Response:
    """The same on paper, with the payouts gross, tax and net. The brand's own begins with what came in, went out and stays."""
    return pdf_file(parse_id(id, "payee"), _period(query))


def _period(query: dict[str, Any]) -> Period:
    """Paper names days, so it holds whole ones."""
    zone = brand().timezone
    if not timedelta() < query["to"] - query["from_"] <= LONGEST:
        raise Refused("period_invalid", "时间段须在 1 到 400 天之间", field="to")
    for name in ("from_", "to"):
        if query[name] != day_start(local_day(query[name], zone), zone):
            raise Refused("period_not_days", "对账单按整天出：须是品牌时区 %(timezone)s 某一天的零点", field=name.rstrip("_"), timezone=zone)
    days = Period("days", local_day(query["from_"], zone), local_day(query["to"], zone) - timedelta(days=1))
    month = month_of(days.first)
    return month if month.last == days.last and month.first == days.first else days
