"""The shop's token: read, renewed in time, and renewed once for everyone when JD says it has ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.catalog.ports import FlagshipUnreachable, NeedsAuthorisation, Secrets
from app.gateways.flagship.retrying import PASSING_CODES, Retry, TryAgain
from app.kernel.errors import msgid

from .oauth import Grant, OAuth, moment_text
from .reactions import NoReply

Lock = Callable[[], AbstractContextManager[object]]
"""One holder at a time for this source, across processes."""
MISSING = msgid("店铺还没有授权：请用京东店铺主账号授权")


@dataclass(frozen=True, slots=True)
class Kept:
    """The token as it was read; two of them are equal when nobody renewed in between, even if JD kept the token's value."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime | None
    refresh_at: datetime | None


@dataclass(slots=True)
class Tokens:
    """Raises NeedsAuthorisation where the owner of the shop has to act, FlagshipUnreachable where JD's OAuth does not answer."""

    secrets: Secrets = field(repr=False)
    oauth: OAuth
    lock: Lock
    clock: Callable[[], datetime]
    retry: Retry = Retry()
    _known: Kept | None = None
    _early_tried: bool = False

    def current(self) -> Kept:
        """The token to call with; renewed beforehand when its end is near, and if that fails used while it lives."""
        now = self.clock()
        kept = self._known = self._known or self._read()
        due = kept.refresh_at is not None and kept.refresh_at <= now and bool(kept.refresh_token)
        if due and not self._early_tried:
            self._early_tried = True
            try:
                return self.renewed(kept)
            except FlagshipUnreachable:
                if kept.expires_at is not None and kept.expires_at <= now:
                    raise
        if not kept.access_token:
            raise NeedsAuthorisation("needs_authorisation", MISSING)
        return kept

    def renewed(self, refused: Kept) -> Kept:
        """A token newer than the one JD refused: someone else's if it was renewed meanwhile, or one fetched now."""
        with self.lock():
            kept = self._read()
            if kept == refused:
                kept = self._fetch(kept)
        self._known = kept
        return kept

    def _fetch(self, kept: Kept) -> Kept:
        """A refusal is not the end if an answer got lost before it (JD prolongs a token in place, so the old one may live), or if
        somebody without our lock was quicker."""
        if not kept.refresh_token:
            raise NeedsAuthorisation("needs_authorisation", MISSING)
        lost: list[FlagshipUnreachable] = []

        def attempt() -> Grant:
            try:
                return self.oauth.refresh(kept.refresh_token, now=self.clock())
            except FlagshipUnreachable as failure:
                if failure.code in PASSING_CODES or isinstance(failure, NoReply):
                    lost.append(failure)
                    raise TryAgain(failure) from None
                raise

        try:
            return self._keep(self.retry(attempt), kept)
        except NeedsAuthorisation:
            now = self._read()
            if now == kept and not lost:
                raise
            return now

    def _keep(self, grant: Grant, before: Kept) -> Kept:
        kept = Kept(grant.access_token, grant.refresh_token or before.refresh_token, grant.expires_at, grant.refresh_at)
        self.secrets.keep(access_token=kept.access_token, refresh_token=kept.refresh_token, expires_at=moment_text(kept.expires_at),
                          refresh_at=moment_text(kept.refresh_at))
        return kept

    def _read(self) -> Kept:
        secrets = self.secrets.read()
        return Kept(secrets.get("access_token", ""), secrets.get("refresh_token", ""), _moment(secrets.get("expires_at", "")),
                    _moment(secrets.get("refresh_at", "")))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
