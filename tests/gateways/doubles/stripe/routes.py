"""Which calls there are, what they take, who does them, and how lists and expanded objects are answered."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from . import accounts, checkout, refunds, shapes, transfers
from .refusals import Json, Refusal, missing
from .world import PLATFORM, World, public

FILTERS = ("payment_intent", "charge", "transfer_group", "destination", "type", "source", "currency")
BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda a, b: a > b, "gte": lambda a, b: a >= b, "lt": lambda a, b: a < b, "lte": lambda a, b: a <= b}


@dataclass(frozen=True, slots=True)
class Route:
    """`moves`: it must come with a key of our own, because twice would be once too often."""

    method: str
    path: str
    shape: shapes.Shape
    does: Callable[..., Json]
    moves: bool = False


def _read(kind: str) -> Callable[..., Json]:
    return lambda world, asked, id_: world.get(kind, id_)


def _list(kind: str) -> Callable[..., Json]:
    return lambda world, asked: page(world.all(kind), asked)


def _reversals(world: World, asked: Json, id_: str) -> Json:
    world.get("transfer", id_)
    return page((one for one in world.all("transfer_reversal") if one["transfer"] == id_), asked)


def _events(world: World, asked: Json) -> Json:
    return page((one for one in world.all("event") if "account" not in one and one["type"] in asked.get("types", [one["type"]])), asked)


def _movements(world: World, asked: Json) -> Json:
    return page((world.seen(line) for line in world.movements.get(PLATFORM, [])), asked)


ROUTES = (
    Route("POST", "/v1/checkout/sessions", shapes.SESSION, checkout.open_session, moves=True),
    Route("GET", "/v1/checkout/sessions/{id}", shapes.EXPAND, _read("checkout.session")),
    Route("POST", "/v1/checkout/sessions/{id}/expire", shapes.EXPAND, checkout.expire_session),
    Route("GET", "/v1/payment_intents/{id}", shapes.EXPAND, _read("payment_intent")),
    Route("GET", "/v1/charges/{id}", shapes.EXPAND, _read("charge")),
    Route("POST", "/v1/refunds", shapes.REFUND, refunds.refund, moves=True),
    Route("GET", "/v1/refunds", shapes.REFUNDS, _list("refund")),
    Route("GET", "/v1/refunds/{id}", shapes.EXPAND, _read("refund")),
    Route("POST", "/v1/transfers", shapes.TRANSFER, transfers.transfer, moves=True),
    Route("GET", "/v1/transfers", shapes.TRANSFERS, _list("transfer")),
    Route("GET", "/v1/transfers/{id}", shapes.EXPAND, _read("transfer")),
    Route("POST", "/v1/transfers/{id}/reversals", shapes.REVERSAL, transfers.reverse, moves=True),
    Route("GET", "/v1/transfers/{id}/reversals", shapes.PAGE, _reversals),
    Route("GET", "/v1/disputes", shapes.DISPUTES, _list("dispute")),
    Route("GET", "/v1/disputes/{id}", shapes.EXPAND, _read("dispute")),
    Route("POST", "/v1/disputes/{id}", shapes.DISPUTE, refunds.answer),
    Route("GET", "/v1/events", shapes.EVENTS, _events),
    Route("GET", "/v1/events/{id}", shapes.EXPAND, _read("event")),
    Route("GET", "/v1/balance_transactions", shapes.MOVEMENTS, _movements),
    Route("POST", "/v2/core/accounts", shapes.ACCOUNT, accounts.open_account),
    Route("GET", "/v2/core/accounts/{id}", shapes.INCLUDE, accounts.read_account),
    Route("POST", "/v1/accounts/{id}", shapes.MARKED, accounts.mark_account),
    Route("POST", "/v2/core/account_links", shapes.LINK, accounts.open_link),
)


def route_of(method: str, path: str) -> tuple[Route, list[str]]:
    parts = path.split("/")
    for route in ROUTES:
        wanted = route.path.split("/")
        if route.method == method and len(wanted) == len(parts) and all(a in ("{id}", b) for a, b in zip(wanted, parts, strict=True)):
            return route, [b for a, b in zip(wanted, parts, strict=True) if a == "{id}"]
    raise Refusal(f"Unrecognized request URL ({method}: {path}).", status=404)


def carry_out(world: World, route: Route, ids: list[str], asked: Json) -> Json:
    """The answer as it is sent: a copy, expanded where that is asked for, without what is ours."""
    checkout.lapse(world)
    found = copy.deepcopy(route.does(world, {name: value for name, value in asked.items() if name != "expand"}, *ids))
    if found.get("object") == "list":
        found["url"] = route.path.format(id="".join(ids))
    refunds.retry(world)
    for way in asked.get("expand", []):
        _expand(world, found, way.split("."))
    return stripped(found)


def _expand(world: World, node: Any, way: list[str]) -> None:
    if isinstance(node, list):
        for one in node:
            _expand(world, one, way)
    elif isinstance(node, dict):
        if way[0] not in node:
            raise Refusal(f"This property cannot be expanded ({way[0]}).", param="expand")
        if isinstance(node[way[0]], str):
            node[way[0]] = copy.deepcopy(world.find(node[way[0]])) or node[way[0]]
        if way[1:]:
            _expand(world, node[way[0]], way[1:])


def stripped(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: stripped(value) for name, value in public(node).items()}
    return [stripped(one) for one in node] if isinstance(node, list) else node


def page(rows: Iterable[Json], asked: Json) -> Json:
    """Newest first."""
    found = [one for one in reversed(list(rows)) if all(one.get(name) == asked[name] for name in FILTERS if name in asked)]
    found = [one for one in found if all(BOUNDS[name](one["created"], bound) for name, bound in asked.get("created", {}).items())]
    limit, ids = asked.get("limit", 10), [one["id"] for one in found]
    if not 1 <= limit <= 100:
        raise Refusal("limit must be between 1 and 100", code="parameter_invalid_integer", param="limit")
    for name in ("starting_after", "ending_before"):
        if name in asked and asked[name] not in ids:
            raise missing("object", asked[name], name)
    first = ids.index(asked["starting_after"]) + 1 if "starting_after" in asked else 0
    if "ending_before" in asked:
        last = ids.index(asked["ending_before"])
        first, found = max(first, last - limit), found[:last]
        return {"object": "list", "data": found[first:], "has_more": first > 0}
    return {"object": "list", "data": found[first:first + limit], "has_more": len(found) > first + limit}
