"""/customers, /customer-tags, /segments: who serves whom. Names and phones are masked without the scope customers:unmask."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.care.models import CustomerTag, Segment
from app.domain.care.queries import handovers, segment
from app.domain.customers.models import Customer
from app.domain.insights.customer_book import CustomerRow, customer_count, customer_row, customers_page
from app.domain.people.audit import note
from app.flows.hand_over import transfer_customer
from app.kernel.errors import Refused
from app.web.shared.application import now
from app.web.shared.formats import masked_name, masked_phone
from app.web.shared.serving import actor, brand, brand_id, db

from .fields import Amount, Choice, Flag, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Free, Listed, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "guides"}


class TagOut(Shape):
    id = Ref("customer tag")
    name = Text(20)
    kind = Choice("manual", "bought", "spent", "lapsed", "birthday")


class CustomerTagOut(TagOut):
    category = Text(200, metadata={"description": "For `bought`."})
    days = Whole(allow_none=True, metadata={"description": "How long a manual tag counts, or how far back a rule looks."})
    amount = Amount(attribute="amount_minor", allow_none=True)
    currency = Currency()
    ended_at = When(allow_none=True)


class CustomerOut(Shape):
    id = Ref("customer")
    name = Text(40)
    phone = Text(20, metadata={"description": "E.164 with the scope customers:unmask, which is written down; else masked."})
    masked = Flag()
    guide_id = Ref("guide", allow_none=True)
    store_id = Ref("store", allow_none=True)
    bound_at = When(allow_none=True)
    protected_until = When(allow_none=True)
    expires_at = When(allow_none=True)
    orders = Whole()
    sales = Amount(attribute="sales_minor", signed=True)
    currency = Currency()
    last_order_at = When(allow_none=True, attribute="last_at")
    last_seen_at = When()
    tags = Listed(Nest(TagOut), most=60)


class CustomerQuery(Paging):
    q = Text(40, load_default="", metadata={"description": "In the name; a whole phone; or its last four digits."})
    guide_id = Ref("guide", load_default=None)
    store_id = Ref("store", load_default=None)
    tag_id = Ref("customer tag", load_default=None)
    segment_id = Ref("segment", load_default=None)


class Transfer(Shape):
    guide_id = Ref("guide", required=True)
    reason = Text(200, load_default="")


class HandoverOut(Shape):
    id = Ref("hand-over")
    from_guide_id = Ref("guide")
    to_guide_id = Ref("guide", allow_none=True, metadata={"description": "None: the store serves her."})
    why = Choice("leaving", "transfer", "undo")
    reason = Text(200, attribute="said")
    by = Text(80)
    at = When()


class CustomerDetail(CustomerOut):
    handovers = Listed(Nest(HandoverOut), most=50)


class SegmentOut(Shape):
    id = Ref("segment")
    name = Text(40)
    terms = Free(metadata={"description": "`tags`, `bought_within`, `silent_for`, `spent_minor`, `spent_days`, `store_id`: all of them hold."})
    count = Whole(metadata={"description": "How many customers it has at this moment."})
    created_at = When()


@v1.get("/customers", listed=CustomerOut, query=CustomerQuery, scope="customers:read", summary="Customers", **TAG)
def list_customers(query: dict[str, Any]) -> Rows:
    """Whoever came last first. `cursor` is the number of the next page."""
    number = _page_number(query["cursor"])
    page = customers_page(db(), brand_id=brand_id(), timezone=brand().timezone, now=now(), q=query["q"], of=query["guide_id"], terms=_terms(query),
                          number=number, size=query["limit"])
    items = [] if number > page.pages else page.items
    return Rows(_shown(items), str(number + 1) if number < page.pages else None)


@v1.get("/customers/<id>", out=CustomerDetail, scope="customers:read", summary="One customer", **TAG)
def get_customer(id: str) -> dict[str, Any]:
    return _detail(found(Customer, id).id)


@v1.post("/customers/<id>/transfer", body=Transfer, out=CustomerDetail, scope="customers:write", summary="Move a customer to another guide", **TAG)
def transfer(id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Both guides are told. Validity and protection go on as they were. Refused for a customer who is bound to nobody."""
    customer_id = found(Customer, id).id
    transfer_customer(db(), brand_id=brand_id(), customer_id=customer_id, guide_id=body["guide_id"], said=body["reason"], now=now())
    return _detail(customer_id)


@v1.get("/customer-tags", listed=CustomerTagOut, scope="customers:read", summary="Customer tags", **TAG)
def list_customer_tags(query: dict[str, Any]) -> Rows:
    return listed(select(CustomerTag), CustomerTag, query)


@v1.get("/segments", listed=SegmentOut, scope="customers:read", summary="Segments", **TAG)
def list_segments(query: dict[str, Any]) -> Rows:
    page = listed(select(Segment), Segment, query)
    return Rows([{"id": one.id, "name": one.name, "terms": one.terms, "created_at": one.created_at, "count": customer_count(
        db(), brand_id=brand_id(), timezone=brand().timezone, now=now(), terms=one.terms)} for one in page.items], page.next_cursor)


def _terms(query: dict[str, Any]) -> dict[str, Any]:
    terms = dict(segment(db(), brand_id=brand_id(), segment_id=query["segment_id"]).terms) if query["segment_id"] else {}
    tags = [*terms.get("tags", ()), *([str(query["tag_id"])] if query["tag_id"] else ())]
    return {**terms, "tags": tags, **({"store_id": str(query["store_id"])} if query["store_id"] else {})}


def _page_number(cursor: str | None) -> int:
    if cursor is None:
        return 1
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 6):
        raise Refused("cursor_invalid", "翻页标记无效", field="cursor")
    return max(int(cursor), 1)


def _detail(customer_id: UUID) -> dict[str, Any]:
    row = customer_row(db(), brand_id=brand_id(), timezone=brand().timezone, now=now(), customer_id=customer_id)
    return {**_shown([row])[0], "handovers": handovers(db(), brand_id=brand_id(), customer_id=customer_id)}


def _shown(rows: Any) -> list[dict[str, Any]]:
    """Masked, or whole and written down."""
    whole = actor().may("customers:unmask")
    if whole and rows:
        note(db(), action="unmask", subject_kind="customers", subject_id="api", after={"ids": [str(one.id) for one in rows]}, brand_id=brand_id())
    return [_one(row, whole) for row in rows]


def _one(row: CustomerRow, whole: bool) -> dict[str, Any]:
    tags = [{"id": key, "name": name, "kind": kind} for key, name, kind in row.tags]
    return {**asdict(row), "name": row.name if whole else masked_name(row.name), "phone": row.phone if whole else masked_phone(row.phone),
            "masked": not whole, "tags": tags}
