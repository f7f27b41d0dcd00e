"""What comes after a sale in the story: a shopper asks, headquarters answers, a bank takes the payment back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.domain.aftersales.models import AfterSale, Chargeback
from app.domain.orders.models import Order
from app.domain.orders.queries import lines_of
from app.domain.people.actors import Actor
from app.domain.people.audit import act_as
from app.flows.answer_after_sale import (
    approve_after_sale,
    enter_return_parcel,
    receive_goods,
    refund_after_sale,
    reject_after_sale,
    send_replacement,
)
from app.flows.ask_after_sale import LineAsk, ask_after_sale
from app.flows.charge_back import lose_chargeback, open_chargeback
from app.kernel.tenancy import BrandSession
from demo.colleagues import act_for
from demo.shelf import variant_of
from demo.story import FINANCE, OPS
from demo.told import SWAP

SHOPPER = Actor("guest", "shopper", "顾客")
BANK_FEE = 1_500
"""What the bank keeps of a chargeback it decides against the brand."""


@dataclass(frozen=True)
class Aftermath:
    """What a verb gets: the order, the first thing bought, what is said, the moment."""

    session: BrandSession
    brand_id: int
    order: Order
    sku: str
    what: str
    now: datetime

    @property
    def line_id(self) -> UUID:
        return lines_of(self.session, brand_id=self.brand_id, order_id=self.order.id)[0].id

    @property
    def case_id(self) -> UUID:
        return self.session.scalars(select(AfterSale.id).where(AfterSale.order_id == self.order.id)).one()


def _ask(after: Aftermath) -> None:
    """One piece back, or another colour for it."""
    act_as(after.session, SHOPPER)
    other = variant_of(after.session, SWAP[after.sku]) if after.sku in SWAP else None
    ask_after_sale(after.session, brand_id=after.brand_id, order_id=after.order.id, kind="exchange" if other else "return_refund",
                   lines=[LineAsk(after.line_id, 1, exchange_variant_id=other)], reason=after.what, window=True, now=after.now)


def _allow(after: Aftermath) -> None:
    """Headquarters says yes, and the shopper tells how the goods are coming back."""
    act_for(after.session, OPS)
    approve_after_sale(after.session, brand_id=after.brand_id, after_sale_id=after.case_id, answer=after.what, now=after.now)
    act_as(after.session, SHOPPER)
    enter_return_parcel(after.session, brand_id=after.brand_id, after_sale_id=after.case_id, carrier="顺丰速运",
                        tracking_no=f"SF{after.order.number[-8:]}", now=after.now)


def _refuse(after: Aftermath) -> None:
    act_for(after.session, OPS)
    reject_after_sale(after.session, brand_id=after.brand_id, after_sale_id=after.case_id, answer=after.what, now=after.now)


def _arrive(after: Aftermath) -> None:
    act_for(after.session, OPS)
    receive_goods(after.session, brand_id=after.brand_id, after_sale_id=after.case_id, restock=[after.line_id], now=after.now)


def _swap(after: Aftermath) -> None:
    act_for(after.session, OPS)
    send_replacement(after.session, brand_id=after.brand_id, after_sale_id=after.case_id, carrier="顺丰速运", tracking_no="SF100977310", now=after.now)


def _repay(after: Aftermath) -> None:
    act_for(after.session, OPS)
    refund_after_sale(after.session, brand_id=after.brand_id, after_sale_id=after.case_id, now=after.now)


def _bank_asks(after: Aftermath) -> None:
    """'reference reason'"""
    act_for(after.session, FINANCE)
    reference, reason = after.what.split(maxsplit=1)
    open_chargeback(after.session, brand_id=after.brand_id, order_id=after.order.id, provider_ref=reference, amount_minor=after.order.total_minor,
                    fee_minor=BANK_FEE, reason=reason, answer_by=after.now + timedelta(days=7), now=after.now)


def _bank_takes(after: Aftermath) -> None:
    act_for(after.session, FINANCE)
    chargeback = after.session.scalars(select(Chargeback.id).where(Chargeback.order_id == after.order.id)).one()
    lose_chargeback(after.session, brand_id=after.brand_id, chargeback_id=chargeback, now=after.now)


VERBS: dict[str, Callable[[Aftermath], None]] = {
    "ask": _ask, "allow": _allow, "refuse": _refuse, "arrive": _arrive, "swap": _swap, "repay": _repay, "bank_asks": _bank_asks,
    "bank_takes": _bank_takes}
