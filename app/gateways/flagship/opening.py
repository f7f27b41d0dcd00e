"""The flagship gateway flows are handed: stored settings in, connector out; uploads are read from the file store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.domain.alliance.ports import AlliancePool
from app.domain.catalog.ports import Alone, Download, FlagshipConnector, FlagshipUnreachable, Permission, Secrets, Talk
from app.domain.fulfilment.ports import AreaBook, FlagshipOrders, FlagshipShop
from app.kernel.errors import NotFound, Refused, msgid
from app.kernel.files import Files, FilesUnreachable

from .fields import SettingsField
from .heard import Heard
from .kinds import Kind, Means
from .lending import OWN, Lent, LentSecrets
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
    """`files` keeps the uploads that stored settings name by `file_key`; `lent` is by kind what the operator lends."""

    download: Download
    files: Files
    talk: Talk
    lent: Mapping[str, Lent] = field(default_factory=dict)

    def fields(self, kind: Kind) -> tuple[SettingsField, ...]:
        """What a person is asked."""
        lent = self.lent.get(kind.kind)
        return lent.shown(kind.fields) if lent else kind.fields

    def problems(self, kind: str, settings: Mapping[str, object], *, kept: Collection[str] = ()) -> list[Refused]:
        """What is wrong with what a person typed (secrets among it); `kept` names secrets at rest that may stay blank."""
        known, lent = kinds().get(kind), self._lent(kind, settings)
        if known is None:
            return [_unknown(kind)]
        if lent is None:
            return known.problems(settings, kept=kept)
        return lent.problems(settings) or known.problems({**settings, **lent.settings}, kept={*kept, *lent.secrets})

    def divide(self, kind: str, typed: Mapping[str, object]) -> tuple[dict[str, object], dict[str, str]]:
        """What a person typed as (settings to store, secrets to seal). Raises Refused for a kind there is not."""
        return _kind(kind).divide(typed)

    def open(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets | None = None,
             alone: Alone = nullcontext) -> FlagshipConnector:
        """The connector for stored settings. Raises Refused or Invalid, FlagshipUnreachable if an upload cannot be had."""
        key = settings.get("file_key")
        given = {"file": self._upload(str(key))} if key else settings
        settings, held = self._borrowed(kind, given, secrets or GivenSecrets({}))
        return _kind(kind).open(settings, self._means(held, now, alone))

    def open_typed(self, kind: str, typed: Mapping[str, object], *, now: datetime) -> FlagshipConnector:
        """The connector for settings and secrets not stored yet, to try them. Raises Refused or Invalid."""
        settings, secrets = self.divide(kind, typed)
        return self.open(kind, settings, now=now, secrets=GivenSecrets(secrets))

    def permission(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets) -> Permission | None:
        """How the shop's owner gives her permission on a page of the shop; None for a kind where she types keys."""
        known = kinds().get(kind)
        settings, secrets = self._borrowed(kind, settings, secrets)
        return known.permission(settings, self._means(secrets, now)) if known and known.permission else None

    def hear(self, kind: str, headers: Mapping[str, str], body: bytes, *, secrets: Secrets) -> Heard | None:
        """What a webhook delivery says; None if it is not the shop's (or the kind has no webhooks): refuse it."""
        known = kinds().get(kind)
        return known.hear(headers, body, secrets.read()) if known and known.hear else None

    def _upload(self, key: str) -> Path | bytes:
        """Where the file lies, or all of it if it lies elsewhere."""
        try:
            return self.files.path(key) or self.files.get(key)
        except NotFound:
            raise FlagshipUnreachable("file_missing", msgid("找不到上传的文件")) from None
        except FilesUnreachable:
            raise FlagshipUnreachable("files_unreachable", msgid("文件存储没有回答，请稍后再试")) from None

    def takes(self, kind: str) -> frozenset[str]:
        """What can go back to a flagship of this kind: orders, stock."""
        known = kinds().get(kind)
        doors = {"orders": known.orders, "stock": known.shop} if known else {}
        return frozenset(name for name, door in doors.items() if door)

    def open_orders(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets, alone: Alone = nullcontext) -> FlagshipOrders:
        """Raises Refused where the kind takes no orders or the settings do not reach."""
        door = _kind(kind).orders
        if door is None:
            raise Refused("takes_no_orders", "这种来源不接收订单", field="sends_back")
        settings, secrets = self._borrowed(kind, settings, secrets)
        return door(settings, self._means(secrets, now, alone))

    def open_shop(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets, alone: Alone = nullcontext) -> FlagshipShop:
        """Raises Refused where the stock of this kind cannot be written."""
        door = _kind(kind).shop
        if door is None:
            raise Refused("takes_no_stock", "这种来源的库存不能改写", field="sends_back")
        settings, secrets = self._borrowed(kind, settings, secrets)
        return door(settings, self._means(secrets, now, alone))

    def in_alliance(self, kind: str) -> bool:
        known = kinds().get(kind)
        return bool(known and known.alliance)

    def open_alliance(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets, alone: Alone = nullcontext) -> AlliancePool:
        """Raises Refused where the kind belongs to no alliance."""
        door = _kind(kind).alliance
        if door is None:
            raise Refused("no_alliance", "这种来源不属于联盟", field="source_id")
        settings, secrets = self._borrowed(kind, settings, secrets)
        return door(settings, self._means(secrets, now=now, alone=alone))

    def asks_areas(self, kind: str) -> bool:
        """Whether its orders need the ids of province, city, district and town."""
        known = kinds().get(kind)
        return bool(known and known.areas)

    def open_areas(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets, alone: Alone = nullcontext) -> AreaBook | None:
        door = _kind(kind).areas
        settings, secrets = self._borrowed(kind, settings, secrets)
        return door(settings, self._means(secrets, now, alone)) if door else None

    def _lent(self, kind: str, settings: Mapping[str, object]) -> Lent | None:
        return None if settings.get(OWN) else self.lent.get(kind)

    def _borrowed(self, kind: str, settings: Mapping[str, object], secrets: Secrets) -> tuple[Mapping[str, object], Secrets]:
        lent = self._lent(kind, settings)
        return ({**settings, **lent.settings}, LentSecrets(secrets, lent.secrets)) if lent else (settings, secrets)

    def _means(self, secrets: Secrets, now: datetime, alone: Alone = nullcontext) -> Means:
        return Means(secrets=secrets, talk=self.talk, download=self.download, now=now, alone=alone)


def _kind(kind: str) -> Kind:
    known = kinds().get(kind)
    if known is None:
        raise _unknown(kind)
    return known


def _unknown(kind: str) -> Refused:
    return Refused("kind_unknown", "没有“%(kind)s”这种旗舰店来源", field="kind", kind=kind[:40])
