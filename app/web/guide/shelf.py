"""我的货架: what stands first in her shop, in her order, with her word to each."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.sharing import own_shelf as shelves
from app.domain.sharing.actions import share_link
from app.domain.sharing.rules import MOST_ON_SHELF, NOTE_LENGTH, WAYS
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.errors import says
from app.web.shared.serving import brand_id, db
from app.web.shared.share_kit import share_url

from .blueprint import guide
from .frame import in_english
from .links import badge_of


@guide.get("/shelf")
def shelf() -> str:
    return _page()


@guide.post("/shelf")
def add_to_shelf() -> ResponseReturnValue:
    """From a product's sheet."""
    product_id = _id(request.form.get("product", ""))
    try:
        shelves.put_on_shelf(db(), brand_id=brand_id(), guide_id=g.guide.id, product_id=product_id)
    except Refused as refused:
        flash(says(refused), "bad")
        return redirect(url_for("guide.shelf"), 303)
    flash(gettext("已放上货架，顾客打开你的云店先看到它"), "ok")
    return redirect(url_for("guide.shelf") + f"#p-{product_id}", 303)


@guide.post("/shelf/<product_id>")
def change_shelf(product_id: str) -> ResponseReturnValue:
    """`go`: up, down, top; off takes it down; note keeps her word."""
    go, found, her = request.form.get("go", ""), _id(product_id), {"brand_id": brand_id(), "guide_id": g.guide.id}
    if go == "off":
        shelves.take_off_shelf(db(), **her, product_id=found)
        flash(gettext("已从货架拿下"), "ok")
        return redirect(url_for("guide.shelf"), 303)
    if go == "note":
        typed = request.form.get("note", "")
        try:
            shelves.note_on_shelf(db(), **her, product_id=found, note=typed)
        except Refused as refused:
            return _page(found, typed[:200], says(refused)), 422
        flash(gettext("已保存，你的云店很快会换上"), "ok")
    elif go in WAYS:
        shelves.move_on_shelf(db(), **her, product_id=found, way=go)
    else:
        abort(400)
    return redirect(url_for("guide.shelf") + f"#p-{found}", 303)


def _id(text: str) -> UUID:
    return parse_id(text, "product")


def _page(wrong: UUID | None = None, typed: str = "", problem: str = "") -> str:
    """`wrong` is the product whose note was refused."""
    items = shelves.own_shelf(db(), brand_id=brand_id(), guide_id=g.guide.id, now=now())
    rows = [{"item": one, "title": one.title_en if one.title_en and in_english() else one.title, "badge": badge_of(one.standing),
             "note": typed if one.product_id == wrong else one.note, "problem": problem if one.product_id == wrong else ""} for one in items]
    url = share_url(share_link(db(), brand_id=brand_id(), guide_id=g.guide.id).code)
    return render_template("guide/shelf.html", rows=rows, most=MOST_ON_SHELF, note_length=NOTE_LENGTH, url=url)
