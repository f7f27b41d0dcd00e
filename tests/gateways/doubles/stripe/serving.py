"""The socket: HTTP in, the API, the controls or a page out."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .answering import Api, Dropped
from .control import control
from .pages import show
from .refusals import Refusal
from .routes import stripped
from .telling import Webhooks
from .world import Options, World


class StripeDouble(ThreadingHTTPServer):
    """Listens at once; `serve_forever` answers."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, options: Options, webhooks: Webhooks, *, public_url: str = "") -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.webhooks = webhooks
        self.world = World(options, webhooks.tell)
        self.world.url = public_url or f"http://127.0.0.1:{self.server_address[1]}"
        self.api = Api(self.world)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    """Headers and body leave together: apart, each answer would wait 40 ms for an acknowledgement."""
    server: StripeDouble

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if parts.path.startswith("/_pages/"):
                self._page(parts.path, dict(parse_qsl(raw.decode())))
            elif parts.path.startswith("/_test/"):
                self._send(200, json.dumps(self._control(parts.path, json.loads(raw or b"{}"))))
            else:
                status, found, headers = self.server.api.answer(self.command, parts.path, parts.query, self.headers, raw.decode(errors="replace"))
                self._send(status, json.dumps(found), headers=headers)
        except Dropped:
            self.close_connection = True
        except Refusal as refusal:
            self._send(refusal.status, json.dumps(refusal.body))
        except (ValueError, KeyError, TypeError) as error:
            self._send(400, json.dumps({"error": {"type": "invalid_request_error", "message": repr(error)}}))

    do_POST = do_GET

    def _page(self, path: str, given: dict[str, str]) -> None:
        with self.server.world.lock:
            status, found = show(self.server.world, self.command, path, given)
        if status == 303:
            self._send(303, "", headers={"Location": found})
        else:
            self._send(status, found, kind="text/html; charset=utf-8")

    def _control(self, path: str, given: Any) -> Any:
        double = self.server
        if path == "/_test/wait":
            return {"idle": double.webhooks.wait()}
        with double.world.lock:
            return stripped(control(double.world, double.api, double.webhooks, path, given))

    def _send(self, status: int, text: str, *, kind: str = "application/json", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(text.encode())), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: Any) -> None:
        """Quiet: `/_test/calls` tells."""
