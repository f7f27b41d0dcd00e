"""How a sync's facts are called in the console, and how a field's value reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.catalog.models import FlagshipSource, SyncItem, SyncRun
from app.domain.catalog.sync_queries import Pulse
from app.gateways.flagship import kinds
from app.kernel.errors import Refused
from app.web.shared.errors import says
from app.web.shared.formats import money, option_text

STATES: dict[str, tuple[Any, str]] = {
    "queued": (_l("排队中"), "info"), "running": (_l("进行中"), "info"), "previewed": (_l("已比对，尚未写入"), "warn"),
    "succeeded": (_l("全部完成"), "ok"), "partial": (_l("完成，有待处理项"), "warn"), "failed": (_l("失败，没有写入"), "bad"),
    "cancelled": (_l("已取消"), ""), "undone": (_l("已撤销"), ""),
}
STEPS = {"fetching": _l("拉取中，尚未写入"), "comparing": _l("比对中，尚未写入"), "applying": _l("写入中"), "checking": _l("核对中")}
OUTCOMES: dict[str, tuple[Any, str]] = {
    "created": (_l("新建"), "new"), "updated": (_l("更新"), "update"), "unchanged": (_l("未变"), "same"), "removed": (_l("下架"), "skip"),
    "skipped": (_l("跳过"), "skip"), "failed": (_l("失败"), "fail"), "conflict": (_l("冲突"), "conflict"),
}
FIELDS = {
    "group": _l("所属商品"), "sku": "SKU", "barcode": _l("条码"), "options": _l("规格"), "price_minor": _l("价格"), "list_price_minor": _l("划线价"),
    "stock": _l("库存"), "weight_g": _l("重量"), "status": _l("状态"), "images": _l("图片"), "title": _l("标题"), "title_en": _l("英文名称"),
    "description": _l("描述"), "category": _l("类目"), "vendor": _l("品牌"), "external_id": _l("旗舰店编号"), "listed": _l("状态"),
}
RESULTS = {"write": _l("更新"), "keep": _l("保留"), "later": _l("没选")}
OWNERS = {"source": "source", "brand": "brand", "locked": "lock"}
MATCHED = {"external_id": _l("外部 ID 匹配"), "sku": _l("SKU 码匹配"), "barcode": _l("条码匹配")}
SCOPES: dict[str, tuple[Any, list[str] | None, list[str] | None]] = {
    "all": (_l("全部变更，除了没勾的"), None, None), "page": (_l("只写本页勾选的"), None, None),
    "created": (_l("只写新建"), ["created"], None), "updated": (_l("只写更新"), ["updated"], None), "removed": (_l("只写下架"), ["removed"], None),
    "price": (_l("只写价格"), None, ["price_minor", "list_price_minor"]), "stock": (_l("只写库存"), None, ["stock"])}
"""What of a preview is written: words, outcomes, fields."""
VALUES = {"published": _l("上架"), "unpublished": _l("下架"), "removed": _l("旗舰店已删除")}
LONG_TEXT, MINUTES_FROM = 60, 120
PLACE = re.compile(r"%\(\w+\)[sd]")


def kind_name(kind: str) -> str:
    """What a kind of source is called; a package that is gone leaves its bare name."""
    known = kinds().get(kind)
    return gettext(known.label) if known else kind


def origin(source: FlagshipSource) -> str:
    """Where it reads from, in a word."""
    told = source.settings
    return str(told.get("file_name") or next((told[name] for name in ("url", "endpoint", "base_url", "gateway_url") if told.get(name)), "")
               or (gettext("上传的文件") if "file_key" in told else kind_name(source.kind)))


def state(run: SyncRun) -> tuple[str, str]:
    """(words, badge kind): while it runs the step says more than the state; a preview with nothing to write is over."""
    if run.state == "previewed" and run.finished_at:
        return (gettext("已比对，没有要写的"), "ok") if not run.counts["failed"] + run.counts["conflicts"] else (gettext("没有要写的，有待处理项"), "warn")
    if run.state == "running" and run.step:
        return str(STEPS.get(run.step, "")), "info"
    words, kind = STATES[run.state]
    return str(words), kind


def run_states() -> list[tuple[str, str]]:
    return [(code, str(words)) for code, (words, _) in STATES.items()]


def pace(pulse: Pulse) -> str:
    """How fast it goes, and how long it will still take if anybody knows."""
    if not pulse.rate:
        return ""
    rate = gettext("%(rate)s 项/秒", rate=f"{int(pulse.rate):,}") if pulse.rate >= 1 else gettext("%(rate)s 项/分钟", rate=f"{pulse.rate * 60:.0f}")
    seconds = pulse.left_seconds
    if seconds is None:
        return rate
    left = gettext("约剩 %(seconds)s 秒", seconds=seconds) if seconds < MINUTES_FROM else gettext("约剩 %(minutes)s 分钟", minutes=f"{-(-seconds // 60):,}")
    return f"{rate} · {left}"


def told(message: str, data: Mapping[str, Any] | None) -> str:
    """A stored reason in the reader's language."""
    facts = {key: value for key, value in (data or {}).items() if key not in ("code", "message", "field", "self")}
    return says(Refused("reason", message, **facts)) if message else ""


def value(field: str, raw: Any) -> str:
    """One field's value as a person reads it."""
    if raw is None or raw in ("", [], {}):
        return "—"
    if field in ("price_minor", "list_price_minor"):
        return money(raw)
    if field == "stock":
        return f"{raw:,}"
    if field == "weight_g":
        return f"{raw:,} g"
    if field == "images":
        return gettext("%(count)d 张", count=len(raw))
    if field == "options":
        return option_text(raw)
    text = str(VALUES.get(raw, raw)) if field in ("status", "listed") else str(raw)
    return text if len(text) <= LONG_TEXT else text[:LONG_TEXT] + "…"


def lines(item: SyncItem) -> list[dict[str, Any]]:
    """The rows of an item in the table of differences: field, ours, theirs, owner, what happens."""
    if item.outcome == "created" and item.listed:
        listed = item.listed
        stock = gettext("来源未给数量") if listed["stock"] is None else f"{listed['stock']:,}"
        new = gettext("%(price)s · 库存 %(stock)s", price=money(listed["price_minor"]), stock=stock)
        whole = {"field": gettext("整款"), "old": gettext("云店没有"), "new": new, "owner": "source", "result": gettext("新建"), "kind": "ok", "keep": False,
                 "struck": False}
        return [whole, *(_line(change) for change in item.changes)]
    if item.outcome == "removed":
        old = item.changes[0]["old"] if item.changes else "published"
        return [{"field": gettext("状态"), "old": value("status", old), "new": gettext("旗舰店已删除"), "owner": "source", "result": gettext("下架留底"),
                 "kind": "warn", "keep": False, "struck": True}]
    if item.changes:
        return [_line(change) for change in item.changes]
    reason = told(item.reason, item.reason_data)
    return [{"field": "—", "old": "—", "new": reason or gettext("没有差异"), "owner": "", "result": str(OUTCOMES[item.outcome][0]), "kind": "", "keep": True,
             "struck": False}]


def _line(change: dict[str, Any]) -> dict[str, Any]:
    field, kept = change["field"], change["result"] != "write"
    return {"field": str(FIELDS.get(field, field)), "old": value(field, change["old"]), "new": value(field, change["new"]),
            "owner": OWNERS.get(change["owner"], "source"), "result": str(RESULTS[change["result"]]), "kind": "" if kept else "info",
            "keep": kept, "struck": not kept}


def reason(message: str) -> str:
    """A reason for many items at once: the places that differ from one to the next read as a gap."""
    return PLACE.sub("…", gettext(message)).replace("“…”", "").strip()
