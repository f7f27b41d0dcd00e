"""The calls to a WooCommerce shop: authorised, in windows of a list, with the totals it tells."""

from __future__ import annotations

import base64
import secrets as random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from app.domain.catalog.ports import Answer, FlagshipUnreachable

from .asking import Asking, Call, as_json, broken
from .oauth1 import signed_query
from .paging import Window
from .wire import Fields, fields_of, id_of, text_of

PAGE = 100
Params = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WooShop:
    """`base` is the shop's address, with the folder WordPress lives in. `moment` is the time now, for signatures."""

    base: str
    asking: Asking = field(repr=False)
    moment: Callable[[], datetime] = field(repr=False)
    page: int = PAGE

    def get(self, path: str) -> Any:
        """Raises FlagshipUnreachable."""
        return self.asking.ask(self._call(path, {}), as_json)

    def window(self, path: str, params: Params) -> Callable[[int], Window[Fields]]:
        """Windows of a list in steady order. Offsets count what the shop may leave out, so the answer may be shorter than its reach."""

        def fetch(start: int) -> Window[Fields]:
            asked = {**params, "orderby": "id", "order": "asc", "per_page": str(self.page), "offset": str(start)}
            return self.asking.ask(self._call(path, asked), lambda answer: _window(answer, start, start + self.page))

        return fetch

    def count(self, path: str, params: Params) -> int:
        return self.asking.ask(self._call(path, {**params, "per_page": "1"}), lambda answer: _total(answer))

    def has(self, path: str) -> bool:
        """Whether this version of the shop knows the address."""
        try:
            self.count(path, {})
        except FlagshipUnreachable as wrong:
            if wrong.data.get("status") == 404:
                return False
            raise
        return True

    def _call(self, path: str, params: Params) -> Callable[[Mapping[str, str]], Call]:
        """Basic over HTTPS; over plain HTTP the secret never travels, each call is signed."""
        url = f"{self.base}/wp-json{path}"

        def call(secrets: Mapping[str, str]) -> Call:
            key, secret = secrets.get("consumer_key", ""), secrets.get("consumer_secret", "")
            if url.lower().startswith("https://"):
                basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
                return Call("GET", _with_query(url, urlencode(params, quote_via=quote)), {"Authorization": f"Basic {basic}"})
            return Call("GET", _with_query(url, signed_query("GET", url, params, key=key, secret=secret, nonce=random.token_hex(16),
                                                             timestamp=int(self.moment().timestamp()))))

        return call


def _with_query(url: str, query: str) -> str:
    return f"{url}?{query}" if query else url


def _window(answer: Answer, start: int, reach: int) -> Window[Fields]:
    """Past its end a list answers nothing, and then its total is not to be trusted either."""
    rows = as_json(answer)
    if not isinstance(rows, list):
        raise broken()
    items = [fields_of(row) for row in rows]
    if any(not id_of(item.get("id")) for item in items):
        raise broken()
    total = _total(answer)
    return Window(start, reach, items, total if items or start == 0 else None, is_last=bool(items) and reach >= total or start == 0 and not items)


def _total(answer: Answer) -> int:
    text = text_of(answer.headers.get("x-wp-total"))
    if not text.isdecimal():
        raise broken()
    return int(text)
