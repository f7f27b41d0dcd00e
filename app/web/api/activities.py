"""/activities: goods at their own price for a while; a link-only price is paid only by who comes by a guide's link (R5)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.promotions.activities import add_activity, end_activity
from app.domain.promotions.models import Activity
from app.domain.promotions.rules import COMING, ENDED, LIVE, MOST_PRICES, state_of
from app.flows.guard_margin import guarded
from app.kernel.errors import Refused
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Flag, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Listed, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "activities"}
STATES = (COMING, LIVE, ENDED)


class ActivityPriceOut(Shape):
    variant_id = Ref("variant", required=True)
    price = Amount(required=True, attribute="price_minor")


class ActivityOut(Shape):
    id = Ref("activity")
    number = Whole()
    name = Text(80)
    kind = Choice("special_price")
    link_only = Flag()
    state = Choice(*STATES)
    starts_at = When()
    ends_at = When(metadata={"description": "Not included."})
    currency = Currency()
    prices = Listed(Nest(ActivityPriceOut), most=MOST_PRICES)
    created_at = When()


class NewActivity(Shape):
    name = Text(80, least=1, required=True, metadata={"examples": ["周年庆专享"]})
    link_only = Flag(load_default=True, metadata={"description": "Only who comes by a share link pays this price."})
    starts_at = When(load_default=None, allow_none=True, metadata={"description": "Now, if not given."})
    ends_at = When(required=True, metadata={"description": "Not included."})
    prices = Listed(Nest(ActivityPriceOut), least=1, most=MOST_PRICES, required=True)


class ActivityQuery(Paging):
    state = Choice(*STATES, load_default=None)
    variant_id = Ref("variant", load_default=None)


def shown(activity: Activity) -> dict[str, Any]:
    names = ("id", "number", "name", "kind", "link_only", "starts_at", "ends_at", "prices", "created_at")
    return {**{name: getattr(activity, name) for name in names}, "state": state_of(activity.starts_at, activity.ends_at, now())}


@v1.get("/activities", listed=ActivityOut, query=ActivityQuery, scope="promotions:read", summary="Activities", **TAG)
def list_activities(query: dict[str, Any]) -> Rows:
    statement = select(Activity)
    if query["state"]:
        statement = statement.where({
            COMING: Activity.starts_at > now(), LIVE: (Activity.starts_at <= now()) & (Activity.ends_at > now()), ENDED: Activity.ends_at <= now(),
        }[query["state"]])
    if query["variant_id"]:
        statement = statement.where(Activity.prices.any(variant_id=query["variant_id"]))
    page = listed(statement, Activity, query)
    return Rows([shown(activity) for activity in page.items], page.next_cursor)


@v1.post("/activities", body=NewActivity, out=ActivityOut, status=201, scope="promotions:write", summary="Make an activity", **TAG)
def make_activity(body: dict[str, Any]) -> dict[str, Any]:
    """A variant is in one activity at a time: 422 `invalid` names the other at `prices.N`. A price may exceed the list price."""
    prices = {price["variant_id"]: price["price_minor"] for price in body["prices"]}
    if len(prices) < len(body["prices"]):
        raise Refused("variant_twice", "同一个 SKU 只能写一次", field="prices")
    with guarded(db(), brand_id=brand_id(), now=now(), field="prices"):
        made = add_activity(db(), brand_id=brand_id(), name=body["name"], prices=prices, link_only=body["link_only"], starts_at=body["starts_at"],
                            ends_at=body["ends_at"], now=now())
    return shown(found(Activity, made.id, fresh=True))


@v1.get("/activities/<id>", out=ActivityOut, scope="promotions:read", summary="One activity", **TAG)
def get_activity(id: str) -> dict[str, Any]:
    return shown(found(Activity, id))


@v1.post("/activities/<id>/end", out=ActivityOut, scope="promotions:write", summary="End an activity", **TAG)
def end_activity_now(id: str) -> dict[str, Any]:
    """List prices hold again for new orders; one that has not begun never will."""
    return shown(end_activity(db(), brand_id=brand_id(), activity_id=found(Activity, id).id, now=now()))
