"""Manifest, icons, worker and offline page: the brand's own, for everybody, and nothing in them that could be out of date."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image

from app.domain.brands.actions import change_settings
from app.domain.brands.models import Brand
from app.domain.sharing.app_icon import AppIcon, draw_icon
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.shoppers import ZH
from tests.conftest import NOON

GREEN = (0x1F, 0x3D, 0x36)


def pixels(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content)).convert("RGBA")


def the_manifest(client: FlaskClient, brand: Brand) -> dict[str, object]:
    answer = client.get(f"/guide/app/{brand.slug}/manifest.webmanifest", headers=ZH)
    assert answer.status_code == 200 and answer.mimetype == "application/manifest+json"
    return dict(answer.get_json(force=True))


def test_the_manifest_carries_the_brand(client: FlaskClient, brand: Brand, session: BrandSession) -> None:
    change_settings(session, brand_id=brand.id, color="#7a1f3d")
    session.commit()
    told = the_manifest(client, brand)
    assert told["name"] == f"{brand.name} · 导购" and told["theme_color"] == "#7a1f3d"
    assert (told["start_url"], told["scope"], told["display"]) == ("/guide/", "/guide/", "standalone")


def test_every_icon_is_there_in_the_size_it_names(client: FlaskClient, brand: Brand) -> None:
    icons = the_manifest(client, brand)["icons"]
    assert isinstance(icons, list)
    seen = set()
    for icon in icons:
        picture = pixels(client.get(icon["src"]).data)
        assert icon["sizes"] == f"{picture.width}x{picture.height}"
        seen.add((picture.width, icon["purpose"]))
    assert seen == {(192, "any"), (512, "any"), (192, "maskable"), (512, "maskable")}


def test_an_icon_that_looks_different_has_another_address(client: FlaskClient, brand: Brand, session: BrandSession) -> None:
    before = the_manifest(client, brand)["icons"]
    change_settings(session, brand_id=brand.id, color="#7a1f3d")
    session.commit()
    assert the_manifest(client, brand)["icons"] != before


def test_a_maskable_icon_may_be_cut_to_a_circle() -> None:
    """Colour to the edge; the letter within the middle four fifths."""
    cut, whole = (pixels(draw_icon(AppIcon(192, maskable, "远途", "#1f3d36", None))) for maskable in (True, False))
    assert cut.getpixel((0, 0)) == (*GREEN, 255)
    assert whole.getpixel((0, 0))[3] == 0  # type: ignore[index]
    for x in range(192):
        for y in range(192):
            if (x - 95.5) ** 2 + (y - 95.5) ** 2 > (0.4 * 192) ** 2:
                assert cut.getpixel((x, y)) == (*GREEN, 255)
    assert any(cut.getpixel((x, 96)) == (255, 255, 255, 255) for x in range(192)), "the letter is there"


def test_the_logo_stands_on_white_inside_the_safe_square() -> None:
    """56 of 100: from 22 to 78 of a side of 100."""
    file = BytesIO()
    Image.new("RGBA", (256, 256), (200, 0, 0, 255)).save(file, "PNG")
    icon = pixels(draw_icon(AppIcon(100, True, "远途", "#1f3d36", file.getvalue())))
    assert icon.getpixel((50, 50)) == (200, 0, 0, 255)
    assert icon.getpixel((23, 23)) == (200, 0, 0, 255) and icon.getpixel((76, 76)) == (200, 0, 0, 255)
    assert icon.getpixel((20, 20)) == (255, 255, 255, 255) and icon.getpixel((79, 79)) == (255, 255, 255, 255)


@pytest.mark.parametrize("name", ["", "🦊", "a\u0301", "   "])
def test_a_name_that_cannot_be_drawn_still_gives_an_icon(name: str) -> None:
    assert pixels(draw_icon(AppIcon(180, True, name, "#1f3d36", b"no picture"))).size == (180, 180)


def test_the_worker_keeps_files_and_no_page_with_figures(client: FlaskClient) -> None:
    answer = client.get("/guide/sw.js")
    assert answer.mimetype == "text/javascript" and answer.headers["Cache-Control"] == "no-cache"
    assert "worker-src" not in answer.headers["Content-Security-Policy"] and "script-src 'self'" in answer.headers["Content-Security-Policy"]
    kept = re.findall(r'"(/[^"]+)"', re.search(r"FILES = (\[.*?\]);", answer.text)[1])  # type: ignore[index]
    assert [one for one in kept if not one.startswith("/static/")] == ["/guide/offline/zh", "/guide/offline/en"]
    for address in kept:
        assert client.get(address).status_code == 200, address


def test_the_offline_page_is_the_same_for_everybody(client: FlaskClient) -> None:
    answer = client.get("/guide/offline/zh", headers=ZH)
    assert "现在连不上网络" in answer.text and "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"].startswith("public")
    assert "csrf" not in answer.text
    for address in re.findall(r'(?:href|src)="(/static/[^"#]+)', answer.text):
        assert address in client.get("/guide/sw.js").text, f"{address} would be missing without a connection"


def test_her_pages_lead_to_the_manifest_and_are_never_kept(lin: FlaskClient, brand: Brand) -> None:
    page = lin.get("/guide/", headers=ZH)
    assert f'rel="manifest" href="/guide/app/{brand.slug}/manifest.webmanifest"' in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_signing_out_clears_what_the_browser_kept(lin: FlaskClient) -> None:
    assert lin.post("/guide/sign-out").headers["Clear-Site-Data"] == '"storage"'


def test_what_is_not_there_is_not_found(client: FlaskClient, app: Application, brand: Brand) -> None:
    closed = a_brand(app.database, slug=f"{brand.slug}-x", now=NOON)
    with app.database.transaction(operator=True) as session:
        session.get_one(Brand, closed.id).status = "suspended"
    for path in ("/guide/app/nobody/manifest.webmanifest", f"/guide/app/{brand.slug}/icon-9999.png", f"/guide/app/{closed.slug}/icon-192.png", "/guide/offline/fr"):
        assert client.get(path).status_code == 404, path
