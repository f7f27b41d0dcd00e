"""A product of a shop we know by its mapping only → what the catalogue takes in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import orjson

from app.domain.catalog.ports import ListedVariant, UnreadableItem
from app.kernel import money
from app.kernel.errors import Refused

from . import values
from .mapping import Mapped
from .paths import Paths
from .prices import crossed_out, price_minor
from .sheet_items import is_no
from .wire import Fields, Tally, fields_of, id_of, list_of, text_of

NOWHERE = Paths()


@dataclass(frozen=True, slots=True)
class Reader:
    mapped: Mapped
    currency: str

    def key(self, product: Fields) -> str:
        return id_of(self._of_product("id").first(product))

    def items(self, product: Fields, tally: Tally) -> Iterator[ListedVariant | UnreadableItem]:
        """One per variant; a shop without variants sells the product itself. Two with one id are not told apart: the second is refused."""
        seen: set[str] = set()
        for variant in self.variants(product):
            external_id = self.variant_key(variant)
            yield tally.one(external_id, partial(self._built, product, variant, repeated=external_id in seen))
            seen.add(external_id)

    def variants(self, product: Fields) -> list[Fields]:
        return [fields_of(one) for one in self.mapped.variants.all(product)] if self.mapped.variants else [product]

    def variant_key(self, variant: Fields) -> str:
        return id_of(self._of_variant("id").first(variant))

    def _built(self, product: Fields, variant: Fields, external_id: str, position: int, *, repeated: bool) -> ListedVariant:
        if repeated:
            raise Refused("duplicate_id", "编号“%(id)s”在同一件商品里重复", field="id", id=external_id)
        price = self._price(variant, "price")
        return ListedVariant(
            external_id=external_id,
            group_id=self.key(product) or external_id,
            title=values.title(self._text(product, variant, "title")),
            title_en=values.plain(self._text(product, variant, "title_en"), field="title_en"),
            price_minor=price,
            list_price_minor=self._former(variant, price),
            currency=self.currency,
            position=position,
            sku=values.identifier(self._of_variant("sku").text(variant), field="sku"),
            barcode=values.identifier(self._of_variant("barcode").text(variant), field="barcode"),
            description=values.rich(self._description(product)),
            category=values.plain(self._text(product, variant, "category"), field="category"),
            vendor=values.plain(self._text(product, variant, "vendor"), field="vendor"),
            link=values.web_link(self._text(product, variant, "link")),
            stock=_stock(self._of_variant("stock").first(variant)),
            weight_g=values.weight_g(self._text(product, variant, "weight"), unit=self.mapped.weight_unit),
            published=self._is_published(product) and self._is_published(variant, of_variant=True),
            options=self._options(variant),
            images=values.image_links([*self._of_variant("images").texts(variant), *self._of_product("images").texts(product)]),
        )

    def _of_product(self, name: str) -> Paths:
        return self.mapped.product.get(name, NOWHERE)

    def _of_variant(self, name: str) -> Paths:
        return self.mapped.variant.get(name, NOWHERE)

    def _text(self, product: Fields, variant: Fields, name: str) -> str:
        return self._of_variant(name).text(variant) or self._of_product(name).text(product)

    def _price(self, variant: Fields, name: str) -> int:
        written = self._of_variant(name).text(variant)
        stated = self._of_variant("currency").text(variant).upper()
        if not stated:
            raise Refused("currency_missing", "价格没有写明币种", field="currency")
        if self.mapped.price == "minor" and written:
            if not written.isascii() or not written.isdecimal():
                raise Refused("price_invalid", "价格“%(text)s”不是金额", field=name, text=written[:40])
            written = _from_minor(written, self.currency)
        return price_minor(written, currency=self.currency, stated=stated, field=name)

    def _former(self, variant: Fields, price: int) -> int | None:
        written = self._of_variant("list_price").text(variant)
        return crossed_out(price, self._price(variant, "list_price")) if written.strip("0. ") else None

    def _description(self, product: Fields) -> str:
        text = self._of_product("description").text(product)
        return _editorjs(text) if self.mapped.description == "editorjs" and text else text

    def _is_published(self, source: Fields, *, of_variant: bool = False) -> bool:
        paths = self._of_variant("published") if of_variant else self._of_product("published")
        said = paths.first(source)
        if said is None:
            return True
        if isinstance(said, bool):
            return said
        return text_of(said) in self.mapped.published_is if self.mapped.published_is else not is_no(text_of(said))

    def _options(self, variant: Fields) -> dict[str, str]:
        found: dict[str, str] = {}
        options = self.mapped.options
        if options is None:
            return found
        for option in options.list.all(variant):
            name, value = options.name.text(option), "、".join(options.value.texts(option))
            if name and value:
                found[values.plain(name, field="options")] = values.plain(value, field="options")
        return found


def _stock(said: object) -> int | None:
    """A count, yes or no, or a word such as IN_STOCK."""
    if isinstance(said, bool):
        return None if said else 0
    text = text_of(said)
    try:
        return values.stock_count(text, oversold_is_zero=True)
    except Refused:
        return values.availability(text)


def _from_minor(digits: str, currency: str) -> str:
    places = money.exponent(currency)
    padded = digits.rjust(places + 1, "0")
    return f"{padded[:-places]}.{padded[-places:]}" if places else padded


def _editorjs(text: str) -> str:
    """The text of an Editor.js document; what is none stays as it is."""
    try:
        blocks = list_of(fields_of(orjson.loads(text)).get("blocks"))
    except orjson.JSONDecodeError:
        return text
    return "".join(f"<p>{said}</p>" for block in blocks if (said := text_of(fields_of(fields_of(block).get("data")).get("text"))))
