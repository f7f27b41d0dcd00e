"""What past orders would have paid under a draft: the answer that the simulations of rules and split plans share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.flows.rehearse_terms import PERIODS as PERIODS
from app.flows.rehearse_terms import Mover, Rehearsal, Tally, period_of
from app.web.shared.application import now
from app.web.shared.serving import brand

from .fields import Amount, Choice, Flag, Ref, Text, When, Whole
from .order_shapes import ROLES
from .shapes import Currency, Listed, Nest, Shape


class OverrunOut(Shape):
    """An order that would not fit."""

    code = Choice("exceeds_base", "exceeds_cap", metadata={"description": "The base less the brand's margin, or the commission cap."})
    store = Text(80)
    rule = Whole(allow_none=True)
    variant_id = Ref("variant", allow_none=True)
    base = Amount(attribute="base_minor")
    asked = Amount(attribute="asked_minor")
    over = Amount(attribute="over_minor")
    at = When()


class RoleTally(Shape):
    role = Choice(*ROLES)
    then = Amount(metadata={"description": "Minor units frozen on the orders."})
    now = Amount(metadata={"description": "What the terms that hold without the draft would give."})
    draft = Amount(metadata={"description": "What the draft would give."})


class GuideMove(Shape):
    guide_id = Ref("guide")
    name = Text(40)
    then = Amount(metadata={"description": "Her own commission, in minor units."})
    now = Amount()
    draft = Amount()


class StoreMove(Shape):
    store_id = Ref("store")
    name = Text(80)
    then = Amount(metadata={"description": "What its orders give to people and units, in minor units."})
    now = Amount()
    draft = Amount()


class RoleAmount(Shape):
    role = Choice(*ROLES)
    amount = Amount()


class SampleOut(Shape):
    variant_id = Ref("variant")
    title = Text(200)
    sku = Text(120)
    base = Amount()
    now = Listed(Nest(RoleAmount))
    draft = Listed(Nest(RoleAmount))


class PastOrders(Shape):
    """Refunds since are not taken off: both columns are what the orders were divided into."""

    fits = Flag(metadata={"description": "Whether the draft could be saved."})
    overruns = Listed(Nest(OverrunOut), metadata={"description": "The first hundred orders it could not serve."})
    since = When()
    until = When(metadata={"description": "Not included."})
    shortened = Flag(metadata={"description": "There were too many lines: only the newest, from `since` on, are told."})
    orders = Whole()
    lines = Whole()
    base = Amount()
    currency = Currency()
    changed_lines = Whole(metadata={"description": "Lines the draft divides otherwise."})
    cut_lines = Whole(metadata={"description": "Lines where the draft asks for more than margin and cap leave, and would be cut."})
    roles = Listed(Nest(RoleTally))
    guides = Listed(Nest(GuideMove), metadata={"description": "Whom it moves most."})
    stores = Listed(Nest(StoreMove))
    samples = Listed(Nest(SampleOut), metadata={"description": "Instead, when nothing was sold: the cheapest, the typical and the dearest thing in scope."})


def asked_period(name: str) -> tuple[datetime, datetime]:
    return period_of(name, now=now(), timezone=brand().timezone)


def past_orders(found: Rehearsal) -> dict[str, Any]:
    period = found.period
    return {
        "fits": not found.overruns, "overruns": found.overruns, "since": period.since, "until": period.until, "shortened": period.shortened,
        "orders": period.orders, "lines": period.lines, "base": period.base_minor, "changed_lines": found.changed, "cut_lines": found.cut,
        "roles": [{"role": role, **_tally(tally)} for role, tally in found.roles.items()],
        "guides": _moves(found.guides, "guide_id"), "stores": _moves(found.stores, "store_id"),
        "samples": [{"variant_id": one.good.variant_id, "title": one.good.title, "sku": one.good.sku, "base": one.good.price_minor,
                     "now": _amounts(one.now), "draft": _amounts(one.draft)} for one in found.samples]}


def _tally(tally: Tally) -> dict[str, int]:
    return {"then": tally.then_minor, "now": tally.now_minor, "draft": tally.draft_minor}


def _moves(movers: Sequence[Mover], key: str) -> list[dict[str, Any]]:
    return [{key: one.id, "name": one.name, **_tally(one.tally)} for one in movers]


def _amounts(shares: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"role": role, "amount": amount} for role, amount in shares.items()]
