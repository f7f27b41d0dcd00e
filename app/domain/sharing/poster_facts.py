"""What a poster says."""

from __future__ import annotations

from dataclasses import dataclass

DESIGN = 2
"""Counted up whenever the same facts come to look different, so that posters kept from before are drawn anew."""
LAYOUTS = ("classic", "picture", "price")
"""classic: the brand's words, the product, who to ask; picture: as large as it goes; price: the price before everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterFacts:
    """What a poster says, already in the shopper's language.

    Colours are "#rrggbb" and fall back to our own when unreadable; `logo`, `picture` (4:5) and `avatar` are PNG,
    JPEG or WebP and are left out when unreadable. `product_title` None means the poster of the guide's storefront.
    `price_text` is drawn only together with `price_note`, which carries its date: a picture cannot be updated.
    `price_is_exclusive` puts a lock before the note. `url` must be what `qr_modules` takes.
    `layout` is one of LAYOUTS.
    """

    brand_name: str
    guide_name: str
    url: str
    slogan: str = ""
    brand_color: str = "#1f3d36"
    brand_tint: str = "#eef3f0"
    logo: bytes | None = None
    product_title: str | None = None
    subtitle: str = ""
    price_text: str = ""
    list_price_text: str | None = None
    price_note: str = ""
    price_is_exclusive: bool = False
    picture: bytes | None = None
    store_name: str = ""
    invite_text: str = ""
    avatar: bytes | None = None
    badge: str = ""
    disclosure: str = ""
    layout: str = "classic"
