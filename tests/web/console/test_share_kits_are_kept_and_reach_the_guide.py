"""素材: HQ enters texts, pictures and a video; the guide copies and saves them with her own link inside, also before JavaScript."""

from __future__ import annotations

import io
import re

from flask.testing import FlaskClient
from PIL import Image

from app.kernel.ids import new_id
from app.web.shared.application import Application
from tests.builders.shoppers import ZH, signed_in_guide
from tests.builders.shops import Shop

MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(range(256)) * 8
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm" + bytes(500)


def png(color: str = "#5d7a9c") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 500), color).save(out, "PNG")
    return out.getvalue()


def a_kit(owner: FlaskClient, **said: str) -> str:
    form = {"name": "双十二", "sku": "A", "tone-0": "warm", "body-0": "{商品}只要 {价格}，我在{门店}：{链接}", **said}
    answer = owner.post("/console/kits/new", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].split("#")[0]


def upload(owner: FlaskClient, address: str, field: str, content: bytes, name: str = "x") -> str:
    return owner.post(address, data={field: (io.BytesIO(content), name)}, content_type="multipart/form-data", follow_redirects=True).text


def test_texts_pictures_and_video_reach_the_guide(app: Application, owner: FlaskClient, shop: Shop) -> None:
    address = a_kit(owner)
    assert "已加 1 张图" in upload(owner, address + "/pictures", "pictures", png(), "箱.png")
    assert "视频已换上" in upload(owner, address + "/video", "video", MP4, "a.bin")
    sheet = signed_in_guide(app.test_client(), shop.lin).get(f"/guide/products/{shop.case_product}", headers=ZH).text
    link = re.search(r"http://localhost/s/\w+", sheet)
    assert link is not None
    assert f"轻旅箱 18 寸只要 ¥299，我在静安嘉里店：{link[0]}" in sheet
    picture = re.search(r'href="(/media/\S+-l\.webp)" download', sheet)
    assert picture is not None
    with Image.open(io.BytesIO(owner.get(picture[1]).data)) as kept:
        assert (kept.format, kept.size) == ("WEBP", (400, 500))
    assert "双十二" not in signed_in_guide(app.test_client(), shop.lin).get(f"/guide/products/{shop.cover_product}", headers=ZH).text


def test_a_video_is_served_in_parts_with_its_type(owner: FlaskClient, shop: Shop) -> None:
    address = a_kit(owner)
    for content, kind in ((MP4, "video/mp4"), (WEBM, "video/webm")):
        page = upload(owner, address + "/video", "video", content)
        source = re.search(r'<video[^>]* src="([^"]+)"', page)
        assert source is not None
        part = owner.get(source[1], headers={"Range": "bytes=4-11"})
        assert (part.status_code, part.data, part.mimetype) == (206, content[4:12], kind)
        assert part.headers["Content-Range"] == f"bytes 4-11/{len(content)}"
        assert owner.get(source[1]).data == content


def test_what_is_no_picture_or_video_is_named_and_not_kept(owner: FlaskClient, shop: Shop) -> None:
    address = a_kit(owner)
    assert "不是能识别的图片" in upload(owner, address + "/pictures", "pictures", b"MZ\x90", "<b>.png")
    for content in (b"<html>", png(), b"\x00\x00\x00\x14ftypqt  " + bytes(40), b"\x1a\x45\xdf\xa3matroska" + bytes(60), b"\x00" * 8):
        assert "只收 MP4 或 WebM" in upload(owner, address + "/video", "video", content, "film.mp4")
    assert "视频超过 20 MB" in upload(owner, address + "/video", "video", MP4 + bytes(20 * 1024 * 1024))
    assert "<video" not in owner.get(address).text


def test_nine_pictures_are_the_most(owner: FlaskClient, shop: Shop) -> None:
    address = a_kit(owner)
    files = [(io.BytesIO(png(f"#1111{number:02x}")), f"{number}.png") for number in range(9)]
    owner.post(address + "/pictures", data={"pictures": files}, content_type="multipart/form-data")
    assert "最多 9 张图" in upload(owner, address + "/pictures", "pictures", png("#ffffff"))
    page = owner.get(address).text
    gone = re.search(r'action="(/console/kits/[^"]+/remove)"', page)
    assert gone is not None and owner.post(gone[1]).status_code == 303
    assert owner.get(address).text.count("/remove") == 8 and owner.post(gone[1]).status_code == 404


def test_a_forbidden_word_is_named_and_asks_for_a_reason(owner: FlaskClient, shop: Shop) -> None:
    form = {"name": "x", "body-0": "全网最低", "tone-0": "plain", "body-1": "好推", "tone-1": "plain"}
    page = owner.post("/console/kits/new", data=form)
    assert page.status_code == 422 and "“全网最低”(1)" in page.text and 'name="because"' in page.text and "好推" in page.text
    assert owner.post("/console/kits/new", data={**form, "because": "法务已看"}).status_code == 303
    assert owner.post("/console/forbidden-words", data={"word": "好推"}).status_code == 303
    assert "“好推”(1)" in owner.post("/console/kits/new", data={**form, "body-0": ""}).text
    assert owner.post("/console/forbidden-words/remove", data={"word": "好推"}).status_code == 303
    assert owner.post("/console/forbidden-words", data={"word": "  "}).status_code == 422


def test_an_ended_kit_vanishes_from_the_phone(app: Application, owner: FlaskClient, shop: Shop) -> None:
    address, lin = a_kit(owner, **{"sku": "", "body-0": "来我店里看看"}), signed_in_guide(app.test_client(), shop.lin)
    assert "双十二" in lin.get("/guide/shop", headers=ZH).text
    assert owner.post(address + "/end").status_code == 303
    assert "双十二" not in lin.get("/guide/shop", headers=ZH).text
    assert "已过期" in owner.get("/console/kits?state=over").text


def test_only_headquarters_and_no_input_breaks_it(owner: FlaskClient, finance: FlaskClient, store_manager: FlaskClient, shop: Shop) -> None:
    for client in (finance, store_manager):
        for path in ("/console/kits", "/console/kits/new", "/console/forbidden-words"):
            assert client.get(path).status_code == 404
    for data in ({"name": ""}, {"name": "x" * 300}, {"name": "x", "sku": "nosuch"}, {"name": "x", "valid_from": "0000-99-99T99"},
                 {"name": "x", "valid_to": "2001-01-01T00:00"},
                 {"name": "x", "body-0": "a", "tone-0": "angry"}, {"name": "x", "body-0": "{}{{}}%(name)s%s"}):
        assert owner.post("/console/kits/new", data=data).status_code == 422, data
    for path in (f"/console/kits/{new_id()}", "/console/kits/nonsense"):
        assert owner.get(path).status_code == owner.post(path + "/end").status_code == 404
