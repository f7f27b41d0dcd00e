"""An operation of the API: route, scope, what it reads and answers, and how it is described, said once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, NamedTuple

from flask import Blueprint, Response
from marshmallow import Schema

from app.web.shared.json import json_response

from . import gate, shop_gate
from .idempotency import once
from .reading import bound_body, is_upload, read_body, read_query
from .shapes import Paging

View = Callable[..., Any]


class Rows(NamedTuple):
    """One page of a list."""

    items: Sequence[Any]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """`scope` None is public; `shopper` says whether one who is signed in 'may' be told apart there, or 'must' be.

    `media` other than JSON is a file the view answers itself. `kilobytes` bounds the body.
    """

    method: str
    path: str
    name: str
    tag: str
    summary: str
    description: str
    scope: str | None
    shopper: str
    body: Schema | None
    query: Schema | None
    out: Schema | None
    many: bool
    status: int
    media: str
    kilobytes: int
    key_required: bool
    uploads: tuple[str, ...]


@dataclass(slots=True)
class Board:
    """One API: its blueprint, whose principal a key belongs to, and all its operations."""

    blueprint: Blueprint
    principal: Callable[[], str]
    operations: list[Operation] = field(default_factory=list)

    def get(self, path: str, *, listed: type[Schema] | None = None, query: type[Schema] | None = None, **said: Any) -> Callable[[View], View]:
        """`listed` is the schema of the rows of a list: it answers {data, next_cursor} and takes limit and cursor."""
        if listed is not None:
            return self.operation("GET", path, out=listed, query=query or Paging, many=True, **said)
        return self.operation("GET", path, query=query, **said)

    def post(self, path: str, **said: Any) -> Callable[[View], View]:
        return self.operation("POST", path, **{"status": 200, **said})

    def patch(self, path: str, **said: Any) -> Callable[[View], View]:
        return self.operation("PATCH", path, **said)

    def delete(self, path: str, **said: Any) -> Callable[[View], View]:
        return self.operation("DELETE", path, status=204, **said)

    def operation(self, method: str, path: str, *, tag: str, summary: str, scope: str | None = None, shopper: str = "",
                  body: type[Schema] | None = None, query: type[Schema] | None = None, out: type[Schema] | None = None,
                  many: bool = False, status: int = 200, media: str = "application/json", kilobytes: int = 256,
                  key_required: bool = False, uploads: tuple[str, ...] = ()) -> Callable[[View], View]:
        def register(view: View) -> View:
            said = Operation(method, path, view.__name__, tag, summary, (view.__doc__ or "").strip(), scope, shopper,
                             body() if body else None, query() if query else None, out() if out else None, many, status,
                             media, kilobytes, key_required, uploads)
            self.operations.append(said)
            self.blueprint.add_url_rule(path, view.__name__, self._answering(said, view), methods=[method])
            return view
        return register

    def _answering(self, said: Operation, view: View) -> View:
        @wraps(view)
        def answer(**values: Any) -> Response:
            if said.scope:
                gate.require_scope(said.scope)
            if said.shopper:
                shop_gate.enter(required=said.shopper == "must")
            bound_body(said.kilobytes)
            if said.query:
                values["query"] = read_query(said.query)
            if said.body and not (said.uploads and is_upload()):
                values["body"] = read_body(said.body)
            if said.method != "POST":
                return rendered(said, view(**values))
            return once(self.principal(), lambda: rendered(said, view(**values)), required=said.key_required)
        return answer


def rendered(said: Operation, result: Any) -> Response:
    """What the view returned, as the schema writes it."""
    if isinstance(result, Response):
        return result
    if said.status == 204:
        return Response(status=204)
    assert said.out is not None
    if said.many:
        return json_response({"data": said.out.dump(result.items, many=True), "next_cursor": result.next_cursor}, said.status)
    return json_response(said.out.dump(result), said.status)
