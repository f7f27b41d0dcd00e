"""Poster and QR code of a link: drawn once, new when a fact changes."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import update

from app.domain.brands.models import Brand
from app.domain.catalog.models import Variant
from app.domain.sharing.actions import share_link
from app.domain.sharing.poster_facts import LAYOUTS
from app.kernel.tenancy import BrandSession
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop


def test_the_mark_changes_with_the_price(client: FlaskClient, session: BrandSession, brand: Brand, shop: Shop) -> None:
    code = share_link(session, brand_id=brand.id, guide_id=shop.lin.id, product_id=shop.case_product).code
    session.commit()
    first = client.get(f"/s/{code}/poster.png", headers=ZH)
    assert (first.status_code, first.mimetype, first.data[:4]) == (200, "image/png", b"\x89PNG")
    assert client.get(f"/s/{code}/poster.png", headers={**ZH, "If-None-Match": first.headers["ETag"]}).status_code == 304
    session.execute(update(Variant).where(Variant.id == shop.case).values(price_minor=19900))
    session.commit()
    assert client.get(f"/s/{code}/poster.png", headers=ZH).headers["ETag"] != first.headers["ETag"]


def test_the_code_is_a_standalone_picture(client: FlaskClient, shop: Shop) -> None:
    answer = client.get(f"/s/{shop.link.code}/qr.svg")
    assert answer.mimetype == "image/svg+xml"
    assert f"http://localhost/s/{shop.link.code}".encode() in answer.data


def test_a_storefront_link_has_a_poster_too(client: FlaskClient, shop: Shop) -> None:
    assert client.get(f"/s/{shop.link.code}/poster.png", headers=ZH).data[:4] == b"\x89PNG"


def test_every_layout_reads_as_the_link_and_is_a_picture_of_its_own(client: FlaskClient, session: BrandSession, brand: Brand, shop: Shop,
                                                                     read_qr: Callable[[bytes], str]) -> None:
    code = share_link(session, brand_id=brand.id, guide_id=shop.lin.id, product_id=shop.case_product).code
    session.commit()
    drawn = [client.get(f"/s/{code}/poster.png?layout={layout}", headers=ZH) for layout in LAYOUTS]
    assert [read_qr(one.data) for one in drawn] == [f"http://localhost/s/{code}"] * 3
    assert len({one.headers["ETag"] for one in drawn}) == 3
    assert client.get(f"/s/{code}/poster.png?layout=nonsense", headers=ZH).headers["ETag"] == drawn[0].headers["ETag"]


def test_a_storefront_has_no_price_to_put_first(client: FlaskClient, shop: Shop) -> None:
    price, classic = (client.get(f"/s/{shop.link.code}/poster.png?layout={one}", headers=ZH).data for one in ("price", "classic"))
    assert price == classic
