"""Brands: the list, one brand, approval, suspension."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.brands import queries
from app.domain.people.models import Account
from app.domain.people.queries import audit_page, colleagues_page
from app.flows.judge_brand import approve_brand, suspend_brand
from app.web.shared.application import now
from app.web.shared.asking import page_number, query

from .blueprint import platform
from .fees import fee_now
from .signing_in import every_brand, known, one_brand

STATUSES = {"pending": _("待审核"), "approved": _("已开通"), "suspended": _("已停用")}
KINDS = {"pending": "warn", "approved": "ok", "suspended": "bad"}


@platform.get("/")
def index() -> ResponseReturnValue:
    return redirect(url_for("platform.brands"), 303)


@platform.get("/brands")
def brands() -> str:
    kept = query("q", "status", "sort")
    page = queries.brands_page(every_brand(), **kept, number=page_number())
    return render_template("platform/brands.html", page=page, query=kept, counts=queries.counts_by_status(every_brand()),
                           statuses=STATUSES, kinds=KINDS)


@platform.get("/brands/<int:brand_id>")
def brand(brand_id: int) -> ResponseReturnValue:
    return _page(brand_id)


@platform.post("/brands/<int:brand_id>/approve")
def approve(brand_id: int) -> ResponseReturnValue:
    approved = approve_brand(every_brand(), brand_id=known(brand_id), now=now())
    flash(gettext("“%(name)s”已开通，负责人现在可以登录", name=approved.name), "ok")
    return _back(brand_id)


@platform.post("/brands/<int:brand_id>/suspend")
def suspend(brand_id: int) -> ResponseReturnValue:
    suspended = suspend_brand(every_brand(), brand_id=known(brand_id))
    flash(gettext("“%(name)s”已停用", name=suspended.name), "ok")
    return _back(brand_id)


def _page(brand_id: int) -> str:
    found = queries.brand(every_brand(), brand_id=known(brand_id))
    return render_template("platform/brand.html", brand=found, fee=fee_now(brand_id), statuses=STATUSES, kinds=KINDS, owners=_owners(brand_id),
                           events=audit_page(one_brand(brand_id), brand_id=brand_id, subject_kind="brands").items)


def _owners(brand_id: int) -> list[Account]:
    return list(colleagues_page(one_brand(brand_id), brand_id=brand_id, role="owner").items)


def _back(brand_id: int) -> ResponseReturnValue:
    return redirect(url_for("platform.brand", brand_id=brand_id), 303)
