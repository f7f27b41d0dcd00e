"""The Flask class of the house: a view that ends well is committed before its answer leaves, any other is rolled back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from apiflask import APIFlask
from flask import Response, current_app, g
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.domain.people.actors import Actor
from app.domain.people.audit import act_as
from app.extensions import Database
from app.kernel.clock import Clock
from app.kernel.tenancy import BrandSession


class Application(APIFlask):
    settings: Settings
    database: Database
    clock: Clock
    gateways: Any

    def dispatch_request(self) -> ResponseReturnValue:  # type: ignore[override]
        response = self.make_response(super().dispatch_request())
        if response.status_code < 400 or g.get("keep"):
            for session in _open_sessions():
                session.commit()
        return response

    def close_sessions(self, _: BaseException | None = None) -> None:
        for session in _open_sessions():
            session.close()
        g.pop("sessions", None)


def kept_although(response: Response) -> Response:
    """A refusal after which what the request wrote stays: it was heard, and must not come again so soon."""
    g.keep = True
    return response


def app() -> Application:
    """The running application, typed."""
    return cast(Application, current_app)


def now() -> datetime:
    """The moment of this request: the same for everything the request does."""
    if "now" not in g:
        g.now = app().clock()
    return cast(datetime, g.now)


def brand_session(brand_id: int) -> BrandSession:
    """This request's session for one brand; asked twice it is the same one."""
    sessions: dict[object, BrandSession] = g.setdefault("sessions", {})
    if brand_id not in sessions:
        sessions[brand_id] = app().database.session(brand_id)
    return sessions[brand_id]


def global_session() -> BrandSession:
    """This request's session on the global tables only (brands, signposts)."""
    sessions: dict[object, BrandSession] = g.setdefault("sessions", {})
    if None not in sessions:
        sessions[None] = app().database.session()
    return sessions[None]


def operator_session(brand_id: int | None = None) -> BrandSession:
    """The operator's session: reads across brands by name, or writes into one."""
    sessions: dict[object, BrandSession] = g.setdefault("sessions", {})
    key = ("operator", brand_id)
    if key not in sessions:
        sessions[key] = app().database.operator_session(brand_id)
    return sessions[key]


def act(session: BrandSession, actor: Actor) -> None:
    """From here on the request's changes are this actor's (audit log)."""
    act_as(session, actor, request_id=g.get("request_id", ""))


def roll_back() -> None:
    """Forget what this request wrote, so that the page that tells of its failure can still read."""
    for session in _open_sessions():
        session.rollback()


def end_transactions() -> None:
    """Keeps what this request wrote so far; before something slow is asked over a network, so that nothing is held meanwhile."""
    for session in _open_sessions():
        session.commit()


def _open_sessions() -> list[BrandSession]:
    return list(g.get("sessions", {}).values())


def no_store(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
