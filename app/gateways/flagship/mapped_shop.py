"""The calls to a shop that is read by a mapping: GraphQL when there is a query, else plain JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from app.domain.catalog.ports import Answer

from .asking import Asking, Call, as_json, broken
from .graphql import data_of, question
from .mapping import Mapped
from .paging import Window
from .wire import Fields, fields_of, text_of

T = TypeVar("T")
PLACES = ("{size}", "{offset}", "{page}", "{after}", "{since}")


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Fields]
    total: int | None
    next: str


@dataclass(frozen=True, slots=True)
class MappedShop:
    url: str
    headers: Mapping[str, str] = field(repr=False)
    query: str
    mapped: Mapped
    asking: Asking = field(repr=False)
    since: str = ""
    """When only what changed since is asked for."""

    def after(self, cursor: str) -> Page:
        return self._ask({"{size}": self.mapped.size, "{after}": cursor or None}, self._page)

    def window(self, start: int) -> Window[Fields]:
        """By offset, or by the page that holds it: its size is chosen so that it begins at the offset or shortly before."""
        size = self.mapped.size if self.mapped.style == "offset" else page_size(start, self.mapped.size)
        begin = start if self.mapped.style == "offset" else start // size * size

        def read(document: object) -> Window[Fields]:
            page = self._page(document)
            is_last = len(page.items) < size if page.total is None else begin + size >= page.total and bool(page.items)
            return Window(begin, begin + size, page.items, page.total, is_last or begin == 0 and not page.items)

        return self._ask({"{size}": size, "{offset}": begin, "{page}": begin // size + 1}, read)

    def whole(self) -> Page:
        return self._ask({}, self._page)

    def name(self) -> str:
        return self._ask({"{size}": 2, "{offset}": 0, "{page}": 1, "{after}": None}, lambda document: self.mapped.shop.text(document))

    def _ask(self, places: Mapping[str, object], read: Callable[[object], T]) -> T:
        def understood(answer: Answer) -> T:
            document = as_json(answer)
            if self.query:
                data_of(document)
            return read(document)

        return self.asking.ask(lambda secrets: self._call({**dict.fromkeys(PLACES), **places, "{since}": self.since or None}, secrets), understood)

    def _call(self, places: Mapping[str, object], secrets: Mapping[str, str]) -> Call:
        token = secrets.get("token", "")
        headers = {name: value.replace("{token}", token) for name, value in self.headers.items()}
        changes = (self.mapped.changes or {}) if self.since else {}
        params = _filled({**self.mapped.params, **changes.get("params", {})}, places)
        query = urlencode([(name, text_of(value)) for name, value in params.items() if value is not None], quote_via=quote)
        url = f"{self.url}{'&' if '?' in self.url else '?'}{query}" if query else self.url
        variables = _filled({**self.mapped.variables, **changes.get("variables", {})}, places)
        if self.query:
            return question(url, self.query, variables, headers)
        return Call(self.mapped.method, url, {"Accept": "application/json", **headers})

    def _page(self, document: object) -> Page:
        """Raises TryAgain when there is no list where the mapping says, or a product in it without an id."""
        lists = self.mapped.items.all(document)
        items = lists if len(lists) != 1 or not isinstance(lists[0], list) else lists[0]
        if not self._is_there(document) or any(not isinstance(item, dict) or not self.mapped.product["id"].text(item) for item in items):
            raise broken()
        total = self.mapped.total.text(document)
        if self.mapped.total.paths and not total.isdecimal():
            raise broken()
        more, following = self.mapped.more.first(document), self.mapped.next.text(document)
        if self.mapped.more.paths and (not isinstance(more, bool) or more and not following):
            raise broken()
        following = following if more is not False else ""
        return Page([fields_of(item) for item in items], int(total) if total else None, following)

    def _is_there(self, document: object) -> bool:
        """The list itself, whether or not anything is in it."""
        for path in self.mapped.items.paths:
            here: object = document
            for name, through in path.steps:
                here = here.get(name) if isinstance(here, dict) else None
                if through:
                    break
            if isinstance(here, list):
                return True
        return False


def page_size(start: int, most: int) -> int:
    """The size, more than half of `most`, with which the page that holds `start` reaches farthest: such pages overlap what was read."""
    return max(range(most, most // 2, -1), key=lambda size: size - start % size)


def _filled(template: Any, places: Mapping[str, object]) -> Any:
    """A value that is a place alone keeps its type; a place inside a text is written into it."""
    if isinstance(template, dict):
        return {name: _filled(value, places) for name, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, places) for value in template]
    if not isinstance(template, str):
        return template
    if template in places:
        return places[template]
    for place, value in places.items():
        template = template.replace(place, str(value if value is not None else ""))
    return template
