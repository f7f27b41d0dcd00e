"""No cookie is set or read on a cacheable page, and the page cache keeps brands and languages apart."""

from __future__ import annotations

import gzip
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import Client

from app.domain.brands.models import Brand
from app.extensions import Database
from app.web.shared.application import Application
from app.web.storefront.page_cache import PageCache
from tests.builders.brands import a_brand
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Counted:
    """The application, with how often it was asked."""

    def __init__(self, app: Application) -> None:
        self.app, self.asked = app, 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.asked += 1
        return self.app.wsgi_app(environ, start_response)


def cached(app: Application) -> tuple[Client, Counted, Clock]:
    counted, clock = Counted(app), Clock()
    return Client(PageCache(counted, seconds=10, clock=clock)), counted, clock


def test_the_page_sets_no_cookie_and_says_so(client: FlaskClient, shop: Shop) -> None:
    for address in (f"/s/{shop.link.code}", f"/s/{shop.link.code}?lang=en"):
        answer = client.get(address, headers=ZH)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "public, max-age=10, s-maxage=10"
        assert answer.headers["Vary"] == "Accept-Language"
        assert "csrf" not in answer.get_data(as_text=True)
    assert client.get(address, headers={**ZH, "If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_ten_seconds_are_answered_from_memory(app: Application, shop: Shop) -> None:
    client, counted, clock = cached(app)
    first = client.get(f"/s/{shop.link.code}", headers=ZH)
    again = client.get(f"/s/{shop.link.code}?from=groupmessage", headers=ZH)
    assert (first.text, counted.asked) == (again.text, 1)
    assert "nonce" not in again.headers["Content-Security-Policy"]
    assert client.get(f"/s/{shop.link.code}", headers={**ZH, "If-None-Match": first.headers["ETag"]}).status_code == 304
    zipped = client.get(f"/s/{shop.link.code}", headers={**ZH, "Accept-Encoding": "gzip"})
    assert gzip.decompress(zipped.data).decode() == first.text
    assert counted.asked == 1
    clock.now += 10
    client.get(f"/s/{shop.link.code}", headers=ZH)
    assert counted.asked == 2


def test_languages_do_not_mix(app: Application, shop: Shop) -> None:
    client, _, _ = cached(app)
    for headers, address, language in (
        (ZH, "", "zh-CN"), ({"Accept-Language": "en"}, "", "en"), (ZH, "?lang=en", "en"), ({"Accept-Language": "en"}, "?lang=zh", "zh-CN"),
        ({**ZH, "Cookie": "lang=en"}, "", "zh-CN"), (ZH, "", "zh-CN"), ({"Accept-Language": "fr,de;q=0.5"}, "", "zh-CN"),
    ):
        assert f'<html lang="{language}"' in client.get(f"/s/{shop.link.code}{address}", headers=headers).text


def test_brands_do_not_mix(app: Application, database: Database, brand: Brand, shop: Shop) -> None:
    client, _, _ = cached(app)
    other = a_brand(database, slug=f"{brand.slug}-other", now=NOON)
    with database.session(other.id) as session:
        theirs = a_shop(session)
        theirs.lin.name = "别家导购"
        session.commit()
        pages = {code: client.get(f"/s/{code}", headers=ZH).text for code in (shop.link.code, theirs.link.code) for _ in range(2)}
        assert "别家导购" not in pages[shop.link.code]
        assert "别家导购" in pages[theirs.link.code]
        assert client.get(f"/s/{shop.link.code}/p/{theirs.case_product}").status_code == 404
        assert client.get(f"/b/{brand.slug}/p/{theirs.case_product}").status_code == 404


def test_what_is_a_persons_is_never_kept(app: Application, brand: Brand, shop: Shop) -> None:
    client, counted, _ = cached(app)
    for address in (f"/b/{brand.slug}/bag", f"/b/{brand.slug}/checkout?v={shop.case}", f"/s/{shop.link.code}/touch.gif", "/s/nosuch"):
        before = counted.asked
        client.get(address, headers=ZH)
        client.get(address, headers=ZH)
        assert counted.asked == before + 2, address


def test_a_full_cache_makes_room(app: Application, brand: Brand, shop: Shop) -> None:
    client, counted, _ = cached(app)
    for number in range(520):
        client.get(f"/b/{brand.slug}/theme.css?q={number}", headers=ZH)
    assert counted.asked == 520
    assert client.get(f"/b/{brand.slug}/theme.css?q=519", headers=ZH).status_code == 200
    assert counted.asked == 520
