"""What is remembered: objects by kind and id, the movements of every account's balance, events, and a clock that tests push forward."""

from __future__ import annotations

import copy
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from .refusals import Json, missing

PLATFORM = "platform"
VERSION = "2026-10-28.endive"


@dataclass(frozen=True, slots=True)
class Options:
    """How this Stripe is set up. `rates`: currency → (rate, currency it settles in); amounts in minor units."""

    rates: dict[str, tuple[Decimal, str]] = field(default_factory=dict)
    settle_seconds: int = 2 * 86400
    fee_bps: int = 290
    fee_fixed: int = 30
    dispute_fee: int = 1500
    methods: tuple[str, ...] = ("card", "alipay", "wechat_pay")
    least: dict[str, int] = field(default_factory=lambda: {"cny": 400, "hkd": 400, "gbp": 30})

    def fee(self, amount: int) -> int:
        return min(amount, _half_up(Decimal(amount * self.fee_bps) / 10_000) + self.fee_fixed)

    def settled(self, amount: int, currency: str) -> tuple[int, str]:
        """An amount as it reaches the balance."""
        rate, home = self.rates.get(currency, (Decimal(1), currency))
        return _half_up(amount * rate), home


class World:
    """One Stripe account of a platform and the accounts connected to it. `lock` is held by whoever looks or changes."""

    def __init__(self, options: Options, tell: Callable[[Json], None] = lambda event: None) -> None:
        self.options, self.tell, self.url, self.lock = options, tell, "", threading.RLock()
        self.caused_by: Json = {"id": None, "idempotency_key": None}
        self.begin()

    def begin(self) -> None:
        self.ahead = 0
        self.kinds: dict[str, dict[str, Json]] = {}
        self.movements: dict[str, list[Json]] = {}

    def now(self) -> int:
        return int(time.time()) + self.ahead

    # objects

    def all(self, kind: str) -> Iterable[Json]:
        return list(self.kinds.get(kind, {}).values())

    def make(self, kind: str, prefix: str, **values: object) -> Json:
        made: Json = {"id": new_id(prefix), "object": kind, "created": self.now(), "livemode": False, "metadata": {}, **values}
        return self.kinds.setdefault(kind, {}).setdefault(made["id"], made)

    def get(self, kind: str, id_: str, param: str = "id") -> Json:
        found = self.kinds.get(kind, {}).get(id_)
        if found is None:
            raise missing(kind, id_, param)
        return found

    def find(self, id_: str) -> Json | None:
        """Any object, or movement, of that id."""
        lines = (line for lines in self.movements.values() for line in lines if line["id"] == id_)
        return next((found[id_] for found in self.kinds.values() if id_ in found), None) or next(lines, None)

    # balances

    def move(self, account: str, amount: int, currency: str, kind: str, source: str = "", *, fee: int = 0, available_on: int = 0) -> Json:
        now = self.now()
        details = [{"amount": fee, "application": None, "currency": currency, "description": "Stripe processing fees", "type": "stripe_fee"}] if fee else []
        line: Json = {"id": new_id("txn"), "object": "balance_transaction", "amount": amount, "fee": fee, "net": amount - fee, "currency": currency,
                      "created": now, "available_on": available_on or now, "type": kind, "reporting_category": kind, "source": source or None,
                      "description": None, "exchange_rate": None, "fee_details": details, "balance_type": "payments"}
        self.movements.setdefault(account, []).append(line)
        return line

    def seen(self, line: Json) -> Json:
        """A movement with its status as of now."""
        line["status"] = "available" if line["available_on"] <= self.now() else "pending"
        return line

    def balance(self, account: str) -> dict[str, list[int]]:
        """Currency → [available, pending]."""
        sums: dict[str, list[int]] = {}
        for line in self.movements.get(account, []):
            sums.setdefault(line["currency"], [0, 0])[self.seen(line)["status"] == "pending"] += line["net"]
        return sums

    def available(self, account: str, currency: str) -> int:
        return self.balance(account).get(currency, [0, 0])[0]

    def total(self, account: str, currency: str) -> int:
        return sum(self.balance(account).get(currency, [0, 0]))

    # events

    def emit(self, kind: str, about: Json, account: str = PLATFORM) -> None:
        event = self.make("event", "evt", type=kind, data={"object": copy.deepcopy(public(about))}, api_version=VERSION, pending_webhooks=1,
                          request=dict(self.caused_by))
        del event["metadata"]
        if account != PLATFORM:
            event["account"] = account
        self.tell(event)


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def public(found: Json) -> Json:
    """Without what is ours: names that begin with an underscore."""
    return {name: value for name, value in found.items() if not name.startswith("_")}


def _half_up(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
