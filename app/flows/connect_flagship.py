"""A brand connects its flagship store: what it typed is checked, what it uploaded is kept, secrets are sealed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.brands.models import Signpost
from app.domain.catalog.models import FlagshipSource, SyncRun
from app.domain.catalog.ports import FlagshipGateway, Secrets
from app.domain.catalog.secrets import read_secrets, replace_secrets
from app.domain.catalog.sync_queries import source as find_source
from app.domain.fulfilment.ports import FlagshipDoors
from app.domain.fulfilment.queries import open_at
from app.domain.fulfilment.rules import SENDING_BACK
from app.kernel.errors import Conflict, Invalid, Refused
from app.kernel.files import Files
from app.kernel.ids import new_id, new_secret

MAX_NAME = 80
SHORTEST, LONGEST = 5, 7 * 24 * 60
HOOK = "flagship"
"""The kind of signpost a webhook's address is."""


def connect_flagship(session: Session, *, brand_id: int, kind: str, name: str, settings: Mapping[str, Any], file_name: str = "",
                     files: Files, flagship: FlagshipGateway, now: datetime) -> FlagshipSource:
    """A new source. `settings` are what the kind asks for, secrets among them; content (text) or file (bytes) is kept as a file.

    Raises Invalid or Refused naming the field.
    """
    errors = [*_name_errors(name), *flagship.problems(kind, settings)]
    if errors:
        raise errors[0] if len(errors) == 1 else Invalid(errors)
    plain, secrets = flagship.divide(kind, settings)
    source = FlagshipSource(id=new_id(), brand_id=brand_id, kind=kind, name=name.strip(), status="active", created_at=now, hook_code=new_secret()[:32],
                            settings=stored_settings(brand_id, plain, file_name=file_name, files=files))
    replace_secrets(source, secrets)
    session.add_all([source, Signpost(kind=HOOK, key=source.hook_code, brand_id=brand_id)])
    session.flush()
    return source


def change_source(session: Session, *, brand_id: int, source_id: UUID, flagship: FlagshipGateway, name: str | None = None,
                  settings: Mapping[str, Any] | None = None) -> FlagshipSource:
    """Another name, other settings. A setting not named stays, a blank one goes; a blank secret stays.

    A new address asks for the secrets again: they are not sent to wherever somebody says. Raises Invalid or Refused.
    """
    source = _active(session, brand_id=brand_id, source_id=source_id)
    if name is not None:
        errors = _name_errors(name)
        if errors:
            raise errors[0]
        source.name = name.strip()
    if settings is not None:
        _change_settings(source, settings, flagship)
    session.flush()
    return source


def schedule_source(session: Session, *, brand_id: int, source_id: UUID, changes_minutes: int | None, full_hour: int | None) -> FlagshipSource:
    """Read by itself: changes every so many minutes, everything daily in this hour of the brand's day; None: not by itself."""
    source = _active(session, brand_id=brand_id, source_id=source_id)
    if changes_minutes is not None and not SHORTEST <= changes_minutes <= LONGEST:
        raise Refused("minutes_out_of_range", "间隔须在 %(least)d 到 %(most)d 分钟之间", field="changes_minutes", least=SHORTEST, most=LONGEST)
    if full_hour is not None and not 0 <= full_hour <= 23:
        raise Refused("hour_out_of_range", "钟点须在 0 到 23 之间", field="full_hour")
    source.changes_minutes, source.full_hour = changes_minutes, full_hour
    session.flush()
    return source


def send_back_to(session: Session, *, brand_id: int, source_id: UUID, sends_back: str, flagship: FlagshipDoors, secrets: Secrets,
                 now: datetime) -> FlagshipSource:
    """What of the orders paid from now on goes back to the flagship: nothing, orders (it ships them) or stock (its stock is lowered).

    What is under way stays under way. Raises Refused for what this kind does not take, or its settings do not reach.
    """
    source = _active(session, brand_id=brand_id, source_id=source_id)
    if sends_back not in SENDING_BACK:
        raise Refused("sends_back_invalid", "只能是 nothing、orders 或 stock", field="sends_back")
    takes = flagship.takes(source.kind)
    if sends_back != "nothing" and not takes:
        raise Refused("not_taken", "这种来源不能接收订单，也不能改库存", field="sends_back")
    if sends_back != "nothing" and sends_back not in takes:
        raise Refused("not_taken", "这种来源不支持这样回传", field="sends_back")
    if sends_back == "orders":
        flagship.open_orders(source.kind, source.settings, now=now, secrets=secrets)
    elif sends_back == "stock":
        flagship.open_shop(source.kind, source.settings, now=now, secrets=secrets)
    source.sends_back = sends_back
    session.flush()
    return source


def _active(session: Session, *, brand_id: int, source_id: UUID) -> FlagshipSource:
    source = find_source(session, brand_id=brand_id, source_id=source_id)
    if source.status != "active":
        raise Conflict("disconnected", "这个来源已经断开")
    return source


def _change_settings(source: FlagshipSource, typed: Mapping[str, Any], flagship: FlagshipGateway) -> None:
    if "file_key" in source.settings or typed.get("file") or typed.get("content"):
        raise Refused("file_source", "上传的文件请用“换一份新文件”更换", field="settings")
    sealed = read_secrets(source)
    settings = {**source.settings, **typed}
    errors = flagship.problems(source.kind, settings, kept=sealed)
    if errors:
        raise errors[0] if len(errors) == 1 else Invalid(errors)
    plain, secrets = flagship.divide(source.kind, settings)
    moved = addresses(plain) != addresses(source.settings)
    if moved and (missing := next((name for name in sealed if name not in secrets), None)):
        raise Refused("secrets_needed", "地址变了，请把密钥重新填写一遍", field=missing)
    source.settings = plain
    replace_secrets(source, secrets)
    if secrets:
        source.authorisation_ended_at = None
    if moved:
        source.read_at = None


def addresses(settings: Mapping[str, Any]) -> set[str]:
    """Where a source's secrets are sent to: every setting that is a web address."""
    return {str(value).strip() for value in settings.values() if str(value).strip().lower().startswith(("http://", "https://"))}


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
    if count := open_at(session, brand_id=brand_id, source_id=source_id):
        raise Conflict("orders_under_way", "还有 %(count)d 张订单交给了这个来源，等它们发出或撤回后再断开", count=count)
    source.status = "removed"
    source.secrets_sealed = None
    session.execute(delete(Signpost).where(Signpost.kind == HOOK, Signpost.key == source.hook_code))
    return source


def stored_settings(brand_id: int, settings: Mapping[str, Any], *, file_name: str, files: Files) -> dict[str, Any]:
    """Settings as the database keeps them: a file or pasted content becomes a key of the file store."""
    given = settings.get("file") or settings.get("content")
    if not given:
        return {name: value.strip() if isinstance(value, str) else value for name, value in settings.items()}
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
