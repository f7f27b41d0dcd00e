"""Refunds of orders that were paid through the provider: booked, sent by the job's flow, and what the world knows of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.commission.actions import add_rule
from app.domain.orders.models import Refund
from app.domain.people.actors import SYSTEM, command
from app.domain.people.audit import act_as
from app.domain.provider.models import TransferReversal
from app.domain.provider.ports import OnlineProvider
from app.flows.connect_payees import apply_account, open_account
from app.flows.deliver_order import deliver_order
from app.flows.pay_out import approve_payout_run, draft_payout_run, execute_payout_run
from app.flows.place_order import PlacedOrder
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.send_refunds import send_refund
from app.flows.send_transfers import send_transfers
from app.flows.ship_order import ship_order
from app.gateways.payouts.by_method import PayoutsByMethod
from app.gateways.payouts.files import FilePayouts
from app.web.shared.application import Application
from tests.builders.after_sales import another, settled
from tests.builders.money import lines_of, whole
from tests.builders.payouts import some_files
from tests.builders.shops import Shop
from tests.builders.stripe_orders import paid_online
from tests.builders.stripe_world import StripeWorld
from tests.conftest import NOON


def hundred(shop: Shop) -> Shop:
    """A good of 100.00 without shipping: guide 12.35 %, store 5 %, platform 1 %, the brand keeps 81.65."""
    terms = shop.session.scalars(select(BrandSettings)).one()
    terms.shipping_fee_minor, terms.payout_minimum_minor = 0, 0
    shop.case = another(shop, shop.case, "HUNDRED", price_minor=10000, stock=1000)
    add_rule(shop.session, brand_id=shop.brand_id, scope={"variant_id": shop.case}, rate_bp=1235, now=NOON)
    shop.session.commit()
    return shop


def booked(shop: Shop, placed: PlacedOrder, amount_minor: int, now: datetime, *, line: int = 0) -> UUID:
    """A refund of a part of one line, not sent yet."""
    made = refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=now,
                        lines=[RefundAsk(lines_of(shop, placed)[line].id, amount_minor=amount_minor)])
    shop.session.commit()
    whole(shop)
    return made.id


def send(application: Application, shop: Shop, refund_id: UUID, *, provider: OnlineProvider | None = None, now: datetime | None = None) -> Refund:
    """What the job does, and the refund after it."""
    online = provider or application.gateways.online
    assert online is not None
    send_refund(application.database, brand_id=shop.brand_id, refund_id=refund_id, provider=online, now=now or application.clock())
    return refund_of(shop, refund_id)


def refund_of(shop: Shop, refund_id: UUID) -> Refund:
    shop.session.rollback()
    return shop.session.scalars(select(Refund).where(Refund.id == refund_id).execution_options(populate_existing=True)).one()


def reversals_of(shop: Shop, refund_id: UUID) -> list[TransferReversal]:
    statement = select(TransferReversal).where(TransferReversal.refund_id == refund_id).order_by(TransferReversal.amount_minor.desc())
    return list(shop.session.scalars(statement.execution_options(populate_existing=True)))


def counts(world: StripeWorld) -> dict[str, int]:
    """How many refunds, transfers and reversals there are in the world."""
    there = world.sees("state")["objects"]["platform"]
    return {kind: there.get(kind, 0) for kind in ("refund", "transfer", "transfer_reversal")}


def fault(world: StripeWorld, path: str, status: int | str, **more: Any) -> None:
    """`count` calls of `path` go wrong, `phase` before or after they were carried out."""
    world.does("faults", api=[{"status": status, "path": path, **more}])


def received(application: Application, world: StripeWorld, shop: Shop, *lines: tuple[UUID, int]) -> PlacedOrder:
    """Paid through the provider, sent and received: held for 15 days from now."""
    placed, now = paid_online(application, world, shop, *lines), application.clock()
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=now)
    deliver_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=now)
    shop.session.commit()
    return placed


def with_receiver(application: Application, world: StripeWorld, shop: Shop, payee_id: UUID) -> str:
    """An account at the provider that may be sent money; its reference there."""
    database, online, now = application.database, application.gateways.online, application.clock()
    assert online is not None
    shop.session.commit()
    ref = open_account(database, brand_id=shop.brand_id, provider=online, payee_id=payee_id, email=f"p{payee_id.hex}@example.com", country="SG", home="SG",
                       now=now).provider_ref
    world.does(f"accounts/{ref}/complete")
    apply_account(database, provider=online, ref=ref, now=now)
    return ref


def transferred(application: Application, shop: Shop, at: datetime) -> None:
    """What is due at `at` is released and paid out, by transfer to whoever has an account."""
    session, names = shop.session, {"brand_id": shop.brand_id, "now": at}
    settled(shop, at)
    act_as(session, command("one"))
    run = draft_payout_run(session, **names)
    act_as(session, command("two"))
    approve_payout_run(session, run_id=run.id, **names)
    execute_payout_run(session, run_id=run.id, provider=PayoutsByMethod(FilePayouts(some_files())), **names)
    act_as(session, SYSTEM)
    session.commit()
    online = application.gateways.online
    assert online is not None
    send_transfers(application.database, brand_id=shop.brand_id, provider=online, now=at)
    session.rollback()
    whole(shop)
