"""Which flow follows an event, and what it reads: an event says where to look, never what is so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select

from app.domain.catalog.ports import Transactions
from app.domain.provider.inbox import Taken
from app.domain.provider.models import CheckoutSession
from app.domain.provider.ports import OnlineProvider
from app.domain.provider.routing import Told, brand_of, id_of
from app.flows.connect_payees import apply_account
from app.flows.follow_disputes import apply_dispute
from app.flows.follow_refunds import apply_refund
from app.flows.pay_online.apply_session import apply_session
from app.flows.send_transfers import apply_transfer


class Applier(Protocol):
    """Reads what `ref` is now and applies it; None if it is not ours."""

    def __call__(self, database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None: ...


Which = Callable[[Taken], str]
Follow = tuple[tuple[str, Applier, Which], ...]


def the_object(event: Taken) -> str:
    return event.object_ref


def the_account(event: Taken) -> str:
    """What happens on a connected account is about the account, such as a payout to its bank."""
    return event.account_ref or event.object_ref


def refunds_of_charge(database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None:
    """Whatever was given back of a charge, one refund after the other."""
    intent = provider.read_charge(ref).intent_ref
    told = [apply_refund(database, provider=provider, ref=one.ref, now=now) for one in list(provider.refunds_of(intent))] if intent else []
    return next((one for one in told if one), None)


def session_of_payment(database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None:
    """`ref` names brand and payment: how her last session there is."""
    brand, payment = ref.split(":")
    with database.transaction(int(brand)) as session:
        found = session.scalar(select(CheckoutSession.provider_ref).where(CheckoutSession.payment_id == payment, CheckoutSession.provider_ref != "")
                               .order_by(CheckoutSession.attempt.desc()).limit(1))
    return apply_session(database, provider=provider, ref=found, now=now) if found else None


def the_payment(event: Taken) -> str:
    """A payment intent carries the marks of its session."""
    marks = _marks(event.payload)
    brand, payment = brand_of(marks), id_of(marks, "payment_id")
    return f"{brand}:{payment}" if brand is not None and payment else ""


def _marks(payload: Mapping[str, Any] | None) -> Mapping[str, str]:
    about = ((payload or {}).get("data") or {}).get("object") or {}
    return {name: value for name, value in (about.get("metadata") or {}).items() if isinstance(value, str)}


FOLLOW: Follow = (
    ("checkout.session.", apply_session, the_object),
    ("payment_intent.", session_of_payment, the_payment),
    ("charge.dispute.", apply_dispute, the_object),
    ("charge.refund.", apply_refund, the_object),
    ("charge.refunded", refunds_of_charge, the_object),
    ("refund.", apply_refund, the_object),
    ("transfer.", apply_transfer, the_object),
    ("account.", apply_account, the_account),
    ("capability.", apply_account, the_account),
    ("payout.", apply_account, the_account),
    ("v2.core.account", apply_account, the_account),
)
"""By how an event's type begins."""


def steps_of(events: list[Taken], follow: Follow) -> list[tuple[Applier | None, str, list[Taken]]]:
    """Who reads what for which events; several events about one thing are one reading. None follows what nobody follows."""
    steps: dict[tuple[int, str], tuple[Applier | None, str, list[Taken]]] = {}
    for event in events:
        index = next((place for place, (prefix, _, _) in enumerate(follow) if event.type.startswith(prefix)), -1)
        applier, ref = (follow[index][1], follow[index][2](event)) if index >= 0 else (None, "")
        steps.setdefault((id(applier), ref), (applier, ref, []))[2].append(event)
    return list(steps.values())
