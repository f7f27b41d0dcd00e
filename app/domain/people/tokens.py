"""API tokens: issued once, told once, revoked at once. Only the digest is stored; a signpost leads it to its brand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.brands.models import Signpost
from app.kernel.errors import NotFound
from app.kernel.ids import digest, new_id, new_secret
from app.kernel.texts import required

from .models import ApiToken

PREFIX = "yd_"


def issue_token(session: Session, *, brand_id: int, name: str, scopes: Sequence[str] = ()) -> tuple[ApiToken, str]:
    """The token's row and its secret, which is told this once. No scopes named means all; the edge knows which there are."""
    secret = PREFIX + new_secret()
    token = ApiToken(id=new_id(), brand_id=brand_id, name=required(name, field="name", most=80), digest=digest(secret), scopes=list(scopes))
    session.add(token)
    session.add(Signpost(kind="token", key=token.digest, brand_id=brand_id))
    session.flush()
    return token, secret


def revoke_token(session: Session, *, brand_id: int, token_id: UUID, now: datetime) -> ApiToken:
    """The token opens nothing from here on; revoking twice is revoking once."""
    token = session.scalar(select(ApiToken).where(ApiToken.brand_id == brand_id, ApiToken.id == token_id))
    if token is None:
        raise NotFound("token", token_id)
    token.revoked_at = token.revoked_at or now
    session.execute(delete(Signpost).where(Signpost.kind == "token", Signpost.key == token.digest))
    session.flush()
    return token
