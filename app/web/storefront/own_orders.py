"""我的订单: every order of the customer who is signed in, from whatever device or link."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.domain.customers.queries import phone_of
from app.domain.insights.pictures import first_pictures
from app.domain.orders.queries import customer_orders
from app.flows.place_order import order_secret
from app.web.shared.asking import page_number
from app.web.shared.media import media_url
from app.web.shared.serving import brand_id, db

from .blueprint import shop
from .new_server import served_by
from .order_page import headline
from .product_page import page_words
from .shopper import shopper


@shop.get("/b/<slug>/mine")
def own_orders(slug: str) -> ResponseReturnValue:
    """Each opens with its own secret, as from the link she was given."""
    known = shopper()
    if known is None:
        return redirect(url_for("storefront.sign_in", slug=slug), 303)
    page = customer_orders(db(), brand_id=brand_id(), customer_id=known.id, number=page_number())
    pictures = first_pictures(db(), brand_id=brand_id(), product_ids=[row.product_id for row in page.items])
    links = {row.order.id: url_for("storefront.order", slug=slug, number=row.order.number, token=order_secret(row.order.id)) for row in page.items}
    return render_template("storefront/own_orders.html", page=page, phone=phone_of(known), links=links, word=headline, served_by=served_by(known.id),
                           pictures={key: media_url(value, "s") for key, value in pictures.items() if value}, **page_words(None))
