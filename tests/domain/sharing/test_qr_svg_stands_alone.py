"""The SVG of a link is a complete document with viewBox, quiet zone and title, and holds the same modules."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

from defusedxml.ElementTree import fromstring
from PIL import Image, ImageDraw

from app.domain.sharing.qr import qr_modules, qr_svg

URL = "https://yundian.example.com/s/Ab3dE5f7?a=1&b=<2>"
SVG = "{http://www.w3.org/2000/svg}"


def test_document_has_viewbox_and_title() -> None:
    svg = fromstring(qr_svg(URL))
    side = len(qr_modules(URL)) + 8
    assert svg.tag == f"{SVG}svg"
    assert svg.get("viewBox") == f"0 0 {side} {side}"
    assert svg.get("role") == "img"
    assert svg.findtext(f"{SVG}title") == URL


def test_drawn_modules_read_as_the_link_and_leave_four_free(read_qr: Callable[[bytes], str]) -> None:
    svg = fromstring(qr_svg(URL))
    side = int(str(svg.get("viewBox")).split()[2])
    ink = svg.findall(f"{SVG}path")[1].get("d")
    stretches = [tuple(map(int, each)) for each in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", ink)]
    assert min(x for x, _, _ in stretches) == min(y for _, y, _ in stretches) == 4
    assert max(x + length for x, _, length in stretches) == side - 4
    picture = Image.new("L", (side, side), 255)
    for x, y, length in stretches:
        ImageDraw.Draw(picture).line((x, y, x + length - 1, y), fill=0)
    out = BytesIO()
    picture.resize((side * 5, side * 5), Image.Resampling.NEAREST).save(out, "PNG")
    assert read_qr(out.getvalue()) == URL
