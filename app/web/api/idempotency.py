"""One POST, done once (R18): the key goes in first, in the same transaction as the work, so the database decides.

A second request with the key waits for the first to end, then finds its answer. Refused work leaves no key behind, unless
what it wrote stays (`kept_although`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress

import orjson
from flask import Response, g, request
from flask_babel import gettext
from sqlalchemy import select

from app.domain.people.models import IdempotencyKey
from app.kernel.db import gather
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_id
from app.kernel.sealing import seal, unseal
from app.web.shared.errors import problem
from app.web.shared.serving import brand_id, db

HEADER = "Idempotency-Key"
PATIENCE = "5s"
WAIT = "SELECT set_config('lock_timeout', %(patience)s, true)"
CLAIM = """INSERT INTO idempotency_keys (brand_id, id, principal, key, fingerprint)
VALUES (%(brand_id)s, %(id)s, %(principal)s, %(key)s, %(fingerprint)s) ON CONFLICT DO NOTHING RETURNING id"""
KEEP = """UPDATE idempotency_keys SET status = %(status)s, body = %(body)s
WHERE brand_id = %(brand_id)s AND principal = %(principal)s AND key = %(key)s"""
KEY = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,199}")


def once(principal: str, work: Callable[[], Response], *, required: bool) -> Response:
    """The answer to this request's key: stored if it was done before, else of `work`. Without a key `work` just runs."""
    key = request.headers.get(HEADER, "").strip()
    if not key:
        if required:
            return problem(400, "idempotency_key_missing", gettext("需要 Idempotency-Key 请求头"))
        return work()
    if not KEY.fullmatch(key):
        raise Refused("idempotency_key_invalid", "Idempotency-Key 须是 1 到 200 个可见字符", field=HEADER)
    fingerprint = _fingerprint()
    if not _claim(principal, key, fingerprint):
        return _replay(principal, key, fingerprint)
    answer = work()
    if answer.status_code < 400 or g.get("keep"):
        _keep(principal, key, answer)
    return answer


def _claim(principal: str, key: str, fingerprint: str) -> bool:
    """True if this request is the first; waits at most PATIENCE for another that holds the key."""
    row = {"brand_id": brand_id(), "id": new_id(), "principal": principal, "key": key, "fingerprint": fingerprint}
    _, claimed = gather(db(), (WAIT, {"patience": PATIENCE}), (CLAIM, row))
    return bool(claimed)


def _replay(principal: str, key: str, fingerprint: str) -> Response:
    kept = db().scalar(select(IdempotencyKey).where(IdempotencyKey.principal == principal, IdempotencyKey.key == key))
    if kept is None or kept.status is None or kept.body is None:
        raise Conflict("busy", "同一件事正在处理，请稍后再试")
    if kept.fingerprint != fingerprint:
        raise Conflict("idempotency_conflict", "这个 Idempotency-Key 已用于另一个请求")
    answer = Response(str(unseal(kept.body.encode())), kept.status, content_type="application/json" if kept.status < 400 else "application/problem+json")
    answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _keep(principal: str, key: str, answer: Response) -> None:
    """Sealed, because answers hold secrets and addresses of people."""
    db().flush()
    gather(db(), (KEEP, {"brand_id": brand_id(), "principal": principal, "key": key, "status": answer.status_code,
                         "body": seal(answer.get_data(as_text=True)).decode()}))


def _fingerprint() -> str:
    """What was asked: address and body. Spacing and order of fields of a JSON body do not matter."""
    raw = request.get_data(cache=True)
    for upload in request.files.values():
        raw += upload.read()
        upload.seek(0)
    if request.mimetype == "application/json":
        with suppress(orjson.JSONDecodeError, orjson.JSONEncodeError):
            raw = orjson.dumps(orjson.loads(raw), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(request.full_path.encode("utf-8", "surrogatepass") + b"\n" + raw).hexdigest()
