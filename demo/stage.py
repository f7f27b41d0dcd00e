"""The story performed: every act is a call of the flow that a person, a shopper or a worker would cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from sqlalchemy import select, update

from app.domain.catalog.models import Variant
from app.domain.fulfilment.models import Fulfilment
from app.domain.guides.models import Guide
from app.domain.orders.baskets import Basket, BasketLine
from app.domain.orders.models import Order
from app.domain.orders.queries import lines_of
from app.domain.people.actors import SYSTEM
from app.domain.people.audit import act_as
from app.domain.sharing.actions import share_link
from app.domain.sharing.models import ShareLink
from app.domain.sharing.touch_log import note_touch
from app.flows.cancel_order import cancel_order, cancel_overdue
from app.flows.deliver_order import deliver_order
from app.flows.pay_order import apply_payment_event, reopen_payment
from app.flows.place_order import place_order
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.ship_order import ship_order
from app.gateways.payments import sandbox
from app.kernel.files import Files
from app.kernel.tenancy import BrandSession
from demo import aftermath, house
from demo.acts import Act, Back
from demo.aftermath import Aftermath
from demo.brand import Calendar
from demo.colleagues import act_for
from demo.deals import Deal, Visit
from demo.groups import group_of
from demo.plan import plan
from demo.scene import Scene
from demo.story import OPS

CARRIERS = (("顺丰速运", "SF"), ("京东物流", "JD"), ("中通快递", "ZT"))
AfterAct = Callable[["Stage", Act, datetime], None]


@dataclass
class Stage:
    """One day's transaction on the brand. Names of the plan (SKU, staff number, order key) are looked up once."""

    session: BrandSession
    brand_id: int
    calendar: Calendar
    files: Files
    password_hash: str
    links: dict[tuple[str, UUID | None, str], ShareLink] = field(default_factory=dict)

    def perform(self, act: Act) -> datetime:
        """One act at its moment; the moment is given back."""
        now = self.calendar.moment(act.day, act.clock)
        if act.deal and act.verb in aftermath.VERBS:
            aftermath.VERBS[act.verb](Aftermath(self.session, self.brand_id, self.order(act.deal), act.deal.basket[0][0], act.what, now))
        elif act.deal:
            act_as(self.session, SYSTEM)
            FOR_ORDERS[act.verb](self, act, act.deal, now)
        elif act.verb in FOR_SHOP:
            act_as(self.session, SYSTEM)
            FOR_SHOP[act.verb](self, act, now)
        else:
            act_for(self.session, act.who) if act.who else act_as(self.session, SYSTEM)
            house.VERBS[act.verb](Scene(self.session, self.brand_id, act.who, act.what, self.files, self.password_hash, now))
        self.session.flush()
        self._date_links(now)
        return now

    def _date_links(self, now: datetime) -> None:
        """A new link bears the moment of its act, not of the loading: who has not shared for a week is seen."""
        self.session.execute(update(ShareLink).where(ShareLink.brand_id == self.brand_id, ShareLink.created_at > now).values(created_at=now)
                             .execution_options(synchronize_session=False))

    @cached_property
    def variants(self) -> dict[str, tuple[UUID, UUID]]:
        return {sku: (variant_id, product_id) for sku, variant_id, product_id in self.session.execute(
            select(Variant.sku, Variant.id, Variant.product_id))}

    @cached_property
    def guides(self) -> dict[str, UUID]:
        return {guide.employee_no: guide.id for guide in self.session.scalars(select(Guide))}

    def link(self, guide: str, product_id: UUID | None, group: str = "") -> ShareLink:
        """Her link, or the one she posts in a group of hers."""
        if (guide, product_id, group) not in self.links:
            label = group_of(self.session, guide_id=self.guides[guide], name=group).mark if group else ""
            self.links[guide, product_id, group] = share_link(
                self.session, brand_id=self.brand_id, guide_id=self.guides[guide], product_id=product_id, label=label)
        return self.links[guide, product_id, group]

    def order(self, deal: Deal) -> Order:
        return self.session.scalars(select(Order).where(Order.checkout_key == deal.key)).one()


def tell_day(stage: Stage, day: int, *, after: AfterAct | None = None) -> None:
    for act in plan()[day]:
        now = stage.perform(act)
        if after:
            after(stage, act, now)


def told(session: BrandSession, day: int) -> bool:
    """A day is one transaction: any order of it means all of it."""
    return session.scalar(select(Order.id).where(Order.checkout_key.startswith(f"story-{day:02d}-")).limit(1)) is not None


def _place(stage: Stage, act: Act, deal: Deal, now: datetime) -> None:
    product_id = None if deal.to_shop else stage.variants[deal.basket[0][0]][1]
    for visit in deal.visits:
        _visit(stage, visit, deal.buyer.visitor, product_id, now)
    stage.session.flush()
    code = stage.link(deal.via, product_id, deal.group).code if deal.via else None
    basket = Basket(tuple(BasketLine(stage.variants[sku][0], pieces) for sku, pieces in deal.basket), share_code=code,
                    visitor=deal.buyer.visitor, coupon_codes=deal.coupons, guide_number=deal.chosen)
    place_order(stage.session, brand_id=stage.brand_id, basket=basket, contact=deal.buyer.contact, address=deal.buyer.address,
                note=deal.buyer.note, checkout_key=deal.key, now=now)


def _visit(stage: Stage, visit: Visit, visitor: str, product_id: UUID | None, now: datetime) -> None:
    note_touch(stage.session, brand_id=stage.brand_id, visitor=visitor, share_link_id=stage.link(visit.guide, product_id, visit.group).id,
               at=now - timedelta(minutes=visit.minutes_before), bot=visit.robot)


def _pay(stage: Stage, act: Act, deal: Deal, now: datetime) -> None:
    """The cashier tells us, as a webhook would: `pay` that it went well, `decline` that it did not."""
    order = stage.order(deal)
    payment = reopen_payment(stage.session, brand_id=stage.brand_id, order_id=order.id)
    apply_payment_event(stage.session, brand_id=stage.brand_id, payment_id=payment.id, provider=payment.provider, event_id=f"{act.verb}-{deal.key}",
                        outcome="succeed" if act.verb == "pay" else "fail", amount_minor=order.total_minor, currency=order.currency,
                        payload={"story": deal.key, **sandbox.told(act.verb, deal.payer)}, now=now)


def _ship(stage: Stage, act: Act, deal: Deal, now: datetime) -> None:
    act_for(stage.session, OPS)
    order = stage.order(deal)
    lines = lines_of(stage.session, brand_id=stage.brand_id, order_id=order.id)
    from_store = act.what == "store" and order.store_id is not None
    carrier, prefix = CARRIERS[deal.buyer.number % len(CARRIERS)]
    ship_order(stage.session, brand_id=stage.brand_id, order_id=order.id, carrier=carrier, now=now,
               lines=[(lines[position].id, pieces) for position, pieces in act.lines] if act.lines else None,
               tracking_no=f"{prefix}{100_000_000 + deal.buyer.number * 7_919 + act.day}",
               source="store" if from_store else "flagship", store_id=order.store_id if from_store else None)


def _deliver(stage: Stage, act: Act, deal: Deal, now: datetime) -> None:
    """All parcels, or the first or second of two."""
    order = stage.order(deal)
    parcels = stage.session.scalars(select(Fulfilment.id).where(Fulfilment.order_id == order.id).order_by(Fulfilment.shipped_at)).all()
    deliver_order(stage.session, brand_id=stage.brand_id, order_id=order.id, now=now,
                  fulfilment_id=parcels[int(act.what) - 1] if act.what else None)


def _refund(stage: Stage, act: Act, deal: Deal, now: datetime) -> None:
    act_for(stage.session, OPS)
    order = stage.order(deal)
    shipping = order.shipping_minor if deal.turn == "all back" else 0
    refund_order(stage.session, brand_id=stage.brand_id, order_id=order.id, lines=list(_asks(stage, order, act.back)), shipping_minor=shipping,
                 reason=act.what, now=now)


def _asks(stage: Stage, order: Order, backs: tuple[Back, ...]) -> Iterator[RefundAsk]:
    lines = lines_of(stage.session, brand_id=stage.brand_id, order_id=order.id)
    for back in backs:
        line = lines[back.position]
        yield RefundAsk(line.id, back.pieces or None, line.unit_price_minor * back.percent // 100 if back.percent else None)


def _call_off(stage: Stage, act: Act, deal: Deal, now: datetime) -> None:
    cancel_order(stage.session, brand_id=stage.brand_id, order_id=stage.order(deal).id, reason=act.what, now=now)


def _look_around(stage: Stage, act: Act, now: datetime) -> None:
    for number, visit in enumerate(act.visits):
        _visit(stage, visit, f"looker-{act.day:02d}-{number:03d}", None, now)


def _close_unpaid(stage: Stage, act: Act, now: datetime) -> None:
    cancel_overdue(stage.session, brand_id=stage.brand_id, now=now)


FOR_ORDERS: dict[str, Callable[[Stage, Act, Deal, datetime], None]] = {
    "place": _place, "pay": _pay, "decline": _pay, "ship": _ship, "deliver": _deliver, "refund": _refund, "call_off": _call_off}
FOR_SHOP: dict[str, Callable[[Stage, Act, datetime], None]] = {"look_around": _look_around, "close_unpaid": _close_unpaid}
