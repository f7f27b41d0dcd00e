"""任务: what she is asked to do, ready words with her link inside, and handing it in."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.care.queries import segment
from app.domain.insights.customer_book import customers_page
from app.domain.promotions.rules import LIVE, state_of
from app.domain.sharing.actions import share_link
from app.domain.sharing.shelf import product_of
from app.domain.tasks.actions import hand_in
from app.domain.tasks.models import TaskAssignment
from app.domain.tasks.queries import assignment_of, guide_task_counts, guide_tasks_page, open_tasks
from app.domain.tasks.rules import said
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.web.shared import task_words as words
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.errors import says
from app.web.shared.evidence_picture import keep_picture, picture_response
from app.web.shared.formats import last_moment
from app.web.shared.media import media_url
from app.web.shared.serving import brand, brand_id, db
from app.web.shared.share_kit import share_url

from .blueprint import guide
from .frame import in_english

TABS = ("open", "late", "done")


@guide.get("/tasks")
def tasks() -> str:
    """?state= open (also for anything else), late or done."""
    state = request.args.get("state", "")
    state = state if state in TABS else "open"
    counts = guide_task_counts(db(), brand_id=brand_id(), guide_id=g.guide.id, now=now())
    names = {"open": gettext("待做"), "late": gettext("逾期"), "done": gettext("做了的")}
    tabs = [{"label": names[one], "href": url_for("guide.tasks", state=one if one != "open" else None), "active": one == state, "count": counts.get(one, 0)}
            for one in TABS]
    page = guide_tasks_page(db(), brand_id=brand_id(), guide_id=g.guide.id, state=state, now=now(), number=page_number())
    return render_template("guide/tasks.html", page=page, states=tabs, state=state, kinds=words.KINDS, icons=words.ICONS, state_of=words.state_of)


@guide.get("/tasks/<assignment_id>")
def task(assignment_id: str) -> str:
    return _page(_hers(assignment_id))


@guide.post("/tasks/<assignment_id>")
def task_post(assignment_id: str) -> ResponseReturnValue:
    """Hands it in; what was written stays when something is missing."""
    found, text = _hers(assignment_id), request.form.get("evidence", "")
    try:
        key = keep_picture("picture") if found.done_at is None else ""
        hand_in(db(), brand_id=brand_id(), guide_id=g.guide.id, assignment_id=found.id, text=text, picture_key=key, now=now())
    except Refused as refused:
        return _page(found, text[:500], {refused.field or "evidence": says(refused)}), 422
    flash(gettext("记下了，做得好"), "ok")
    return redirect(url_for("guide.tasks"), 303)


@guide.get("/tasks/<assignment_id>/photo.webp")
def task_photo(assignment_id: str) -> Response:
    return picture_response(_hers(assignment_id).picture_key)


def _hers(assignment_id: str) -> TaskAssignment:
    return assignment_of(db(), brand_id=brand_id(), assignment_id=parse_id(assignment_id, "task"), guide_id=g.guide.id)


def _page(found: TaskAssignment, typed: str = "", problems: dict[str, str] | None = None) -> str:
    template = found.task.template
    goods = _goods(template.product_id) if template.product_id else None
    activity = template.activity if template.activity and template.product_id is None else None
    on = activity is not None and state_of(activity.starts_at, activity.ends_at, now()) == LIVE
    link = _link(template.product_id, activity.id if activity and on else None) if goods is None or goods["on_sale"] else ""
    script = template.script(found.task.slot)
    overdue = found.done_at is None and found.state in ("open", "late") and now() >= found.task.due_at
    return render_template("guide/task.html", one=found, template=template, goods=goods, activity=activity, on=on, link=link,
                           script=said(script, link) if script and link else "",
                           kinds=words.KINDS, state=words.STATES["late"] if overdue else words.state_of(found.state, found.done_at), overdue=overdue,
                           typed=typed, problems=problems or {}, evidence=words.EVIDENCE, group=_customers(template.segment_id))


def _customers(segment_id: Any) -> dict[str, Any] | None:
    """Those of her customers the task is about: how many, and where they are listed."""
    if segment_id is None:
        return None
    found = segment(db(), brand_id=brand_id(), segment_id=segment_id)
    page = customers_page(db(), brand_id=brand_id(), timezone=brand().timezone, now=now(), guide_id=g.guide.id, terms=found.terms, size=1)
    return {"name": found.name, "count": page.total, "href": url_for("guide.customers", segment=found.id)}


def _link(product_id: Any, activity_id: Any) -> str:
    """Her own: made when first needed, the same ever after."""
    return share_url(share_link(db(), brand_id=brand_id(), guide_id=g.guide.id, product_id=product_id, activity_id=activity_id).code)


def _goods(product_id: Any) -> dict[str, Any]:
    """What the task is about; goods that are gone for good can still be read about."""
    try:
        found = product_of(db(), brand_id=brand_id(), product_id=product_id, now=now(), by_link=True)
    except NotFound:
        return {"title": gettext("商品已下架"), "picture": None, "on_sale": False, "href": ""}
    return {"title": found.title_en if found.title_en and in_english() else found.title, "on_sale": found.on_sale,
            "picture": media_url(found.picture_keys[0], "s") if found.picture_keys else None, "href": url_for("guide.product", product_id=found.id)}


def waiting_tasks() -> list[dict[str, Any]]:
    """What is asked of her and still open, the nearest deadline first, as to-dos of the first page."""
    return [{"title": one.task.template.title, "icon": words.ICONS[one.task.template.kind], "tone": "a",
             "text": gettext("%(kind)s · %(at)s 前", kind=words.KINDS[one.task.template.kind], at=last_moment(one.task.due_at)),
             "href": url_for("guide.task", assignment_id=one.id), "verb": gettext("去做")}
            for one in open_tasks(db(), brand_id=brand_id(), guide_id=g.guide.id, now=now())]
