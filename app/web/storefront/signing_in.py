"""A shopper signs in with her phone and a one-time code; the same answer for every phone.

A wrong code is answered by a redirect, so that the try is committed and the back button asks nothing twice.
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField

from app.flows.sign_in_shopper import ask_code, sign_in_shopper
from app.gateways.texts.sandbox import PlayedTexts
from app.kernel.errors import NotFound, Refused
from app.kernel.texts import clean
from app.web.shared.application import app, now
from app.web.shared.customer_words import code_text
from app.web.shared.errors import says
from app.web.shared.serving import brand, brand_id, db
from app.web.shared.throttling import limit_codes

from .blueprint import shop
from .product_page import page_words
from .shopper import begin, end, shopper
from .visitor import visitor_id

ASKED = "shopper_asked"


class PhoneForm(FlaskForm):
    phone = StringField(_("手机号"), render_kw={"type": "tel", "autocomplete": "tel", "inputmode": "tel", "maxlength": 24})


class CodeForm(FlaskForm):
    code = StringField(_("验证码"), render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 12})


@shop.route("/b/<slug>/sign-in", methods=["GET", "POST"])
@limit_codes
def sign_in(slug: str) -> ResponseReturnValue:
    form, after = PhoneForm(), _after(request.values.get("next", ""))
    if request.method == "GET":
        return redirect(after, 303) if shopper() else _page(form, after)
    if not app().gateways.texts.ready:
        return _page(form, after), 422
    try:
        phone = ask_code(db(), brand_id=brand_id(), phone=form.phone.data or "", text=code_text(), now=now())
    except Refused as refused:
        db().rollback()
        if refused.code != "code_too_soon" or (asked := _asked()) is None:
            form.phone.errors = [says(refused)]
            return _page(form, after), 422
        flash(says(refused), "warn")
        phone = asked["phone"]
    cookie[ASKED] = {"brand": brand_id(), "phone": phone, "next": after}
    return redirect(url_for("storefront.sign_in_code", slug=slug), 303)


@shop.route("/b/<slug>/sign-in/code", methods=["GET", "POST"])
@limit_codes
def sign_in_code(slug: str) -> ResponseReturnValue:
    asked = _asked()
    if asked is None:
        return redirect(url_for("storefront.sign_in", slug=slug), 303)
    form = CodeForm()
    if request.method == "GET":
        if "wrong" in request.args:
            form.code.errors = [gettext("验证码不对，或已经过期。")]
        return _code_page(form, asked)
    code = "".join(clean(form.code.data).split())[:12]
    signed = sign_in_shopper(db(), brand_id=brand_id(), phone=asked["phone"], code=code, visitor=visitor_id(), now=now())
    if signed is None:
        return redirect(url_for("storefront.sign_in_code", slug=slug, wrong=1), 303)
    cookie.pop(ASKED, None)
    return begin(app().make_response(redirect(_after(asked["next"]), 303)), signed)


@shop.post("/b/<slug>/sign-out")
def sign_out(slug: str) -> ResponseReturnValue:
    return end(app().make_response(redirect(url_for("storefront.shelf", slug=slug), 303)))


@shop.get("/b/<slug>/sandbox/texts")
def played_text(slug: str) -> ResponseReturnValue:
    """What the played carrier sent to the phone that is being asked for; nowhere else is there such a page."""
    texts, asked = app().gateways.texts, _asked()
    if not isinstance(texts, PlayedTexts) or asked is None:
        raise NotFound("page", "texts")
    return render_template("storefront/played_text.html", text=texts.last(asked["phone"]), **page_words(None))


def _asked() -> dict[str, Any] | None:
    """The phone a code was asked for, in this browser and shop."""
    known: Any = cookie.get(ASKED)
    return known if isinstance(known, dict) and known.get("brand") == brand_id() else None


def _after(address: str) -> str:
    """Where to go then: an address of this shop, nothing else."""
    home = f"/b/{brand().slug}/"
    safe = address.startswith(home) and "\\" not in address and "//" not in address and address.isprintable()
    return address if safe else url_for("storefront.own_orders", slug=brand().slug)


def _page(form: PhoneForm, after: str) -> str:
    return render_template("storefront/sign_in.html", form=form, after=after, ready=app().gateways.texts.ready, **page_words(None))


def _code_page(form: CodeForm, asked: dict[str, Any]) -> str:
    return render_template("storefront/sign_in_code.html", form=form, phone=asked["phone"], after=asked["next"],
                           played=isinstance(app().gateways.texts, PlayedTexts), **page_words(None))
