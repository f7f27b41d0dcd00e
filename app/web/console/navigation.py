"""The console's side navigation and top bar: what exists and what the actor may see."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import gettext, lazy_ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.domain.aftersales.queries import case_counts
from app.domain.brands.models import BrandSettings
from app.domain.fraud.queries import waiting_holds
from app.domain.guides.queries import counts_by_status
from app.domain.orders.disputes import open_disputes
from app.web.shared.language import links
from app.web.shared.media import media_url
from app.web.shared.serving import actor, brand, db

from .blueprint import console
from .ledger import ledger_badge

ROLES = {
    "owner": _("品牌负责人"), "operations": _("品牌总部 · 运营"), "finance": _("品牌总部 · 财务"),
    "region_manager": _("区域经理"), "store_manager": _("店长"),
}
Item = tuple[str, Any, str, str]
NAVIGATION: tuple[tuple[Any, tuple[Item, ...]], ...] = (
    ("", (("home", _("首页"), "home", "home"), ("my_store", _("我的门店"), "store", "guides:view"))),
    (_("经营"), (
        ("products", lazy_ngettext("商品", "商品", 2), "box", "catalog:view"),
        ("sources", _("一键同步"), "refresh", "catalog:view"),
        ("orders", lazy_ngettext("订单", "订单", 2), "order", "orders:view"),
        ("flagship_orders", _("旗舰店回传"), "truck", "orders:view"),
        ("after_sales", _("售后"), "undo", "orders:view"),
        ("attribution_disputes", _("归属申诉"), "scale", "orders:refund"),
        ("holds", _("订单核查"), "shield", "orders:refund"),
        ("activities", lazy_ngettext("活动", "活动", 2), "tag", "catalog:view"),
        ("coupons", _("优惠券"), "gift", "catalog:view"),
        ("kits", _("分享中心"), "share", "catalog:edit"),
    )),
    (_("组织"), (
        ("orgs", _("门店与大区"), "store", "orgs:view"),
        ("guides", lazy_ngettext("导购", "导购", 2), "users", "guides:view"),
        ("tasks", lazy_ngettext("任务", "任务", 2), "check-circle", "guides:view"),
        ("challenges", _("挑战赛"), "target", "guides:view"),
        ("customers", lazy_ngettext("客户", "客户", 2), "user", "customers:view"),
        ("groups", _("社群"), "chat", "guides:view"),
        ("leagues", _("排行榜"), "chart", "guides:view"),
        ("training", _("培训卡"), "file", "guides:view"),
        ("invites", lazy_ngettext("邀请码", "邀请码", 2), "qr", "guides:view"),
    )),
    (_("钱"), (
        ("rules", _("佣金规则"), "percent", "rates:view"),
        ("splits", _("门店分账"), "split", "rates:view"),
        ("settlement", _("结算"), "scale", "money:view"),
        ("payouts", lazy_ngettext("打款", "打款", 2), "wallet", "money:view"),
        ("statements", _("对账单"), "receipt", "money:view"),
        ("ledger", _("台账"), "layers", "money:view"),
        ("reconciliation", _("四方对账"), "check-circle", "money:view"),
        ("flagship_days", _("旗舰店对账"), "link", "money:view"),
        ("alliance_orders", _("联盟订单"), "share", "money:view"),
    )),
    (_("数据"), (
        ("margins", _("推广成本"), "chart", "reports:view"),
        ("credits", _("业绩"), "star", "orders:view"),
    )),
    (_("设置"), (
        ("accounts", _("同事账号"), "user", "accounts:edit"),
        ("settings", _("品牌设置"), "gear", "settings:edit"),
        ("payment_provider", _("支付渠道"), "card", "money:view"),
        ("audit", _("操作记录"), "history", "audit:view"),
    )),
)
"""Groups of (endpoint, label, icon, permission); a page under an item marks it by its address."""

UNDER = {"kits": ("/console/pins", "/console/forbidden-words"), "reconciliation": ("/console/provider-days",),
         "payouts": ("/console/payees", "/console/withdrawals", "/console/invoices")}
"""Pages that belong to an item though their address does not say so."""


@console.context_processor
def shell() -> dict[str, Any]:
    """`nav` and `shell` of console_base.html; nothing before sign-in."""
    if "actor" not in g:
        return {}
    me = actor()
    return {"nav": _navigation(), "shell": {
        "name": brand().name, "role": str(ROLES.get(me.role, "")), "user": me.name, "languages": links(),
        **_logo(), "links": _own_links(), "logout_url": url_for("console.sign_out"),
        **({"ledger": ledger_badge()} if me.may("money:view") else {}),
        **({"search_url": url_for("console.orders")} if _there("orders") and me.may("orders:view") else {}),
    }}


def home_url(role: str) -> str:
    """The first page of a role; a store manager's is her store."""
    if role == "store_manager":
        return url_for("console.my_store")
    return url_for("console.home") if _there("home") else url_for("console.guides")


def _navigation() -> list[dict[str, Any]]:
    groups = [{"group": str(title), "items": [_item(*item) for item in items if _there(item[0]) and actor().may(item[3]) and _belongs(item[0])]}
              for title, items in NAVIGATION]
    return [group for group in groups if group["items"]]


def _belongs(endpoint: str) -> bool:
    """A store of one's own has who manages stores; rewards are headquarters'."""
    return actor().within is not None if endpoint == "my_store" else endpoint != "challenges" or actor().within is None


def _item(endpoint: str, label: Any, icon: str, _permission: str) -> dict[str, Any]:
    href = url_for(f"console.{endpoint}")
    below = (*UNDER.get(endpoint, ()), *(() if endpoint == "home" else (href.rstrip("/") + "/",)))
    inside = request.path == href or request.path.startswith(below)
    return {"label": str(label), "href": href, "icon": icon, "active": inside, **_count(endpoint)}


def _count(endpoint: str) -> dict[str, Any]:
    """Who waits for approval is counted beside the guides, what waits for an answer beside the after-sales."""
    if endpoint == "after_sales":
        waiting = case_counts(db(), brand_id=brand().id, within=actor().within).get("requested", 0)
        return {"count": waiting, "hot": actor().may("orders:refund")} if waiting else {}
    if endpoint == "attribution_disputes":
        waiting = open_disputes(db(), brand_id=brand().id)
        return {"count": waiting, "hot": True} if waiting else {}
    if endpoint == "holds":
        waiting, _frozen = waiting_holds(db(), brand_id=brand().id)
        return {"count": waiting, "hot": True} if waiting else {}
    if endpoint != "guides" or not actor().may("guides:edit"):
        return {}
    count = counts_by_status(db(), brand_id=brand().id, within=actor().within).get("pending", 0)
    return {"count": count, "hot": True} if count else {}


def _logo() -> dict[str, str]:
    key = db().scalar(select(BrandSettings.logo_key).where(BrandSettings.brand_id == brand().id))
    return {"logo": media_url(key)} if key else {}


def _own_links() -> list[dict[str, str]]:
    return [{"label": gettext("修改密码"), "href": url_for("console.password"), "icon": "key"}]


def _there(endpoint: str) -> bool:
    return f"console.{endpoint}" in current_app.view_functions
