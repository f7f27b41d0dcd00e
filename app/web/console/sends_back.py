"""What of our sales goes back to a source, and the table of places a flagship knows by numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.catalog.models import FlagshipSource
from app.domain.catalog.secrets import SourceSecrets
from app.domain.catalog.sync_queries import source as find_source
from app.domain.fulfilment.areas import COLUMNS, area_rows, areas_of, count_areas
from app.flows.connect_flagship import send_back_to
from app.flows.push_orders import learn_areas
from app.gateways.tables import read_table
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import app, now
from app.web.shared.downloads import csv_response
from app.web.shared.errors import says
from app.web.shared.flagship_words import SENDS_BACK, no_areas, no_areas_asked
from app.web.shared.serving import actor, brand_id, db

from .blueprint import console


def sends_back_facts(source: FlagshipSource) -> dict[str, Any]:
    """For the source's page: what may be chosen, and how many places are known where the flagship asks for them by number."""
    flagship = app().gateways.flagship
    takes = flagship.takes(source.kind)
    choices = [{"value": code, "title": title, "note": note, "checked": code == source.sends_back}
               for code, (title, note) in SENDS_BACK.items() if code == "nothing" or code in takes]
    places = count_areas(db(), brand_id=brand_id(), source_id=source.id) if flagship.asks_areas(source.kind) else None
    return {"sends_back": choices if takes else [], "places": places, "no_areas": no_areas() if places == 0 and source.sends_back == "orders" else ""}


@console.post("/sources/<source_id>/sends-back")
def change_sends_back(source_id: str) -> ResponseReturnValue:
    actor().require("catalog:edit")
    found = _source(source_id)
    try:
        with db().begin_nested():
            send_back_to(db(), brand_id=brand_id(), source_id=found.id, sends_back=request.form.get("sends_back", ""), flagship=app().gateways.flagship,
                         secrets=SourceSecrets(app().database, brand_id(), found.id), now=now())
    except Refused as refused:
        flash(says(refused), "bad")
        return _back(found.id)
    flash(gettext("已保存，对之后付款的订单生效。"), "ok")
    return _back(found.id)


@console.post("/sources/<source_id>/areas")
def upload_areas(source_id: str) -> ResponseReturnValue:
    """Orders that waited for it are tried again."""
    actor().require("catalog:edit")
    found = _source(source_id)
    file = request.files.get("file")
    try:
        if not app().gateways.flagship.asks_areas(found.kind):
            raise no_areas_asked()
        rows = area_rows(read_table(file.read() if file else b""))
        count, again = learn_areas(db(), brand_id=brand_id(), source_id=found.id, rows=rows, now=now())
    except Refused as refused:
        flash(says(refused), "bad")
        return _back(found.id)
    flash(gettext("记下了 %(count)d 个地区，重试 %(again)d 张订单。", count=count, again=again), "ok")
    return _back(found.id)


@console.get("/sources/<source_id>/areas.csv")
def areas_csv(source_id: str) -> Response:
    """What is known, in the shape that can be uploaded; without any, the column names to begin with."""
    actor().require("catalog:view")
    found = _source(source_id)
    return csv_response(_table(found.id), "areas.csv")


def _table(source_id: UUID) -> Iterator[list[str]]:
    yield list(COLUMNS)
    for area in db().scalars(areas_of(brand_id=brand_id(), source_id=source_id)):
        yield [str(getattr(area, name)) for name in COLUMNS]


def _source(source_id: str) -> FlagshipSource:
    return find_source(db(), brand_id=brand_id(), source_id=parse_id(source_id, "flagship_source"))


def _back(source_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("console.source", source_id=source_id) + "#sends-back", 303)
