"""The calls to a WooCommerce shop: authorised, in windows of a list with the totals it tells, and changes."""

from __future__ import annotations

import base64
import secrets as random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import orjson

from app.domain.catalog.ports import Answer, FlagshipUnreachable, NeedsAuthorisation
from app.domain.fulfilment.ports import Declined, Unsure
from app.kernel.errors import msgid

from .asking import Asking, Call, as_json, broken, refuse_status
from .encodings import scrub
from .oauth1 import signed_query
from .paging import Window
from .wire import Fields, fields_of, id_of, text_of
from .writing import InDoubt, attempt, declined, whole

T = TypeVar("T")

PAGE = 100
PRODUCTS = "/wc/v3/products"
NO_RIGHT = msgid("旗舰店不允许用这份密钥写入，请换一份可读写的密钥")
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

    def rows(self, path: str, params: Params) -> list[Fields]:
        """One answer of a list."""
        return self.asking.ask(self._call(path, params), _rows)

    def write(self, method: str, path: str, body: Mapping[str, Any], read: Callable[[Fields], T], *, repeatable: bool = False) -> T | Declined | Unsure:
        """POST or PUT. What the shop refuses is declined with its own code and words. A key that may not write is answered like a wrong
        one; reading tells them apart, so this raises no NeedsAuthorisation.
        """
        call = self._call(path, {}, method=method, body=orjson.dumps(dict(body)))
        try:
            return attempt(self.asking, call, lambda answer: _judged(answer, read), repeatable=repeatable)
        except NeedsAuthorisation:
            raise FlagshipUnreachable("no_right", NO_RIGHT) from None

    def product(self, external_id: str) -> Fields:
        """A product or, by its own number, a variation; {} for one that is gone."""
        try:
            return fields_of(self.get(f"{PRODUCTS}/{number(external_id)}"))
        except FlagshipUnreachable as wrong:
            if wrong.data.get("status") in (400, 404):
                return {}
            raise

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

    def _call(self, path: str, params: Params, *, method: str = "GET", body: bytes = b"") -> Callable[[Mapping[str, str]], Call]:
        """Basic over HTTPS; over plain HTTP the secret never travels, each call is signed (its JSON body is not: OAuth 1.0a signs forms only)."""
        url, headers = f"{self.base}/wp-json{path}", {"Content-Type": "application/json"} if body else {}

        def call(secrets: Mapping[str, str]) -> Call:
            key, secret = secrets.get("consumer_key", ""), secrets.get("consumer_secret", "")
            if url.lower().startswith("https://"):
                basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
                return Call(method, _with_query(url, urlencode(params, quote_via=quote)), {"Authorization": f"Basic {basic}", **headers}, body)
            signed = signed_query(method, url, params, key=key, secret=secret, nonce=random.token_hex(16), timestamp=int(self.moment().timestamp()))
            return Call(method, _with_query(url, signed), headers, body)

        return call


def number(known: str) -> str:
    """An id that stands in an address: nothing else than a number may."""
    return known if known.isascii() and known.isdecimal() else "0"


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


def _rows(answer: Answer) -> list[Fields]:
    rows = as_json(answer)
    if not isinstance(rows, list):
        raise broken()
    return [fields_of(row) for row in rows]


def _judged(answer: Answer, read: Callable[[Fields], T]) -> T | Declined:
    if answer.status == 403:
        raise FlagshipUnreachable("no_right", NO_RIGHT)
    if answer.status == 401 or 300 <= answer.status < 400:
        refuse_status(answer)
    told = whole(answer)
    if answer.status >= 400:
        code = text_of(fields_of(told).get("code"))
        return declined(scrub(text_of(fields_of(told).get("message"))), code, "not_found" if answer.status == 404 else "bad_request")
    if not isinstance(told, dict):
        raise InDoubt(broken().reason)
    return read(told)


def _total(answer: Answer) -> int:
    text = text_of(answer.headers.get("x-wp-total"))
    if not text.isdecimal():
        raise broken()
    return int(text)
