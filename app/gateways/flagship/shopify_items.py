"""A product of Shopify's Admin GraphQL API with its variants → what the catalogue takes in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial

from app.domain.catalog.ports import ListedGroup, ListedVariant, UnreadableItem

from . import values
from .prices import crossed_out, price_minor
from .wire import Fields, Tally, fields_of, id_of, list_of, text_of

GRAMS = {"GRAMS": Decimal(1), "KILOGRAMS": Decimal(1000), "POUNDS": Decimal("453.59237"), "OUNCES": Decimal("28.349523125")}


def number_of(gid: object) -> str:
    """gid://shopify/ProductVariant/123 → 123, the id that webhooks and the older API use."""
    return id_of(gid).rpartition("/")[2]


def nodes_of(connection: object) -> list[Fields]:
    return [fields_of(node) for node in list_of(fields_of(connection).get("nodes"))]


def items_of(product: Fields, variants: Sequence[Fields], tally: Tally, *, currency: str) -> Iterator[ListedVariant | UnreadableItem]:
    for variant in variants:
        yield tally.one(number_of(variant.get("id")), partial(_built, product, variant, currency))


def group_of(product: Fields, variants: Sequence[Fields]) -> ListedGroup:
    return ListedGroup(number_of(product.get("id")), frozenset(number_of(variant.get("id")) for variant in variants))


def _built(product: Fields, variant: Fields, currency: str, external_id: str, position: int) -> ListedVariant:
    price = price_minor(text_of(variant.get("price")), currency=currency)
    former = text_of(variant.get("compareAtPrice"))
    before = price_minor(former, currency=currency, field="compareAtPrice") if former.strip("0. ") else None
    return ListedVariant(
        external_id=external_id,
        group_id=number_of(product.get("id")) or external_id,
        title=values.title(text_of(product.get("title"))),
        price_minor=price,
        list_price_minor=crossed_out(price, before),
        currency=currency,
        position=position,
        sku=values.identifier(text_of(variant.get("sku")), field="sku"),
        barcode=values.identifier(text_of(variant.get("barcode")), field="barcode"),
        description=values.rich(text_of(product.get("descriptionHtml"))),
        category=values.plain(text_of(product.get("productType")) or text_of(fields_of(product.get("category")).get("fullName")), field="productType"),
        vendor=values.plain(text_of(product.get("vendor")), field="vendor"),
        link=values.web_link(text_of(product.get("onlineStoreUrl"))),
        stock=_stock(variant),
        weight_g=_weight_g(fields_of(variant.get("inventoryItem"))),
        published=product.get("status") == "ACTIVE",
        options=_options(variant),
        images=values.image_links([*_pictures(variant), *_pictures(product)]),
    )


def _stock(variant: Fields) -> int | None:
    """Not counted, or sold on when there is none left: has stock."""
    counted = fields_of(variant.get("inventoryItem")).get("tracked") is not False
    count = values.stock_count(text_of(variant.get("inventoryQuantity")), oversold_is_zero=True) if counted else None
    return None if count == 0 and variant.get("inventoryPolicy") == "CONTINUE" else count


def _weight_g(inventory_item: Fields) -> int | None:
    weight = fields_of(fields_of(inventory_item.get("measurement")).get("weight"))
    value, factor = weight.get("value"), GRAMS.get(text_of(weight.get("unit")))
    if factor is None or isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1_000_000:
        return None
    return int(Decimal(repr(value)) * factor) or None


def _options(variant: Fields) -> dict[str, str]:
    """Shopify gives a product without options one called Title with the value Default Title."""
    found: dict[str, str] = {}
    for option in list_of(variant.get("selectedOptions")):
        name, value = text_of(fields_of(option).get("name")), text_of(fields_of(option).get("value"))
        if value and value != "Default Title":
            found[values.plain(name, field="selectedOptions")] = values.plain(value, field="selectedOptions")
    return found


def _pictures(owner: Fields) -> list[str]:
    return [text_of(fields_of(node.get("image")).get("url")) for node in nodes_of(owner.get("media"))]
