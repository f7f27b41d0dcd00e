"""置顶商品: what HQ puts on top of every shop of a place, before the guides' own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.catalog.queries import galleries
from app.domain.catalog.substitutes import product_of_sku, sku_of
from app.domain.orgs.queries import org_unit, tree
from app.domain.sharing import pins as pinning
from app.domain.sharing.link_list import standings
from app.domain.sharing.rules import MOST_PINS, WAYS
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.kernel.texts import required
from app.web.shared.application import now
from app.web.shared.errors import says
from app.web.shared.media import media_url
from app.web.shared.serving import actor, brand_id, db

from . import asked
from .blueprint import console
from .substitute_facts import MOOD


@console.get("/pins")
def pins() -> str:
    """?unit=: a region, dealer, mall or store; without it what stands on top everywhere."""
    actor().require("catalog:edit")
    return _page(asked.row_id("unit"))


@console.post("/pins")
def add_pin() -> ResponseReturnValue:
    """By a SKU of the product."""
    actor().require("catalog:edit")
    unit_id = _unit(request.form.get("unit", ""))
    typed = request.form.get("sku", "")
    try:
        found = product_of_sku(db(), brand_id=brand_id(), sku=required(typed, field="sku", most=120))
        pinning.pin(db(), brand_id=brand_id(), unit_id=unit_id, product_id=found)
    except Refused as refused:
        return _page(unit_id, typed[:120], says(refused)), 422
    flash(gettext("已置顶，云店几秒后换上"), "ok")
    return redirect(url_for("console.pins", unit=unit_id), 303)


@console.post("/pins/<product_id>")
def change_pin(product_id: str) -> ResponseReturnValue:
    """`go`: up, down, top, or off."""
    actor().require("catalog:edit")
    unit_id, found, go = _unit(request.form.get("unit", "")), parse_id(product_id, "product"), request.form.get("go", "")
    if go == "off":
        pinning.unpin(db(), brand_id=brand_id(), unit_id=unit_id, product_id=found)
    elif go in WAYS:
        pinning.move_pin(db(), brand_id=brand_id(), unit_id=unit_id, product_id=found, way=go)
    else:
        abort(400)
    return redirect(url_for("console.pins", unit=unit_id), 303)


def _unit(text: str) -> UUID | None:
    return org_unit(db(), brand_id=brand_id(), unit_id=parse_id(text, "org_unit")).id if text else None


def _page(unit_id: UUID | None, sku: str = "", problem: str = "") -> str:
    unit = org_unit(db(), brand_id=brand_id(), unit_id=unit_id) if unit_id else None
    units = [("", gettext("所有云店")), *((str(row.unit.id), "　" * row.depth + row.unit.name) for row in tree(db(), brand_id=brand_id()))]
    return render_template("console/pins.html", unit=unit, units=units, rows=_rows(unit_id), sku=sku, problem=problem, most=MOST_PINS, moods=MOOD)


def _rows(unit_id: UUID | None) -> list[dict[str, Any]]:
    found = pinning.pinned(db(), brand_id=brand_id(), unit_id=unit_id)
    pictures = galleries(db(), brand_id=brand_id(), product_ids=[one.id for one in found])
    stand = standings(db(), brand_id=brand_id(), product_ids=[one.id for one in found], now=now())
    return [{"product": one, "picture": media_url(pictures[one.id][0], "s") if pictures[one.id] else None, "standing": stand[one.id],
             "sku": sku_of(db(), brand_id=brand_id(), product_id=one.id)} for one in found]
