"""A ware and one of its SKUs → what the catalogue takes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.catalog.ports import ListedVariant
from app.gateways.flagship import values
from app.gateways.flagship.prices import crossed_out, price_minor
from app.kernel.errors import Refused

from .oauth import App
from .replies import Body, objects, text, whole_number

ON_SHELF = 8
STATUS_BITS = 15
"""512 (waiting for review) and 1024 (review refused) are added to the status a ware has on the shelf."""
SKU_ON = 1
EVERY_COLOUR = "0000000000"
OPTION_NAMES = {1: "颜色", 2: "尺码"}
"""JD names no attribute in its answers; its first sales attribute is the colour, its second the size."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What all items of one reading share."""

    currency: str
    pictures: str

    @classmethod
    def of(cls, app: App, currency: str) -> Reading:
        return cls(currency, "https://img10.360buyimg.com/n0/" if app.official else f"{app.origin}/img/n0/")


def listed_variant(ware: Body, sku: Body, reading: Reading, *, position: int, category: str) -> ListedVariant:
    """Raises Refused with the first thing that keeps the SKU out."""
    sku_id = text(sku.get("skuId"))
    price = price_minor(text(sku.get("jdPrice")), currency=reading.currency)
    return ListedVariant(
        external_id=sku_id,
        group_id=text(ware.get("wareId")),
        title=values.title(text(ware.get("title"))),
        price_minor=price,
        list_price_minor=_list_price(sku, ware, price, reading.currency),
        currency=reading.currency,
        position=position,
        sku=values.identifier(text(sku.get("outerId")), field="outerId"),
        barcode=values.identifier(text(sku.get("barCode")), field="barCode"),
        description=values.rich(text(ware.get("introduction"))),
        category=values.plain(category, field="category"),
        vendor=values.plain(text(ware.get("brandName")), field="brandName"),
        link=f"https://item.jd.com/{sku_id}.html",
        stock=values.stock_count(text(sku.get("stockNum")), oversold_is_zero=True) or 0,
        weight_g=values.weight_g(text(ware.get("weight")), unit="kg"),
        published=on_shelf(ware) and whole_number(sku.get("status", SKU_ON)) == SKU_ON,
        options=options(ware, sku),
        images=images(ware, sku, reading.pictures),
    )


def on_shelf(ware: Body) -> bool:
    return whole_number(ware.get("wareStatus")) & STATUS_BITS == ON_SHELF


def options(ware: Body, sku: Body) -> dict[str, str]:
    """Option name → value, colour first, then size, then the rest. Without texts: what the SKU's name adds to the ware's."""
    found: dict[str, str] = {}
    attributes = sorted(objects(sku.get("saleAttrs")), key=lambda one: whole_number(one.get("index")) or 99)
    for number, attribute in enumerate(attributes, 1):
        value = values.plain(_alias(attribute), field="saleAttrs")
        usual = OPTION_NAMES.get(whole_number(attribute.get("index")) or number, f"规格{number}")
        name = values.plain(text(attribute.get("attrName")), field="saleAttrs") or usual
        if value:
            found[name if name not in found else f"{name}{number}"] = value
    rest = text(sku.get("skuName")).removeprefix(text(ware.get("title"))).strip()
    return found or ({"规格": values.plain(rest, field="skuName")} if attributes and rest else {})


def images(ware: Body, sku: Body, pictures: str) -> tuple[str, ...]:
    """Absolute addresses: the pictures of the SKU's colour, then the ware's own; without any, the logo."""
    colours = _colours(sku)
    own = [one for one in _in_order(ware) if text(one.get("colorId")) in colours]
    shared = [one for one in _in_order(ware) if text(one.get("colorId", EVERY_COLOUR)) in ("", EVERY_COLOUR)]
    paths = [text(one.get("imgUrl")) for one in (*own, *shared)] or [text(sku.get("logo")) or text(ware.get("logo"))]
    return values.image_links(_absolute(path, pictures) for path in paths if path)


def _list_price(sku: Body, ware: Body, price: int, currency: str) -> int | None:
    """The market price, if it is one: many merchants leave 0 or nonsense there, which is no reason to lose the SKU."""
    try:
        return crossed_out(price, price_minor(text(sku.get("marketPrice", ware.get("marketPrice"))), currency=currency))
    except Refused:
        return None


def _alias(attribute: Mapping[str, object]) -> str:
    alias = attribute.get("attrValueAlias")
    return " ".join(filter(None, map(text, alias))) if isinstance(alias, list) else text(alias)


def _colours(sku: Body) -> set[str]:
    first = (one for one in objects(sku.get("saleAttrs")) if whole_number(one.get("index")) == 1)
    return {text(value) for one in first for value in one.get("attrValues") or []}


def _in_order(ware: Body) -> Iterable[Body]:
    return sorted(objects(ware.get("images")), key=lambda one: whole_number(one.get("imgIndex")))


def _absolute(path: str, pictures: str) -> str:
    if path.startswith("//"):
        return "https:" + path
    return path if path.startswith(("http://", "https://")) else pictures + path.lstrip("/")
