"""A shop's owner lets us in on the shop's own page: sent there from the source's page, she comes back with a code.

The way back is proved by a signed state: of this brand, this source and this person, ten minutes old at most, and used once
because the secrets it names are replaced by what it brings.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.catalog.models import FlagshipSource
from app.domain.catalog.ports import FlagshipUnreachable, Permission
from app.domain.catalog.secrets import mark_of, read_secrets
from app.flows.authorise_flagship import awaiting, keep_permission
from app.gateways.flagship.opening import GivenSecrets
from app.kernel.errors import NotFound, Refused
from app.kernel.texts import clean
from app.web.shared.application import app, now
from app.web.shared.serving import account_id, actor, brand_id, db
from app.web.shared.signed_tokens import read, sign

from . import sync_words
from .blueprint import console
from .sources import found_source, way_back

PURPOSE = "authorise flagship"
STATE_SECONDS = 600
A_DAY = 86400
"""After that not even the signature is looked at."""


class State(NamedTuple):
    """What travels to the shop and back. `mark` is of the secrets as they were when the way began, `until` seconds of the epoch."""

    brand_id: int
    account: str
    source: str
    mark: str
    until: int


@console.get("/sources/<source_id>/authorise")
def authorise_source(source_id: str) -> ResponseReturnValue:
    """To the shop's page."""
    actor().require("catalog:edit")
    found = found_source(source_id)
    try:
        permission = _permission(found, GivenSecrets(_secrets(found))) if found.status == "active" else None
    except Refused as refused:
        return _refused(refused, found), 422
    if permission is None:
        raise NotFound("permission", found.id)
    state = State(brand_id(), account_id().hex, found.id.hex, mark_of(found), int(now().timestamp()) + STATE_SECONDS)
    return redirect(permission.authorise_url(redirect_uri=way_back(), state=sign(PURPOSE, list(state))), 303)


@console.get("/sources/authorised")
def source_authorised() -> ResponseReturnValue:
    """Back from it. The connection is tried with what it gave; kept is kept whether the try succeeds or not: a code is good once."""
    actor().require("catalog:edit")
    found: FlagshipSource | None = None
    try:
        state = _state(request.args.get("state", ""))
        found = found_source(state.source)
        awaiting(db(), brand_id=brand_id(), source_id=found.id, mark=state.mark)
        secrets = GivenSecrets(_secrets(found))
        _exchange(found, secrets)
        problem, shop = _tried(found, secrets)
        keep_permission(db(), brand_id=brand_id(), source_id=found.id, mark=state.mark, secrets=secrets.values)
    except NotFound:
        return _refused(Refused("source_gone", "这个来源已经断开，授权没有保存"), None), 422
    except Refused as refused:
        return _refused(refused, found), 422
    except FlagshipUnreachable as unreachable:
        return _refused(Refused(unreachable.code, unreachable.message, **_facts(unreachable)), found), 422
    if problem:
        flash(gettext("授权已保存，但还连不上：%(problem)s", problem=problem), "warn")
    else:
        flash(gettext("已授权，连上了“%(shop)s”。", shop=shop or found.name), "ok")
    return redirect(url_for("console.source", source_id=found.id), 303)


def _state(token: str) -> State:
    """Raises Refused: not ours, too old, or somebody else's."""
    known = read(PURPOSE, token, max_age=A_DAY)
    if known is None:
        raise Refused("state_forged", "这次授权不是从这里发起的，没有保存任何东西")
    state = State(*known)
    if (state.brand_id, state.account) != (brand_id(), account_id().hex):
        raise Refused("state_of_another", "这次授权是用另一个账号发起的。请登录那个账号完成，或者用现在的账号重新发起")
    if now().timestamp() > state.until:
        raise Refused("state_expired", "授权要在 %(minutes)d 分钟内完成，这次已经过期，请重新发起", minutes=STATE_SECONDS // 60)
    return state


def _exchange(found: FlagshipSource, secrets: GivenSecrets) -> None:
    """The code for what it stands for, added to `secrets`. Raises Refused, FlagshipUnreachable."""
    permission, code = _permission(found, secrets), request.args.get("code", "")
    if permission is None:
        raise Refused("no_permission", "这种来源不需要授权")
    if not code or len(code) > 500:
        words = next((value for name in ("error_description", "error", "msg") if (value := request.args.get(name, ""))), "")
        raise Refused("permission_denied", "旗舰店没有给出授权：%(words)s", words=clean(words)[:100] or gettext("没有说原因"))
    secrets.keep(**permission.granted(code, redirect_uri=way_back(), now=now()))


def _tried(found: FlagshipSource, secrets: GivenSecrets) -> tuple[str, str]:
    """(problem, name of the shop)."""
    try:
        return "", app().gateways.flagship.open(found.kind, dict(found.settings), now=now(), secrets=secrets).check().shop
    except (FlagshipUnreachable, Refused) as wrong:
        return sync_words.told(wrong.message, wrong.data), ""


def _permission(found: FlagshipSource, secrets: GivenSecrets) -> Permission | None:
    permission: Permission | None = app().gateways.flagship.permission(found.kind, dict(found.settings), now=now(), secrets=secrets)
    return permission


def _secrets(found: FlagshipSource) -> dict[str, str]:
    try:
        return read_secrets(found)
    except ValueError:
        raise Refused("secrets_unreadable", "保存的密钥已无法解开，请重新填写") from None


def _facts(unreachable: FlagshipUnreachable) -> dict[str, Any]:
    return {name: value for name, value in unreachable.data.items() if name not in ("code", "message", "field")}


def _refused(refused: Refused, found: FlagshipSource | None) -> str:
    return render_template("console/authorisation_refused.html", problem=sync_words.told(refused.message, refused.data), source=found)
