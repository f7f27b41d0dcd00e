"""The shelf every double sells from: products with variants in the order they were made, which can be rearranged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

SINGLE, MANY = 1, 5


@dataclass
class Good:
    id: int
    price_minor: int
    stock: int = 10
    changed: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Product:
    id: int
    title: str
    goods: dict[int, Good]
    changed: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def is_single(self) -> bool:
        return self.title.startswith("单件")


class Shelf:
    """`variants` of each product to begin with. A product of one variant is single and stays so; others may lose all of theirs."""

    currency = "CNY"

    def __init__(self, variants: tuple[int, ...] = (1, 1, MANY, 1, 1, 1, 3, 1, 1, 1, 2, 1, 1)) -> None:
        self.products: dict[int, Product] = {}
        self.binned: dict[int, datetime] = {}
        self._ids = count(101)
        for number in variants:
            self.put(number)

    def put(self, variants: int = 1) -> Product:
        product = Product(next(self._ids), "", {})
        product.title = f"{'单件' if variants == 1 else '多款'}商品 {product.id}"
        product.goods = {good.id: good for good in (Good(next(self._ids), 10_000 + 100 * n + product.id) for n in range(variants))}
        self.products[product.id] = product
        return product

    def find(self, good_id: int) -> tuple[Product, Good]:
        return next((product, product.goods[good_id]) for product in self.products.values() if good_id in product.goods)

    def reprice_good(self, good_id: int, price_minor: int) -> None:
        product, good = self.find(good_id)
        good.price_minor = price_minor
        good.changed = product.changed = datetime.now(UTC)

    def drop_good(self, good_id: int) -> None:
        """The last of a product takes the product along."""
        product, _ = self.find(good_id)
        del product.goods[good_id]
        product.changed = datetime.now(UTC)
        if not product.goods:
            self.binned[product.id] = datetime.now(UTC)
            del self.products[product.id]
