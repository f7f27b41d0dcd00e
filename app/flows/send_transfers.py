"""Transfers go out one by one, each in three steps: marked, asked for outside of any transaction, booked (R18).

Whatever ends a worker in between, or tells us first, leads to the same end: a transfer that was asked for keeps its key until the
provider is looked through and surely has none; a refusal is stored under its key, so the next try has the next attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.catalog.ports import Transactions
from app.domain.orders.models import Payment
from app.domain.provider.health import note_down
from app.domain.provider.models import Charge, ProviderAccount, Transfer, TransferReversal
from app.domain.provider.ports import Declined, Later, Misused, OnlineProvider, ProviderProblem, TransferFacts, Unsure
from app.domain.provider.routing import Told, brand_of, id_of
from app.domain.settlement.models import Payout
from app.domain.settlement.transfer_rooms import FROZEN
from app.domain.settlement.transfers import DISPUTED, RESTRICTED
from app.flows.close_transfers import close_payout, close_payouts, under_way
from app.flows.prepare_transfers import JOB, prepare_transfers
from app.kernel.queue import defer

log = structlog.get_logger()

BATCH = 100
"""Calls in one go: so few that `now` is still true for the last."""
MOST_WRONG = 3
"""One may be about its own key; so many are about ours."""
LOST = timedelta(hours=1)
"""A key that brought no answer for so long, and of which the provider shows nothing, came to nothing."""
WAIT, LONGEST = timedelta(minutes=10), timedelta(hours=6)
"""After each refusal a little longer."""
UNSENT = ("due", "sending", "waiting")
NO_CAPABILITY = "insufficient_capabilities_for_transfer"
OUTSIDE = "reversed_outside"
"""Somebody took money back at the provider itself; no refund of ours did."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """One transfer as it is asked for. `since`: when its key was first used, None for never; `held`: why a new one may not go now."""

    id: UUID
    brand_id: int
    attempt: int
    settled_minor: int
    currency: str
    account_ref: str
    charge_ref: str
    group: str
    since: datetime | None
    held: str

    @property
    def key(self) -> str:
        return f"transfer:{self.id}:{self.attempt}"


def has_unsent(session: Session, *, brand_id: int) -> bool:
    """Whether the job has anything to do for a brand: to prepare, to send, or only to close."""
    return session.scalar(under_way(brand_id).limit(1)) is not None


def send_transfers(database: Transactions, *, brand_id: int, provider: OnlineProvider, now: datetime) -> int:
    """Sends what may go, closes the payouts that are through; how many transfers left."""
    prepare_transfers(database, brand_id=brand_id, now=now)
    with database.transaction(brand_id) as session:
        unsent = session.scalars(select(Transfer.id).where(Transfer.brand_id == brand_id, Transfer.state.in_(UNSENT)).order_by(Transfer.id)).all()
    asked, sent, wrong = 0, 0, 0
    for transfer_id in unsent:
        try:
            gone = _send(database, brand_id, transfer_id, provider, now)
        except Later as later:
            log.info("transfers wait", brand_id=brand_id, code=later.code)
            break
        except Misused:
            gone, wrong = False, wrong + 1
        asked, sent = asked + (gone is not None), sent + (gone is True)
        if asked == BATCH or wrong == MOST_WRONG:
            break
    close_payouts(database, brand_id=brand_id, now=now)
    if sent and asked == BATCH:
        with database.transaction(brand_id) as session:
            defer(session, JOB, brand_id=brand_id)
    return sent


def _send(database: Transactions, brand_id: int, transfer_id: UUID, provider: OnlineProvider, now: datetime) -> bool | None:
    """Whether it left; None if nothing was asked."""
    begun = _begin(database, brand_id, transfer_id, now)
    if begun is None:
        return None
    ask = begun
    try:
        facts = _found(provider, ask) if ask.since else None
        if facts is None and ask.since and now - ask.since >= LOST:
            again = _begin(database, brand_id, transfer_id, now, lost=ask.attempt)
            if again is None:
                return None
            ask = again
        if facts is None and ask.held:
            return False
        facts = facts or _transfer(provider, ask)
    except Declined as refused:
        _note_refusal(database, ask, refused, now)
        return False
    except (Unsure, Later, Misused) as problem:
        _note_problem(database, ask, provider, problem, now)
        if isinstance(problem, Unsure):
            return False
        raise
    with database.transaction(brand_id) as session:
        _, row = _locked(session, transfer_id)
        _book(row, facts, now)
    return True


def _transfer(provider: OnlineProvider, ask: _Ask) -> TransferFacts:
    return provider.transfer(
        amount_minor=ask.settled_minor, currency=ask.currency, account_ref=ask.account_ref, charge_ref=ask.charge_ref, group=ask.group,
        marks={"brand_id": str(ask.brand_id), "transfer_id": str(ask.id)}, key=ask.key)


def _locked(session: Session, transfer_id: UUID) -> tuple[Payout, Transfer]:
    """Behind its payout's lock, where whoever lets a payout fail queues too."""
    payout_id = session.scalars(select(Transfer.payout_id).where(Transfer.id == transfer_id)).one()
    payout = session.scalars(select(Payout).where(Payout.id == payout_id).with_for_update().execution_options(populate_existing=True)).one()
    row = session.scalars(select(Transfer).where(Transfer.id == transfer_id).with_for_update().execution_options(populate_existing=True)).one()
    return payout, row


def _begin(database: Transactions, brand_id: int, transfer_id: UUID, now: datetime, *, lost: int = 0) -> _Ask | None:
    """Marks a transfer as asked for, if it may go. `lost` is an attempt that came to nothing: two that find so take the same next one."""
    with database.transaction(brand_id) as session:
        payout, row = _locked(session, transfer_id)
        if row.state not in UNSENT or payout.state != "sent":
            return None
        account = session.scalars(select(ProviderAccount).where(ProviderAccount.id == row.account_id)).one()
        held = RESTRICTED if account.state != "ready" else DISPUTED if _frozen(session, row) else ""
        given_up = row.state == "waiting" or row.attempt == lost
        if held and (row.state != "sending" or given_up):
            row.state, row.problem = "waiting", held
            return None
        if row.state == "waiting" and not _again(row, now):
            return None
        if given_up and row.asked_at:
            row.attempt, row.asked_at = row.attempt + 1, None
        since = row.asked_at
        row.state, row.asked_at = "sending", since or now
        return _ask(session, row, account, since, held)


def _frozen(session: Session, row: Transfer) -> bool:
    """While the shopper's bank asks for the charge nothing more of it leaves."""
    frozen = text(f"SELECT {FROZEN} FROM charges c WHERE c.brand_id = :brand_id AND c.payment_id = :payment_id")  # noqa: S608 (constants of the code)
    return bool(row.payment_id and session.scalar(frozen, {"brand_id": row.brand_id, "payment_id": row.payment_id}))


def _again(row: Transfer, now: datetime) -> bool:
    """What waited for us goes as soon as it may, what the provider refused after a while."""
    return row.problem in (RESTRICTED, DISPUTED) or row.asked_at is None or now >= row.asked_at + min(WAIT * row.attempt, LONGEST)


def _ask(session: Session, row: Transfer, account: ProviderAccount, since: datetime | None, held: str) -> _Ask:
    found = session.execute(select(Charge.charge_ref, Payment.order_id).join(Payment, (Payment.id == Charge.payment_id) & (Payment.brand_id == Charge.brand_id))
                            .where(Charge.payment_id == row.payment_id)).first()
    charge_ref, group = (found.charge_ref, f"order_{found.order_id}") if found else ("", f"payout_{row.payout_id}")
    return _Ask(row.id, row.brand_id, row.attempt, row.settled_minor, row.settled_currency, account.provider_ref, charge_ref, group, since, held)


def _found(provider: OnlineProvider, ask: _Ask) -> TransferFacts | None:
    return next((one for one in provider.transfers_of(ask.group) if id_of(one.marks, "transfer_id") == ask.id), None)


def _book(row: Transfer, facts: TransferFacts, now: datetime) -> None:
    """It left. A second one for the same row cannot come of our keys: if there is one, somebody must look."""
    if row.state == "sent" and row.provider_ref == facts.ref:
        return
    if row.state in ("sent", "refused"):
        log.error("a transfer that should not be", transfer_id=str(row.id), state=row.state, ref=facts.ref)
        row.problem = f"unexpected {facts.ref}"[:200]
        return
    row.state, row.provider_ref, row.sent_at, row.problem = "sent", facts.ref, now, ""
    if (facts.amount_minor, facts.currency) != (row.settled_minor, row.settled_currency):
        log.error("a transfer of another amount", transfer_id=str(row.id), ref=facts.ref)
        row.problem = f"amount {facts.amount_minor} {facts.currency}"


def _note_refusal(database: Transactions, ask: _Ask, refused: Declined, now: datetime) -> None:
    """Stored under its key. An account that lost its capability is not sent anything until it is read as ready again."""
    with database.transaction(ask.brand_id) as session:
        _, row = _locked(session, ask.id)
        if row.state != "sending" or row.attempt != ask.attempt:
            return
        no_account = refused.code == NO_CAPABILITY
        row.state, row.asked_at, row.problem = "waiting", now, RESTRICTED if no_account else refused.code[:200]
        log.info("a transfer was refused", transfer_id=str(row.id), code=refused.code, message=refused.message)
        if no_account:
            account = session.scalars(select(ProviderAccount).where(ProviderAccount.id == row.account_id).with_for_update()).one()
            account.state = "restricted" if account.state == "ready" else account.state


def _note_problem(database: Transactions, ask: _Ask, provider: OnlineProvider, problem: ProviderProblem, now: datetime) -> None:
    """The row keeps its state and key; our own mistakes are for somebody to look at."""
    with database.transaction(ask.brand_id) as session:
        _, row = _locked(session, ask.id)
        if row.state == "sending" and row.attempt == ask.attempt:
            row.problem = problem.code[:200]
        if isinstance(problem, Misused):
            log.error("a transfer was asked for wrongly", transfer_id=str(ask.id), code=problem.code, message=problem.message)
            note_down(session, provider.name, problem.code, now)


def apply_transfer(database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None:
    """What the provider has of a transfer: an answer that was lost is booked; what was taken back there and not by us is a problem to look at."""
    facts = provider.read_transfer(ref)
    brand_id, transfer_id = brand_of(facts.marks), id_of(facts.marks, "transfer_id")
    if brand_id is None or transfer_id is None:
        return None
    with database.transaction(brand_id) as session:
        if session.scalar(select(Transfer.id).where(Transfer.id == transfer_id)) is None:
            return None
        payout, row = _locked(session, transfer_id)
        _book(row, facts, now)
        _compare_reversed(session, row, facts)
        payout_id, payment_id = payout.id, row.payment_id
    with database.transaction(brand_id) as session:
        close_payout(session, brand_id=brand_id, payout_id=payout_id, now=now)
    return Told(brand_id, payment_id)


def _compare_reversed(session: Session, row: Transfer, facts: TransferFacts) -> None:
    """A reversal of ours that is still under way may be among what is gone there already."""
    under_way = session.scalars(select(TransferReversal.settled_minor).where(TransferReversal.transfer_id == row.id, TransferReversal.state == "sending")).all()
    if facts.reversed_minor > row.reversed_settled_minor + sum(under_way):
        log.error("a transfer was taken back outside of us", transfer_id=str(row.id), ref=facts.ref, reversed_minor=facts.reversed_minor)
        row.problem = OUTSIDE
    elif row.problem == OUTSIDE:
        row.problem = ""
