"""Everything the online provider told of an order, as it was told."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.domain.insights.order_provider import order_events
from app.domain.provider.models import ProviderEvent
from app.kernel.paging import numbered
from app.web.shared.asking import page_number
from app.web.shared.serving import actor, brand_id, db

from . import asked
from .blueprint import console
from .order_online import pretty
from .orders import detail_of


@console.get("/orders/<order_id>/events")
def order_events_page(order_id: str) -> ResponseReturnValue:
    """Newest first; ?q= is part of the type, of the event's id or of what it is about."""
    actor().require("money:view")
    order, q = detail_of(order_id).order, asked.text("q")
    statement = order_events(brand_id=brand_id(), order_id=order.id)
    if q:
        statement = statement.where((ProviderEvent.type + " " + ProviderEvent.event_id + " " + ProviderEvent.object_ref).icontains(q, autoescape=True))
    page = numbered(db(), statement.order_by(ProviderEvent.received_at.desc(), ProviderEvent.id.desc()), number=page_number())
    return render_template("console/order_events.html", order=order, page=page, q=q, query=asked.query(q=q), pretty=pretty)
