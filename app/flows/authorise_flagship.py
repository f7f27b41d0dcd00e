"""The owner of a shop let us in on a page of the shop: what that gave is sealed, and the source is read again."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalog.models import FlagshipSource
from app.domain.catalog.secrets import mark_of, replace_secrets
from app.domain.people.audit import note
from app.kernel.errors import Conflict, NotFound

USED = "这次授权已经用过，或者密钥在这期间改过。还需要的话请重新发起"


def awaiting(session: Session, *, brand_id: int, source_id: UUID, mark: str, lock: bool = False) -> FlagshipSource:
    """The source that was sent for a permission, while its secrets are still those of then: a permission is used once.

    Raises NotFound, Conflict permission_used.
    """
    statement = select(FlagshipSource).where(FlagshipSource.brand_id == brand_id, FlagshipSource.id == source_id)
    found = session.scalar(statement.with_for_update().execution_options(populate_existing=True) if lock else statement)
    if found is None or found.status != "active":
        raise NotFound("flagship_source", source_id)
    if mark_of(found) != mark:
        raise Conflict("permission_used", USED)
    return found


def keep_permission(session: Session, *, brand_id: int, source_id: UUID, mark: str, secrets: Mapping[str, str]) -> FlagshipSource:
    """Raises NotFound, Conflict permission_used."""
    source = awaiting(session, brand_id=brand_id, source_id=source_id, mark=mark, lock=True)
    replace_secrets(source, secrets)
    source.authorisation_ended_at = None
    session.flush()
    note(session, action="flagship_authorised", subject_kind="flagship_sources", subject_id=source.id, subject_name=source.name)
    return source
