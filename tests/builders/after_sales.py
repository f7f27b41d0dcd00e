"""Cases, chargebacks and the phases of money in one word each, committed, for tests about what comes after a sale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.aftersales.models import AfterSale, Chargeback
from app.domain.catalog.models import Variant
from app.domain.ledger.models import Payee
from app.domain.ledger.queries import balances
from app.domain.people.actors import SYSTEM, command
from app.domain.people.audit import act_as
from app.flows.answer_after_sale import approve_after_sale, receive_goods, refund_after_sale
from app.flows.ask_after_sale import LineAsk, ask_after_sale
from app.flows.charge_back import lose_chargeback, open_chargeback
from app.flows.pay_out import approve_payout_run, draft_payout_run, execute_payout_run
from app.flows.place_order import PlacedOrder
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.gateways.payouts.files import FilePayouts
from app.gateways.storage import LocalFiles
from app.kernel.ids import new_id
from tests.builders.money import HOLD_OVER, lines_of, whole
from tests.builders.shops import Shop
from tests.conftest import NOON


def ask(shop: Shop, placed: PlacedOrder, kind: str, *lines: LineAsk, now: datetime = NOON, **more: Any) -> AfterSale:
    case = ask_after_sale(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, kind=kind, lines=lines, now=now, **more)
    shop.session.commit()
    whole(shop)
    return case


def asked_back(shop: Shop, placed: PlacedOrder, line: int = 0, quantity: int = 1, **more: Any) -> AfterSale:
    """A return of some pieces of one line, asked for."""
    return ask(shop, placed, "return_refund", LineAsk(lines_of(shop, placed)[line].id, quantity), **more)


def approve(shop: Shop, case: AfterSale, now: datetime = NOON) -> AfterSale:
    done = approve_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=now)
    shop.session.commit()
    whole(shop)
    return done


def receive(shop: Shop, case: AfterSale, restock: Sequence[UUID] = (), now: datetime = NOON) -> AfterSale:
    done = receive_goods(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, restock=restock, now=now)
    shop.session.commit()
    whole(shop)
    return done


def returned(shop: Shop, placed: PlacedOrder, line: int = 0, quantity: int = 1, now: datetime = NOON) -> AfterSale:
    """A return all the way to the money."""
    case = asked_back(shop, placed, line, quantity, now=now)
    approve(shop, case, now)
    receive(shop, case, now=now)
    done = refund_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=now)
    shop.session.commit()
    whole(shop)
    return done


def refund(shop: Shop, placed: PlacedOrder, *asks: RefundAsk, shipping_minor: int = 0, now: datetime = NOON) -> None:
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=asks, shipping_minor=shipping_minor, now=now)
    shop.session.commit()
    whole(shop)


def charge_back(shop: Shop, placed: PlacedOrder, amount_minor: int, *, ref: str = "CB-1", fee_minor: int = 0, now: datetime = NOON) -> Chargeback:
    row = open_chargeback(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, provider_ref=ref, amount_minor=amount_minor,
                          fee_minor=fee_minor, now=now)
    shop.session.commit()
    whole(shop)
    return row


def lose(shop: Shop, row: Chargeback, now: datetime = NOON) -> Chargeback:
    done = lose_chargeback(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, now=now)
    shop.session.commit()
    whole(shop)
    return done


def settled(shop: Shop, at: datetime = HOLD_OVER) -> int:
    """How many lines a settlement at that moment released."""
    run = settle(shop.session, brand_id=shop.brand_id, as_of=at, now=at)
    shop.session.commit()
    whole(shop)
    return run.line_count


def paid_out(shop: Shop, at: datetime = HOLD_OVER) -> int:
    """What a payout run paid, drafted by one and approved by another."""
    session, names = shop.session, {"brand_id": shop.brand_id, "now": at}
    act_as(session, command("one"))
    run = draft_payout_run(session, **names)
    act_as(session, command("two"))
    approve_payout_run(session, run_id=run.id, **names)
    execute_payout_run(session, run_id=run.id, provider=FilePayouts(LocalFiles(Path(mkdtemp(prefix="yundian-payout-")))), **names)
    act_as(session, SYSTEM)
    session.commit()
    whole(shop)
    return run.amount_minor


def stock(shop: Shop, variant_id: UUID) -> tuple[int, int]:
    """(stock, reserved)"""
    return tuple(shop.session.execute(select(Variant.stock, Variant.reserved).where(Variant.id == variant_id)).one())


def another(shop: Shop, of: UUID, sku: str, *, price_minor: int | None = None, stock: int = 10) -> UUID:
    """A second variant of the same product, at the same price unless said otherwise."""
    like = shop.session.scalars(select(Variant).where(Variant.id == of)).one()
    made = Variant(id=new_id(), product_id=like.product_id, sku=sku, price_minor=price_minor or like.price_minor, stock=stock, options={"颜色": sku},
                   updated_at=NOON)
    shop.session.add(made)
    shop.session.commit()
    return made.id


def house(shop: Shop, party: str) -> dict[str, int]:
    """What stands on each phase of a payee of the house, zeros left out."""
    payee_id = shop.session.scalars(select(Payee.id).where(Payee.party == party)).one()
    return {phase: amount for phase, amount in balances(shop.session, brand_id=shop.brand_id, payee_id=payee_id).items() if amount}
