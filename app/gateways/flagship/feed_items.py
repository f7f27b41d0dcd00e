"""Google Merchant attributes → what the catalogue takes in; the same for RSS, Atom and TSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.domain.catalog.ports import ListedVariant
from app.kernel.errors import Refused

from . import values
from .encodings import scrub
from .prices import price_minor

OPTION_NAMES = {"color": "颜色", "colour": "颜色", "size": "尺寸", "material": "材质", "pattern": "图案"}
QUANTITIES = ("quantity_to_sell_on_facebook", "quantity", "inventory", "sell_on_google_quantity", "stock")
ENGLISH_NAMES = {"english name", "english title", "name (english)", "英文名", "英文名称"}


@dataclass(frozen=True, slots=True)
class FeedItem:
    """Attribute name (no prefix, lower case) → its values in order; `details` are product_detail pairs."""

    position: int
    values: Mapping[str, Sequence[str]]
    details: Sequence[tuple[str, str]] = field(default=())

    @property
    def external_id(self) -> str:
        return scrub(self.first("id"))

    def first(self, *names: str) -> str:
        """The first value that is not blank, by order of names."""
        return next((v.strip() for name in names for v in self.values.get(name, ()) if v.strip()), "")


def listed_variant(item: FeedItem, *, currency: str, now: datetime) -> ListedVariant:
    """Raises Refused with the first thing that keeps the item out."""
    external_id = values.identifier(item.external_id, field="id")
    title = values.title(item.first("title"))
    price, list_price = _prices(item, currency=currency, now=now)
    return ListedVariant(
        external_id=external_id,
        group_id=values.identifier(item.first("item_group_id"), field="item_group_id") or external_id,
        title=title,
        price_minor=price,
        list_price_minor=list_price,
        currency=currency,
        position=item.position,
        sku=values.identifier(item.first("mpn", "sku"), field="mpn"),
        barcode=values.identifier(item.first("gtin", "ean", "upc"), field="gtin"),
        title_en=values.plain(_english_title(item), field="title_en"),
        description=values.rich(item.first("description", "summary", "content")),
        category=values.plain(item.first("product_type", "google_product_category"), field="product_type"),
        vendor=values.plain(item.first("brand"), field="brand"),
        link=values.web_link(item.first("link")),
        stock=_stock(item),
        weight_g=values.weight_g(item.first("shipping_weight", "product_weight")),
        options=_options(item),
        images=values.image_links([*item.values.get("image_link", ()), *item.values.get("additional_image_link", ())]),
    )


def repeated(external_id: str, first: int) -> Refused:
    return Refused("duplicate_id", "编号“%(id)s”重复，第一次出现在第 %(first)d 项", field="id",
                   id=external_id, first=first)


def _prices(item: FeedItem, *, currency: str, now: datetime) -> tuple[int, int | None]:
    regular = price_minor(item.first("price"), currency=currency, bare=False)
    text = item.first("sale_price")
    if not text or not _sale_runs(item.first("sale_price_effective_date"), now):
        return regular, None
    sale = price_minor(text, currency=currency, bare=False, field="sale_price")
    return (sale, regular) if sale < regular else (regular, None)


def _sale_runs(period: str, now: datetime) -> bool:
    """'2026-05-01T00:00+0800/2026-05-07T23:59+0800'; without an offset UTC is meant; blank always runs."""
    if not period:
        return True
    try:
        starts, ends = (datetime.fromisoformat(part.strip()) for part in period.split("/"))
    except ValueError:
        raise Refused("sale_dates_invalid", "促销时间“%(text)s”无法识别", field="sale_price_effective_date",
                      text=period[:80]) from None
    return _aware(starts) <= now <= _aware(ends)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _stock(item: FeedItem) -> int | None:
    if values.availability(item.first("availability")) == 0:
        return 0
    return values.stock_count(item.first(*QUANTITIES))


def _options(item: FeedItem) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in item.values:
        value = values.plain(item.first(name), field=name) if name in OPTION_NAMES else ""
        if value:
            found.setdefault(OPTION_NAMES[name], value)
    return found


def _english_title(item: FeedItem) -> str:
    named = (value for name, value in item.details if name.strip().casefold() in ENGLISH_NAMES)
    return item.first("title_en") or next((value for value in named if value.strip()), "")
