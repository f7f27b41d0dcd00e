"""我的门店: a manager's own store, on her phone: today, what is wrong, what is to be sent, who sells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext, ngettext

from app.domain.insights.communities import group_states
from app.domain.insights.my_store import MyStore, my_store
from app.domain.orgs.models import OrgUnit
from app.domain.orgs.queries import stores
from app.kernel.clock import day_start
from app.kernel.errors import NotFound
from app.web.shared.application import now
from app.web.shared.serving import actor, brand, brand_id, db

from . import asked
from .blueprint import console

NAMED = 3


@console.get("/my-store", endpoint="my_store")
def page() -> str:
    """?store= one of those in her scope; without it the first."""
    me = actor()
    me.require("guides:view")
    choices = stores(db(), brand_id=brand_id(), within=me.within, open_only=True)
    store = _chosen(choices)
    if store is None:
        return render_template("console/my_store.html", store=None, choices=choices)
    today, zone = asked.today(), brand().timezone
    found = my_store(db(), brand_id=brand_id(), store_id=store.id, from_=day_start(today, zone), to=day_start(today + timedelta(days=1), zone), now=now())
    groups = group_states(db(), brand_id=brand_id(), within=store.path, now=now())
    standing = {"confirming": gettext("库存确认中"), "sold_out": gettext("已售罄"), "gone": gettext("已下架"), "over": gettext("活动已结束")}
    return render_template("console/my_store.html", store=store, choices=choices, found=found, wrong=_wrong(store, found, groups), now=now(), standing=standing,
                           money_too=me.may("money:view"), may_ship=me.may("orders:fulfil"), may_ask=me.may("guides:edit"),
                           top=max((one.sales_minor for one in found.guides), default=0))


def _chosen(choices: Sequence[OrgUnit]) -> OrgUnit | None:
    """NotFound for a store outside the scope, or one that is closed."""
    wanted = asked.row_id("store")
    if wanted is None:
        return choices[0] if choices else None
    for one in choices:
        if one.id == wanted:
            return one
    raise NotFound("store", wanted)


def _wrong(store: OrgUnit, found: MyStore, groups: dict[str, int]) -> list[dict[str, str]]:
    """What is going wrong, worst first, each with where to do something about it."""
    silent = [one.name for one in found.guides if one.silent(now())]
    late = sum(one.late for one in found.guides)
    dead, lost = groups.get("dead", 0), sum(one.links for one in found.lost)
    items: list[dict[str, Any]] = []
    if late:
        items.append({"kind": "bad", "title": ngettext("%(num)d 件任务逾期没做", "%(num)d 件任务逾期没做", late), "verb": gettext("看是谁"), "href": "#late",
                      "text": gettext("、").join(one.title for one in found.late[:NAMED])})
    if silent:
        items.append({"kind": "warn", "title": ngettext("%(num)d 位导购 7 天没分享", "%(num)d 位导购 7 天没分享", len(silent)), "verb": gettext("看是谁"),
                      "href": "#guides", "text": _names(silent)})
    if lost:
        items.append({"kind": "warn", "title": ngettext("%(num)d 条链接打开不是原来那款", "%(num)d 条链接打开不是原来那款", lost), "verb": gettext("看是哪些"),
                      "href": "#lost", "text": gettext("商品下架、卖完或活动结束了，顾客会看到替代款或云店")})
    if dead:
        items.append({"kind": "warn", "title": ngettext("%(num)d 个群一个月没人打开", "%(num)d 个群一个月没人打开", dead), "verb": gettext("看是哪些"),
                      "text": gettext("换一款发，或者让导购标成解散"), "href": url_for("console.groups", state="dead", q=store.name)})
    return items


def _names(names: list[str]) -> str:
    first = gettext("、").join(names[:NAMED])
    return first if len(names) <= NAMED else gettext("%(names)s 等", names=first)
