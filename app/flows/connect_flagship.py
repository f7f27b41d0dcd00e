"""A brand connects its flagship store: what it typed is checked, what it uploaded is kept, secrets are sealed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalog.models import FlagshipSource, SyncRun
from app.domain.catalog.ports import FlagshipGateway
from app.domain.catalog.sync_queries import source as find_source
from app.kernel.errors import Conflict, Invalid, Refused
from app.kernel.files import Files
from app.kernel.ids import new_id

MAX_NAME = 80


def connect_flagship(session: Session, *, brand_id: int, kind: str, name: str, settings: Mapping[str, Any], file_name: str = "",
                     files: Files, flagship: FlagshipGateway, now: datetime) -> FlagshipSource:
    """A new source. `settings` hold one of url, content (text) or file (bytes); the two latter are kept as a file.

    Raises Invalid or Refused naming the field.
    """
    errors = [*_name_errors(name), *flagship.problems(kind, settings)]
    if errors:
        raise errors[0] if len(errors) == 1 else Invalid(errors)
    source = FlagshipSource(id=new_id(), brand_id=brand_id, kind=kind, name=name.strip(), status="active", created_at=now,
                            settings=stored_settings(brand_id, settings, file_name=file_name, files=files))
    session.add(source)
    session.flush()
    return source


def replace_file(session: Session, *, brand_id: int, source_id: UUID, content: bytes, file_name: str, files: Files,
                 flagship: FlagshipGateway) -> FlagshipSource:
    """A newer export for a source that is an uploaded file."""
    source = find_source(session, brand_id=brand_id, source_id=source_id)
    errors = flagship.problems(source.kind, {"file": content})
    if errors:
        raise errors[0]
    source.settings = stored_settings(brand_id, {"file": content}, file_name=file_name, files=files)
    return source


def disconnect_flagship(session: Session, *, brand_id: int, source_id: UUID) -> FlagshipSource:
    """The source is read no more; its products stay. Raises Conflict while a run is under way."""
    source = find_source(session, brand_id=brand_id, source_id=source_id)
    if session.scalar(select(SyncRun.id).where(SyncRun.source_id == source_id, SyncRun.state.in_(("queued", "running")))):
        raise Conflict("sync_running", "这个来源正在同步，等它结束后再断开")
    source.status = "removed"
    return source


def stored_settings(brand_id: int, settings: Mapping[str, Any], *, file_name: str, files: Files) -> dict[str, Any]:
    """Settings as the database keeps them: a file or pasted content becomes a key of the file store."""
    given = settings.get("file") or settings.get("content")
    if not given:
        return {"url": str(settings["url"]).strip()}
    content = given.encode("utf-8", "surrogatepass") if isinstance(given, str) else given
    key = f"{brand_id}/flagship/{new_id()}"
    files.put(key, content)
    return {"file_key": key, "file_name": file_name[:200], "size": len(content)}


def _name_errors(name: str) -> list[Refused]:
    if not name.strip():
        return [Refused("name_missing", "请给来源起个名字", field="name")]
    if len(name.strip()) > MAX_NAME:
        return [Refused("name_too_long", "名字超过 %(most)d 个字", field="name", most=MAX_NAME)]
    return []
