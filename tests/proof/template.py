"""A brand in the middle of its life, made once by the real flows and copied as often as wanted: a copy has the same ids, its own brand."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text

from app.domain.brands.models import BrandSettings
from app.domain.ledger.checking import check_ledger
from app.domain.models import Base
from app.domain.orders.models import OrderLine
from app.domain.orgs.actions import add_org_unit
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.promotions.actions import add_coupon
from app.domain.settlement.bank_details import change_payment, set_bank_details, verify_bank_details
from app.domain.settlement.invoices import record_invoice
from app.domain.sharing.actions import share_link
from app.domain.splits.actions import add_plan
from app.extensions import Database
from app.flows.answer_after_sale import approve_after_sale, receive_goods
from app.flows.ask_after_sale import LineAsk, ask_after_sale
from app.flows.deliver_order import deliver_order
from app.flows.pay_order import apply_payment_event
from app.flows.pay_out import approve_payout_run, draft_payout_run, execute_payout_run
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.flows.ship_order import ship_order
from app.flows.withdraw import request_withdrawal
from app.kernel.db import gather
from app.kernel.tenancy import BrandSession
from tests.builders.after_sales import another
from tests.builders.brands import a_brand
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON
from tests.proof.provider import Answering

_numbers = itertools.count(1)
COUPONS = {"BRAND": 3001, "PLATFORM": 29900, "STORE": 499, "GUIDE": 777}
"""Code (its funder's name) → minor units."""
LEFT_OUT = {"audit_events"}
"""Not copied: nothing about money is in it."""


@dataclass(frozen=True)
class Sold:
    order_id: UUID
    line_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class Template:
    """Lin sells and is taxed, He is employed and referred her; her store is a company with invoices, the other one the brand's own."""

    database: Database
    brand_id: int
    case: UUID
    cover: UUID
    spare: UUID
    """Another variant of the case's product, at its price."""
    case_product: UUID
    guides: tuple[UUID, ...]
    links: tuple[str, ...]
    stores: tuple[UUID, ...]
    payees: tuple[UUID, ...]
    company: UUID
    orders: tuple[Sold, ...]
    cases: tuple[tuple[UUID, list[UUID]], ...]
    """After-sale case and its lines: a return that has arrived, an exchange that was granted."""
    withdrawal: UUID
    run: UUID
    """The payout run that was executed."""
    tables: tuple[str, ...]

    def copy(self) -> int:
        """A new brand with everything this one has."""
        with self.database.transaction(operator=True) as session:
            brand_id: int = session.execute(text(NEW_BRAND), {"slug": f"copy{os.getpid()}-{next(_numbers)}", "template": self.brand_id}).scalar_one()
            gather(session, *((sql, {"new": brand_id, "template": self.brand_id}) for sql in self.tables))
            return brand_id


NEW_BRAND = """INSERT INTO brands (slug, name, currency, timezone, status, approved_at)
SELECT :slug, name, currency, timezone, status, approved_at FROM brands WHERE id = :template RETURNING id"""


def a_template(database: Database) -> Template:
    """Its orders are paid out and refunded since, available, held and half in dispute, partly sent, paid and unpaid; He asks for money."""
    began = NOON - timedelta(days=60)
    brand_id = a_brand(database, slug=f"template{os.getpid()}-{next(_numbers)}", now=began).id
    with database.session(brand_id) as session:
        act_as(session, command("one"))
        shop = a_shop(session, began, stock=400)
        other = add_org_unit(session, brand_id=brand_id, kind="store", name="徐汇店", code="SH02", parent_id=shop.store.parent_id)
        _terms(shop, began)
        _pay_details(shop)
        spare, he_link = another(shop, shop.case, "A2"), share_link(session, brand_id=brand_id, guide_id=shop.he.id).code
        session.commit()
        past = _Past(shop, other.id, he_link)
        orders, cases, withdrawal = past.orders(), past.cases(), past.withdrawal()
        session.commit()
        assert check_ledger(session, brand_id=brand_id) == []
        payees = (shop.lin.payee_id, shop.he.payee_id, shop.store.payee_id, other.payee_id)
        return Template(database, brand_id, shop.case, shop.cover, spare, shop.case_product, (shop.lin.id, shop.he.id), (shop.link.code, he_link),
                        (shop.store.id, other.id), payees, shop.store.payee_id, orders, cases, withdrawal, past.run_id, tuple(_copying(session, brand_id)))


def _terms(shop: Shop, began: datetime) -> None:
    session, brand_id = shop.session, shop.brand_id
    settings = session.scalars(select(BrandSettings)).one()
    settings.two_levels, settings.commission_cap_bp, settings.after_sale_days = True, 6000, 3
    settings.shipping_fee_minor, settings.free_shipping_from_minor = 1200, 50000
    add_plan(session, brand_id=brand_id, org_unit_id=None, now=began + timedelta(days=1), shares=[
        {"role": "store", "rate_bp": 500, "min": 7}, {"role": "fulfilling_store", "rate_bp": 300}, {"role": "region", "rate_bp": 100, "max": 900}])
    for code, amount in COUPONS.items():
        add_coupon(session, brand_id=brand_id, code=code, funder=code.lower(), amount_minor=amount, starts_at=began, ends_at=NOON + timedelta(days=9), max_uses=9,
                   org_unit_id=shop.store.id if code == "STORE" else None, guide_id=shop.lin.id if code == "GUIDE" else None)


def _pay_details(shop: Shop) -> None:
    session, brand_id = shop.session, shop.brand_id
    for payee_id, tax_kind in ((shop.lin.payee_id, "individual"), (shop.store.payee_id, "company")):
        change_payment(session, brand_id=brand_id, payee_id=payee_id, tax_kind=tax_kind)
        act_as(session, command("one"))
        set_bank_details(session, brand_id=brand_id, payee_id=payee_id, holder="林晓芸", bank="招商银行", account="6225880100006688")
        act_as(session, command("two"))
        verify_bank_details(session, brand_id=brand_id, payee_id=payee_id, now=NOON)
    record_invoice(session, brand_id=brand_id, payee_id=shop.store.payee_id, number="1", amount_minor=9000, issued_on=NOON.date(), today=NOON.date(), now=NOON)


class _Past:
    def __init__(self, shop: Shop, other_store: UUID, he_link: str) -> None:
        self.shop, self.session, self.other_store, self.he_link = shop, shop.session, other_store, he_link
        self.names = {"brand_id": shop.brand_id}

    def orders(self) -> tuple[Sold, ...]:
        first = self.received(self.sold(40, "BRAND", "PLATFORM"), 38)
        self.run_id = _paid_out(self.session, self.shop.brand_id, NOON - timedelta(days=30))
        second = self.received(self.sold(20, "STORE", link=self.he_link), 18)
        settle(self.session, **self.names, as_of=NOON - timedelta(days=10), now=NOON - timedelta(days=10))
        refund_order(self.session, **self.names, order_id=first.order_id, lines=[RefundAsk(first.line_ids[0], 2)], now=NOON)
        self.held = self.received(self.sold(2, "GUIDE"), 1)
        partly = self.sold(1)
        ship_order(self.session, **self.names, order_id=partly.order_id, lines=[(partly.line_ids[1], 1)], now=NOON)
        return self.sold(0, paid=False), first, second, partly, self.sold(0, "PLATFORM"), self.held

    def cases(self) -> tuple[tuple[UUID, list[UUID]], ...]:
        case_line, cover_line = self.held.line_ids
        back = ask_after_sale(self.session, **self.names, order_id=self.held.order_id, kind="return_refund", lines=[LineAsk(cover_line, 1)], now=NOON).id
        swap = ask_after_sale(self.session, **self.names, order_id=self.held.order_id, kind="exchange", now=NOON,
                              lines=[LineAsk(case_line, 1, exchange_variant_id=self.shop.case)]).id
        for case_id in (back, swap):
            approve_after_sale(self.session, **self.names, after_sale_id=case_id, now=NOON)
        receive_goods(self.session, **self.names, after_sale_id=back, now=NOON)
        return (back, [cover_line]), (swap, [case_line])

    def withdrawal(self) -> UUID:
        return request_withdrawal(self.session, **self.names, payee_id=self.shop.he.payee_id, amount_minor=1000, now=NOON).id

    def sold(self, days_ago: int, *codes: str, link: str = "", paid: bool = True) -> Sold:
        then = NOON - timedelta(days=days_ago)
        placed = self.shop.order((self.shop.case, 2), (self.shop.cover, 3), now=then, coupon_codes=codes, share_code=link or self.shop.link.code)
        if paid:
            apply_payment_event(self.session, **self.names, payment_id=placed.payment_id, provider="sandbox", event_id=str(placed.payment_id), outcome="succeed",
                                amount_minor=placed.total_minor, currency="CNY", payload={}, now=then)
        lines = self.session.scalars(select(OrderLine.id).where(OrderLine.order_id == placed.order_id).order_by(OrderLine.position)).all()
        return Sold(placed.order_id, tuple(lines))

    def received(self, sold: Sold, days_ago: int) -> Sold:
        then = NOON - timedelta(days=days_ago)
        ship_order(self.session, **self.names, order_id=sold.order_id, source="store", store_id=self.other_store, now=then)
        deliver_order(self.session, **self.names, order_id=sold.order_id, now=then)
        return sold


def _paid_out(session: BrandSession, brand_id: int, now: datetime) -> UUID:
    settle(session, brand_id=brand_id, as_of=now, now=now)
    act_as(session, command("one"))
    run_id = draft_payout_run(session, brand_id=brand_id, now=now).id
    act_as(session, command("two"))
    approve_payout_run(session, brand_id=brand_id, run_id=run_id, now=now)
    return execute_payout_run(session, brand_id=brand_id, run_id=run_id, provider=Answering(), now=now).id


def _copying(session: BrandSession, brand_id: int) -> Iterator[str]:
    """One INSERT a table that has rows, referred-to tables first."""
    for table in Base.metadata.sorted_tables:
        if "brand_id" in table.c and table.name not in {"signposts", *LEFT_OUT}:
            if session.execute(text(f"SELECT EXISTS (SELECT FROM {table.name} WHERE brand_id = {brand_id})")).scalar():
                columns = ", ".join(column.name for column in table.c if column.name != "brand_id")
                yield f"INSERT INTO {table.name} (brand_id, {columns}) SELECT %(new)s, {columns} FROM {table.name} WHERE brand_id = %(template)s"
