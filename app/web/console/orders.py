"""Orders: the list with its drawer, and one order complete on its own page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.fulfilment.models import Fulfilment
from app.domain.fulfilment.queries import with_the_flagship
from app.domain.guides.models import Guide
from app.domain.insights.order_money import parcels, standings
from app.domain.insights.pictures import first_pictures
from app.domain.ledger.queries import entries_of, house_payees, transactions_page
from app.domain.orders.queries import OrderDetail, count_by_state, order_detail, orders_page
from app.domain.orders.rules import REFUNDABLE, SHIPPABLE
from app.domain.orgs.queries import stores
from app.flows.ship_order import wanted
from app.kernel.ids import parse_id
from app.web.shared.asking import page_number
from app.web.shared.media import media_url
from app.web.shared.names import payee_name
from app.web.shared.serving import actor, brand_id, db

from . import asked, order_view
from . import order_words as words
from .blueprint import console
from .order_after_sales import after_sale_facts
from .order_online import online_facts
from .order_pushes import push_facts

SORTS = {"-placed": "new", "placed": "old", "-paid": "amount", "paid": "small"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The list's filters, as its address says."""

    q: str
    state: str
    guide_id: UUID | None
    store_id: UUID | None
    from_: datetime | None
    to: datetime | None
    sort: str

    @classmethod
    def here(cls) -> Asked:
        from_, to = asked.days()
        return cls(asked.text("q"), asked.one_of("state", [code for code, _ in words.TABS]), asked.row_id("guide"), asked.row_id("store"),
                   from_, to, asked.one_of("sort", SORTS) or "-placed")

    @property
    def query(self) -> dict[str, Any]:
        return asked.query(q=self.q, state=self.state, guide=self.guide_id, store=self.store_id, sort=self.sort if self.sort != "-placed" else "",
                           from_=asked.day("from"), to=asked.day("to"))


@console.get("/orders")
def orders() -> ResponseReturnValue:
    actor().require("orders:view")
    here, within = Asked.here(), actor().within
    page = orders_page(db(), brand_id=brand_id(), within=within, q=here.q, state=here.state, guide_id=here.guide_id, store_id=here.store_id,
                       from_=here.from_, to=here.to, sort=SORTS[here.sort], number=page_number())
    opened = asked.row_id("order")
    return render_template(
        "console/orders.html", page=page, here=here, query=here.query, tabs=_tabs(here, within), words=words,
        kept=asked.query(state=here.state, guide=here.guide_id),
        pictures=pictures([row.product_id for row in page.items]), stores=stores(db(), brand_id=brand_id(), within=within),
        guide=_guide(here.guide_id), drawer=_view(opened) if opened else None, opened=opened)


@console.get("/orders/<order_id>")
def order(order_id: str) -> ResponseReturnValue:
    actor().require("orders:view")
    view = _view(parse_id(order_id, "order"))
    return render_template("console/order.html", words=words, **view, **online_facts(view["detail"]))


def detail_of(order_id: str) -> OrderDetail:
    """An order this person may see, or NotFound."""
    return _detail(parse_id(order_id, "order"))


def pictures(product_ids: list[UUID]) -> dict[UUID, str]:
    return {product: media_url(key, "s") for product, key in first_pictures(db(), brand_id=brand_id(), product_ids=product_ids).items()}


def after_sale_days() -> int:
    return db().scalars(select(BrandSettings.after_sale_days).where(BrandSettings.brand_id == brand_id())).one()


def _detail(order_id: UUID) -> OrderDetail:
    """With the payees of the shares by the names they are read by."""
    detail = order_detail(db(), brand_id=brand_id(), order_id=order_id, within=actor().within)
    parties = {payee_id: party for party, payee_id in house_payees(db(), brand_id=brand_id()).items()}
    lines = [replace(line, shares=[(share, payee_name(parties.get(share.payee_id, ""), name)) for share, name in line.shares]) for line in detail.lines]
    return replace(detail, lines=lines)


def _view(order_id: UUID) -> dict[str, Any]:
    detail = _detail(order_id)
    sent = parcels(db(), brand_id=brand_id(), order_id=order_id)
    found = standings(db(), brand_id=brand_id(), order_id=order_id)
    return {
        "detail": detail, "parcels": sent, "standings": [one for one in found if one.parts], "waterfall": order_view.waterfall(detail),
        "paid_line": order_view.paid_line(detail),
        "table": order_view.share_table(detail), "subsidies": order_view.subsidies(detail), "attribution": order_view.attribution(detail),
        "origins": order_view.origins(detail),
        "journey": order_view.journey(detail, found, after_sale_days(), see_money=actor().may("rates:view")), "events": order_view.events(detail, sent),
        "line_pictures": pictures([line.line.product_id for line in detail.lines]), "may": _may(detail, sent), **after_sale_facts(detail), **push_facts(detail),
        "ledger": _ledger(order_id) if actor().may("money:view") else []}


def _may(detail: OrderDetail, sent: Sequence[Fulfilment]) -> dict[str, bool]:
    """What can be done with this order now by this person."""
    may, state = actor().may, detail.order.state
    theirs = with_the_flagship(db(), brand_id=brand_id(), order_id=detail.order.id)
    return {
        "ship": may("orders:fulfil") and state in SHIPPABLE and any(
            wanted(line.line) > line.line.shipped_quantity and line.line.id not in theirs for line in detail.lines),
        "deliver": may("orders:fulfil") and any(parcel.delivered_at is None for parcel in sent),
        "cancel": state == "pending_payment" and may("orders:fulfil") or state == "paid" and may("orders:refund"),
        "refund": may("orders:refund") and state in REFUNDABLE, "see_money": may("rates:view"), "see_phone": may("orders:fulfil")}


def _ledger(order_id: UUID) -> list[Any]:
    found = transactions_page(db(), brand_id=brand_id(), order_id=order_id).items
    entries = entries_of(db(), brand_id=brand_id(), transaction_ids=[one.id for one in found])
    return [(one, entries[one.id]) for one in found]


def _tabs(here: Asked, within: str | None) -> list[dict[str, Any]]:
    counts = count_by_state(db(), brand_id=brand_id(), within=within)
    known = {"": sum(counts.values()), **counts}
    keep = {name: value for name, value in here.query.items() if name != "state"}
    return [{"label": label, "active": code == here.state, "count": None if code == "refunding" else known.get(code, 0),
             "href": url_for("console.orders", **{**keep, **asked.query(state=code)})} for code, label in words.TABS]


def _guide(guide_id: UUID | None) -> Guide | None:
    return db().scalar(select(Guide).where(Guide.brand_id == brand_id(), Guide.id == guide_id)) if guide_id else None
