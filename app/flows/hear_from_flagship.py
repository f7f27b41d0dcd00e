"""A worker goes to the flagship with one of our orders and writes down what came of it; its parcels become ours.

Taken up in one transaction, talked about in none, written down in another: whoever dies in between leaves the order unsure, and the
next one asks the flagship for our number before anything else.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.catalog.models import FlagshipSource
from app.domain.catalog.ports import Transactions
from app.domain.fulfilment.actions import NOTHING, Told, held_by, let_go, move_on, take_up
from app.domain.fulfilment.areas import known_area
from app.domain.fulfilment.models import OrderPush
from app.domain.fulfilment.ports import Absent, Declined, Destination, Done, FlagshipDoors, Pending, Placed, Stage, Unsure, WantedLine, WantedOrder
from app.domain.fulfilment.queries import order_push, told_lines
from app.domain.fulfilment.rules import GIVE_UP, LASTING, SETTLED, look_again, trouble_of, wait_after
from app.domain.orders.models import Order
from app.domain.orders.queries import lines_of, locked_order
from app.flows.announce import announce
from app.flows.push_orders import Chance, renew_push
from app.flows.take_over_parcels import all_received, take_over_parcels
from app.flows.talk_to_flagship import Answer, Errand, Seen, Shop, Silent, Submitted, go
from app.kernel.errors import msgid

STEPS = 3
"""In one go at most: placed, told that it is paid, looked at."""
SOON = timedelta(minutes=5)
CANCEL_PENDING: Told = ("cancel_pending", msgid("旗舰店收到了撤回的请求，还没有答复"), {})
GONE: Told = ("cancelled_there", msgid("旗舰店取消了这张订单"), {})
ON_ITS_WAY: Told = ("cancel_too_late", msgid("旗舰店已经发出，撤不回来了"), {})


def work_push(database: Transactions, *, brand_id: int, push_id: UUID, flagship: FlagshipDoors, now: datetime, chance: Chance = random.random) -> str:
    """As far as it goes without waiting; what was last heard of it: '' when it is another's turn or nothing is due."""
    heard = ""
    for _ in range(STEPS):
        errand = _take_up(database, brand_id=brand_id, push_id=push_id, now=now)
        if errand is None:
            break
        answer = go(errand, database=database, brand_id=brand_id, flagship=flagship, now=now)
        heard = type(answer.answer if isinstance(answer, Submitted) else answer).__name__.lower()
        _write_down(database, brand_id=brand_id, errand=errand, answer=answer, now=now, chance=chance)
    return heard


def _take_up(database: Transactions, *, brand_id: int, push_id: UUID, now: datetime) -> Errand | None:
    with database.transaction(brand_id) as session:
        taken = take_up(session, brand_id=brand_id, push_id=push_id, now=now)
        if taken is None:
            return None
        push, was = taken
        source = session.scalars(select(FlagshipSource).where(FlagshipSource.id == push.source_id)).one()
        order = session.scalars(select(Order).where(Order.id == push.order_id)).one()
        assert push.claim is not None
        return Errand(push.id, push.claim, _step(push, was), Shop(source.id, source.kind, {**source.settings}), push.flagship_order_id,
                      any(line.shipped_quantity for line in push.lines), _wanted(session, order, push), {**order.address},
                      known_area(session, brand_id=brand_id, source_id=source.id, address=order.address))


def _step(push: OrderPush, was: str) -> str:
    if was == "waiting":
        return "submit"
    if not push.flagship_order_id:
        return "find"
    if was == "placed":
        return "pay"
    return "cancel" if was == "cancel_asked" and push.last_code != CANCEL_PENDING[0] else "look"


def _wanted(session: Session, order: Order, push: OrderPush) -> WantedOrder:
    told = tuple(WantedLine(line.external_id, line.quantity, line.unit_price_minor, bought.title)
                 for line, bought in told_lines(session, brand_id=order.brand_id, push_id=push.id))
    address: Mapping[str, str] = order.address
    parts = {name: str(address.get(name, "")) for name in ("country", "province", "city", "district", "street", "postal_code")}
    where = "".join(dict.fromkeys(parts[name] for name in ("province", "city", "district", "street")))
    return WantedOrder(push.number, told, push.shipping_minor, push.currency, channel=order.channel, destination=Destination(
        str(order.contact.get("name", "")), str(order.contact.get("phone", "")), where, (0, 0, 0, 0), **parts))


def _write_down(database: Transactions, *, brand_id: int, errand: Errand, answer: Answer, now: datetime, chance: Chance) -> None:
    """In the order everybody keeps: the order, then its push. A worker that was overtaken keeps her answer to herself."""
    with database.transaction(brand_id) as session:
        order_id = session.scalars(select(OrderPush.order_id).where(OrderPush.id == errand.push_id)).one()
        order = locked_order(session, brand_id=brand_id, order_id=order_id)
        push = order_push(session, brand_id=brand_id, push_id=errand.push_id, lock=True)
        if held_by(push, errand.claim):
            _Heard(session, order, push, errand.step, now, chance).take(answer)
            session.flush()


class _Heard:
    """What each answer makes of a push."""

    def __init__(self, session: Session, order: Order, push: OrderPush, step: str, now: datetime, chance: Chance) -> None:
        self.session, self.order, self.push, self.step, self.now, self.chance = session, order, push, step, now, chance
        self.calling_off = push.state == "cancel_asked"

    def take(self, answer: Answer) -> None:
        match answer:
            case Submitted():
                self.push.shipping_minor = answer.shipping_minor
                self.take(answer.answer)
            case Placed():
                self._placed(answer)
            case Absent():
                self._absent()
            case Seen():
                self._seen(answer)
            case Done():
                self._done()
            case Pending():
                self._go_on("cancel_asked", now_told=CANCEL_PENDING, after=SOON)
            case Declined():
                self._declined((answer.code, answer.message, answer.data))
            case Unsure():
                self._later((answer.code, answer.message, answer.data))
            case Silent():
                self._silent(answer)

    def _placed(self, answer: Placed) -> None:
        self.push.flagship_order_id = answer.flagship_order_id[:120]
        self.push.placed_at = self.push.placed_at or self.now
        self._go_on("cancel_asked" if self.calling_off else "placed")
        self._announce("order.pushed")

    def _absent(self) -> None:
        """Believed only once the submission whose answer got lost cannot be on its way any more."""
        settled = (self.push.submitted_at or self.now) + SETTLED
        if self.now < settled:
            let_go(self.push, next_at=settled)
        elif self.calling_off:
            self._called_off()
        else:
            self.push.submitted_at = None
            self._go_on("waiting")

    def _done(self) -> None:
        if self.step == "cancel":
            self._called_off()
        elif self.calling_off:
            let_go(self.push, next_at=self.now)
        else:
            self._go_on("paid_told", after=SOON)

    def _declined(self, told: Told) -> None:
        if self.step == "submit" and self.calling_off:
            self._called_off()
        elif self.step == "submit":
            self.push.submitted_at = None
            self._end("declined", told, trouble="declined")
        elif self.step == "cancel":
            self._go_on("paid_told", now_told=told, trouble="cancel_declined")
        else:
            self._later(told, trouble="pay_declined")

    def _silent(self, answer: Silent) -> None:
        if answer.locked_out:
            self.session.execute(update(FlagshipSource).where(FlagshipSource.id == self.push.source_id).values(authorisation_ended_at=self.now))
        if self.step == "submit":
            self.push.submitted_at = None
            if self.calling_off:
                self._called_off()
                return
            self.push.state = "waiting"
        self._later(answer.told, not_before=answer.retry_at)

    def _later(self, told: Told, *, trouble: str = "", not_before: datetime | None = None) -> None:
        """Nothing is known yet. Once that has lasted too long a person has to look; what may exist there is asked about all the same."""
        self.push.attempts += 1
        pause = self.now + self._pause()
        stuck = self.now - max(self.push.changed_at, self.push.checked_at or self.push.changed_at) >= GIVE_UP
        if stuck and self.push.state in ("waiting", "unsure"):
            self._end("given_up", told, trouble="given_up")
            return
        trouble = trouble or self.push.trouble or ("stuck_there" if stuck else "")
        move_on(self.session, self.push, self.push.state, now=self.now, told=told, trouble=trouble, kind="silent")
        let_go(self.push, next_at=max(pause, not_before or pause))

    def _seen(self, seen: Seen) -> None:
        self.push.checked_at, self.push.raw_state = self.now, seen.order.raw_state[:60]
        stage = seen.order.stage
        if stage is Stage.CANCELLED:
            self._gone()
            return
        trouble = take_over_parcels(self.session, order=self.order, push=self.push, seen=seen.order, tracks=seen.tracks, now=self.now)
        sent = all(line.shipped_quantity == line.quantity for line in self.push.lines)
        if self.calling_off and not any(line.shipped_quantity for line in self.push.lines):
            self._go_on("cancel_asked", now_told=CANCEL_PENDING, after=SOON)
            return
        trouble = trouble or ("cancel_declined" if self.calling_off else self.push.trouble if self.push.trouble in LASTING else trouble_of(stage))
        told = ON_ITS_WAY if self.calling_off else (self.push.last_code, self.push.last_message, self.push.last_data or {}) if trouble else NOTHING
        if sent and (stage is Stage.DELIVERED or all_received(self.session, push=self.push)):
            self._end("delivered", told, trouble=trouble)
            return
        unpaid = stage in (Stage.SUBMITTED, Stage.AWAITING_PAYMENT) and not trouble
        age = self.now - (self.push.placed_at or self.now)
        self._go_on("shipped" if sent else "placed" if unpaid else "paid_told", now_told=told, trouble=trouble, after=look_again(age, self.chance()))

    def _gone(self) -> None:
        """The flagship gave the order up. By itself nothing is refunded for that: the goods may still come from a store, and it is the
        brand's promise to the shopper that is at stake; a person decides."""
        lines = lines_of(self.session, brand_id=self.order.brand_id, order_id=self.order.id)
        mine = {line.order_line_id for line in self.push.lines}
        still = self.order.state not in ("cancelled", "refunded") and any(
            line.quantity - line.refunded_quantity > line.shipped_quantity for line in lines if line.id in mine)
        if self.calling_off or not still:
            self._called_off()
        else:
            self._end("cancelled", GONE, trouble="cancelled_there")

    def _called_off(self) -> None:
        move_on(self.session, self.push, "cancelled", now=self.now)
        let_go(self.push, next_at=None)
        self.session.flush()
        renew_push(self.session, self.push, now=self.now)

    def _go_on(self, state: str, *, now_told: Told = NOTHING, trouble: str = "", after: timedelta = timedelta(0)) -> None:
        self.push.attempts = 0
        move_on(self.session, self.push, state, now=self.now, told=now_told, trouble=trouble)
        let_go(self.push, next_at=self.now + after)

    def _end(self, state: str, told: Told, *, trouble: str = "") -> None:
        move_on(self.session, self.push, state, now=self.now, told=told, trouble=trouble)
        let_go(self.push, next_at=None)
        if trouble in ("declined", "given_up", "cancelled_there"):
            self._announce("order.push_failed")

    def _announce(self, event: str) -> None:
        announce(self.session, brand_id=self.order.brand_id, event=event, now=self.now, payload={
            "order_id": str(self.order.id), "number": self.order.number, "flagship_order": str(self.push.id), "source_id": str(self.push.source_id),
            "told_as": self.push.number, "flagship_order_id": self.push.flagship_order_id, "state": self.push.state, "code": self.push.last_code})

    def _pause(self) -> timedelta:
        return wait_after(self.push.attempts, self.chance())
