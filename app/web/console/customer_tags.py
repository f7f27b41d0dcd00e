"""标签和人群: tags that expire or follow from a rule, and saved choices of customers with how many they are now."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.care import actions, queries
from app.domain.catalog.queries import categories
from app.domain.insights.customer_book import customer_count
from app.domain.orgs.queries import stores
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import parse_id
from app.kernel.money import parse
from app.web.shared import customer_words as words
from app.web.shared.application import now
from app.web.shared.asking import whole
from app.web.shared.errors import says
from app.web.shared.serving import actor, brand, brand_id, db

from .blueprint import console

NUMBERS = ("bought_within", "silent_for", "spent_days")


@console.get("/customers/tags")
def customer_tags() -> str:
    actor().require("customers:view")
    return _page()


@console.post("/customers/tags")
def add_customer_tag() -> ResponseReturnValue:
    _require_headquarters()
    form = request.form
    try:
        made = actions.add_tag(db(), brand_id=brand_id(), name=form.get("name", ""), kind=form.get("kind", ""), category=form.get("category", ""),
                               days=_number("days"), amount_minor=_amount("amount"))
    except Refused as refused:
        return _page({f"tag-{refused.field}": says(refused)}, tag=form), 422
    flash(gettext("已添加标签“%(name)s”", name=made.name), "ok")
    return redirect(url_for("console.customer_tags"), 303)


@console.post("/customers/tags/<tag_id>/end")
def end_customer_tag(tag_id: str) -> ResponseReturnValue:
    """Out of use, or in use `again`."""
    _require_headquarters()
    actions.end_tag(db(), brand_id=brand_id(), tag_id=parse_id(tag_id, "customer_tag"), now=None if request.form.get("again") == "1" else now())
    return redirect(url_for("console.customer_tags"), 303)


@console.post("/customers/segments")
def add_segment() -> ResponseReturnValue:
    _require_headquarters()
    form = request.form
    try:
        made = actions.save_segment(db(), brand_id=brand_id(), name=form.get("name", ""), terms=_terms())
    except Refused as refused:
        return _page({f"segment-{refused.field}": says(refused)}, segment=form), 422
    flash(gettext("已保存人群“%(name)s”", name=made.name), "ok")
    return redirect(url_for("console.customer_tags") + "#segments", 303)


@console.post("/customers/segments/<segment_id>/delete")
def delete_segment(segment_id: str) -> ResponseReturnValue:
    _require_headquarters()
    try:
        actions.drop_segment(db(), brand_id=brand_id(), segment_id=parse_id(segment_id, "segment"))
    except Conflict as conflict:
        flash(says(conflict), "bad")
    return redirect(url_for("console.customer_tags") + "#segments", 303)


def _require_headquarters() -> None:
    """Tags and segments are the whole brand's; a manager reads them."""
    actor().require("customers:edit" if actor().within is None else "settings:edit")


def _terms() -> dict[str, Any]:
    store = request.form.get("store_id", "")
    return {**{name: _number(name) for name in NUMBERS}, "spent_minor": _amount("spent"), "store_id": parse_id(store, "store") if store else None,
            "tags": [parse_id(one, "customer_tag") for one in request.form.getlist("tags")[:60] if one]}


def _number(name: str) -> int | None:
    typed = request.form.get(name, "").strip()
    return whole(typed, field=name) if typed else None


def _amount(name: str) -> int | None:
    typed = request.form.get(name, "").strip()
    return parse(typed, brand().currency, field=name) if typed else None


def _page(problems: dict[str, str] | None = None, *, tag: Any = None, segment: Any = None) -> str:
    tags, found = queries.tags(db(), brand_id=brand_id(), ended=True), queries.segments(db(), brand_id=brand_id())
    asked: dict[str, Any] = {"brand_id": brand_id(), "timezone": brand().timezone, "now": now(), "within": actor().within}
    counts = {one.id: customer_count(db(), terms={"tags": [str(one.id)]}, **asked) for one in tags}
    counts |= {one.id: customer_count(db(), terms=one.terms, **asked) for one in found}
    places = stores(db(), brand_id=brand_id())
    names = {str(one.id): one.name for one in tags} | {str(one.id): one.name for one in places}
    return render_template(
        "console/customer_tags.html", currency=brand().currency, tags=tags, segments=found, counts=counts, words=words,
        problems=problems or {}, tag=tag or {}, segment=segment or {},
        said={one.id: words.segment_terms(one.terms, names, brand().currency) for one in found}, stores=places,
        terms={one.id: words.tag_terms(one, brand().currency) for one in tags}, categories=categories(db(), brand_id=brand_id()),
        may=actor().within is None and actor().may("customers:edit"))
