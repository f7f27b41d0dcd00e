"""The flagship gateway flows are handed: stored settings in, connector out; uploads are read from the file store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from app.domain.catalog.ports import Alone, Download, FlagshipConnector, Secrets, Talk
from app.kernel.errors import Refused
from app.kernel.files import Files

from .heard import Heard
from .kinds import Kind, Means
from .registry import kinds


@dataclass(frozen=True, slots=True)
class GivenSecrets:
    """Secrets that are at hand and not at rest: typed a moment ago, to try them. What is renewed is kept for the try only."""

    values: dict[str, str]

    def read(self) -> Mapping[str, str]:
        return dict(self.values)

    def keep(self, **renewed: str) -> None:
        self.values.update(renewed)

    def __repr__(self) -> str:
        return f"GivenSecrets({', '.join(sorted(self.values))})"


@dataclass(frozen=True, slots=True)
class Flagships:
    """`files` keeps the uploads that stored settings name by `file_key`."""

    download: Download
    files: Files
    talk: Talk

    def problems(self, kind: str, settings: Mapping[str, object], *, kept: Collection[str] = ()) -> list[Refused]:
        """What is wrong with what a person typed (secrets among it); `kept` names secrets at rest that may stay blank."""
        known = kinds().get(kind)
        return known.problems(settings, kept=kept) if known else [_unknown(kind)]

    def divide(self, kind: str, typed: Mapping[str, object]) -> tuple[dict[str, object], dict[str, str]]:
        """What a person typed as (settings to store, secrets to seal). Raises Refused for a kind there is not."""
        return _kind(kind).divide(typed)

    def open(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets | None = None,
             alone: Alone = nullcontext) -> FlagshipConnector:
        """The connector for stored settings. Raises Refused or Invalid."""
        key = settings.get("file_key")
        given = {"file": self.files.path(str(key))} if key else settings
        return _kind(kind).open(given, self._means(secrets or GivenSecrets({}), now, alone))

    def open_typed(self, kind: str, typed: Mapping[str, object], *, now: datetime) -> FlagshipConnector:
        """The connector for settings and secrets not stored yet, to try them. Raises Refused or Invalid."""
        settings, secrets = self.divide(kind, typed)
        return _kind(kind).open(settings, self._means(GivenSecrets(secrets), now))

    def hear(self, kind: str, headers: Mapping[str, str], body: bytes, *, secrets: Secrets) -> Heard | None:
        """What a webhook delivery says; None if it is not the shop's (or the kind has no webhooks): refuse it."""
        known = kinds().get(kind)
        return known.hear(headers, body, secrets.read()) if known and known.hear else None

    def _means(self, secrets: Secrets, now: datetime, alone: Alone = nullcontext) -> Means:
        return Means(secrets=secrets, talk=self.talk, download=self.download, now=now, alone=alone)


def _kind(kind: str) -> Kind:
    known = kinds().get(kind)
    if known is None:
        raise _unknown(kind)
    return known


def _unknown(kind: str) -> Refused:
    return Refused("kind_unknown", "没有“%(kind)s”这种旗舰店来源", field="kind", kind=kind[:40])
