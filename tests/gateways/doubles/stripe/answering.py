"""One request of the API from its first byte to its answer: who asks, the fault that is due, its key, what it does."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from .reading import body, fit, form
from .refusals import Json, Refusal, played
from .routes import Route, carry_out, route_of
from .world import VERSION, World, new_id

FORM = "application/x-www-form-urlencoded"
KEY_LIFE = 86400
RANDOM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Answer = tuple[int, Json, dict[str, str]]


class Dropped(Exception):
    """The connection ends without an answer."""


class Api:
    """`faults` are taken in turn by the calls they fit; `violations` are what no caller should have done."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.begin()

    def begin(self) -> None:
        self.kept: dict[str, Json] = {}
        self.running: set[str] = set()
        self.faults: list[Json] = []
        self.violations: list[Json] = []
        self.calls: list[Json] = []

    def answer(self, method: str, path: str, query: str, headers: Mapping[str, str], text: str) -> Answer:
        request, fault = new_id("req"), self._fault(method, path)
        call = {"id": request, "method": method, "path": path, "status": None, "idempotency_key": headers.get("Idempotency-Key"),
                "account": headers.get("Stripe-Account"), "fault": fault}
        self.calls.append(call)
        try:
            if fault and fault["phase"] == "before":
                self._play(fault)
            status, found, more = self._done(method, path, query, headers, text, request, fault)
        except Refusal as refusal:
            status, found, more = refusal.status, refusal.body, {}
        call["status"] = status
        if fault and fault["phase"] == "after":
            try:
                self._play(fault)
            except Refusal as refusal:
                status, found = refusal.status, refusal.body
        return status, found, {"Request-Id": request, "Stripe-Version": VERSION, **more}

    def _fault(self, method: str, path: str) -> Json | None:
        """Phases: before; after (done, but hidden); stored (not done, and kept so under the key); during (done slowly, its key in use)."""
        with self.world.lock:
            for fault in self.faults:
                if fault["count"] > 0 and fault.get("method", method) == method and re.search(fault.get("path", ""), path):
                    fault["count"] -= 1
                    return dict(fault)
        return None

    def _play(self, fault: Json) -> None:
        time.sleep(fault.get("seconds", 100 if fault["status"] == "timeout" else 0))
        if fault["status"] in ("timeout", "drop"):
            raise Dropped
        raise played(fault["status"])

    def _done(self, method: str, path: str, query: str, headers: Mapping[str, str], text: str, request: str, fault: Json | None) -> Answer:
        def wrong(level: str, kind: str, refusal: Refusal) -> Refusal:
            error = refusal.body["error"]
            self.violations.append({"request": request, "method": method, "path": path, "level": level, "kind": kind, "param": error.get("param", ""),
                                    "message": error["message"]})
            return refusal

        _check_caller(headers, wrong)
        try:
            route, ids = route_of(method, path)
            json_body = path.startswith("/v2/")
            if method == "POST" and text and headers.get("Content-Type", "").split(";")[0] != ("application/json" if json_body else FORM):
                raise Refusal("The body is not encoded as this call takes it.")
            given = form(query) if method == "GET" else body(text) if json_body else form(text)
            asked = fit(route.shape, given)
        except Refusal as refusal:
            raise wrong("error", "request", refusal) from None
        key = headers.get("Idempotency-Key", "")
        if route.moves and (not key or RANDOM.fullmatch(key)):
            wrong("warning" if key else "error", "idempotency", Refusal("a money call without a key of our own", param="Idempotency-Key"))
        if len(key) > 255:
            raise wrong("error", "idempotency", Refusal("Idempotency keys have at most 255 characters.", param="Idempotency-Key"))
        if method == "GET" or not key:
            return 200, self._carry_out(route, ids, asked, request, None), {}
        mark = hashlib.sha256(json.dumps([path, given], sort_keys=True).encode()).hexdigest()
        return self._once(key, mark, wrong, lambda: self._carry_out(route, ids, asked, request, key), request, fault)

    def _carry_out(self, route: Route, ids: list[str], asked: Json, request: str, key: str | None) -> Json:
        with self.world.lock:
            self.world.caused_by = {"id": request, "idempotency_key": key}
            try:
                return carry_out(self.world, route, ids, asked)
            finally:
                self.world.caused_by = {"id": None, "idempotency_key": None}

    def _once(self, key: str, mark: str, wrong: Any, do: Any, request: str, fault: Json | None) -> Answer:
        with self.world.lock:
            kept = self.kept.get(key)
            if kept and kept["at"] + KEY_LIFE < self.world.now():
                kept = None
            if kept and kept["mark"] != mark:
                raise wrong("error", "idempotency", Refusal(f"The key '{key}' was first used with other parameters.", kind="idempotency_error"))
            if kept:
                return kept["status"], kept["found"], {"Idempotent-Replayed": "true", "Original-Request": kept["request"], "Idempotency-Key": key}
            if key in self.running:
                raise Refusal("Another request with this key is under way.", status=409, kind="idempotency_error", code="idempotency_key_in_use")
            self.running.add(key)
        try:
            status, found = _kept_answer(do, fault)
            with self.world.lock:
                self.kept[key] = {"mark": mark, "status": status, "found": found, "at": self.world.now(), "request": request}
        finally:
            self.running.discard(key)
        return status, found, {"Original-Request": request, "Idempotency-Key": key}


def _kept_answer(do: Any, fault: Json | None) -> tuple[int, Json]:
    """What is stored under a key: a success or a refusal, once the work began."""
    phase = fault["phase"] if fault else ""
    if phase == "during":
        time.sleep(fault["seconds"] if fault else 0)
    try:
        if phase == "stored":
            raise played(fault["status"] if fault else 500)
        return 200, do()
    except Refusal as refusal:
        return refusal.status, refusal.body


def _check_caller(headers: Mapping[str, str], wrong: Any) -> None:
    key = headers.get("Authorization", "").removeprefix("Bearer ")
    if not re.fullmatch(r"[sr]k_test_\w+", key):
        raise wrong("error", "auth", Refusal(f"Invalid API Key provided: {key[:8]}***", status=401, param="Authorization"))
    if headers.get("Stripe-Version") != VERSION:
        wrong("warning", "version", Refusal(f"{headers.get('Stripe-Version')} is not {VERSION}", param="Stripe-Version"))
