"""What the house asks of an online payment provider: facts in its own words, and four ways in which a call does not succeed.

Amounts are minor units of the currency beside them, currencies upper case, times UTC. `marks` is the metadata we gave: brand_id and the
ids of our rows, as text. Every call that changes something takes a key derived from our row: one intention, one key (R18).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Marks = Mapping[str, str]
REPLAYED = "replayed"


class ProviderProblem(Exception):
    """`code` is the provider's own or ours; `message` is for the log and for finance, never for shoppers."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class Unsure(ProviderProblem):
    """No answer, or none that says: it may have happened. Ask again with the same key; never assume it failed.

    Code REPLAYED: this same failure is stored under the key and will come each time. Look the thing up by its marks; the next try needs the
    next attempt number.
    """


class Later(ProviderProblem):
    """Not done by this call: too many requests, the key in use by another, or the circuit open. Again after `seconds`, with the same key."""

    def __init__(self, code: str, message: str = "", seconds: float = 30.0) -> None:
        super().__init__(code, message)
        self.seconds = seconds


class Declined(ProviderProblem):
    """Surely not done, and stored so under its key: the state of things forbids it. Another try needs another attempt number."""


class Misused(ProviderProblem):
    """Our mistake or our key: wrong parameters, a key used for two things, no permission. Somebody must look; trying again does not help."""


@dataclass(frozen=True, slots=True)
class BalanceFacts:
    """A movement of the provider's balance, in the currency it settles in. `source_ref` is what moved it.

    Of what moved it, where it is told: its marks, its amount in its own currency, and the charge it is about.
    """

    ref: str
    kind: str
    amount_minor: int
    fee_minor: int
    currency: str
    source_ref: str
    at: datetime
    available_on: datetime
    marks: Marks = field(default_factory=dict)
    moved_minor: int | None = None
    moved_currency: str = ""
    charge_ref: str = ""


@dataclass(frozen=True, slots=True)
class ChargeFacts:
    """`payer` is what stays the same when the same person pays again (a card's fingerprint, a wallet's id), '' if it is not told."""

    ref: str
    intent_ref: str
    amount_minor: int
    refunded_minor: int
    currency: str
    method: str
    disputed: bool
    at: datetime
    payer: str = ""
    balance: BalanceFacts | None = None
    marks: Marks = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckoutFacts:
    """`state` open, complete or expired; complete does not mean paid: it may still come, or have `failed`. `url` only while it is open."""

    ref: str
    state: str
    paid: bool
    amount_minor: int
    currency: str
    url: str
    intent_ref: str
    charge: ChargeFacts | None
    marks: Marks = field(default_factory=dict)
    failed: bool = False


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """`state` pending, succeeded or failed (a cancelled one failed too)."""

    ref: str
    state: str
    amount_minor: int
    currency: str
    charge_ref: str
    problem: str = ""
    marks: Marks = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """`state` ready (transfers are active), onboarding (never was complete) or restricted."""

    ref: str
    state: str
    problems: tuple[str, ...] = ()
    marks: Marks = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TransferFacts:
    ref: str
    amount_minor: int
    reversed_minor: int
    currency: str
    account_ref: str
    charge_ref: str
    marks: Marks = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReversalFacts:
    ref: str
    transfer_ref: str
    amount_minor: int
    currency: str
    marks: Marks = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """`state` inquiry (asks, takes nothing), open, won or lost; `answered`: evidence was handed in.

    `fee_minor` in the currency it settles in, 0 while unknown; what was given back of it is taken off.
    """

    ref: str
    state: str
    charge_ref: str
    intent_ref: str
    amount_minor: int
    currency: str
    reason: str
    answer_by: datetime | None
    answered: bool
    fee_minor: int
    fee_currency: str


@dataclass(frozen=True, slots=True)
class EventFacts:
    """`account_ref` is set for what happened on a connected account; `live`: of real money."""

    id: str
    type: str
    object_ref: str
    account_ref: str
    at: datetime
    payload: Mapping[str, Any]
    live: bool = False


class OnlineProvider(Protocol):
    """Any method may raise Unsure, Later, Declined or Misused. None may be called inside a transaction."""

    @property
    def name(self) -> str: ...

    @property
    def live(self) -> bool:
        """Real money."""
        ...

    def hear(self, *, source: str, body: bytes, signature: str) -> EventFacts | None:
        """A webhook's body as it came, `source` platform or connect; None if it is not the provider's or stale. No network."""
        ...

    def open_checkout(self, asked: Mapping[str, Any], *, key: str) -> CheckoutFacts: ...
    def read_checkout(self, ref: str) -> CheckoutFacts: ...
    def expire_checkout(self, ref: str) -> CheckoutFacts: ...
    def read_charge(self, ref: str) -> ChargeFacts:
        """By charge or payment intent."""
        ...

    def refund(self, *, intent_ref: str, amount_minor: int, marks: Marks, key: str) -> RefundFacts: ...
    def read_refund(self, ref: str) -> RefundFacts: ...
    def refunds_of(self, intent_ref: str) -> Iterator[RefundFacts]: ...
    def open_account(self, asked: Mapping[str, Any], *, key: str) -> AccountFacts: ...
    def read_account(self, ref: str) -> AccountFacts: ...
    def mark_account(self, ref: str, *, marks: Marks, key: str) -> AccountFacts:
        """One that was opened elsewhere on our platform is ours from now on."""
        ...

    def onboarding_url(self, ref: str, *, return_url: str, refresh_url: str) -> str:
        """Good once and for minutes; never kept."""
        ...

    def transfer(self, *, amount_minor: int, currency: str, account_ref: str, charge_ref: str, group: str, marks: Marks, key: str) -> TransferFacts:
        """`charge_ref` '' takes from what is available."""
        ...

    def transfers_of(self, group: str) -> Iterator[TransferFacts]: ...
    def read_transfer(self, ref: str) -> TransferFacts: ...
    def reverse(self, transfer_ref: str, *, amount_minor: int, marks: Marks, key: str) -> ReversalFacts: ...
    def reversals_of(self, transfer_ref: str) -> Iterator[ReversalFacts]: ...
    def read_dispute(self, ref: str) -> DisputeFacts: ...
    def disputes_of(self, intent_ref: str) -> Iterator[DisputeFacts]: ...
    def answer_dispute(self, ref: str, *, evidence: Mapping[str, str], key: str) -> DisputeFacts:
        """Hands the evidence in, once."""
        ...

    def events_since(self, since: datetime) -> Iterator[EventFacts]:
        """Of the platform, newest first."""
        ...

    def balance_lines(self, *, since: datetime, until: datetime) -> Iterator[BalanceFacts]:
        """Movements of the platform's balance in [since, until), newest first, with the marks of what moved it."""
        ...
