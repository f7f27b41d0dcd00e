"""Storefront (云店): what shoppers see, by share link or brand address.

/s/<code>            a share link: its product or the guide's shop     shelves
/s/<code>/shop, /p/  the shop and any product in that guide's name      shelves
/s/<code>/touch      who came by which link, beside the cached page     touching
/s/<code>/poster.png, /qr.svg                                           kits
/s/<code>/wechat-config  what WeChat's share card is signed with        wechat
/b/<slug>            the brand's shop, its products and colours         shelves
/b/<slug>/buy, /bag  from options to a variant; the bag                 buying
/b/<slug>/checkout   one order per press                                checkout
/b/<slug>/pay/…      where a payment begins, the sandbox's cashier       cashier
  …/return           to the provider's page and back                     online_cashier
/b/<slug>/orders/…   the shopper's own order, by its secret             order_page
  …/after-sale       what she asks of it after paying                   after_sale
/b/<slug>/sign-in    phone and code; /mine: her orders                 signing_in own_orders
/b/<slug>/here       who served her, scanned in the store              served
"""

from __future__ import annotations

from app.web.shared.application import Application

from . import after_sale, buying, cashier, checkout, kits, online_cashier, order_page, own_orders, served, shelves, signing_in, touching, wechat
from .blueprint import shop
from .page_cache import PageCache

__all__ = [
    "after_sale", "buying", "cashier", "checkout", "install", "kits", "online_cashier", "order_page", "own_orders", "served", "shelves", "signing_in",
    "touching", "wechat",
]


def install(app: Application) -> None:
    """The surface's URL table, and the page cache in front of everything."""
    app.register_blueprint(shop)
    if not app.testing and app.settings.page_cache_seconds:
        app.wsgi_app = PageCache(app.wsgi_app, seconds=app.settings.page_cache_seconds)  # type: ignore[method-assign]
