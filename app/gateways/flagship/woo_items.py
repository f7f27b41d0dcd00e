"""A product or variation of the WooCommerce REST API (v3) → what the catalogue takes in."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.catalog.ports import ListedVariant

from . import values
from .prices import crossed_out, price_minor
from .wire import Fields, fields_of, id_of, list_of, text_of, texts_of

NOT_SOLD_HERE = frozenset({"grouped", "external"})
"""A grouped product is a list of others that stand for themselves; an external one is sold on somebody else's site."""


@dataclass(frozen=True, slots=True)
class Reader:
    """`weight_unit` is the shop's (kg or g); prices are in the brand's currency."""

    currency: str
    weight_unit: str

    def product(self, product: Fields, external_id: str, position: int) -> ListedVariant:
        return self._built(product, product, external_id, position)

    def variation(self, variation: Fields, parent: Fields, external_id: str, position: int) -> ListedVariant:
        """What a variation leaves blank is its parent's."""
        return self._built(variation, parent, external_id, position)

    def _built(self, item: Fields, product: Fields, external_id: str, position: int) -> ListedVariant:
        price = price_minor(text_of(item.get("price")), currency=self.currency)
        regular = text_of(item.get("regular_price")).strip()
        before = price_minor(regular, currency=self.currency, field="regular_price") if regular.strip("0.") else None
        return ListedVariant(
            external_id=external_id,
            group_id=id_of(product.get("id")) or external_id,
            title=values.title(text_of(product.get("name"))),
            price_minor=price,
            list_price_minor=crossed_out(price, before),
            currency=self.currency,
            position=position,
            sku=values.identifier(_own_sku(item, product), field="sku"),
            barcode=values.identifier(text_of(item.get("global_unique_id")), field="global_unique_id"),
            description=values.rich(text_of(product.get("description")) or text_of(product.get("short_description"))),
            category=values.plain(next(iter(texts_of(list_of(product.get("categories")), "name")), ""), field="categories"),
            vendor=values.plain(next(iter(texts_of(list_of(product.get("brands")), "name")), ""), field="brands"),
            link=values.web_link(text_of(item.get("permalink")) or text_of(product.get("permalink"))),
            stock=_stock(item),
            weight_g=values.weight_g(text_of(item.get("weight")) or text_of(product.get("weight")), unit=self.weight_unit),
            published=_is_shown(product) and item.get("status") == "publish",
            options=_options(item) if item is not product else {},
            images=values.image_links([text_of(fields_of(item.get("image")).get("src")), *texts_of(list_of(product.get("images")), "src")]),
        )


def is_variable(product: Fields) -> bool:
    return text_of(product.get("type")).startswith("variable")


def is_sold_here(product: Fields) -> bool:
    return text_of(product.get("type")) not in NOT_SOLD_HERE


def _own_sku(item: Fields, product: Fields) -> str:
    """A variation without an SKU of its own answers its parent's, which all its sisters would share."""
    sku = text_of(item.get("sku"))
    return "" if item is not product and sku == text_of(product.get("sku")) else sku


def _stock(item: Fields) -> int | None:
    """Counted when the shop counts, else by its word; nothing on back order can be sold now."""
    if values.availability(text_of(item.get("stock_status"))) == 0:
        return 0
    return values.stock_count(text_of(item.get("stock_quantity")), oversold_is_zero=True) if item.get("manage_stock") else None


def _is_shown(product: Fields) -> bool:
    return product.get("status") == "publish" and product.get("catalog_visibility") != "hidden"


def _options(variation: Fields) -> dict[str, str]:
    """An attribute without an option means any value: it does not tell variants apart."""
    found: dict[str, str] = {}
    for attribute in list_of(variation.get("attributes")):
        name, option = text_of(fields_of(attribute).get("name")), text_of(fields_of(attribute).get("option"))
        if name and option:
            found[values.plain(name, field="attributes")] = values.plain(option, field="attributes")
    return found
