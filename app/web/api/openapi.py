"""The OpenAPI 3.1 description, built from the operations themselves; problems are documented on each (RFC 9457)."""

from __future__ import annotations

import re
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from .operations import Board, Operation
from .problems import STATUS_WORDS
from .scopes import SCOPES
from .shapes import Table

ABOUT = """Everything the console can do, for a brand's own systems.

Money is an integer in minor units (fen for CNY) with `currency` beside it; rates are basis points; times are RFC 3339 in
UTC; ids are opaque strings. Lists answer `{"data": […], "next_cursor": null | "…"}`. Errors are RFC 9457 problems.
Every POST takes an `Idempotency-Key`."""
TAGS = ("flagship sync", "catalogue", "org units", "guides", "rates", "coupons", "share links", "orders", "after-sales", "chargebacks", "ledger",
        "payees", "withdrawals", "invoices", "settlement", "write-offs", "webhooks", "settings", "storefront")
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "description": "Which problem it is; the address explains it.", "examples": ["/api/problems/invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object", "properties": {
            "field": {"type": "string"}, "message": {"type": "string"}, "code": {"type": "string"}}}},
    },
}
KEY_SHAPE = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[\x21-\x7e][\x20-\x7e]*$"}
KEY_PARAMETER = {"name": "Idempotency-Key", "in": "header", "schema": KEY_SHAPE,
                 "description": "The same key and body replays the stored answer; another body is 409."}
BINARY = {"type": "string", "contentMediaType": "application/octet-stream"}


def describe(boards: dict[str, Board], *, server: str) -> dict[str, Any]:
    """The whole document; `boards` by tag prefix."""
    plugin = MarshmallowPlugin(schema_name_resolver=lambda schema: _name(schema))
    spec = APISpec("Yundian Open API", "1.0.0", "3.1.0", plugins=[plugin], info={"description": ABOUT},
                   servers=[{"url": server}], tags=_tags(boards))
    assert plugin.converter is not None
    plugin.converter.add_attribute_function(_table)  # type: ignore[no-untyped-call]  # apispec leaves it bare
    spec.components.schema("Problem", PROBLEM)
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer", "description": "Scopes: " + ", ".join(f"`{s}`" for s in SCOPES)})
    spec.components.security_scheme("shopper", {"type": "http", "scheme": "bearer", "description": "A shopper's own token, from `/sign-ins`."})
    for board in boards.values():
        for said in board.operations:
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", (board.blueprint.url_prefix or "") + said.path)
            spec.path(path, operations={said.method.lower(): _operation(board, said, path)})
    document: dict[str, Any] = spec.to_dict()
    return document


def _table(_: Any, field: Any, **__: Any) -> dict[str, Any]:
    return {"additionalProperties": {"type": "string"}} if isinstance(field, Table) else {}


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return str(kind.__name__.removesuffix("Out"))


def _tags(boards: dict[str, Board]) -> list[dict[str, str]]:
    used = {said.tag for board in boards.values() for said in board.operations}
    return [{"name": tag} for tag in (*TAGS, *sorted(used - set(TAGS)))]


def _operation(board: Board, said: Operation, path: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": f"{board.blueprint.name}_{said.name}", "summary": said.summary, "tags": [said.tag],
        "security": _security(said),
        "parameters": _parameters(said, path),
        "responses": {**_answer(said), **_problems(said, path)},
    }
    told = [said.description, f"Scope `{said.scope}`." if said.scope else ""]
    found["description"] = "\n\n".join(text for text in told if text)
    content: dict[str, Any] = {media: {"schema": BINARY} for media in said.uploads}
    if said.body:
        content["application/json"] = {"schema": said.body}
    if content:
        found["requestBody"] = {"content": content, "required": bool(said.uploads) or _needs_body(said.body)}
    return found


def _security(said: Operation) -> list[dict[str, list[str]]]:
    """A brand's token; or a shopper's own, beside none at all where she only may be told apart."""
    if said.scope:
        return [{"token": []}]
    return [{"shopper": []}, *([{}] if said.shopper == "may" else [])] if said.shopper else []


def _needs_body(schema: Schema | None) -> bool:
    return schema is not None and any(field.required for field in schema.fields.values())


def _parameters(said: Operation, path: str) -> list[Any]:
    found: list[Any] = [{"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 64}}
                        for name in re.findall(r"{(\w+)}", path)]
    if said.query:
        found.append({"in": "query", "schema": said.query})
    if said.method == "POST":
        found.append({**KEY_PARAMETER, "required": said.key_required})
    return found


def _answer(said: Operation) -> dict[str, Any]:
    if said.status == 204:
        return {"204": {"description": "Done."}}
    if said.out is None:
        return {str(said.status): {"description": "The file.", "content": {said.media: {"schema": BINARY}}}}
    shape: Any = said.out
    if said.many:
        shape = {"type": "object", "required": ["data", "next_cursor"], "properties": {
            "data": {"type": "array", "items": said.out}, "next_cursor": {"type": ["string", "null"]}}}
    return {str(said.status): {"description": "Done." if said.method != "GET" else "Found.", "content": {"application/json": {"schema": shape}}}}


def _problems(said: Operation, path: str) -> dict[str, Any]:
    statuses = [400, *([401, 403] if said.scope else [401] if said.shopper else []), 404, 405, *([409, 413, 415] if said.method != "GET" else []), 422, 429]
    return {str(status): {
        "description": STATUS_WORDS[status][0],
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "example": STATUS_WORDS[status][1]}},
    } for status in statuses}
