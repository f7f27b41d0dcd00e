"""The shopper's way to the provider's page: the live session of her payment is opened, or found again, by however many tabs at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalog.ports import Transactions
from app.domain.orders.models import Order, Payment
from app.domain.orders.queries import lines_of, locked_order
from app.domain.provider.health import note_down, note_up
from app.domain.provider.models import CheckoutSession
from app.domain.provider.ports import REPLAYED, CheckoutFacts, Declined, Later, Misused, OnlineProvider, Unsure
from app.flows.pay_online.apply_session import apply_facts
from app.flows.pay_online.asking import Addresses, asked_of, with_secret
from app.flows.pay_online.live_sessions import LIVE
from app.kernel.errors import NotFound

log = structlog.get_logger()
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Door:
    """`state` open: she goes to `url`; settled: nothing is to be paid; waiting: she has paid, the provider does not know yet; late: the time is over."""

    state: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Step:
    """A session to ask for, or to look at again. `fresh`: written down by this visit."""

    row: CheckoutSession
    order: Order
    fresh: bool


def open_session(database: Transactions, *, brand_id: int, payment_id: UUID, provider: OnlineProvider, addresses: Addresses, language: str, now: datetime,
                 sleep: Callable[[float], None] = time.sleep) -> Door:
    """Raises what the provider raises, and NotFound for a payment that is not this provider's.

    A session whose answer was lost is asked for again under its key. Where a failure is stored under that, or what was frozen cannot be had
    any more, the next attempt takes its place: nobody has been given the address of what may stand there, so nobody can pay in it.
    """
    for _ in range(ROUNDS):
        with database.transaction(brand_id) as session:
            step = _next(session, brand_id, payment_id, provider.name, addresses, language, now)
        if isinstance(step, Door):
            return step
        door = _asked(database, step, provider, now, sleep) if step.row.state == "due" else _looked_at(database, step.row, provider, now)
        if door is not None:
            return door
    raise Unsure("no_session", "the session changed each time it was looked at")


def _next(session: Session, brand_id: int, payment_id: UUID, provider: str, addresses: Addresses, language: str, now: datetime) -> Door | _Step:
    payment = session.scalar(select(Payment).where(Payment.id == payment_id, Payment.provider == provider))
    if payment is None:
        raise NotFound("payment", payment_id)
    order = locked_order(session, brand_id=brand_id, order_id=payment.order_id)
    session.refresh(payment)
    if payment.state != "open" or order.state != "pending_payment":
        return Door("settled")
    last = session.scalar(select(CheckoutSession).where(CheckoutSession.payment_id == payment_id).order_by(CheckoutSession.attempt.desc()).limit(1))
    if last is not None and last.state == "complete":
        return Door("waiting")
    if order.pay_by <= now:
        return Door("late")
    if last is not None and last.state in LIVE:
        return _Step(last, order, False)
    attempt = last.attempt + 1 if last else 1
    asked = asked_of(order, lines_of(session, brand_id=brand_id, order_id=order.id), payment, attempt=attempt, addresses=addresses, language=language, now=now)
    row = CheckoutSession(brand_id=brand_id, payment_id=payment_id, attempt=attempt, provider=provider, state="due", asked=asked, created_at=now,
                          expires_at=datetime.fromtimestamp(asked["expires_at"], UTC))
    session.add(row)
    session.flush()
    return _Step(row, order, True)


def _asked(database: Transactions, step: _Step, provider: OnlineProvider, now: datetime, sleep: Callable[[float], None]) -> Door | None:
    """None: look again, another attempt may have taken its place."""
    row = step.row
    try:
        seen = provider.open_checkout(with_secret(row.asked, step.order), key=f"pay:{row.payment_id}:{row.attempt}")
    except Unsure as silence:
        if silence.code != REPLAYED:
            raise
        _give_up(database, row, str(silence))
        return None
    except Declined as refusal:
        _give_up(database, row, str(refusal))
        if step.fresh:
            raise
        return None
    except Misused as mistake:
        log.error("the provider refuses how a session is asked for", code=mistake.code, text=mistake.message)
        _trouble(database, row, provider.name, mistake, now)
        raise
    except Later as busy:
        if not busy.code.endswith("key_in_use"):
            _trouble(database, row, provider.name, busy, now)
            raise
        sleep(min(busy.seconds, 1.0))
        return None
    return _opened(database, row, seen, provider.name, now)


def _opened(database: Transactions, row: CheckoutSession, seen: CheckoutFacts, provider: str, now: datetime) -> Door | None:
    with database.transaction(row.brand_id) as session:
        kept = _locked(session, row)
        note_up(session, provider, now)
        if kept.state == "due":
            kept.state, kept.provider_ref, kept.url, kept.problem = "open", seen.ref, seen.url, ""
        return Door("open", kept.url) if kept.state == "open" else None


def _looked_at(database: Transactions, row: CheckoutSession, provider: OnlineProvider, now: datetime) -> Door | None:
    """She came back: by the back button, from another tab, or after she has paid."""
    try:
        seen = provider.read_checkout(row.provider_ref)
    except (Later, Misused) as problem:
        _trouble(database, row, provider.name, problem, now)
        raise
    if seen.state == "open":
        return Door("open", seen.url)
    apply_facts(database, provider=provider, seen=seen, now=now)
    return None


def _give_up(database: Transactions, row: CheckoutSession, problem: str) -> None:
    with database.transaction(row.brand_id) as session:
        kept = _locked(session, row)
        if kept.state == "due":
            kept.state, kept.problem = "refused", problem[:200]


def _trouble(database: Transactions, row: CheckoutSession, provider: str, problem: Later | Misused, now: datetime) -> None:
    """What finance reads beside the session, and whether the whole provider is down."""
    with database.transaction(row.brand_id) as session:
        kept = _locked(session, row)
        kept.problem = str(problem)[:200] if kept.state in LIVE else kept.problem
        if isinstance(problem, Misused) or problem.code == "circuit_open":
            note_down(session, provider, str(problem), now)


def _locked(session: Session, row: CheckoutSession) -> CheckoutSession:
    """The order first, as everywhere."""
    order_id = session.scalars(select(Payment.order_id).where(Payment.id == row.payment_id)).one()
    locked_order(session, brand_id=row.brand_id, order_id=order_id)
    return session.scalars(select(CheckoutSession).where(CheckoutSession.id == row.id).with_for_update()).one()
