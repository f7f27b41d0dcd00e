"""What a kind of flagship is: what it must be told, what is secret, and how it is opened. Outsiders add theirs by entry point.

A package names its `Kind` under the entry point group `yundian.flagship`; docs/connectors.md tells how.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import EntryPoint, entry_points

import structlog

from app.domain.alliance.ports import AlliancePool
from app.domain.catalog.ports import Download, FlagshipConnector, Permission, Secrets, Talk
from app.domain.fulfilment.ports import AreaBook, FlagshipOrders, FlagshipShop
from app.kernel.errors import Invalid, Refused

from .asking import Asking
from .fields import SettingsField, field_problems
from .heard import Hear
from .retrying import PATIENCE, Patience, Retry

GROUP = "yundian.flagship"
NAME = re.compile(r"[a-z][a-z0-9_]{1,19}")

Settings = Mapping[str, object]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Means:
    """What a connector may use of the outside. `now` is the moment it was opened.

    `alone` is held while a source's secrets are renewed: one holder at a time for the source, across processes.
    """

    secrets: Secrets = field(repr=False)
    talk: Talk
    download: Download
    now: datetime
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    alone: Callable[[], AbstractContextManager[object]] = field(default=nullcontext, repr=False)
    _opened: float = field(default_factory=time.monotonic, repr=False)

    def moment(self) -> datetime:
        """`now` plus the time that has passed: for signatures that carry a time."""
        return self.now + timedelta(seconds=time.monotonic() - self._opened)

    def retry(self, patience: Patience = PATIENCE) -> Retry:
        """The one policy of trying again."""
        return Retry(patience, self.sleep)

    def asking(self, patience: Patience = PATIENCE) -> Asking:
        """Calls to the shop that may be made again."""
        return Asking(self.talk, self.secrets, self.retry(patience))


Connect = Callable[[Settings, Means], FlagshipConnector]
Inspect = Callable[[Settings], Iterable[Refused]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`kind` is the name stored with a source: 2 to 20 of a-z, 0-9 and _. `label` and `hint` are gettext msgids.

    Of `alternatives` exactly one is given (a feed's url, file or content). `connect` opens a connector and fetches nothing;
    `inspect` finds what is wrong with settings beyond what the fields say; `hear` understands the shop's webhooks. `orders` opens a shop
    that takes our orders and ships them, `shop` one whose stock we may write; both fetch nothing and raise Refused where the settings
    do not reach. `areas` opens the shop's own list of places, for one whose orders need the ids of province, city, district and town.
    `permission`: the shop's owner lets us in on a page of the shop. `alliance` opens the pool of an alliance the shop belongs to.
    """

    kind: str
    label: str
    hint: str
    fields: tuple[SettingsField, ...]
    connect: Connect
    alternatives: tuple[str, ...] = ()
    inspect: Inspect | None = None
    hear: Hear | None = None
    orders: Callable[[Settings, Means], FlagshipOrders] | None = None
    shop: Callable[[Settings, Means], FlagshipShop] | None = None
    areas: Callable[[Settings, Means], AreaBook] | None = None
    permission: Callable[[Settings, Means], Permission] | None = None
    alliance: Callable[[Settings, Means], AlliancePool] | None = None

    @property
    def secret_names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if field.control == "secret")

    def problems(self, settings: Settings, *, kept: Collection[str] = ()) -> list[Refused]:
        """What is wrong with what a person typed, secrets among it; `kept` names the secrets that are at rest already."""
        errors = [*self._alternative_problems(settings), *field_problems(self.fields, settings, kept=kept)]
        return errors or [*(self.inspect(settings) if self.inspect else ())]

    def open(self, settings: Settings, means: Means) -> FlagshipConnector:
        """The connector for settings without secrets; those come from `means`. Raises Refused or Invalid."""
        errors = self.problems(settings, kept=self.secret_names)
        if errors:
            raise errors[0] if len(errors) == 1 else Invalid(errors)
        return self.connect(settings, means)

    def divide(self, typed: Settings) -> tuple[dict[str, object], dict[str, str]]:
        """What a person typed as (settings to store, secrets to seal); blanks are left out of both."""
        given = {name: value for name, value in typed.items() if value not in (None, "")}
        secrets = {name: str(given[name]).strip() for name in self.secret_names if name in given}
        return {name: value for name, value in given.items() if name not in secrets}, secrets

    def _alternative_problems(self, settings: Settings) -> list[Refused]:
        names = {field.name for field in self.fields}
        given = [name for name in self.alternatives if settings.get(name) not in (None, "")]
        strange = any(name not in names and value not in (None, "") for name, value in settings.items())
        if len(given) > 1:
            return [Refused("source_ambiguous", "网址、文件和内容只能给一个", field=given[1])]
        if self.alternatives and not given and not strange:
            return [Refused("source_missing", "请填写网址或上传文件", field=self.alternatives[0])]
        return []


def collect(built_in: Iterable[Kind]) -> dict[str, Kind]:
    """The built-in kinds and those of installed packages, by name. A package cannot replace a built-in kind."""
    found = {kind.kind: kind for kind in built_in}
    for entry in entry_points(group=GROUP):
        kind = _loaded(entry)
        if kind is not None and kind.kind not in found:
            found[kind.kind] = kind
    return found


@cache
def _loaded(entry: EntryPoint) -> Kind | None:
    """None for a package that cannot be used: it is told to the operator and harms nobody else."""
    try:
        kind = entry.load()
    except Exception as wrong:  # noqa: BLE001 (foreign code)
        log.error("flagship_kind_unusable", entry_point=entry.name, error=type(wrong).__name__)
        return None
    if not isinstance(kind, Kind) or not NAME.fullmatch(kind.kind):
        log.error("flagship_kind_unusable", entry_point=entry.name, error="no Kind, or a bad name")
        return None
    return kind
