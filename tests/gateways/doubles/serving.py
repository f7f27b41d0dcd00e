"""A shop behind a real socket: answers as its wire protocol says, goes wrong as told, and moves its goods between answers."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from .goods import Shelf

SOCKET_FAULTS = ("silent", "silent_after", "reset", "reset_after", "cut_body", "error", "busy", "html", "half_json", "garbage", "empty")


class Asked(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Said:
    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body, ensure_ascii=False).encode()


class ShopDouble:
    """Subclasses answer; `shelf` is what they sell. `faults` are played on the next answers in turn ("" plays none)."""

    shelf: Shelf

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: list[str] = []
        self.after_answer: list[Callable[[], None] | None] = []
        self.url = ""
        self.settle()

    def settle(self) -> None:
        self.shelf = Shelf()

    @property
    def currency(self) -> str:
        return self.shelf.currency

    def answer(self, asked: Asked) -> Said:
        raise NotImplementedError

    def external_id(self, good_id: int) -> str:
        return str(good_id)

    def good_id(self, external_id: str) -> int:
        return int(external_id)

    def listed(self) -> dict[str, int]:
        return {self.external_id(good.id): good.price_minor for product in self.shelf.products.values() for good in product.goods.values()}

    def add(self) -> None:
        self.shelf.put()

    def drop(self, external_id: str) -> None:
        self.shelf.drop_good(self.good_id(external_id))

    def reprice(self, external_id: str, price_minor: int) -> None:
        self.shelf.reprice_good(self.good_id(external_id), price_minor)

    @contextlib.contextmanager
    def open(self) -> Iterator[str]:
        """Serves until the end; gives the address."""
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                double.serve(self, Asked(self.command, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers, body))

            do_POST = do_PUT = do_HEAD = do_GET

            def handle(self) -> None:
                with contextlib.suppress(OSError, ValueError):
                    super().handle()

            def finish(self) -> None:
                with contextlib.suppress(OSError, ValueError):
                    super().finish()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://localhost:{server.server_port}"
        try:
            yield self.url
        finally:
            server.shutdown()
            server.server_close()

    def serve(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        self.asked.append(asked)
        fault = self.faults.pop(0) if self.faults else ""
        if fault in ("silent", "reset"):
            _no_answer(handler, fault)
            return
        said = _spoiled(fault) or self.answer(asked)
        act = self.after_answer.pop(0) if self.after_answer else None
        if act:
            act()
        if fault in ("silent_after", "reset_after"):
            _no_answer(handler, fault)
            return
        raw = said.raw()
        if fault == "half_json":
            raw = raw[:len(raw) // 2]
        handler.send_response(said.status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(raw)), **said.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        if asked.method != "HEAD":
            handler.wfile.write(raw[:len(raw) // 2] if fault == "cut_body" else raw)
        if fault == "cut_body":
            handler.close_connection = True


def _spoiled(fault: str) -> Said | None:
    return {"error": Said({"message": "boom"}, 500), "busy": Said({"message": "slow down"}, 429, {"Retry-After": "1"}),
            "html": Said(b"<!doctype html><title>Maintenance</title>"), "garbage": Said(b"\xff\xfe{\x00]"), "empty": Said(b"")}.get(fault)


def _no_answer(handler: BaseHTTPRequestHandler, fault: str) -> None:
    if fault.startswith("silent"):
        time.sleep(0.5)
        handler.close_connection = True
    else:
        handler.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(handler.request.detach())
