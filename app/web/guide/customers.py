"""客户: her own bound customers, masked until she says why; what they bought from her, tags, notes, birthday (R35)."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.care import actions
from app.domain.care.models import Segment
from app.domain.care.queries import follow_ups, notes, segment, taggings, tags
from app.domain.care.rules import with_tag
from app.domain.insights.customer_book import CustomerRow, customer_orders, customer_row, customers_page
from app.domain.insights.follow_ups import due_counts, due_page
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.kernel.texts import clean
from app.web.shared import customer_words as words
from app.web.shared.application import no_store, now
from app.web.shared.asking import chosen_id, page_number, row_id
from app.web.shared.errors import says
from app.web.shared.serving import brand, brand_id, db

from .blueprint import guide
from .orders import state_word


@guide.get("/customers")
def customers() -> str:
    q, tag, group = clean(request.args.get("q", ""))[:40], row_id("tag"), _group(row_id("segment"))
    sort = request.args.get("sort", "") if request.args.get("sort") in words.SORTS else "-last"
    page = customers_page(db(), brand_id=brand_id(), timezone=brand().timezone, now=now(), guide_id=g.guide.id, q=q, sort=sort, number=page_number(),
                          terms=with_tag(group.terms if group else {}, tag))
    here = {"q": q, "tag": str(tag or ""), "segment": str(group.id) if group else "", "sort": sort if sort != "-last" else ""}
    kept = {name: value for name, value in here.items() if value}
    due = due_counts(db(), brand_id=brand_id(), guide_id=g.guide.id, timezone=brand().timezone, now=now())
    return render_template("guide/customers.html", page=page, q=q, tag=tag, group=group, sort=sort, sorts=words.SORTS, query=kept,
                           tags=[("", gettext("全部标签")), *((one.id, one.name) for one in tags(db(), brand_id=brand_id()))],
                           due=sum(due.values()))


@guide.get("/customers/<customer_id>")
def customer(customer_id: str) -> ResponseReturnValue:
    return _page(_hers(customer_id))


@guide.post("/customers/<customer_id>/unmask")
def unmask_customer(customer_id: str) -> ResponseReturnValue:
    """The number for this one view; who looked and why stays."""
    found = _hers(customer_id)
    try:
        actions.note_unmasking(db(), brand_id=brand_id(), customer_id=found.id, reason=request.form.get("reason", ""), words=request.form.get("words", ""))
    except Refused as refused:
        return _page(found, {f"unmask-{refused.field}": says(refused)}), 422
    return _page(found, unmasked=True)


@guide.post("/customers/<customer_id>/notes")
def note_customer(customer_id: str) -> ResponseReturnValue:
    found = _hers(customer_id)
    try:
        actions.write_note(db(), brand_id=brand_id(), customer_id=found.id, guide_id=g.guide.id, words=request.form.get("words", ""), now=now())
    except Refused as refused:
        return _page(found, {"words": says(refused)}), 422
    return _back(found.id, "notes")


@guide.post("/customers/<customer_id>/birthday")
def customer_birthday(customer_id: str) -> ResponseReturnValue:
    found = _hers(customer_id)
    try:
        actions.set_birthday(db(), brand_id=brand_id(), customer_id=found.id, month=request.form.get("month", ""), day=request.form.get("day", ""))
    except Refused as refused:
        return _page(found, {"birthday": says(refused)}), 422
    flash(gettext("已保存"), "ok")
    return _back(found.id)


@guide.post("/customers/<customer_id>/tags")
def tag_customer(customer_id: str) -> ResponseReturnValue:
    """Sets one, or takes `off` one."""
    found = _hers(customer_id)
    try:
        tag_id = chosen_id(request.form.get("tag_id"), field="tag_id")
        if request.form.get("off") == "1":
            actions.take_tag_off(db(), brand_id=brand_id(), customer_id=found.id, tag_id=tag_id)
        else:
            actions.set_tag(db(), brand_id=brand_id(), customer_id=found.id, tag_id=tag_id, now=now())
    except Refused as refused:
        return _page(found, {"tag_id": says(refused)}), 422
    return _back(found.id, "tags")


def _group(segment_id: UUID | None) -> Segment | None:
    return segment(db(), brand_id=brand_id(), segment_id=segment_id) if segment_id else None


def _hers(customer_id: str) -> CustomerRow:
    """Another guide's customer is not found."""
    return customer_row(db(), brand_id=brand_id(), timezone=brand().timezone, now=now(), customer_id=parse_id(customer_id, "customer"), guide_id=g.guide.id)


def _back(customer_id: UUID, part: str = "") -> ResponseReturnValue:
    return redirect(url_for("guide.customer", customer_id=customer_id, _anchor=part or None), 303)


def _page(found: CustomerRow, problems: dict[str, str] | None = None, *, unmasked: bool = False) -> Response:
    by_hand = taggings(db(), brand_id=brand_id(), customer_id=found.id, now=now())
    every = tags(db(), brand_id=brand_id())
    due = due_page(db(), brand_id=brand_id(), guide_id=g.guide.id, timezone=brand().timezone, now=now(), customer_id=found.id)
    return no_store(make_response(render_template(
        "guide/customer.html", row=found, problems=problems or {}, unmasked=unmasked, words=words, state_word=state_word, due=due.items, by_hand=by_hand,
        terms={one.id: words.tag_terms(one, brand().currency) for one in every},
        choices=[one for one in every if one.kind == "manual" and one.id not in by_hand],
        orders=customer_orders(db(), brand_id=brand_id(), customer_id=found.id, guide_id=g.guide.id),
        notes=notes(db(), brand_id=brand_id(), customer_id=found.id, guide_id=g.guide.id),
        followed=follow_ups(db(), brand_id=brand_id(), customer_id=found.id, guide_id=g.guide.id))))
