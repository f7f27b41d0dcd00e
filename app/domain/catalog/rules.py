"""What a listing means for the catalogue (R36): which field is whose, what differs, what is written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from app.kernel.errors import Refused
from app.kernel.money import MAX_MINOR

VARIANT_FIELDS = ("group", "sku", "barcode", "options", "price_minor", "list_price_minor", "stock", "weight_g", "status", "images")
PRODUCT_FIELDS = ("title", "title_en", "description", "category", "vendor")
LONGEST = {"external_id": 200, "group_id": 200, "title": 300, "title_en": 300, "category": 200, "vendor": 120, "sku": 120, "barcode": 40}
MAX_STOCK = 1_000_000_000
UNCOUNTED_STOCK = 100
"""Assumed when the source has an item in stock but tells no count: enough to sell, few enough to notice."""
SHORT_AT_LEAST = 10
OWNERS = ("source", "brand", "locked")
OUTCOMES = ("created", "updated", "unchanged", "removed", "skipped", "failed", "conflict")
NOT_CHOSEN, PARTLY_CHOSEN = "not_chosen", "partly_chosen"
"""Codes of items a person left out, as a whole or in some of their fields."""
JOINTS = " \t·-–—/|,，、()（）[]【】"

Record = dict[str, Any]


def wanted_variant(listed: Mapping[str, Any]) -> Record:
    """The variant's fields as the source wants them, in the catalogue's own terms."""
    return {
        "group": listed["group_id"],
        "sku": listed["sku"],
        "barcode": listed["barcode"],
        "options": dict(listed["options"]),
        "price_minor": listed["price_minor"],
        "list_price_minor": listed["list_price_minor"],
        "stock": UNCOUNTED_STOCK if listed["stock"] is None else listed["stock"],
        "weight_g": listed["weight_g"],
        "status": "published" if listed["published"] else "unpublished",
        "images": list(listed["images"]),
    }


def wanted_product(listed: Mapping[str, Any]) -> Record:
    """The product's fields, taken from the first listed variant of its group."""
    return {**{field: listed[field] for field in PRODUCT_FIELDS}, "title": product_title(listed["title"], listed["options"])}


def product_title(title: str, options: Mapping[str, str]) -> str:
    """The name without the option values some sources hang on its end: 登机箱 雾蓝 20 寸 → 登机箱."""
    values = [value for value in options.values() if value]
    short = title
    while values and (found := next((value for value in values if short.rstrip(JOINTS).endswith(value)), None)):
        short = short.rstrip(JOINTS).removesuffix(found)
        values.remove(found)
    return short.rstrip(JOINTS) or title if short != title else title


def row_hash(listed: Mapping[str, Any], *, leads: bool) -> str:
    """Of everything that is taken over; a place in the file is not. `leads`: this item speaks for its product."""
    taken = {"variant": wanted_variant(listed), "uncounted": listed["stock"] is None}
    if leads:
        taken["product"] = wanted_product(listed)
    return hashlib.sha256(orjson.dumps(taken)).hexdigest()


def refuse_unfit(listed: Mapping[str, Any]) -> None:
    """Raises Refused for what no column holds or no shop sells."""
    for field, most in LONGEST.items():
        if len(listed[field]) > most:
            raise Refused("too_long", "内容超过 %(most)d 个字（%(name)s）", field=field, name=field, most=most)
    if not 0 < listed["price_minor"] < MAX_MINOR:
        raise Refused("price_out_of_range", "价格须大于 0", field="price")
    if not 0 <= (listed["stock"] or 0) <= MAX_STOCK:
        raise Refused("stock_out_of_range", "库存须在 0 到 %(most)d 之间", field="stock", most=MAX_STOCK)


def differences(wanted: Mapping[str, Any], current: Mapping[str, Any], owners: Mapping[str, str]) -> list[Record]:
    """Field by field, what the source has otherwise: [{field, old, new, owner, result: write | keep}] (`later`: not chosen by a person).

    A field the brand has rewritten or locked is kept and says so.
    """
    found = []
    for field, new in wanted.items():
        if current[field] != new:
            owner = owner_of(field, owners)
            found.append({"field": field, "old": current[field], "new": new, "owner": owner,
                          "result": "write" if owner == "source" else "keep"})
    return found


def owner_of(field: str, owners: Mapping[str, str]) -> str:
    return owners.get(field, "source")


def left_for_later(shown: list[Record], found: list[Record]) -> list[Record]:
    """What is found now, less the fields that a person did not choose when it was shown: they stay differences."""
    later = {change["field"] for change in shown if change["result"] == "later"}
    if not later:
        return found
    return [{**change, "result": "later"} if change["field"] in later and change["result"] == "write" else change for change in found]


def written(changes: list[Record]) -> list[Record]:
    return [change for change in changes if change["result"] == "write"]


def outcome_of(changes: list[Record], *, revived: bool) -> str:
    """updated if anything is written, skipped if the source differs only where the brand has the say, else unchanged."""
    if revived or written(changes):
        return "updated"
    return "skipped" if changes else "unchanged"


def same_intent(before: list[Record], after: list[Record]) -> bool:
    """Whether a diff shown earlier is still the one to write; stock moves all day and may differ."""

    def told(changes: list[Record]) -> list[tuple[str, Any, Any]]:
        return [(change["field"], change["old"], change["new"]) for change in written(changes) if change["field"] != "stock"]

    return told(before) == told(after)


def suspiciously_short(*, live: int, removed: int) -> bool:
    """More than half of what the source sold is gone at once, ten or more: more likely a broken export than a wish."""
    return removed >= SHORT_AT_LEAST and removed * 2 > live


def to_write(counts: Mapping[str, int]) -> int:
    """Of a run's counts: how many SKUs would become different, or did."""
    return counts["created"] + counts["updated"] + counts["removed"]


def sellable(*, stock: int, reserved: int) -> int:
    """What a shopper may still buy: never below zero."""
    return max(stock - reserved, 0)
