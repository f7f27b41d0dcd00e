"""Who calls: a bearer token leads to its brand. Revoked, unknown or of a suspended brand is 401; a missing scope 403."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, abort, g, request
from flask_babel import gettext
from sqlalchemy import select, update

from app.domain.brands.models import Signpost
from app.domain.people.actors import Actor
from app.domain.people.models import ApiToken
from app.kernel.errors import NotFound
from app.kernel.ids import digest
from app.web.shared.application import global_session, now
from app.web.shared.errors import problem
from app.web.shared.serving import brand_by_id, db, serve_actor, serve_brand

from .scopes import allows, permissions_of

SEEN_EVERY = timedelta(hours=1)


def enter() -> Response | None:
    """before_request of the open API."""
    token = _token(request.headers.get("Authorization", ""))
    if token is None:
        return unauthorized()
    g.token = token
    serve_actor(Actor("token", str(token.id), token.name, permissions_of(token.scopes)))
    if token.last_used_at is None or token.last_used_at < now() - SEEN_EVERY:
        db().execute(update(ApiToken).where(ApiToken.id == token.id).values(last_used_at=now()),
                     execution_options={"synchronize_session": False})
    return None


def require_scope(scope: str) -> None:
    if not allows(g.token.scopes, scope):
        abort(problem(403, "scope_missing", gettext("这个令牌没有 %(scope)s 权限", scope=scope), scope=scope))


def unauthorized() -> Response:
    answer = problem(401, "unauthorized", gettext("需要有效的令牌"))
    answer.headers["WWW-Authenticate"] = 'Bearer realm="yundian"'
    return answer


def bearer(header: str) -> str:
    """The secret in an Authorization header, '' when there is none that could be one."""
    kind, _, secret = header.partition(" ")
    secret = secret.strip()
    return secret if kind.lower() == "bearer" and 8 <= len(secret) <= 200 else ""


def _token(header: str) -> ApiToken | None:
    if not (secret := bearer(header)):
        return None
    key = digest(secret)
    brand_id = global_session().scalar(select(Signpost.brand_id).where(Signpost.kind == "token", Signpost.key == key))
    if brand_id is None:
        return None
    try:
        session = serve_brand(brand_by_id(brand_id))
    except NotFound:
        return None
    return session.scalar(select(ApiToken).where(ApiToken.digest == key, ApiToken.revoked_at.is_(None)))
