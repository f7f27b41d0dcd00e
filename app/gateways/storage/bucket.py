"""A bucket of an S3-compatible object store. An object is written whole or not at all, and seen by the next reader.

boto3 takes 42 MB of every web worker and minio 31 MB for the three calls that are needed; talking, retrying and a page of
signing are here already.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from app.config import Bucket
from app.domain.catalog.ports import Answer, FlagshipUnreachable, Talk
from app.gateways.answers import asked_to_wait
from app.gateways.flagship.retrying import PASSING_CODES, PASSING_STATUSES, Patience, Retry, TryAgain
from app.kernel.clock import Clock, system_clock
from app.kernel.errors import NotFound
from app.kernel.files import FilesUnreachable

from .signing import object_url, signed

SECONDS, NO_TRY_AFTER = 20.0, 8.0
"""Of one call; and since the first: a web worker that waits for a dead store must be back before gunicorn's minute is over."""
MOST_BYTES = 64 * 1024 * 1024
PATIENCE = Patience(tries=4, first_seconds=0.2, most_seconds=2.0, asked_most=5.0)
ONCE = Patience(tries=1)
CODE = re.compile(rb"<Code>(\w{1,60})</Code>")
TYPES = {".webp": "image/webp", ".png": "image/png", ".csv": "text/csv; charset=utf-8", ".mp4": "video/mp4", ".webm": "video/webm"}
FOR_EVER = "public, max-age=31536000, immutable"
WORDS = {301: "the bucket is in another region or at another address", 307: "the bucket is at another address",
         400: "the request was not understood: wrong region or key?", 403: "access refused: wrong key, secret or policy, or a clock that is off",
         404: "there is no such bucket"}


@dataclass(frozen=True, slots=True)
class BucketFiles:
    """`talk` may reach the bucket's host, also inside the house: the operator named it."""

    bucket: Bucket
    talk: Talk = field(repr=False)
    clock: Clock = system_clock
    retry: Retry = field(default=Retry(PATIENCE), repr=False)

    def put(self, key: str, content: bytes) -> None:
        suffix = PurePosixPath(key).suffix
        headers = {"Content-Type": TYPES.get(suffix, "application/octet-stream"), **({"Cache-Control": FOR_EVER} if "/media/" in key else {})}
        self._must(self._ask("PUT", key, headers, content), "PUT")

    def get(self, key: str) -> bytes:
        answer = self._ask("GET", key)
        if answer.status == 404 and _code(answer) != "NoSuchBucket":
            raise NotFound("file", key)
        return self._must(answer, "GET").body

    def has(self, key: str) -> bool:
        return self._head(key) is not None

    def holds(self, key: str, content: bytes) -> bool:
        """Whether this very content is there. Where the store encrypts with keys of its own its mark says nothing: False."""
        answer = self._head(key)
        return answer is not None and answer.headers.get("etag", "").strip('"') == hashlib.md5(content, usedforsecurity=False).hexdigest()

    def path(self, key: str) -> Path | None:
        return None

    def address(self, key: str) -> str:
        return object_url(self.bucket.public_url, _sound(key)) if self.bucket.public_url else ""

    def check(self) -> None:
        """One call, for /readyz: address, key and region are right."""
        self._must(self._ask("HEAD", "", retry=Retry(ONCE), seconds=5.0), "HEAD")

    def _head(self, key: str) -> Answer | None:
        answer = self._ask("HEAD", key)
        return None if answer.status == 404 else self._must(answer, "HEAD")

    def _must(self, answer: Answer, method: str) -> Answer:
        if 200 <= answer.status < 300:
            return answer
        words = " ".join(filter(None, [_code(answer), WORDS.get(answer.status, "")]))
        raise FilesUnreachable(f"{self.bucket.url} answered {method} with {answer.status} {words}".rstrip())

    def _ask(self, method: str, key: str, headers: Mapping[str, str] | None = None, body: bytes = b"", *, retry: Retry | None = None,
             seconds: float = SECONDS) -> Answer:
        """Every call may be made twice: a key's content is put as a whole."""
        bucket = self.bucket
        url = object_url(bucket.url, _sound(key)) if key else bucket.url
        began = time.monotonic()

        def again(lost: FlagshipUnreachable, after: float = 0.0) -> Exception:
            return TryAgain(lost, after=after) if time.monotonic() - began < NO_TRY_AFTER else lost

        def attempt() -> Answer:
            proof = signed(method, url, headers or {}, body, region=bucket.region, key_id=bucket.key_id, secret=bucket.secret, now=self.clock())
            try:
                answer = self.talk(method, url, headers=proof, body=body, seconds=seconds, max_bytes=MOST_BYTES)
            except FlagshipUnreachable as lost:
                raise again(lost) if lost.code in PASSING_CODES else lost from None
            if answer.status in PASSING_STATUSES or _code(answer) == "RequestTimeout":
                raise again(FlagshipUnreachable(f"HTTP {answer.status}", ""), asked_to_wait(answer.headers))
            return answer

        try:
            return (retry or self.retry)(attempt)
        except FlagshipUnreachable as lost:
            raise FilesUnreachable(f"{bucket.url} does not answer: {lost.code}") from None


def _code(answer: Answer) -> str:
    found = CODE.search(answer.body[:4096]) if answer.status >= 300 else None
    return found[1].decode() if found else ""


def _sound(key: str) -> str:
    if any(part in ("", ".", "..") for part in key.split("/")):
        raise NotFound("file", key)
    return key
