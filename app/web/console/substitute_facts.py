"""What the product page says of its substitute: the one named, how it stands, and what could be named."""

from __future__ import annotations

from typing import Any

from app.domain.catalog.models import Product
from app.domain.catalog.queries import product
from app.domain.catalog.substitutes import same_shelf, sku_of
from app.domain.sharing.link_list import standings
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

MOOD = {"on_sale": "ok", "confirming": "warn", "sold_out": "warn", "gone": "bad"}


def substitute_facts(of: Product) -> dict[str, Any]:
    """`standing` of the product itself, `named` with `sku` and its own, `choices` (sku, title) of its category."""
    named = product(db(), brand_id=brand_id(), product_id=of.substitute_id) if of.substitute_id else None
    stands = standings(db(), brand_id=brand_id(), product_ids=[one.id for one in (of, named) if one], now=now())
    return {"named": named, "standing": stands[of.id], "sku": sku_of(db(), brand_id=brand_id(), product_id=named.id) if named else "",
            "named_standing": stands[named.id] if named else "", "moods": MOOD,
            "choices": same_shelf(db(), brand_id=brand_id(), of=of)}
