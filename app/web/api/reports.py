"""/margins and /sales-credits: what selling costs and what the brand keeps; whom sales count for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.insights.credits import SORTS as CREDIT_SORTS
from app.domain.insights.credits import credit_totals, credits_page
from app.domain.insights.margins import SORTS as MARGIN_SORTS
from app.domain.insights.margins import Figures, margins_page
from app.domain.orgs.queries import org_unit
from app.kernel.errors import Refused
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Number, Ref, Text, When, Whole
from .operations import Rows
from .shapes import Currency, Shape
from .v1 import v1

LONGEST = 400 * 86_400


class ReportQuery(Shape):
    from_ = When(data_key="from", required=True)
    to = When(required=True, metadata={"description": "Not included; at most 400 days after `from`."})
    q = Text(80, load_default="")
    limit = Number(1, 200, load_default=50, metadata={"description": "Rows a page."})
    cursor = Text(9, load_default=None, pattern="[0-9]{1,9}", metadata={"description": "`next_cursor` of the page before."})


class MarginQuery(ReportQuery):
    by = Choice("sku", "guide", "store", load_default="sku")
    sort = Choice(*MARGIN_SORTS, load_default="-list")


class MarginOut(Shape):
    variant_id = Ref("variant", allow_none=True)
    guide_id = Ref("guide", allow_none=True)
    store_id = Ref("store", allow_none=True)
    name = Text(300)
    quantity = Whole()
    list_value = Amount(signed=True, metadata={"description": "List price × quantity, minor units. All that follows is net of refunds."})
    refunded = Amount(signed=True, metadata={"description": "What was given back, at list value, minor units."})
    refunded_base = Amount(signed=True, metadata={"description": "What of it was commission base."})
    activity_discount = Amount(signed=True)
    brand_coupon = Amount(signed=True)
    commission_base = Amount(signed=True, metadata={"description": "List − refunded − discount − brand coupon: what all shares sum to, minor units."})
    guide = Amount(signed=True, metadata={"description": "Guide and referrer, minor units."})
    store = Amount(signed=True)
    fulfilling_store = Amount(signed=True)
    dealer = Amount(signed=True)
    mall = Amount(signed=True)
    region = Amount(signed=True)
    platform = Amount(signed=True)
    brand = Amount(signed=True, metadata={"description": "What is left of the base after all other shares, minor units."})
    platform_coupon = Amount(signed=True, metadata={"description": "Coupons that others pay for out of their own; they lower no base, minor units."})
    store_coupon = Amount(signed=True)
    guide_coupon = Amount(signed=True)
    provider_fee = Amount(signed=True, metadata={"description": "What the payment provider kept of these orders where the brand bears it, minor units."})
    challenge_rewards = Amount(signed=True, metadata={"description": "Rewards of challenges decided in the period; of no SKU, so by `sku` a row of their own."})
    currency = Currency()


class CreditQuery(ReportQuery):
    by = Choice("unit", "guide", load_default="unit")
    unit_id = Ref("unit", load_default=None, metadata={"description": "The units below this one; without it the top ones."})
    sort = Choice(*CREDIT_SORTS, load_default="-credit")


class CreditOut(Shape):
    unit_id = Ref("unit", allow_none=True)
    guide_id = Ref("guide", allow_none=True)
    name = Text(80)
    quantity = Whole()
    selling = Amount(signed=True, metadata={"description": "Sales made, net of refunds, at the brand's weight; a unit's with all below it, minor units."})
    fulfilling = Amount(signed=True, metadata={"description": "Sales shipped. The same sale may count for several: credit is a KPI, not money, minor units."})
    credit = Amount(signed=True)
    refunded = Amount(signed=True, metadata={"description": "Already taken off, minor units."})
    money = Amount(signed=True, metadata={"description": "Goods paid for and not refunded, counted once, with who sold, minor units."})
    currency = Currency()


class CreditTotalsOut(Shape):
    online = Amount(metadata={"description": "The online team's credit: every paid sale, minor units."})
    selling = Amount()
    fulfilling = Amount()
    guide = Amount()
    money = Amount(metadata={"description": "What shoppers paid for goods and did not get back, once, minor units."})
    currency = Currency()


class CreditPeriod(Shape):
    from_ = When(data_key="from", required=True)
    to = When(required=True, metadata={"description": "Not included."})


@v1.get("/margins", listed=MarginOut, query=MarginQuery, scope="money:read", summary="Cost of promotion and what the brand keeps", tag="reports")
def list_margins(query: dict[str, Any]) -> Rows:
    """Of orders placed in the period and paid, by SKU, guide or store. Every row adds up, and all of them are the ledger's figures."""
    from_, to = _bounds(query)
    number = _page(query)
    page, _ = margins_page(db(), brand_id=brand_id(), by=query["by"], from_=from_, to=to, q=query["q"], sort=query["sort"], number=number, size=query["limit"])
    key = {"sku": "variant_id", "guide": "guide_id", "store": "store_id"}[query["by"]]
    rows = [{key: row.key, "name": row.name, **_figures(row.figures)} for row in page.items] if page.number == number else []
    return Rows(rows, str(number * query["limit"]) if number < page.pages else None)


@v1.get("/sales-credits", listed=CreditOut, query=CreditQuery, scope="orders:read", summary="Whom sales count for", tag="reports")
def list_sales_credits(query: dict[str, Any]) -> Rows:
    """By unit of the organisation or by guide, in a period. What is counted twice is counted so on purpose; `money` is counted once."""
    from_, to = _bounds(query)
    number = _page(query)
    unit = org_unit(db(), brand_id=brand_id(), unit_id=query["unit_id"]) if query["unit_id"] else None
    page = credits_page(db(), brand_id=brand_id(), by=query["by"], from_=from_, to=to, unit_id=unit.id if unit else None, q=query["q"], sort=query["sort"],
                        number=number, size=query["limit"])
    key = "guide_id" if query["by"] == "guide" else "unit_id"
    names = ("name", "quantity", "selling", "fulfilling", "credit", "refunded", "money")
    rows = [{key: row.id, **{name: getattr(row, name) for name in names}} for row in page.items] if page.number == number else []
    return Rows(rows, str(number * query["limit"]) if number < page.pages else None)


@v1.get("/sales-credits/totals", out=CreditTotalsOut, query=CreditPeriod, scope="orders:read", summary="Online and offline side by side", tag="reports")
def get_sales_credit_totals(query: dict[str, Any]) -> dict[str, int]:
    """Net of refunds. Online and offline count the same sales, each whole."""
    from_, to = _bounds(query)
    totals = credit_totals(db(), brand_id=brand_id(), from_=from_, to=to)
    return {**{kind: one.net_minor for kind, one in totals.items()}, "money": totals["online"].money_minor}


def _figures(figures: Figures) -> dict[str, int]:
    renamed = {"list_value": "list", "activity_discount": "activity", "commission_base": "base", "fulfilling_store": "fulfilling", "provider_fee": "fee",
               "challenge_rewards": "reward"}
    same = ("quantity", "refunded", "refunded_base", "brand_coupon", "guide", "store", "dealer", "mall", "region", "platform", "brand",
            "platform_coupon", "store_coupon", "guide_coupon")
    return {**{name: getattr(figures, field) for name, field in renamed.items()}, **{name: getattr(figures, name) for name in same}}


def _bounds(query: dict[str, Any]) -> tuple[datetime, datetime]:
    if not 0 < (query["to"] - query["from_"]).total_seconds() <= LONGEST:
        raise Refused("period_invalid", "时间段须在 1 到 400 天之间", field="to")
    return query["from_"], query["to"]


def _page(query: dict[str, Any]) -> int:
    """A cursor is the place of the next row."""
    return int(query["cursor"] or 0) // int(query["limit"]) + 1
