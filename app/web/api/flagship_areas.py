"""/flagship-sources/{id}/areas: the flagship's own ids of places, for one that takes no order's address without them (JD)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.catalog.models import FlagshipSource
from app.domain.fulfilment.areas import LONGEST, NAMES
from app.domain.fulfilment.models import FlagshipArea
from app.flows.push_orders import learn_areas
from app.web.shared.application import app, now
from app.web.shared.flagship_words import no_areas_asked
from app.web.shared.serving import brand_id, db

from .fields import Ref, Text, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Listed, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "flagship sync"}
MOST_ID = 999_999_999


class NewArea(Shape):
    province = Text(LONGEST["province"], least=1, required=True, metadata={"examples": ["上海市"]})
    city = Text(LONGEST["city"], least=1, required=True, metadata={"examples": ["上海市"]})
    district = Text(LONGEST["district"], least=1, required=True, metadata={"examples": ["静安区"]})
    town = Text(LONGEST["town"], load_default="", metadata={"description": "Where a district is divided; an order's street has to name one of them."})
    province_id = Whole(1, MOST_ID, required=True)
    city_id = Whole(1, MOST_ID, required=True)
    district_id = Whole(1, MOST_ID, required=True)
    town_id = Whole(0, MOST_ID, load_default=0)


class NewAreas(Shape):
    areas = Listed(Nest(NewArea), least=1, most=2000, required=True)


class AreasTaken(Shape):
    areas = Whole(metadata={"description": "Places written, or replaced by name."})
    retried = Whole(metadata={"description": "Orders the flagship had refused for want of a place, tried again."})


class AreaOut(Shape):
    id = Ref("flagship area")
    province = Text(40)
    city = Text(40)
    district = Text(60)
    town = Text(60)
    province_id = Whole()
    city_id = Whole()
    district_id = Whole()
    town_id = Whole()


@v1.get("/flagship-sources/<id>/areas", listed=AreaOut, query=Paging, scope="catalog:read", summary="Places by a flagship's own ids", **TAG)
def list_flagship_areas(id: str, query: dict[str, Any]) -> Rows:
    """Those entered, and those its address library has told before."""
    source = found(FlagshipSource, id)
    page = listed(select(FlagshipArea).where(FlagshipArea.source_id == source.id), FlagshipArea, query)
    return Rows(list(page.items), page.next_cursor)


@v1.post("/flagship-sources/<id>/areas", body=NewAreas, out=AreasTaken, status=200, scope="catalog:write", summary="Enter places by their ids", **TAG)
def enter_flagship_areas(id: str, body: dict[str, Any]) -> dict[str, Any]:
    """A place of the same names is replaced, the others stay. 422 `areas_not_asked` for a flagship that takes addresses as they are."""
    source = found(FlagshipSource, id)
    if not app().gateways.flagship.asks_areas(source.kind):
        raise no_areas_asked()
    rows = [{**row, **{name: "".join(row[name].split()) for name in NAMES}} for row in body["areas"]]
    areas, retried = learn_areas(db(), brand_id=brand_id(), source_id=source.id, rows=rows, now=now())
    return {"areas": areas, "retried": retried}
