"""Brands: the list, one brand, approval, suspension, the fee."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.brands import queries
from app.domain.brands.actions import set_platform_fee
from app.domain.people.models import Account
from app.domain.people.queries import audit_page, colleagues_page
from app.flows.judge_brand import approve_brand, suspend_brand
from app.kernel.errors import Refused
from app.web.shared.application import now
from app.web.shared.asking import page_number, query
from app.web.shared.errors import says
from app.web.shared.rates import rate_bp

from .blueprint import platform
from .signing_in import every_brand, one_brand

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
    approved = approve_brand(every_brand(), brand_id=_known(brand_id), now=now())
    flash(gettext("“%(name)s”已开通，负责人现在可以登录", name=approved.name), "ok")
    return _back(brand_id)


@platform.post("/brands/<int:brand_id>/suspend")
def suspend(brand_id: int) -> ResponseReturnValue:
    suspended = suspend_brand(every_brand(), brand_id=_known(brand_id))
    flash(gettext("“%(name)s”已停用", name=suspended.name), "ok")
    return _back(brand_id)


@platform.post("/brands/<int:brand_id>/fee")
def fee(brand_id: int) -> ResponseReturnValue:
    _known(brand_id)
    try:
        set_platform_fee(one_brand(brand_id), brand_id=brand_id, fee_bp=rate_bp(request.form.get("fee", ""), field="fee"))
    except Refused as refused:
        return _page(brand_id, problem=says(refused)), 422
    flash(gettext("平台扣点已更改，之后的订单按新扣点计"), "ok")
    return _back(brand_id)


def _page(brand_id: int, *, problem: str = "") -> str:
    found = queries.brand(every_brand(), brand_id=_known(brand_id))
    session = one_brand(brand_id)
    return render_template("platform/brand.html", brand=found, settings=queries.settings_of(session, brand_id=brand_id), problem=problem,
                           typed=request.form.get("fee"), statuses=STATUSES, kinds=KINDS, owners=_owners(brand_id),
                           events=audit_page(session, brand_id=brand_id, subject_kind="brands").items)


def _owners(brand_id: int) -> list[Account]:
    return list(colleagues_page(one_brand(brand_id), brand_id=brand_id, role="owner").items)


def _known(brand_id: int) -> int:
    """An id no column holds is no brand's."""
    return brand_id if brand_id < 2**31 else 0


def _back(brand_id: int) -> ResponseReturnValue:
    return redirect(url_for("platform.brand", brand_id=brand_id), 303)
