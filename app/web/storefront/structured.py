"""What a machine reads off a product page: schema.org Product with an Offer a variant, as JSON-LD.

It says what the page says and nothing more. The brand's own page shows the public price and may be indexed. A share page shows
what only its link gives, so it says `noindex` (templates/storefront/base.html) and no search engine keeps its price; what it says
here serves the chat app that draws a card of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.domain.sharing.shelf import ShelfProduct, ShelfVariant
from app.kernel.money import decimal_text

from .options import FEW

SCHEMA = "https://schema.org/"
MOST_OFFERS = 100


def product_data(product: ShelfProduct, *, name: str, text: str, brand_name: str, currency: str, url: str, pictures: Sequence[str]) -> dict[str, Any]:
    """`url` and `pictures` are absolute; `name` and `text` in the reader's language."""
    skus = [one.sku for one in product.variants if one.sku]
    optional = {"description": text, "image": list(pictures), "category": product.category, "sku": skus[0] if skus else ""}
    return {"@context": SCHEMA, "@type": "Product", "@id": url, "name": name, "url": url, "brand": {"@type": "Brand", "name": brand_name},
            **{key: value for key, value in optional.items() if value},
            "offers": [_offer(product, one, brand_name, currency, url) for one in product.variants[:MOST_OFFERS]]}


def _offer(product: ShelfProduct, one: ShelfVariant, seller: str, currency: str, url: str) -> dict[str, Any]:
    offer = {"@type": "Offer", "price": decimal_text(one.price_minor, currency), "priceCurrency": currency,
             "availability": SCHEMA + _availability(product, one), "itemCondition": SCHEMA + "NewCondition", "url": f"{url}?v={one.id}",
             "seller": {"@type": "Organization", "name": seller}}
    if one.sku:
        offer["sku"] = one.sku
    if one.activity:
        offer["priceValidUntil"] = one.activity.ends_at.isoformat()
    return offer


def _availability(product: ShelfProduct, one: ShelfVariant) -> str:
    """Stock that waits for the flagship's word is not in stock."""
    if not product.on_sale:
        return "Discontinued"
    if one.left <= 0:
        return "OutOfStock"
    return "LimitedAvailability" if one.left <= FEW else "InStock"
