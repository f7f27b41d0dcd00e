"""What selling costs and what the brand keeps: from list value down to the brand's part, by SKU, guide and store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.insights.margins import SORTS, Figures, MarginRow, margins_page
from app.domain.people.audit import note
from app.kernel.money import decimal_text
from app.web.shared.asking import page_number
from app.web.shared.downloads import csv_response
from app.web.shared.formats import rate
from app.web.shared.periods import Period, asked_period
from app.web.shared.serving import actor, brand, brand_id, db

from . import asked
from .blueprint import console

TABS: dict[str, Any] = {"sku": _l("按 SKU"), "guide": _l("按导购"), "store": _l("按门店")}
NOBODY: dict[str, Any] = {"sku": _l("不属于哪个 SKU"), "guide": _l("没有导购"), "store": _l("没有门店")}
COLUMNS: dict[str, Any] = {
    "quantity": _l("件数"), "list": _l("商品原价"), "refunded": _l("退回（按原价）"), "activity": _l("活动优惠"), "brand_coupon": _l("品牌券"),
    "base": _l("计佣金额"),
    "guide": _l("导购与推荐人"), "store": _l("门店"), "fulfilling": _l("发货门店"), "dealer": _l("经销商"), "mall": _l("商场"), "region": _l("大区"),
    "platform": _l("平台扣点"), "brand": _l("品牌留下"), "platform_coupon": _l("平台补贴"), "store_coupon": _l("门店承担券"), "guide_coupon": _l("导购承担券"),
    "reward": _l("挑战赛奖励"), "fee": _l("支付手续费"), "left": _l("最后留下")}
BESIDE = ("reward", "fee")
"""What the brand pays out of its own part; no share of a line."""
SHARES = ("guide", "store", "fulfilling", "dealer", "mall", "region", "platform")
BATCH = 500


@console.get("/margins")
def margins() -> ResponseReturnValue:
    actor().require("reports:view")
    period, by = asked_period(), asked.one_of("by", TABS) or "sku"
    q, sort = asked.text("q"), asked.one_of("sort", SORTS) or "-list"
    page, total = margins_page(db(), brand_id=brand_id(), by=by, from_=period.from_, to=period.to, within=actor().within, q=q, sort=sort, number=page_number(),
                               costs=_whole())
    kept = asked.query(by=by if by != "sku" else "", q=q, sort=sort if sort != "-list" else "")
    return render_template("console/margins.html", page=page, total=total, period=period, by=by, tabs=TABS, q=q, sort=sort, names=COLUMNS, kept=kept,
                           query={**kept, **period.query}, falls=_falls(total), bars=_bars, name=_name, whole=_whole(),
                           beside=[one for one in BESIDE if _whole() and getattr(total, one)],
                           shares=[one for one in SHARES if getattr(total, one) and (_whole() or one != "platform")])


@console.get("/margins.csv")
def margins_csv() -> ResponseReturnValue:
    actor().require("reports:view")
    period, by = asked_period(), asked.one_of("by", TABS) or "sku"
    note(db(), action="export", subject_kind="margins", subject_id=by, after={"period": period.slug, "by": by})
    return csv_response(_table(period, by, asked.text("q"), asked.one_of("sort", SORTS) or "-list"), f"margins-{by}-{period.slug}.csv")


def _whole() -> bool:
    """Managers see what their own units cost and get; what is left to platform and brand is headquarters' own."""
    return actor().may("rates:view")


def _falls(total: Figures) -> list[dict[str, Any]]:
    """From list value, down over what was given away, to what the brand keeps."""
    rows: list[dict[str, Any]] = [{"label": COLUMNS["list"], "minor": total.list, "kind": "start"}]
    off = [name for name in ("refunded", "activity", "brand_coupon") if getattr(total, name)]
    rows += [{"label": COLUMNS[name], "minor": -getattr(total, name), "kind": "cut"} for name in off]
    shares = [name for name in SHARES if getattr(total, name) and (_whole() or name != "platform")]
    rows += [{"label": COLUMNS[name], "minor": -getattr(total, name), "kind": "share", "party": _party(name)} for name in shares]
    if not _whole():
        return [*rows, {"label": gettext("其余归平台和品牌"), "minor": total.platform + total.brand, "kind": "sum", "party": "brand"}]
    kept = {"label": COLUMNS["brand"], "minor": total.brand, "kind": "sum", "party": "brand",
            "note": gettext("原价的 %(rate)s", rate=rate(total.of_list_bp)) if total.list else ""}
    beside = [{"label": COLUMNS[name], "minor": -getattr(total, name), "kind": "cut"} for name in BESIDE if getattr(total, name)]
    left = [{"label": COLUMNS["left"], "minor": total.left, "kind": "sum", "party": "brand"}] if beside else []
    return [*rows, kept, *beside, *left]


def _bars(figures: Figures) -> list[tuple[str, int]]:
    """One row's list value: what was given off, what went to whom, what the brand keeps; refunds are no part of it."""
    off = figures.activity + figures.brand_coupon
    parts = [(f"p-{_party(name)}", max(getattr(figures, name), 0)) for name in SHARES if _whole() or name != "platform"]
    rest = figures.brand if _whole() else figures.brand + figures.platform
    return [("w-cut", off), *parts, ("p-brand", max(rest, 0)), ("b-left", figures.refunded)]


def _party(name: str) -> str:
    return {"fulfilling": "store"}.get(name, name)


def _name(by: str, row: MarginRow) -> str:
    return row.name or str(NOBODY[by])


def _table(period: Period, by: str, q: str, sort: str) -> Iterator[list[str]]:
    """Every row in batches; the sums come last."""
    currency = brand().currency
    parts = [gettext("品牌留下占原价"), gettext("品牌留下占计佣金额")] if _whole() else []
    yield [str(TABS[by]), gettext("编码或门店"), *(str(COLUMNS[name]) for name in _columns()), *parts, gettext("币种")]
    number, total = 1, Figures()
    while True:
        page, total = margins_page(db(), brand_id=brand_id(), by=by, from_=period.from_, to=period.to, within=actor().within, q=q, sort=sort, number=number,
                                   size=BATCH, costs=_whole())
        for row in page.items:
            yield [_name(by, row), row.note, *_figures(row.figures, currency)]
        if number >= page.pages:
            break
        number += 1
    yield [gettext("合计"), "", *_figures(total, currency)]


def _columns() -> list[str]:
    return [name for name in COLUMNS if _whole() or name not in ("platform", "brand", "left", *BESIDE)]


def _figures(figures: Figures, currency: str) -> list[str]:
    amounts = [str(figures.quantity) if name == "quantity" else decimal_text(getattr(figures, name), currency) for name in _columns()]
    return [*amounts, *([rate(figures.of_list_bp), rate(figures.of_base_bp)] if _whole() else []), currency]
