"""Which of our variants a listed one is (R36): external id, then SKU, then barcode; never by name; in doubt a conflict."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from app.kernel.errors import msgid


class Known(NamedTuple):
    """One of our variants, as far as matching needs it. `source_id` None is an offline one."""

    id: UUID
    source_id: UUID | None
    external_id: str
    sku: str
    barcode: str
    row_hash: str
    tombstoned: bool


class Match(NamedTuple):
    """`variant` None and no `code`: ours does not exist yet. A `code` is a conflict, `rivals` the candidates."""

    variant: Known | None
    by: str = ""
    code: str = ""
    reason: str = ""
    rivals: tuple[UUID, ...] = ()


@dataclass(slots=True)
class Shelf:
    """Every variant of the brand, findable by the three rungs of the ladder; built once a run."""

    source_id: UUID
    by_external: dict[str, Known] = field(default_factory=dict)
    by_sku: dict[str, Known] = field(default_factory=dict)
    by_barcode: dict[str, list[Known]] = field(default_factory=dict)

    @classmethod
    def of(cls, source_id: UUID, variants: Iterable[Known]) -> Shelf:
        shelf = cls(source_id)
        for known in variants:
            if known.source_id == source_id:
                shelf.by_external[known.external_id] = known
            if known.sku:
                shelf.by_sku[known.sku] = known
            if known.barcode:
                shelf.by_barcode.setdefault(known.barcode, []).append(known)
        return shelf

    def maybe_ours(self, *, sku: str, barcode: str) -> bool:
        """Whether an unknown external id needs the lower rungs at all."""
        return (bool(sku) and sku in self.by_sku) or (bool(barcode) and barcode in self.by_barcode)

    def sku_taken(self, sku: str, *, by_other_than: UUID) -> bool:
        holder = self.by_sku.get(sku) if sku else None
        return holder is not None and holder.id != by_other_than

    def match(self, *, sku: str, barcode: str, listed: Container[str]) -> Match:
        """The lower rungs, for an external id we do not know. `listed`: every external id of this run."""
        holder = self.by_sku.get(sku) if sku else None
        if holder is not None:
            if self._free(holder, listed):
                return Match(holder, "sku")
            if holder.source_id == self.source_id:
                return Match(None, code="sku_taken", reason=msgid("SKU 已属于来源里的另一件商品"), rivals=(holder.id,))
            return Match(None, code="sku_of_other_source", reason=msgid("SKU 已由另一个旗舰店来源提供"), rivals=(holder.id,))
        candidates = [one for one in self.by_barcode.get(barcode, ()) if self._free(one, listed)] if barcode else []
        if len(candidates) > 1:
            return Match(None, code="barcode_ambiguous", reason=msgid("云店有多个 SKU 使用同一条码，不能确定是哪一个"),
                         rivals=tuple(one.id for one in candidates))
        return Match(candidates[0], "barcode") if candidates else Match(None)

    def _free(self, known: Known, listed: Container[str]) -> bool:
        """Nobody else's: entered offline, or of this source under an external id it no longer lists."""
        return known.source_id is None or (known.source_id == self.source_id and known.external_id not in listed)


def shared_claims(claims: Iterable[tuple[str, UUID]]) -> set[str]:
    """External ids of listed items that want one of ours which another item wants too: all of them are in conflict."""
    wanted_by: dict[UUID, list[str]] = {}
    for external_id, variant_id in claims:
        wanted_by.setdefault(variant_id, []).append(external_id)
    return {external_id for ids in wanted_by.values() if len(ids) > 1 for external_id in ids}
