"""A product cannot be bought: what its page offers instead, so that no link a guide has sent is a dead end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.orders.popular import best_sellers
from app.domain.sharing.shelf import ShelfProduct
from app.domain.sharing.shelf_list import ShelfTile
from app.domain.sharing.substitutes import substitutes


@dataclass(frozen=True, slots=True)
class Instead:
    """`chosen`: the brand named the first of them."""

    chosen: bool
    tiles: list[ShelfTile]


def offer_instead(session: Session, *, brand_id: int, product: ShelfProduct, now: datetime, by_link: bool) -> Instead:
    """At most four, all in stock; empty only when the shop has nothing left."""
    price = min(one.price_minor for one in product.variants) if product.variants else 0
    return Instead(*substitutes(session, brand_id=brand_id, product_id=product.id, category=product.category, price_minor=price,
                                popular=best_sellers(session, brand_id=brand_id), now=now, by_link=by_link))
