"""/alliance-orders: orders an alliance owes a commission for, as it has them. Nothing of it is in the ledger."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from app.domain.alliance.models import AllianceOrder
from app.domain.alliance.queries import STATES, Wanted, alliance_orders
from app.web.shared.serving import brand_id

from .fields import Amount, Choice, Flag, Rate, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "alliance"}


class AllianceOrderOut(Shape):
    id = Ref("alliance order")
    source_id = Ref("flagship source")
    row_id = Text(64, metadata={"description": "The alliance's own id of the row: one SKU of one order."})
    order_number = Text(64)
    external_id = Text(200)
    quantity = Whole()
    returned = Whole()
    state = Choice(*STATES)
    valid_code = Whole(metadata={"description": "The alliance's own word. JD's 21: it came through the brand's own storefront and pays no commission."})
    void_reason = Text(200, metadata={"description": "Why nothing is paid, in the language asked for."})
    through_own_shop = Flag()
    commission_bp = Rate()
    base = Amount(attribute="base_minor")
    estimate = Amount(attribute="estimate_minor")
    actual = Amount(attribute="actual_minor")
    earned = Amount(attribute="earned_minor", metadata={"description": "What the alliance owes by the row as it stands, minor units. Not booked."})
    currency = Currency()
    code = Text(80)
    guide_id = Ref("guide", allow_none=True)
    settles_on = Whole(metadata={"description": "The pay day as yyyymmdd; 0 while it is not known."})
    ordered_at = When(allow_none=True)
    finished_at = When(allow_none=True)
    changed_at = When(allow_none=True)


class AllianceOrderQuery(Paging):
    state = Choice(*STATES, load_default=None)
    guide_id = Ref("guide", load_default=None)


@v1.get("/alliance-orders", listed=AllianceOrderOut, query=AllianceOrderQuery, scope="money:read", summary="Orders an alliance owes a commission for", **TAG)
def list_alliance_orders(query: dict[str, Any]) -> Rows:
    statement = alliance_orders(brand_id=brand_id(), wanted=Wanted(state=query["state"] or "", guide_id=query["guide_id"]))
    page = listed(statement, AllianceOrder, query)
    return Rows([_shown(row) for row in page.items], page.next_cursor)


@v1.get("/alliance-orders/<id>", out=AllianceOrderOut, scope="money:read", summary="One of them", **TAG)
def get_alliance_order(id: str) -> dict[str, Any]:
    return _shown(found(AllianceOrder, id))


def _shown(row: AllianceOrder) -> dict[str, Any]:
    names = ("id", "source_id", "row_id", "order_number", "external_id", "quantity", "returned", "state", "valid_code", "through_own_shop", "commission_bp",
             "base_minor", "estimate_minor", "actual_minor", "earned_minor", "code", "guide_id", "settles_on", "ordered_at", "finished_at", "changed_at")
    reason = str(gettext(row.void_reason)) % {"valid_code": row.valid_code} if row.void_reason else ""
    return {**{name: getattr(row, name) for name in names}, "void_reason": reason}
