"""The mapping a person writes for a shop we know nothing of: where its goods stand, how it pages, what its prices mean.

docs/connectors.md describes every key, with whole mappings for Vendure, Medusa and Saleor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.kernel.errors import Refused

from .paths import Paths

PRODUCT = frozenset({"id", "title", "title_en", "description", "category", "vendor", "link", "published", "images", "weight"})
VARIANT = PRODUCT | {"sku", "barcode", "price", "list_price", "currency", "stock", "options"}
STYLES = frozenset({"cursor", "offset", "page", "none"})
FORMS = frozenset({"decimal", "minor"})
DESCRIPTIONS = frozenset({"html", "editorjs"})
KEYS = frozenset({"method", "variables", "params", "changes", "paging", "list", "total", "next", "more", "product", "variants", "variant", "price",
                  "description", "published_is", "weight_unit", "shop"})
MAX_SIZE = 1_000
LEAST_PAGE = 20
"""With smaller pages there are places that no page overlaps."""


class BadMapping(Refused):
    """A mapping that cannot be meant; `key` names the place."""

    def __init__(self, key: str) -> None:
        super().__init__("mapping_invalid", "映射里的“%(key)s”不对", field="mapping", key=key[:80])


@dataclass(frozen=True, slots=True)
class Options:
    list: Paths
    name: Paths
    value: Paths


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping made sure of. `fields` of product and variant by name; `style` is how the list is paged, `size` a page's."""

    method: str
    variables: Mapping[str, Any]
    params: Mapping[str, Any]
    changes: Mapping[str, Any] | None
    style: str
    size: int
    items: Paths
    total: Paths
    next: Paths
    more: Paths
    product: Mapping[str, Paths]
    variants: Paths | None
    variant: Mapping[str, Paths]
    options: Options | None
    price: str
    description: str
    published_is: frozenset[str]
    weight_unit: str
    shop: Paths


def read_mapping(given: object) -> Mapped:
    """Raises BadMapping naming what is wrong."""
    mapping = _object(given, "mapping", KEYS)
    paging = _object(mapping.get("paging", {"by": "none"}), "paging", frozenset({"by", "size"}))
    style = _one_of(paging.get("by"), STYLES, "paging.by")
    variant = dict(_object(mapping.get("variant"), "variant", VARIANT))
    options = variant.pop("options", None)
    product = _object(mapping.get("product"), "product", PRODUCT)
    found = Mapped(
        method=_one_of(mapping.get("method", "POST"), frozenset({"GET", "POST"}), "method"),
        variables=_object(mapping.get("variables", {}), "variables"),
        params=_object(mapping.get("params", {}), "params"),
        changes=_object(mapping["changes"], "changes", frozenset({"variables", "params"})) if "changes" in mapping else None,
        style=style,
        size=_size(paging.get("size", 100), least=LEAST_PAGE if style == "page" else 2),
        items=_paths(mapping, "list"),
        total=_paths(mapping, "total", blank=True),
        next=_paths(mapping, "next", blank=style != "cursor"),
        more=_paths(mapping, "more", blank=True),
        product={name: _paths(product, name, "product.") for name in product},
        variants=_paths(mapping, "variants") if "variants" in mapping else None,
        variant={name: _paths(variant, name, "variant.") for name in variant},
        options=_options(options) if options is not None else None,
        price=_one_of(mapping.get("price", "decimal"), FORMS, "price"),
        description=_one_of(mapping.get("description", "html"), DESCRIPTIONS, "description"),
        published_is=frozenset(_texts(mapping.get("published_is", []), "published_is")),
        weight_unit=_one_of(mapping.get("weight_unit", "g"), frozenset({"g", "kg"}), "weight_unit"),
        shop=_paths(mapping, "shop", blank=True),
    )
    _refuse_holes(found)
    return found


def _refuse_holes(found: Mapped) -> None:
    for name in ("id", "title"):
        if name not in found.product:
            raise BadMapping(f"product.{name}")
    for name in ("id", "price", "currency"):
        if name not in found.variant:
            raise BadMapping(f"variant.{name}")


def _object(given: object, key: str, names: frozenset[str] | None = None) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise BadMapping(key)
    for name in given:
        if names is not None and name not in names:
            raise BadMapping(f"{key}.{name}" if key != "mapping" else name)
    return given


def _paths(mapping: Mapping[str, Any], name: str, prefix: str = "", *, blank: bool = False) -> Paths:
    if blank and name not in mapping:
        return Paths()
    try:
        return Paths.parse(mapping[name])
    except (KeyError, ValueError):
        raise BadMapping(prefix + name) from None


def _options(given: object) -> Options:
    options = _object(given, "variant.options", frozenset({"list", "name", "value"}))
    return Options(*(_paths(options, name, "variant.options.") for name in ("list", "name", "value")))


def _one_of(value: object, choices: frozenset[str], key: str) -> str:
    if not isinstance(value, str) or value not in choices:
        raise BadMapping(key)
    return value


def _size(value: object, *, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAX_SIZE:
        raise BadMapping("paging.size")
    return value


def _texts(value: object, key: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise BadMapping(key)
    return value
