"""Activities: the list, one with what it sold, and its early end."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.insights.activity_sales import Sold, activity_sales
from app.domain.insights.pictures import first_pictures
from app.domain.promotions import queries
from app.domain.promotions.activities import end_activity, prices_of
from app.domain.promotions.models import Activity
from app.domain.promotions.rules import COMING, ENDED, LIVE, off_bp, state_of
from app.kernel.ids import parse_id
from app.kernel.paging import paged
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.media import media_url
from app.web.shared.serving import actor, brand_id, db

from . import asked
from .blueprint import console

STATES = {LIVE: _l("进行中"), COMING: _l("还没开始"), ENDED: _l("已结束")}
TONES = {LIVE: "ok", COMING: "info", ENDED: ""}
WHO = {True: _l("只在导购的链接里"), False: _l("所有人")}


@console.get("/activities")
def activities() -> ResponseReturnValue:
    actor().require("catalog:view")
    q, state, sort = asked.text("q"), asked.one_of("state", STATES), asked.one_of("sort", queries.SORTS) or "-ends"
    page = queries.activities_page(db(), brand_id=brand_id(), q=q, state=state, sort=sort, number=page_number(), now=now())
    return render_template("console/activities.html", page=page, q=q, state=state, sort=sort, may_edit=actor().may("catalog:edit"), **words(),
                           query=asked.query(q=q, state=state, sort=sort if sort != "-ends" else ""))


@console.get("/activities/<activity_id>")
def activity(activity_id: str) -> ResponseReturnValue:
    actor().require("catalog:view")
    found = queries.activity(db(), brand_id=brand_id(), activity_id=parse_id(activity_id, "activity"))
    sold, by_variant = activity_sales(db(), brand_id=brand_id(), activity_id=found.id, within=actor().within)
    prices = prices_of(found)
    goods = queries.goods_of(db(), brand_id=brand_id(), variant_ids=prices)
    page = paged(_rows(prices, goods, by_variant), number=page_number())
    return render_template("console/activity.html", activity=found, state=state_of(found.starts_at, found.ends_at, now()), page=page, sold=sold,
                           most=max((one.pieces for one in by_variant.values()), default=0), above=queries.above_list(prices, goods),
                           pictures=thumbnails([row["goods"].product_id for row in page.items]), may_edit=actor().may("catalog:edit"),
                           see_money=actor().may("rates:view"), **words())


def _rows(prices: dict[UUID, int], goods: dict[UUID, queries.Goods], sold: dict[UUID, Sold]) -> list[dict[str, Any]]:
    """What sold most comes first."""
    rows = [{"goods": goods[key], "price_minor": price, "off_bp": off_bp(goods[key].list_price_minor, price), "sold": sold.get(key)}
            for key, price in prices.items()]
    return sorted(rows, key=lambda row: (-(row["sold"].pieces if row["sold"] else 0), row["goods"].title, row["goods"].sku))


@console.post("/activities/<activity_id>/end")
def stop_activity(activity_id: str) -> ResponseReturnValue:
    actor().require("catalog:edit")
    ended = end_activity(db(), brand_id=brand_id(), activity_id=parse_id(activity_id, "activity"), now=now())
    flash(gettext("“%(name)s”已结束，新订单恢复原价。", name=ended.name), "success")
    return redirect(url_for("console.activity", activity_id=ended.id), 303)


def words() -> dict[str, Any]:
    """How states and audiences are called, and the state of an activity at this moment."""
    moment = now()
    return {"states": STATES, "tones": TONES, "who": WHO, "state_at": lambda one: _state(one, moment)}


def _state(one: Activity, moment: datetime) -> str:
    return state_of(one.starts_at, one.ends_at, moment)


def thumbnails(product_ids: list[Any]) -> dict[Any, str]:
    return {product: media_url(key, "s") for product, key in first_pictures(db(), brand_id=brand_id(), product_ids=product_ids).items()}
