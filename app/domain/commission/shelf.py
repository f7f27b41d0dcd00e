"""Which goods a rule decides: those it covers and no rule above it takes away (R3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from .rules import Rule, covers, order_key

Place = tuple[UUID | None, UUID | None]
"""(store, dealer) of a sale."""


@dataclass(frozen=True, slots=True)
class Item:
    """A thing on sale, as far as rates are concerned."""

    variant_id: UUID
    product_id: UUID
    category: str
    price_minor: int
    commissionable: bool


class Shelf:
    """Rules of one moment over the goods of one brand, indexed, because there may be thousands of both."""

    def __init__(self, rules: Sequence[Rule], items: Iterable[Item]) -> None:
        self._items = sorted((item for item in items if item.price_minor > 0), key=lambda item: (item.price_minor, item.variant_id))
        self._by_scope: dict[tuple[UUID | None, UUID | None], list[Rule]] = defaultdict(list)
        self._by_variant: dict[UUID, list[Item]] = defaultdict(list)
        self._by_product: dict[UUID, list[Item]] = defaultdict(list)
        self._asked = {unit for rule in rules for unit in (rule.store_id, rule.dealer_id) if unit}
        for rule in rules:
            self._by_scope[rule.variant_id, rule.product_id].append(rule)
        for item in self._items:
            self._by_variant[item.variant_id].append(item)
            self._by_product[item.product_id].append(item)

    def place(self, store_id: UUID | None, dealer_id: UUID | None) -> Place:
        """The store and dealer of a sale, as far as any rule asks for them."""
        return store_id if store_id in self._asked else None, dealer_id if dealer_id in self._asked else None

    def visible(self, rule: Rule, place: Place) -> bool:
        """Whether no other rule stands above this one for whatever it covers, at this place."""
        return not any(
            other.id != rule.id and other.variant_id in (None, rule.variant_id) and other.product_id in (None, rule.product_id)
            and (other.category is None or (rule.category is not None and covers(other.category, rule.category)))
            and _asks_no_more(other, rule, place) and order_key(other) < order_key(rule)
            for other in self._near(rule.variant_id, rule.product_id))

    def cheapest(self, rule: Rule | None, place: Place) -> int | None:
        """The lowest price this rule decides at this place (None: what pays no commission), in minor units; None when there is none."""
        if rule is None:
            return self._items[0].price_minor if self._items else None
        return next((item.price_minor for item in self._covered(rule) if item.commissionable and not self._taken(item, rule, place)), None)

    def _covered(self, rule: Rule) -> Iterator[Item]:
        items: Sequence[Item] = self._items
        if rule.variant_id:
            items = self._by_variant[rule.variant_id]
        elif rule.product_id:
            items = self._by_product[rule.product_id]
        return (item for item in items if rule.product_id in (None, item.product_id)
                and (rule.category is None or covers(rule.category, item.category)))

    def _taken(self, item: Item, rule: Rule, place: Place) -> bool:
        """Whether a rule above takes this item from everyone the rule is for."""
        return any((other.category is None or covers(other.category, item.category)) and _asks_no_more(other, rule, place)
                   and order_key(other) < order_key(rule) for other in self._near(item.variant_id, item.product_id))

    def _near(self, variant_id: UUID | None, product_id: UUID | None) -> Iterator[Rule]:
        for scope in {(variant_id, product_id), (variant_id, None), (None, product_id), (None, None)}:
            yield from self._by_scope.get(scope, ())


def _asks_no_more(other: Rule, rule: Rule, place: Place) -> bool:
    """Whether every seller under `rule` at this place is also one under `other`."""
    store_id, dealer_id = place
    return (other.activity_id in (None, rule.activity_id) and other.guide_id in (None, rule.guide_id) and other.guide_level in (None, rule.guide_level)
            and other.store_id in (None, rule.store_id, store_id) and other.dealer_id in (None, rule.dealer_id, dealer_id))
