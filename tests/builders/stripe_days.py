"""Money that moves at the provider after an order was paid there, with our rows beside it; and a day of its books read."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.orders.models import OrderLine, Refund
from app.domain.provider.models import ProviderAccount, ProviderDay, ProviderDayLine, Transfer, TransferReversal
from app.domain.settlement.models import Payout, PayoutRun
from app.flows.follow_disputes import apply_dispute
from app.flows.place_order import PlacedOrder
from app.flows.reconcile_provider import queue_provider_day, read_provider_day
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.send_refunds import send_refund
from app.kernel.ids import new_id
from app.web.shared.application import Application
from tests.builders.days import today
from tests.builders.shops import Shop
from tests.builders.stripe_orders import charge_of
from tests.builders.stripe_world import StripeWorld

SHANGHAI = "Asia/Shanghai"
_numbers = itertools.count(1)


def refunded(app: Application, shop: Shop, placed: PlacedOrder, amount_minor: int, *, sent: bool = True) -> UUID:
    """So much of the order's dearest line."""
    now = app.clock()
    line = shop.session.scalars(select(OrderLine).where(OrderLine.order_id == placed.order_id).order_by(OrderLine.paid_minor.desc())).first()
    refund = refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line.id, None, amount_minor)], now=now)
    shop.session.commit()
    if sent:
        send_refund(app.database, brand_id=shop.brand_id, refund_id=refund.id, provider=app.gateways.online, now=now)
    return refund.id


def refund_of(shop: Shop, refund_id: UUID) -> Refund:
    return shop.session.scalars(select(Refund).where(Refund.id == refund_id).execution_options(populate_existing=True)).one()


def an_account(app: Application, world: StripeWorld, shop: Shop) -> ProviderAccount:
    """Lin's, ready."""
    row = ProviderAccount(brand_id=shop.brand_id, id=new_id(), payee_id=shop.lin.payee_id, provider="stripe", version=1, state="ready", asked={},
                          created_at=app.clock(), checked_at=app.clock())
    asked = {"email": "lin@example.com", "name": "林晓芸", "country": "SG", "marks": {"brand_id": str(shop.brand_id), "account_id": str(row.id)}}
    row.provider_ref = app.gateways.online.open_account(asked, key=f"acct:{row.payee_id}:v1").ref
    world.does(f"accounts/{row.provider_ref}/complete")
    shop.session.add(row)
    shop.session.commit()
    return row


def transferred(app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, amount_minor: int, settled_minor: int, *, state: str = "sent") -> Transfer:
    """Of the order's charge to Lin, in a run of its own. `sending`: the money left, we were not told."""
    now, account, charge = app.clock(), an_account(app, world, shop), charge_of(shop, placed)
    run = PayoutRun(brand_id=shop.brand_id, id=new_id(), number=next(_numbers), state="executed", cutoff=now, drafted_by_id="cli:a", drafted_by="甲",
                    drafted_at=now, executed_at=now)
    payout = Payout(brand_id=shop.brand_id, id=new_id(), run_id=run.id, payee_id=shop.lin.payee_id, amount_minor=amount_minor, state="sent", method="stripe")
    row = Transfer(brand_id=shop.brand_id, id=new_id(), payout_id=payout.id, payment_id=charge.payment_id, payee_id=shop.lin.payee_id, account_id=account.id,
                   amount_minor=amount_minor, currency="CNY", settled_minor=settled_minor, settled_currency="SGD", state=state, created_at=now, asked_at=now)
    sent = app.gateways.online.transfer(
        amount_minor=settled_minor, currency="SGD", account_ref=account.provider_ref, charge_ref=charge.charge_ref, group=f"order_{placed.order_id}",
        marks={"brand_id": str(shop.brand_id), "transfer_id": str(row.id)}, key=f"transfer:{row.id}:1")
    if state == "sent":
        row.provider_ref, row.sent_at = sent.ref, now
    for one in (run, payout, row):
        shop.session.add(one)
        shop.session.flush()
    shop.session.commit()
    return row


def reversed_(app: Application, shop: Shop, transfer: Transfer, refund_id: UUID, amount_minor: int, settled_minor: int) -> TransferReversal:
    now = app.clock()
    row = TransferReversal(brand_id=shop.brand_id, id=new_id(), transfer_id=transfer.id, refund_id=refund_id, amount_minor=amount_minor,
                           settled_minor=settled_minor, state="done", created_at=now, asked_at=now)
    row.provider_ref = app.gateways.online.reverse(
        transfer.provider_ref, amount_minor=settled_minor, marks={"brand_id": str(shop.brand_id), "reversal_id": str(row.id)}, key=f"reverse:{row.id}:1").ref
    shop.session.add(row)
    shop.session.commit()
    return row


def disputed(app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, amount_minor: int, *, outcome: str = "") -> str:
    """Opened, heard of; with an outcome, ruled and heard of again."""
    ref = world.does("disputes", charge=charge_of(shop, placed).charge_ref, amount=amount_minor, reason="fraudulent")["id"]
    apply_dispute(app.database, provider=app.gateways.online, ref=ref, now=app.clock())
    if outcome:
        world.does(f"disputes/{ref}/{outcome}")
        apply_dispute(app.database, provider=app.gateways.online, ref=ref, now=app.clock())
    shop.session.rollback()
    return str(ref)


def read(app: Application, *shops: Shop, day: date | None = None) -> list[ProviderDay]:
    """The day of all these brands, read in one go."""
    day = day or today()
    for shop in shops:
        queue_provider_day(shop.session, brand_id=shop.brand_id, provider="stripe", day=day, now=app.clock())
        shop.session.commit()
    read_provider_day(app.database, provider=app.gateways.online, day=day, timezone=SHANGHAI, now=app.clock())
    return [shop.session.scalars(select(ProviderDay).where(ProviderDay.day == day).execution_options(populate_existing=True)).one() for shop in shops]


def lines(shop: Shop, day: ProviderDay) -> list[ProviderDayLine]:
    return list(shop.session.scalars(select(ProviderDayLine).where(ProviderDayLine.day_id == day.id).order_by(ProviderDayLine.kind, ProviderDayLine.theirs_minor)
                                     .execution_options(populate_existing=True)))


def said(shop: Shop, day: ProviderDay) -> list[tuple[Any, ...]]:
    """(kind, theirs, ours, cause) of each line."""
    return [(line.kind, line.theirs_minor, line.ours_minor, line.cause) for line in lines(shop, day)]


def at_the_provider(world: StripeWorld) -> dict[str, int]:
    """The platform's balance there, by currency: what is available and what is not yet."""
    held = world.sees("state")["balances"]["platform"]
    return {currency.upper(): sum(pair.values() if isinstance(pair, dict) else pair) for currency, pair in held.items()}
