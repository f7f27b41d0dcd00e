"""Shopify's product CSV, classic and current headers: the rows of one handle are one product."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.domain.catalog.ports import ListedVariant

from . import values
from .columns import Cells, Columns, by_alias, find_columns
from .prices import crossed_out, price_minor
from .sheet_items import SheetItem, code_text, is_blank, is_no, variant_id
from .sheet_rows import Row

FIELDS = by_alias({
    "handle": ("Handle", "URL handle"), "title": ("Title",), "body": ("Body (HTML)", "Description"),
    "vendor": ("Vendor",), "type": ("Type", "Custom Product Type"),
    "category": ("Product Category", "Standard Product Type"),
    "published": ("Published", "Published on online store"), "status": ("Status",),
    "name1": ("Option1 Name",), "value1": ("Option1 Value",), "name2": ("Option2 Name",), "value2": ("Option2 Value",),
    "name3": ("Option3 Name",), "value3": ("Option3 Value",),
    "sku": ("Variant SKU", "SKU"), "barcode": ("Variant Barcode", "Barcode"),
    "grams": ("Variant Grams", "Weight value (grams)"), "stock": ("Variant Inventory Qty", "Inventory quantity"),
    "price": ("Variant Price", "Price"), "list_price": ("Variant Compare At Price", "Compare-at price"),
    "image": ("Image Src", "Product image URL"), "image_position": ("Image Position",),
    "variant_image": ("Variant Image", "Variant image URL"),
})
REQUIRED = {"handle": "Handle / URL handle", "title": "Title", "price": "Variant Price / Price"}


@dataclass(slots=True)
class Product:
    """What the rows of a handle say together; names and texts stand in its first row only."""

    words: dict[str, str] = field(default_factory=dict)
    images: list[tuple[int, int, str]] = field(default_factory=list)

    def image_urls(self) -> list[str]:
        return [url for _, _, url in sorted(self.images)]


def columns_of(header: Sequence[str]) -> Columns | None:
    """None if the header is not Shopify's."""
    columns = find_columns(header, FIELDS)
    return columns if all(name in columns.at for name in REQUIRED) else None


def read_items(rows: Iterable[Row], again: Iterable[Row], columns: Columns, *, currency: str) -> Iterator[SheetItem]:
    """Variant rows in file order. The file is read twice: pictures and texts may stand below the variant."""
    products: dict[str, Product] = {}
    for number, row in rows:
        cells = columns.read(row)
        product = products.setdefault(cells.code("handle"), Product())
        _learn(product, number, cells)
    for number, row in again:
        cells = columns.read(row)
        if not is_blank(row) and not _only_image(cells):
            yield _item(number, cells, products[cells.code("handle")], currency)


def _learn(product: Product, number: int, cells: Cells) -> None:
    for name in ("title", "body", "vendor", "type", "category", "published", "status", "name1", "name2", "name3"):
        text = cells.text(name)
        if text:
            product.words.setdefault(name, text)
    image = cells.raw("image")
    if image:
        place = cells.raw("image_position")
        product.images.append((int(place) if place.isdecimal() and len(place) < 7 else 10**7, number, image))


def _only_image(cells: Cells) -> bool:
    variant_fields = ("title", "sku", "price", "value1", "value2", "value3")
    return bool(cells.raw("image")) and not any(cells.raw(name) for name in variant_fields)


def _item(number: int, cells: Cells, product: Product, currency: str) -> SheetItem:
    handle = cells.code("handle")
    options = _options(cells, product)
    sku = " ".join(cells.code("sku").split())
    external_id = variant_id(sku, handle, options)
    return SheetItem(number, external_id, lambda: _variant(number, external_id, cells, product, currency))


def _variant(
    number: int, external_id: str, cells: Cells, product: Product, currency: str
) -> ListedVariant:
    words = product.words
    price = price_minor(cells.number("price"), currency=currency)
    former = cells.number("list_price")
    return ListedVariant(
        external_id=code_text(external_id, field="sku"),
        group_id=values.identifier(cells.code("handle"), field="handle") or external_id,
        title=values.title(words.get("title", "")),
        price_minor=price,
        list_price_minor=crossed_out(price, _former_minor(former, currency)),
        currency=currency,
        position=number,
        sku=code_text(cells.code("sku"), field="sku"),
        barcode=code_text(cells.code("barcode"), field="barcode"),
        description=values.rich(words.get("body", "")),
        category=values.plain(words.get("type") or words.get("category", ""), field="category"),
        vendor=values.plain(words.get("vendor", ""), field="vendor"),
        stock=values.stock_count(cells.number("stock"), oversold_is_zero=True),
        weight_g=values.weight_g(cells.raw("grams")),
        published=not is_no(words.get("published", "")) and not is_no(words.get("status", "")),
        options=_options(cells, product),
        images=values.image_links([cells.raw("variant_image"), *product.image_urls()]),
    )


def _former_minor(text: str, currency: str) -> int | None:
    """Shopify writes 0 or 0.00 for "no former price"."""
    return price_minor(text, currency=currency, field="list_price") if text.strip("0. ") else None


def _options(cells: Cells, product: Product) -> dict[str, str]:
    found: dict[str, str] = {}
    for place in ("1", "2", "3"):
        name, value = product.words.get("name" + place, "Option" + place), cells.text("value" + place)
        if value and value.casefold() != "default title":
            found[" ".join(name.split())[:values.MAX_TEXT]] = " ".join(value.split())[:values.MAX_TEXT]
    return found
