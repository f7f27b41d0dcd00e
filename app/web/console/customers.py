"""客户: all customers inside the scope, masked; who serves them and why; moving one to another guide, and taking that back (R21, R35)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.care import actions, queries
from app.domain.care.models import CustomerHandover
from app.domain.care.rules import UNDO_WITHIN, with_tag
from app.domain.customers.models import CustomerBinding
from app.domain.guides.models import Guide
from app.domain.guides.queries import working_guides
from app.domain.insights.customer_book import SORTS, CustomerRow, customer_orders, customer_row, customers_page
from app.domain.orgs.queries import stores
from app.domain.people.audit import note
from app.flows.hand_over import transfer_customer, undo_handover
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.kernel.money import decimal_text
from app.kernel.paging import PAGE_SIZE
from app.web.shared import customer_words as words
from app.web.shared.application import no_store, now
from app.web.shared.asking import chosen_id, page_number
from app.web.shared.downloads import csv_response
from app.web.shared.errors import says
from app.web.shared.formats import masked_name, masked_phone, moment
from app.web.shared.serving import actor, brand, brand_id, db

from . import asked, order_words
from .blueprint import console
from .rehearsal import all_or_nothing

SORTED = (*SORTS, *(f"-{name}" for name in SORTS))
BOUND = ("somebody", "left", "nobody")
BATCH = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """The list's filters as its address says them."""

    q: str
    bound: str
    store: UUID | None
    tag: UUID | None
    segment: UUID | None
    of: UUID | None
    sort: str

    @classmethod
    def here(cls) -> Asked:
        return cls(asked.text("q", most=40), asked.one_of("bound", BOUND), asked.row_id("store"), asked.row_id("tag"), asked.row_id("segment"),
                   asked.row_id("guide"), asked.one_of("sort", SORTED) or "-seen")

    @property
    def query(self) -> dict[str, Any]:
        return asked.query(q=self.q, bound=self.bound, store=self.store, tag=self.tag, segment=self.segment, guide=self.of,
                           sort=self.sort if self.sort != "-seen" else "")

    def page(self, number: int, size: int = PAGE_SIZE) -> Any:
        return customers_page(db(), brand_id=brand_id(), timezone=brand().timezone, now=now(), within=actor().within, q=self.q, terms=self._terms(),
                              bound=self.bound, of=self.of, sort=self.sort, number=number, size=size)

    def _terms(self) -> dict[str, Any]:
        """Of the segment, narrowed by tag and store."""
        terms = dict(queries.segment(db(), brand_id=brand_id(), segment_id=self.segment).terms) if self.segment else {}
        return with_tag(terms, self.tag) | ({"store_id": str(self.store)} if self.store else {})


@console.get("/customers")
def customers() -> str:
    actor().require("customers:view")
    here = Asked.here()
    tags, segments = queries.tags(db(), brand_id=brand_id()), queries.segments(db(), brand_id=brand_id())
    choices = {
        "store": [("", gettext("全部门店")), *((one.id, one.name) for one in stores(db(), brand_id=brand_id(), within=actor().within))],
        "tag": [("", gettext("全部标签")), *((one.id, one.name) for one in tags)],
        "segment": [("", gettext("全部人群")), *((one.id, one.name) for one in segments)],
        "bound": [("", gettext("绑定不限")), ("somebody", gettext("有导购")), ("left", gettext("导购已离职或停用")), ("nobody", gettext("没有绑定"))],
    }
    left = Asked("", "left", None, None, None, None, "-seen").page(1, size=1).total if actor().may("customers:edit") else 0
    return render_template("console/customers.html", page=here.page(page_number()), here=here, choices=choices, words=words, left=left)


@console.get("/customers.csv")
def export_customers_csv() -> ResponseReturnValue:
    """Names and phones are masked for everybody; the download is written down."""
    actor().require("customers:view")
    here = Asked.here()
    note(db(), action="export", subject_kind="customers", subject_id="customers", after={"filter": here.query})
    return csv_response(_table(here), "customers.csv")


def _table(here: Asked) -> Iterator[list[str]]:
    yield [gettext("客户"), gettext("手机"), gettext("导购"), gettext("门店"), gettext("绑定到"), gettext("单数"), gettext("实付减退款"), gettext("币种"),
           gettext("最近下单"), gettext("最近来过"), gettext("标签")]
    number = 1
    while True:
        page = here.page(number, size=BATCH)
        for row in page.items:
            yield [masked_name(row.name), masked_phone(row.phone), row.guide_name or "", row.store_name or "", _day(row.expires_at), str(row.orders),
                   decimal_text(row.sales_minor, brand().currency), brand().currency, _day(row.last_at), _day(row.last_seen_at),
                   " ".join(tag[1] for tag in row.tags)]
        if number >= page.pages:
            return
        number += 1


def _day(at: Any) -> str:
    return moment(at, "yyyy-MM-dd") if at else ""


@console.get("/customers/<customer_id>")
def customer(customer_id: str) -> ResponseReturnValue:
    actor().require("customers:view")
    return customer_page(found_customer(customer_id))


@console.post("/customers/<customer_id>/unmask")
def unmask_customer(customer_id: str) -> ResponseReturnValue:
    actor().require("customers:unmask")
    found = found_customer(customer_id)
    try:
        actions.note_unmasking(db(), brand_id=brand_id(), customer_id=found.id, reason=request.form.get("reason", ""), words=request.form.get("words", ""))
    except Refused as refused:
        return customer_page(found, problem=says(refused)), 422
    return customer_page(found, unmasked=True)


@console.post("/customers/<customer_id>/transfer")
def transfer_customer_post(customer_id: str) -> ResponseReturnValue:
    actor().require("customers:edit")
    found = found_customer(customer_id)
    try:
        with all_or_nothing():
            transfer_customer(db(), brand_id=brand_id(), customer_id=found.id, guide_id=chosen_id(request.form.get("guide_id"), field="guide_id"),
                              said=request.form.get("reason", ""), within=actor().within, now=now())
    except Refused as refused:
        return customer_page(found_customer(customer_id), problem=says(refused)), 422
    flash(gettext("已移交，两位导购都收到通知；7 天内可以撤回。"), "ok")
    return redirect(url_for("console.customer", customer_id=found.id), 303)


@console.post("/customers/<customer_id>/handovers/<handover_id>/undo")
def undo_customer_handover(customer_id: str, handover_id: str) -> ResponseReturnValue:
    """By headquarters only."""
    found, key = found_customer(customer_id), parse_id(handover_id, "customer_handover")
    _require_headquarters()
    rows = [one for one in queries.handovers(db(), brand_id=brand_id(), customer_id=found.id) if one.id == key]
    if not rows:
        raise NotFound("customer_handover", handover_id)
    try:
        with all_or_nothing():
            undo_handover(db(), brand_id=brand_id(), handovers=rows, now=now())
    except Refused as refused:
        return customer_page(found_customer(customer_id), problem=says(refused)), 422
    flash(gettext("已撤回，顾客回到原来的导购。"), "ok")
    return redirect(url_for("console.customer", customer_id=found.id), 303)


def _require_headquarters() -> None:
    actor().require("customers:edit")
    if actor().within is not None:
        raise NotFound("page")


def found_customer(customer_id: str) -> CustomerRow:
    """Whom the actor's scope reaches."""
    return customer_row(db(), brand_id=brand_id(), timezone=brand().timezone, now=now(), customer_id=parse_id(customer_id, "customer"), within=actor().within)


def customer_page(found: CustomerRow, *, unmasked: bool = False, problem: str = "", problems: Mapping[str, str] | None = None) -> Response:
    """`problems`: of the forms on it, field → what is wrong."""
    bindings = db().scalars(select(CustomerBinding).where(CustomerBinding.customer_id == found.id).order_by(CustomerBinding.bound_at.desc())).all()
    moves = queries.handovers(db(), brand_id=brand_id(), customer_id=found.id)
    headquarters = actor().may("customers:edit") and actor().within is None
    tags, by_hand = queries.tags(db(), brand_id=brand_id()), queries.taggings(db(), brand_id=brand_id(), customer_id=found.id, now=now())
    return no_store(make_response(render_template(
        "console/customer.html", row=found, unmasked=unmasked, problem=problem, problems=problems or {}, words=words, bindings=bindings, moves=moves,
        names=_names(bindings, moves),
        undoable={one.id for one in moves[:1] if headquarters and one.why != "undo" and one.to_guide_id and one.at > now() - UNDO_WITHIN},
        orders=customer_orders(db(), brand_id=brand_id(), customer_id=found.id), states=order_words,
        notes=queries.notes(db(), brand_id=brand_id(), customer_id=found.id),
        by_hand=by_hand, choices=[one for one in tags if one.kind == "manual" and one.id not in by_hand], may_edit=actor().may("customers:edit"),
        terms={one.id: words.tag_terms(one, brand().currency) for one in tags}, may_unmask=actor().may("customers:unmask"),
        successors=[one for one in working_guides(db(), brand_id=brand_id(), near=found.store_id, within=actor().within) if one.id != found.guide_id]
        if found.guide_id and actor().may("customers:edit") else [])))


def _names(bindings: Sequence[CustomerBinding], moves: Sequence[CustomerHandover]) -> dict[UUID, str]:
    """Guide → name, of all who appear."""
    ids = {one.guide_id for one in bindings} | {one.from_guide_id for one in moves} | {one.to_guide_id for one in moves if one.to_guide_id}
    return {one.id: one.name for one in db().scalars(select(Guide).where(Guide.id.in_(ids)))}
