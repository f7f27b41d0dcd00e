"""The connector of kind `jd`: the brand's POP shop, read whole or by what changed, while it goes on selling."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from app.domain.catalog.ports import Checkpoint, FlagshipUnreachable, ListedGroup, ListedVariant, Read, RemovedItem, ShopFacts, UnreadableItem
from app.kernel.errors import Refused, msgid

from .gateway import Gateway
from .items import Reading, listed_variant
from .replies import Body, part, text, whole_number
from .walking import START, Place
from .wares import AT_ONCE, DELETED, Wares

OVERLAP = timedelta(minutes=10)
"""JD takes calls from clocks six minutes off, so its stamps and ours may differ by as much."""
PASSES = 8
"""Times the changes made during a reading are read again before a shop that never rests is let go."""
NO_SKUS = msgid("商品“%(title)s”（%(ware)s）在京东没有 SKU")
JD_CURRENCY = "CNY"
NOTHING = hashlib.sha256().hexdigest()


@dataclass(slots=True)
class PopShop:
    """A FlagshipConnector. A variant is a SKU, its group the ware (款).

    Why nothing is missed: the walk over the wares proves for each page that it joins the one before (walking.py); what
    was changed, brought back or taken away meanwhile is read again until nothing changes any more; at the end the SKUs
    seen are counted against JD's own number, and if they differ every SKU id is walked and what is missing is fetched.
    """

    gateway: Gateway
    wares: Wares = field(init=False)

    def __post_init__(self) -> None:
        self.wares = Wares(self.gateway)

    @property
    def can_read_changes(self) -> bool:
        return True

    def check(self) -> ShopFacts:
        shop = self.gateway.call("jingdong.vender.shop.query", {}, lambda body: part(body, "shop_jos_result"))
        tokens = self.gateway.tokens
        ends = tokens.current().expires_at if tokens else None
        return ShopFacts(text(shop.get("shop_name")), self.wares.count_skus(), ends)

    def list_items(self, *, currency: str, cursor: str = "") -> Iterator[Read]:
        """Everything, with a checkpoint behind each page. A cursor that cannot be read begins anew.

        A shop without any goods would take every product down, so it is taken for a failure.
        """
        _only_yuan(currency)
        run = _Run.begun(self.wares, Reading.of(self.gateway.app, currency), self.gateway.clock(), cursor)
        for wares, place in self.wares.valid(run.place):
            yield from run.variants(wares)
            run.place = place
            yield Checkpoint(run.cursor())
        yield from run.settled()
        if run.whole:
            yield from run.counted()
        if not run.position:
            raise FlagshipUnreachable("no_items", msgid("来源里没有任何商品"))

    def list_changes(self, *, currency: str, since: datetime) -> Iterator[Read]:
        """What was changed, taken down or put into the recycle bin since, and a little before."""
        _only_yuan(currency)
        yield from _Run(self.wares, Reading.of(self.gateway.app, currency), since).changes()


@dataclass(slots=True)
class _Run:
    """One reading. `listed`: ware id → SKU ids of what was yielded and not removed; `whole`: it holds the run from its start."""

    wares: Wares
    reading: Reading
    since: datetime
    place: Place = START
    position: int = 0
    whole: bool = True
    listed: dict[int, set[int]] = field(default_factory=dict)

    @classmethod
    def begun(cls, wares: Wares, reading: Reading, now: datetime, cursor: str) -> _Run:
        try:
            told = json.loads(cursor)
            place = Place(int(told["last"]), int(told["offset"]))
            return cls(wares, reading, datetime.fromtimestamp(int(told["since"]), UTC), place, int(told["position"]), whole=False)
        except (ValueError, TypeError, KeyError, OverflowError, OSError):
            return cls(wares, reading, now)

    def cursor(self) -> str:
        return json.dumps({"since": int(self.since.timestamp()), "last": self.place.last, "offset": self.place.offset, "position": self.position})

    def variants(self, wares: Sequence[Body], *, closing: bool = False) -> Iterator[Read]:
        """`closing`: these SKUs are all the ware has, what else was known of it is gone."""
        for start in range(0, len(wares), AT_ONCE):
            yield from self._some(wares[start:start + AT_ONCE], closing=closing)

    def settled(self) -> Iterator[Read]:
        """What changed since the run began, until two passes find the same: then all that was yielded is the shop as it stands."""
        before = ""
        for _ in range(PASSES):
            digest = hashlib.sha256()
            for one in self.changes():
                digest.update(_told(one).encode())
                yield one
            if digest.hexdigest() in (before, NOTHING):
                return
            before = digest.hexdigest()

    def changes(self) -> Iterator[Read]:
        """First what went, then what is: something brought back in between ends as listed."""
        since = self.since - OVERLAP
        for ware in self.wares.recycled(since=since):
            yield self._closed(whole_number(ware.get("wareId")), [])
        for sku in self.wares.skus(since=since, states=DELETED):
            yield self._removed(whole_number(sku.get("wareId")), whole_number(sku.get("skuId")))
        read: set[int] = set()
        for wares, _ in self.wares.valid(since=since):
            read |= {whole_number(ware.get("wareId")) for ware in wares}
            yield from self.variants(wares, closing=True)
        changed = {whole_number(sku.get("wareId")) for sku in self.wares.skus(since=since)}
        yield from self._wares_of(sorted(changed - read))

    def counted(self) -> Iterator[Read]:
        """JD's own number of SKUs against ours; where they differ, id by id."""
        if self.wares.count_skus() == sum(map(len, self.listed.values())):
            return
        there = {whole_number(sku.get("skuId")): whole_number(sku.get("wareId")) for sku in self.wares.skus()}
        missing = {ware for sku, ware in there.items() if sku not in self.listed.get(ware, ())}
        vanished = {ware for ware, skus in self.listed.items() if not skus <= there.keys()}
        yield from self._wares_of(sorted(missing | vanished))

    def _wares_of(self, ids: Sequence[int]) -> Iterator[Read]:
        """These wares as they stand now; those that are no more are closed empty."""
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start:start + AT_ONCE]
            wares = [ware for rows, _ in self.wares.valid(ids=some) for ware in rows]
            yield from self.variants(wares, closing=True)
            for gone in sorted(set(some) - {whole_number(ware.get("wareId")) for ware in wares}):
                yield self._closed(gone, [])

    def _some(self, wares: Sequence[Body], *, closing: bool) -> Iterator[Read]:
        """The SKUs of these wares, by ware and id."""
        skus: dict[int, list[Body]] = {whole_number(ware["wareId"]): [] for ware in wares}
        for sku in self.wares.priced(list(self.wares.skus(ware_ids=list(skus)))):
            skus.setdefault(whole_number(sku.get("wareId")), []).append(sku)
        for ware in wares:
            own = skus[whole_number(ware["wareId"])]
            if own:
                yield from self._ware(self.wares.completed(ware), own)
            elif any(rows for rows, _ in self.wares.valid(ids=[ware["wareId"]])):
                self.position += 1
                told = {"title": text(ware.get("title"))[:60], "ware": text(ware["wareId"])}
                yield UnreadableItem(self.position, "", "no_skus", NO_SKUS, told)
            if closing:
                yield self._closed(whole_number(ware["wareId"]), [whole_number(sku.get("skuId")) for sku in own])

    def _ware(self, ware: Body, skus: Sequence[Body]) -> Iterator[Read]:
        category = self.wares.category_path(whole_number(ware.get("categoryId")))
        for sku in skus:
            self.position += 1
            self.listed.setdefault(whole_number(ware["wareId"]), set()).add(whole_number(sku.get("skuId")))
            try:
                yield listed_variant(ware, sku, self.reading, position=self.position, category=category)
            except Refused as refusal:
                yield UnreadableItem(self.position, text(sku.get("skuId")), refusal.code, refusal.message, dict(refusal.data))

    def _closed(self, ware: int, skus: Sequence[int]) -> ListedGroup:
        self.listed[ware] = set(skus)
        return ListedGroup(str(ware), frozenset(map(str, skus)))

    def _removed(self, ware: int, sku: int) -> RemovedItem:
        self.listed.get(ware, set()).discard(sku)
        return RemovedItem(str(sku))


def _told(one: Read) -> str:
    """What it says, wherever it stood."""
    if isinstance(one, ListedVariant | UnreadableItem):
        return repr(one._replace(position=0) if isinstance(one, ListedVariant) else replace(one, position=0))
    return f"{one.group_id}:{sorted(one.external_ids)}" if isinstance(one, ListedGroup) else repr(one)


def _only_yuan(currency: str) -> None:
    if currency != JD_CURRENCY:
        raise FlagshipUnreachable("currency_differs", msgid("京东以人民币标价，品牌的币种是 %(currency)s，不会换算"), currency=currency)
