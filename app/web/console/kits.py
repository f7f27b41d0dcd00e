"""素材: HQ's pictures, video and texts for guides to share, and the words its texts must not use."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select

from app.domain.catalog.models import Product
from app.domain.catalog.pictures import picture_key, sized_webps
from app.domain.catalog.substitutes import product_of_sku, sku_of
from app.domain.sharing import kits as keeping
from app.domain.sharing.models import ShareKit
from app.domain.sharing.videos import video_key
from app.domain.sharing.wording import ABSOLUTE, PLACEHOLDERS, TONES
from app.kernel.errors import Invalid, Refused
from app.kernel.ids import parse_id
from app.kernel.paging import numbered
from app.kernel.texts import clean
from app.web.shared.application import app, now
from app.web.shared.asking import page_number
from app.web.shared.errors import says
from app.web.shared.formats import moment
from app.web.shared.serving import actor, brand_id, db
from app.web.shared.share_kit import TONE_WORDS

from . import asked
from .blueprint import console
from .rehearsal import all_or_nothing

STATES = {"live": _("可用"), "coming": _("还没开始"), "over": _("已过期")}
SLOTS = 6


@console.get("/kits")
def kits() -> str:
    actor().require("catalog:edit")
    q, state = asked.text("q"), asked.one_of("state", STATES)
    when = {"coming": ShareKit.valid_from > now(), "over": ShareKit.valid_to <= now(),
            "live": (ShareKit.valid_from <= now()) & or_(ShareKit.valid_to.is_(None), ShareKit.valid_to > now())}
    statement = select(ShareKit, Product).outerjoin(Product, (Product.brand_id == ShareKit.brand_id) & (Product.id == ShareKit.product_id)).where(
        ShareKit.brand_id == brand_id())
    if q:
        statement = statement.where(or_(ShareKit.name.icontains(q, autoescape=True), Product.title.icontains(q, autoescape=True)))
    if state:
        statement = statement.where(when[state])
    page = numbered(db(), statement.order_by(ShareKit.valid_from.desc(), ShareKit.id.desc()), number=page_number())
    views = {one.kit.id: one for one in keeping.views(db(), brand_id=brand_id(), kits=[row[0] for row in page.items])}
    return render_template("console/kits.html", page=page, views=views, q=q, state=state, states=STATES, state_of=state_of, query=asked.query(q=q, state=state))


def state_of(kit: ShareKit) -> str:
    if kit.valid_to is not None and kit.valid_to <= now():
        return "over"
    return "coming" if kit.valid_from > now() else "live"


@console.route("/kits/new", methods=["GET", "POST"])
def new_kit() -> ResponseReturnValue:
    actor().require("catalog:edit")
    return _saved(None) if request.method == "POST" else _form(None, _blank())


@console.route("/kits/<kit_id>", methods=["GET", "POST"])
def kit(kit_id: str) -> ResponseReturnValue:
    actor().require("catalog:edit")
    view = keeping.kit_view(db(), brand_id=brand_id(), kit_id=_id(kit_id))
    return _saved(view.kit.id) if request.method == "POST" else _form(view, _values(view))


@console.post("/kits/<kit_id>/pictures")
def add_kit_pictures(kit_id: str) -> ResponseReturnValue:
    """Each file on its own: what can be read is kept, what cannot is named."""
    actor().require("catalog:edit")
    found, added = keeping.kit_view(db(), brand_id=brand_id(), kit_id=_id(kit_id)).kit.id, 0
    for file in request.files.getlist("pictures")[: keeping.MOST_PICTURES]:
        content = file.read()
        try:
            sizes, key = sized_webps(content), picture_key(brand_id(), content)
            keeping.add_picture(db(), brand_id=brand_id(), kit_id=found, file_key=key)
        except Refused as refused:
            flash(f"{clean(file.filename)[:60]}: {says(refused)}", "bad")
            continue
        for letter, webp in sizes.items():
            app().gateways.files.put(f"{key}-{letter}.webp", webp)
        added += 1
    if added:
        flash(gettext("已加 %(count)d 张图", count=added), "ok")
    return redirect(url_for("console.kit", kit_id=found) + "#files", 303)


@console.post("/kits/<kit_id>/pictures/<picture_id>/remove")
def remove_kit_picture(kit_id: str, picture_id: str) -> ResponseReturnValue:
    actor().require("catalog:edit")
    keeping.remove_picture(db(), brand_id=brand_id(), kit_id=_id(kit_id), picture_id=parse_id(picture_id, "kit_picture"))
    return redirect(url_for("console.kit", kit_id=kit_id) + "#files", 303)


@console.post("/kits/<kit_id>/video")
def set_kit_video(kit_id: str) -> ResponseReturnValue:
    """A file puts it in; none takes it off."""
    actor().require("catalog:edit")
    file, found = request.files.get("video"), _id(kit_id)
    content = file.read() if file else b""
    try:
        key = video_key(brand_id(), content) if content else ""
    except Refused as refused:
        flash(says(refused), "bad")
        return redirect(url_for("console.kit", kit_id=found) + "#files", 303)
    keeping.set_video(db(), brand_id=brand_id(), kit_id=found, video_key=key)
    if key:
        app().gateways.files.put(key, content)
    flash(gettext("视频已换上") if key else gettext("视频已拿下"), "ok")
    return redirect(url_for("console.kit", kit_id=found) + "#files", 303)


@console.post("/kits/<kit_id>/end")
def end_kit(kit_id: str) -> ResponseReturnValue:
    actor().require("catalog:edit")
    ended = keeping.end_kit(db(), brand_id=brand_id(), kit_id=_id(kit_id), now=now())
    flash(gettext("“%(name)s”已停用，导购看不到了", name=ended.name), "ok")
    return redirect(url_for("console.kits"), 303)


@console.route("/forbidden-words", methods=["GET", "POST"])
def forbidden_words() -> ResponseReturnValue:
    """The brand's own list; that of the law cannot be changed."""
    actor().require("catalog:edit")
    problem = ""
    if request.method == "POST":
        try:
            keeping.forbid(db(), brand_id=brand_id(), word=request.form.get("word", ""))
            flash(gettext("已加入，之后保存的文案会检查"), "ok")
            return redirect(url_for("console.forbidden_words"), 303)
        except Refused as refused:
            problem = says(refused)
    page = render_template("console/forbidden_words.html", words=keeping.own_words(db(), brand_id=brand_id()), law=ABSOLUTE, problem=problem,
                           typed=request.form.get("word", "")[:40])
    return page, 422 if problem else 200


@console.post("/forbidden-words/remove")
def allow_word() -> ResponseReturnValue:
    actor().require("catalog:edit")
    keeping.allow(db(), brand_id=brand_id(), word=request.form.get("word", ""))
    return redirect(url_for("console.forbidden_words"), 303)


def _id(text: str) -> UUID:
    return parse_id(text, "share_kit")


def _saved(kit_id: UUID | None) -> ResponseReturnValue:
    typed = _typed()
    try:
        with all_or_nothing():
            kept = _save(kit_id, typed)
    except Refused as refused:
        problems = {one.field or "name": says(one) for one in (refused.errors if isinstance(refused, Invalid) else [refused])}
        codes = {one.code for one in (refused.errors if isinstance(refused, Invalid) else [refused])}
        view = keeping.kit_view(db(), brand_id=brand_id(), kit_id=kit_id) if kit_id else None
        return _form(view, typed, problems, ask_reason="forbidden_words" in codes), 422
    flash(gettext("“%(name)s”已保存，导购在选品的分享页能看到", name=kept.name), "ok")
    return redirect(url_for("console.kit", kit_id=kept.id) + ("" if kit_id else "#files"), 303)


def _save(kit_id: UUID | None, typed: dict[str, Any]) -> ShareKit:
    product_id = product_of_sku(db(), brand_id=brand_id(), sku=typed["sku"]) if typed["sku"] else None
    return keeping.save_kit(db(), brand_id=brand_id(), kit_id=kit_id, product_id=product_id, name=typed["name"],
                            valid_from=_moment(typed["valid_from"], "valid_from") or now(), valid_to=_moment(typed["valid_to"], "valid_to"),
                            texts=typed["texts"], because=typed["because"])


def _moment(text: str, field: str) -> datetime | None:
    found = asked.local_moment(text) if text else None
    if text and found is None:
        raise Refused("no_moment", "请填写日期和时间", field=field)
    return found


def _typed() -> dict[str, Any]:
    said = request.form
    return {"name": said.get("name", "")[:200], "sku": clean(said.get("sku", ""))[:120], "valid_from": said.get("valid_from", "")[:32],
            "valid_to": said.get("valid_to", "")[:32], "because": said.get("because", "")[:400],
            "texts": [(said.get(f"tone-{number}", TONES[0])[:8], said.get(f"body-{number}", "")[:2000]) for number in range(keeping.MOST_TEXTS)]}


def _blank() -> dict[str, Any]:
    return {"name": "", "sku": "", "valid_from": "", "valid_to": "", "because": "", "texts": _slots([])}


def _values(view: keeping.KitView) -> dict[str, Any]:
    kit = view.kit
    return {"name": kit.name, "sku": sku_of(db(), brand_id=brand_id(), product_id=kit.product_id) if kit.product_id else "",
            "valid_from": moment(kit.valid_from, "yyyy-MM-dd'T'HH:mm"), "valid_to": moment(kit.valid_to, "yyyy-MM-dd'T'HH:mm") if kit.valid_to else "",
            "because": next((one.allowed_because for one in view.texts if one.allowed_because), ""),
            "texts": _slots([(one.tone, one.body) for one in view.texts])}


def _slots(texts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [*texts, *((tone, "") for tone in (*TONES, *TONES)[len(texts):])][:max(SLOTS, len(texts))]


def _form(view: keeping.KitView | None, values: dict[str, Any], problems: dict[str, str] | None = None, *, ask_reason: bool = False) -> str:
    values = {**values, "texts": _slots([one for one in values["texts"] if one[1].strip()]) if not problems else values["texts"]}
    return render_template("console/kit.html", view=view, values=values, problems=problems or {}, tones=TONE_WORDS,
                           places=" ".join(f"{{{one}}}" for one in PLACEHOLDERS),
                           ask_reason=ask_reason or bool(values["because"]), state=state_of(view.kit) if view else "", states=STATES,
                           most=keeping.MOST_PICTURES, length=keeping.TEXT_LENGTH)
