"""WooCommerce's product CSV export: a variable product's row is followed, somewhere, by the rows of its variations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain.catalog.ports import ListedVariant
from app.kernel.errors import Refused

from . import values
from .columns import Cells, Columns, by_alias, find_columns
from .prices import price_minor
from .sheet_items import SheetItem, code_text, is_blank, variant_id
from .sheet_rows import Row
from .woo_items import NOT_SOLD_HERE

ATTRIBUTES = range(1, 21)
FIELDS = by_alias({
    "id": ("ID",), "type": ("Type", "类型"), "sku": ("SKU",), "barcode": ("GTIN, UPC, EAN, or ISBN",), "title": ("Name", "名称"),
    "published": ("Published", "已发布"), "visibility": ("Visibility in catalog", "Visibility in catalogue", "Catalog visibility"),
    "short": ("Short description", "简短描述"), "description": ("Description", "描述"),
    "sale_starts": ("Date sale price starts",), "sale_ends": ("Date sale price ends",),
    "in_stock": ("In stock?",), "stock": ("Stock", "库存"), "weight_kg": ("Weight (kg)",), "weight": ("Weight (g)",),
    "sale_price": ("Sale price", "促销价格"), "price": ("Regular price", "常规价格"), "category": ("Categories", "分类"),
    "image": ("Images", "图片"), "parent": ("Parent", "父级"), "vendor": ("Brands", "品牌"),
    **{f"name{n}": (f"Attribute {n} name", f"属性 {n} 名称") for n in ATTRIBUTES},
    **{f"value{n}": (f"Attribute {n} value(s)", f"属性 {n} 值") for n in ATTRIBUTES},
})
REQUIRED = ("type", "title", "price")
SHARED = ("title", "description", "short", "category", "vendor", "image", "published", "visibility", "weight", "weight_kg")
COMMA = re.compile(r"(?<!\\),")
NO_STOCK = frozenset({"0", "backorder"})


@dataclass(frozen=True, slots=True)
class Table:
    """`products` are the cells of the rows that are no variation, by `id:7` and by SKU."""

    products: dict[str, Cells]
    currency: str
    now: datetime


def columns_of(header: Sequence[str]) -> Columns | None:
    """None if the header is not WooCommerce's."""
    columns = find_columns(header, FIELDS)
    known = all(name in columns.at for name in REQUIRED) and ("id" in columns.at or "sku" in columns.at)
    return columns if known else None


def read_items(rows: Iterable[Row], again: Iterable[Row], columns: Columns, *, currency: str, now: datetime) -> Iterator[SheetItem]:
    """What can be bought, in file order. The file is read twice: a parent may stand below its variations."""
    table = Table({}, currency, now)
    for _, row in rows:
        cells = columns.read(row)
        if _type(cells) != "variation":
            for name in _names(cells):
                table.products.setdefault(name, cells)
    for number, row in again:
        cells = columns.read(row)
        if not is_blank(row) and not _type(cells).startswith("variable") and _type(cells) not in NOT_SOLD_HERE:
            yield _item(number, cells, table)


def _type(cells: Cells) -> str:
    """'simple, downloadable, virtual' is simple."""
    return cells.raw("type").partition(",")[0].strip().casefold()


def _names(cells: Cells) -> list[str]:
    number, sku = cells.raw("id"), cells.raw("sku")
    return [name for name in (f"id:{number}" if number else "", sku) if name]


def _item(number: int, cells: Cells, table: Table) -> SheetItem:
    is_variation = _type(cells) == "variation"
    options = _options(cells) if is_variation else {}
    sku = " ".join(cells.code("sku").split())
    external_id = cells.raw("id") or variant_id(sku, cells.raw("parent"), options)
    return SheetItem(number, external_id, lambda: _variant(number, external_id, cells, table, options, is_variation=is_variation))


def _variant(number: int, external_id: str, cells: Cells, table: Table, options: dict[str, str], *, is_variation: bool) -> ListedVariant:
    product = _parent(table, cells) if is_variation else cells
    words = {name: (product if is_variation and name == "title" else cells).text(name) or product.text(name) for name in SHARED}
    price, before = _prices(table, cells)
    return ListedVariant(
        external_id=code_text(external_id, field="sku"),
        group_id=code_text(product.raw("id") or product.code("sku"), field="parent") or external_id,
        title=values.title(words["title"]),
        price_minor=price,
        list_price_minor=before,
        currency=table.currency,
        position=number,
        sku=code_text(cells.code("sku"), field="sku"),
        barcode=code_text(cells.code("barcode"), field="barcode"),
        description=values.rich(words["description"] or words["short"]),
        category=values.plain(_first(words["category"]), field="category"),
        vendor=values.plain(_first(words["vendor"]), field="vendor"),
        stock=_stock(cells),
        weight_g=values.weight_g(words["weight_kg"], unit="kg") or values.weight_g(words["weight"]),
        published=_is_shown(cells) and _is_shown(product),
        options=options,
        images=values.image_links([*_images(cells), *_images(product)]),
    )


def _parent(table: Table, cells: Cells) -> Cells:
    named = cells.raw("parent")
    product = table.products.get(named)
    if product is None:
        raise Refused("parent_missing", "表格里没有它的主商品“%(parent)s”", field="parent", parent=named[:80])
    return product


def _prices(table: Table, cells: Cells) -> tuple[int, int | None]:
    regular = price_minor(cells.number("price"), currency=table.currency)
    written = cells.number("sale_price")
    if not written or not _sale_runs(cells, table.now):
        return regular, None
    sale = price_minor(written, currency=table.currency, field="sale_price")
    return (sale, regular) if sale < regular else (regular, None)


def _sale_runs(cells: Cells, now: datetime) -> bool:
    """The last day counts whole."""
    starts, ends = (_day(cells.raw(name), name) for name in ("sale_starts", "sale_ends"))
    return (starts is None or starts <= now) and (ends is None or now < ends + timedelta(days=1))


def _day(text: str, field: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Refused("sale_dates_invalid", "促销时间“%(text)s”无法识别", field=field, text=text[:80]) from None


def _stock(cells: Cells) -> int | None:
    if cells.raw("in_stock").casefold() in NO_STOCK:
        return 0
    return values.stock_count(cells.number("stock"), oversold_is_zero=True)


def _is_shown(cells: Cells) -> bool:
    """1 is published; 0 private, -1 draft, 2 pending."""
    return cells.raw("published") in ("", "1") and cells.raw("visibility").casefold() != "hidden"


def _options(cells: Cells) -> dict[str, str]:
    pairs = ((cells.text(f"name{n}"), cells.text(f"value{n}")) for n in ATTRIBUTES)
    return {" ".join(name.split())[:values.MAX_TEXT]: " ".join(value.split())[:values.MAX_TEXT] for name, value in pairs if name and value}


def _first(text: str) -> str:
    r"""Of 'A > B, C' the first; a comma in a name is written \,."""
    return COMMA.split(text)[0].replace("\\,", ",").strip()


def _images(cells: Cells) -> list[str]:
    return [part.replace("\\,", ",").strip() for part in COMMA.split(cells.raw("image"))]
