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
    """A thing on sale at one price, as far as rates are concerned; the same thing in an activity is another item."""

    variant_id: UUID
    product_id: UUID
    category: str
    price_minor: int
    commissionable: bool
    activity_id: UUID | None = None


class Shelf:
    """Rules of one moment over the goods of one brand; there may be thousands of both."""

    def __init__(self, rules: Sequence[Rule], items: Iterable[Item]) -> None:
        self._items = sorted((item for item in items if item.price_minor > 0), key=lambda item: (item.price_minor, item.variant_id))
        self._rules = sorted(rules, key=order_key)
        self._rank = {rule.id: rank for rank, rule in enumerate(self._rules)}
        self._by_variant: dict[UUID, list[Item]] = defaultdict(list)
        self._by_product: dict[UUID, list[Item]] = defaultdict(list)
        self._asked = {unit for rule in rules for unit in (rule.store_id, rule.dealer_id) if unit}
        self._above: dict[tuple[UUID, Place], list[Rule]] = {}
        for item in self._items:
            self._by_variant[item.variant_id].append(item)
            self._by_product[item.product_id].append(item)

    def place(self, store_id: UUID | None, dealer_id: UUID | None) -> Place:
        """The store and dealer of a sale, as far as any rule asks for them."""
        return store_id if store_id in self._asked else None, dealer_id if dealer_id in self._asked else None

    def visible(self, rule: Rule, place: Place) -> bool:
        """Whether no other rule stands above this one for whatever it covers, at this place."""
        return not any(
            other.variant_id in (None, rule.variant_id) and other.product_id in (None, rule.product_id) and other.activity_id in (None, rule.activity_id)
            and (other.category is None or (rule.category is not None and covers(other.category, rule.category))) for other in self._uppers(rule, place))

    def cheapest(self, rule: Rule | None = None, place: Place = (None, None)) -> Item | None:
        """The cheapest thing this rule decides at this place (None: the cheapest of all); None when there is none."""
        if rule is None:
            return self._items[0] if self._items else None
        uppers = self._uppers(rule, place)
        return next((item for item in self._covered(rule) if item.commissionable and not any(_covers(other, item) for other in uppers)), None)

    def _covered(self, rule: Rule) -> Iterator[Item]:
        """What is inside the rule's scope, cheapest first."""
        items: Sequence[Item] = self._items
        if rule.variant_id:
            items = self._by_variant[rule.variant_id]
        elif rule.product_id:
            items = self._by_product[rule.product_id]
        return (item for item in items if _covers(rule, item))

    def _uppers(self, rule: Rule, place: Place) -> list[Rule]:
        """Rules above this one that are for everybody it is for at this place."""
        if (rule.id, place) not in self._above:
            self._above[rule.id, place] = [other for other in self._rules[:self._rank[rule.id]] if _asks_no_more(other, rule, place)]
        return self._above[rule.id, place]


def _covers(rule: Rule, item: Item) -> bool:
    return (rule.variant_id in (None, item.variant_id) and rule.product_id in (None, item.product_id) and rule.activity_id in (None, item.activity_id)
            and (rule.category is None or covers(rule.category, item.category)))


def _asks_no_more(other: Rule, rule: Rule, place: Place) -> bool:
    """Whether everyone who sells under `rule` at this place also sells under `other`."""
    store_id, dealer_id = place
    return (other.guide_id in (None, rule.guide_id) and other.guide_level in (None, rule.guide_level)
            and other.store_id in (None, rule.store_id, store_id) and other.dealer_id in (None, rule.dealer_id, dealer_id))
