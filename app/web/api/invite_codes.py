"""/invite-codes: joining is by invitation."""

from __future__ import annotations

from math import ceil
from typing import Any

from sqlalchemy import select

from app.domain.guides import actions
from app.domain.guides.models import InviteCode
from app.kernel.errors import Refused
from app.web.shared.application import app, now
from app.web.shared.serving import brand_id, db

from .fields import Choice, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "guides"}


class Code(Shape):
    id = Ref("invite code")
    code = Text(16)
    url = Text(2000, metadata={"description": "What a guide opens on her phone."})
    store_id = Ref("store")
    kind = Choice("staff", "affiliate")
    referrer_id = Ref("guide", allow_none=True, metadata={"description": "The guide who invites; who joins by it has her as referrer."})
    max_uses = Whole()
    used_count = Whole()
    expires_at = When()
    revoked_at = When(allow_none=True)
    created_at = When()


class NewCode(Shape):
    store_id = Ref("store", required=True)
    max_uses = Whole(1, 1000, load_default=20)
    expires_at = When(required=True)
    kind = Choice("staff", "affiliate", load_default="staff",
                  metadata={"description": "Who joins by it becomes one; affiliates only where the brand lets them."})


class CodeQuery(Paging):
    store_id = Ref("store", load_default=None)


def shown(code: InviteCode) -> dict[str, Any]:
    columns = {name: getattr(code, name) for name in Code().fields if name != "url"}
    return {**columns, "url": f"{app().settings.public_url}/guide/join/{code.code}"}


@v1.get("/invite-codes", listed=Code, query=CodeQuery, scope="guides:read", summary="Invite codes", **TAG)
def list_invite_codes(query: dict[str, Any]) -> Rows:
    statement = select(InviteCode)
    if query["store_id"]:
        statement = statement.where(InviteCode.store_id == query["store_id"])
    page = listed(statement, InviteCode, query)
    return Rows([shown(code) for code in page.items], page.next_cursor)


@v1.post("/invite-codes", body=NewCode, out=Code, status=201, scope="guides:write", summary="Make an invite code", **TAG)
def make_invite_code(body: dict[str, Any]) -> dict[str, Any]:
    left = (body["expires_at"] - now()).total_seconds()
    if left <= 0:
        raise Refused("expires_in_past", "到期时间须在将来", field="expires_at")
    code = actions.create_invite_code(db(), brand_id=brand_id(), store_id=body["store_id"], max_uses=body["max_uses"], kind=body["kind"],
                                      days=ceil(left / 86400), now=now())
    code.expires_at = min(code.expires_at, body["expires_at"])
    return shown(found(InviteCode, code.id, fresh=True))


@v1.get("/invite-codes/<id>", out=Code, scope="guides:read", summary="One invite code", **TAG)
def get_invite_code(id: str) -> dict[str, Any]:
    return shown(found(InviteCode, id))


@v1.post("/invite-codes/<id>/revoke", out=Code, scope="guides:write", summary="Revoke an invite code", **TAG)
def revoke_invite_code(id: str) -> dict[str, Any]:
    return shown(actions.revoke_invite_code(db(), brand_id=brand_id(), code_id=found(InviteCode, id).id, now=now()))
