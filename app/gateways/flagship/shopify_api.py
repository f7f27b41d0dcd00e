"""Asking Shopify's Admin GraphQL API: authorised, within what queries may cost."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.domain.catalog.ports import Answer, FlagshipUnreachable

from .asking import Asking, Call, as_json, broken
from .graphql import code_of, data_of, question
from .shopify_items import nodes_of
from .shopify_queries import MORE_VARIANTS, PRODUCTS
from .wire import Fields, fields_of, list_of

T = TypeVar("T")
Page = tuple[list[Fields], str]

LONGEST_WAIT = 60.0
VARIANTS_AT_ONCE = 100
RANGE = re.compile(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)")


class TooCostly(Exception):
    """The query asks for more at once than any query may."""


@dataclass(slots=True)
class Sizes:
    """How much is asked for at once. Shopify weighs a query before it runs it; one that is too heavy is asked by halves."""

    products: int = 20
    variants: int = 20
    pictures: int = 10

    def halve(self) -> bool:
        """False when it cannot be less."""
        before = (self.products, self.variants, self.pictures)
        if self.products > 1:
            self.products //= 2
        else:
            self.variants, self.pictures = max(self.variants // 2, 1), max(self.pictures // 2, 1)
        return before != (self.products, self.variants, self.pictures)


@dataclass(slots=True)
class ShopifyApi:
    """`url` is the GraphQL address with its version. `owed` are the seconds until the next query is paid for."""

    url: str
    asking: Asking = field(repr=False)
    sizes: Sizes = field(default_factory=Sizes)
    owed: float = 0.0

    def ask(self, query: str, variables: Mapping[str, Any], read: Callable[[Fields], T]) -> T:
        """What `read` makes of the data. Raises FlagshipUnreachable, NeedsAuthorisation, TooCostly."""
        if self.owed:
            self.asking.retry.sleep(self.owed)
            self.owed = 0.0

        def call(secrets: Mapping[str, str]) -> Call:
            return question(self.url, query, variables, {"X-Shopify-Access-Token": secrets.get("access_token", "")})

        return self.asking.ask(call, lambda answer: read(self._understood(answer)))

    def page(self, *, after: str, query: str) -> Page:
        """The next products, and the cursor behind them ("" at the end)."""
        while True:
            try:
                return self.ask(PRODUCTS, {"first": self.sizes.products, "after": after or None, "query": query or None,
                                           "variants": self.sizes.variants, "pictures": self.sizes.pictures},
                                lambda data: _products(data.get("products")))
            except TooCostly:
                if not self.sizes.halve():
                    raise FlagshipUnreachable("too_costly", "旗舰店不接受这样大的查询") from None

    def variants(self, product: Fields) -> list[Fields]:
        """All of a product's: those that came with it, and the pages after them. One deleted meanwhile has no more."""
        found, after = _page(product.get("variants"))
        while after:
            more, after = self.ask(MORE_VARIANTS, {"id": product.get("id"), "first": VARIANTS_AT_ONCE, "after": after},
                                   lambda data: _page(fields_of(data["product"]).get("variants")) if data.get("product") else ([], ""))
            found = [*found, *more]
        return found

    def file_piece(self, url: str, start: int, most: int, size: int) -> bytes:
        """Bytes of a result file of `size`, from `start` on; its address carries its own permission."""
        asked = Call("GET", url, {"Range": f"bytes={start}-{min(start + most, size) - 1}", "Accept-Encoding": "identity"}, seconds=120.0)
        return self.asking.ask(lambda _: asked, lambda answer: _piece(answer, start, size))

    def _understood(self, answer: Answer) -> Fields:
        document = as_json(answer)
        errors = list_of(fields_of(document).get("errors"))
        if any(code_of(fields_of(error)) == "MAX_COST_EXCEEDED" for error in errors):
            raise TooCostly
        missing = _missing_points(fields_of(fields_of(fields_of(document).get("extensions")).get("cost")))
        data = data_of(document, after=missing)
        self.owed = missing
        return data


def _missing_points(cost: Fields) -> float:
    """Seconds until a query like this one could be paid for."""
    status = fields_of(cost.get("throttleStatus"))
    asked, left, rate = (_number(value) for value in (cost.get("requestedQueryCost"), status.get("currentlyAvailable"), status.get("restoreRate")))
    return min(max((asked - left) / rate, 0.0), LONGEST_WAIT) if rate > 0 else 0.0


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _products(connection: object) -> Page:
    products, after = _page(connection)
    for product in products:
        _page(product.get("variants"))
    return products, after


def _page(connection: object) -> Page:
    """Raises TryAgain for what is no page."""
    page = fields_of(connection)
    info = page.get("pageInfo")
    if not isinstance(page.get("nodes"), list) or not isinstance(info, dict) or not isinstance(info.get("hasNextPage"), bool):
        raise broken()
    nodes = nodes_of(page)
    if any(not node.get("id") for node in nodes):
        raise broken()
    return nodes, str(info.get("endCursor") or "") if info["hasNextPage"] else ""


def _piece(answer: Answer, start: int, size: int) -> bytes:
    """A server that knows no ranges answers the whole file. Raises TryAgain for less than was promised."""
    if answer.status == 200 and len(answer.body) == size:
        return answer.body[start:]
    told = RANGE.fullmatch(answer.headers.get("content-range", ""))
    if answer.status != 206 or not told or int(told[1]) != start or int(told[3]) != size or len(answer.body) != int(told[2]) - start + 1:
        raise broken()
    return answer.body
