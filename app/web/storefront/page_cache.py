"""Whole share pages, kept for seconds in front of Flask: the address and the language are all a page depends on.

Only what says `public` of itself is kept, never an answer with a cookie, and no longer than its `max-age`. One caller
renews an old page while the others still get it for RENEWAL seconds, unless it said `must-revalidate`: its prices change then.
"""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import Counter
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from app.web.shared.language import LANGUAGES

SECONDS = 10.0
RENEWAL = 3.0
"""How long others go on with the old page while one caller renews it."""
MOST_PAGES = 512
LARGEST = 256 * 1024
MEANT = frozenset({"lang", "v", "q", "category", "page"})
"""The only parts of a query a page depends on; chat apps add their own."""

ANSWERS = Counter("page_cache_answers_total", "Share and shop pages", ["how"])
_HIT, _MISS = ANSWERS.labels("hit"), ANSWERS.labels("miss")
_MAX_AGE = re.compile(r"\bmax-age=(\d+)")
_NONCE = re.compile(r" 'nonce-[^']*'")
_DROPPED = frozenset({"x-request-id", "content-length", "vary", "date"})

Headers = list[tuple[str, str]]
Wsgi = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


@dataclass(slots=True)
class Kept:
    """`until` may be put off to `last` while somebody renews the page."""

    until: float
    last: float
    etag: str
    body: bytes
    headers: Headers
    zipped: tuple[bytes, Headers] | None = None


@lru_cache(maxsize=1024)
def language_of(accept: str) -> str:
    """The same choice app.web.shared.language makes for a page without cookies."""
    return parse_accept_header(accept, LanguageAccept).best_match([*LANGUAGES, "zh-CN"], "zh")[:2]


@lru_cache(maxsize=1024)
def meant(query: str) -> str:
    """The query without what no page depends on, in one order."""
    return urlencode(sorted((key, value) for key, value in dict(reversed(parse_qsl(query))).items() if key in MEANT))


class PageCache:
    """WSGI middleware: GET under /s/ and /b/, answered from memory when it can be."""

    def __init__(self, wsgi: Wsgi, *, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._wsgi, self._seconds, self._clock = wsgi, seconds, clock
        self._pages: dict[tuple[str, ...], Kept] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path[:3] not in ("/s/", "/b/") or environ["REQUEST_METHOD"] != "GET":
            return self._wsgi(environ, start_response)
        query = environ.get("QUERY_STRING", "")
        key = (environ.get("HTTP_HOST", ""), path, meant(query) if query else "", language_of(environ.get("HTTP_ACCEPT_LANGUAGE", "")),
               environ.get("wsgi.url_scheme", ""))
        kept, moment = self._pages.get(key), self._clock()
        if kept is not None:
            if kept.until > moment:
                _HIT.inc()
                return self._give(kept, environ, start_response)
            kept.until = min(moment + RENEWAL, kept.last)
        _MISS.inc()
        return self._ask(key, moment, environ, start_response)

    def _give(self, kept: Kept, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_IF_NONE_MATCH") == kept.etag:
            start_response("304 Not Modified", [one for one in kept.headers if one[0] != "Content-Length"])
            return ()
        if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            if kept.zipped is None:
                body = gzip.compress(kept.body, 6)
                kept.zipped = body, [*(one for one in kept.headers if one[0] != "Content-Length"),
                                     ("Content-Encoding", "gzip"), ("Content-Length", str(len(body)))]
            start_response("200 OK", list(kept.zipped[1]))
            return (kept.zipped[0],)
        start_response("200 OK", list(kept.headers))
        return (kept.body,)

    def _ask(self, key: tuple[str, ...], moment: float, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on, without its condition so that the whole page comes; keep the answer if it may be kept.

        Its age is counted from `moment`, before it was made.
        """
        said: list[tuple[str, Headers, Any]] = []

        def hold(status: str, headers: Headers, error: Any = None) -> Callable[[bytes], object]:
            said.append((status, headers, error))
            return lambda _: None

        condition = environ.pop("HTTP_IF_NONE_MATCH", None)
        parts = self._wsgi(environ, hold)
        status, headers, error = said[-1]
        if not _may_be_kept(status, headers):
            start_response(status, headers, error)
            return parts
        body = b"".join(parts)
        close = getattr(parts, "close", None)
        if close:
            close()
        kept = _keep(headers, body, moment, self._seconds)
        if len(body) <= LARGEST:
            if len(self._pages) >= MOST_PAGES:
                self._make_room()
            self._pages[key] = kept
        if condition is not None:
            environ["HTTP_IF_NONE_MATCH"] = condition
        return self._give(kept, environ, start_response)

    def _make_room(self) -> None:
        """Drop what is too old; if nothing is, the oldest half."""
        moment = self._clock()
        old = [key for key, kept in list(self._pages.items()) if kept.until <= moment]
        for key in old or list(self._pages)[: MOST_PAGES // 2]:
            self._pages.pop(key, None)


def _may_be_kept(status: str, headers: Headers) -> bool:
    said = {name.lower(): value for name, value in headers}
    return (status.startswith("200") and "set-cookie" not in said and "public" in said.get("cache-control", "")
            and "cookie" not in said.get("vary", "").lower() and said.get("content-type", "").startswith(("text/", "image/svg")))


def _keep(said: Headers, body: bytes, moment: float, seconds: float) -> Kept:
    """One page for many readers: no request's id, no nonce, length and Vary made anew."""
    control = next((value for name, value in said if name == "Cache-Control"), "")
    most = _MAX_AGE.search(control)
    until = moment + min(seconds, int(most[1]) if most else 0)
    headers = [(name, _NONCE.sub("", value) if name == "Content-Security-Policy" else value)
               for name, value in said if name.lower() not in _DROPPED]
    vary = "Accept-Encoding, Accept-Language" if any(name.lower() == "vary" for name, _ in said) else "Accept-Encoding"
    etag = next((value for name, value in headers if name == "ETag"), "")
    return Kept(until, until + (0 if "must-revalidate" in control else RENEWAL), etag, body, [*headers, ("Vary", vary), ("Content-Length", str(len(body)))])
