"""The ladder for many sales at once: the same answers as `rules.resolve`, without asking every rule about every sale (R3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from uuid import UUID

from .rules import SEPARATOR, Resolved, Rule, Sale, applies, found, order_key

Scope = tuple[UUID | str | None, ...]
"""(variant, product, guide, store, dealer, category) that a rule asks for."""


class Ladder:
    """Rules in order, indexed by what they ask for most often."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = sorted(rules, key=order_key)
        self._steps: dict[Scope, list[tuple[int, Rule]]] = defaultdict(list)
        for rank, rule in enumerate(self.rules):
            scope = (rule.variant_id, rule.product_id, rule.guide_id, rule.store_id, rule.dealer_id, rule.category)
            self._steps[scope].append((rank, rule))
        self._shapes = {tuple(part is not None for part in scope) for scope in self._steps}

    def resolve(self, sale: Sale) -> Resolved:
        """The rate of one sale with its trace."""
        best: tuple[int, Rule] | None = None
        for scope in self._scopes(sale):
            step = next((step for step in self._steps.get(scope, ()) if applies(step[1], sale)), None)
            if step and (best is None or step[0] < best[0]):
                best = step
        return found(best[1] if best else None, sale)

    def _scopes(self, sale: Sale) -> Iterator[Scope]:
        """What a rule for this sale may ask for; only shapes of scope that some rule has."""
        asked = (sale.variant_id, sale.product_id, sale.guide_id, sale.store_id, sale.dealer_id)
        parts = sale.category.split(SEPARATOR)
        categories = [SEPARATOR.join(parts[:depth]) for depth in range(len(parts), 0, -1)]
        for *shape, by_category in self._shapes:
            scope = tuple(value if wanted else None for value, wanted in zip(asked, shape, strict=True))
            for category in categories if by_category else (None,):
                yield (*scope, category)
