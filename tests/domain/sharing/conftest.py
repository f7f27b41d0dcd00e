"""One poster's facts for the tests of this folder, pictures to put on it, and a reader for its QR code."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw

from app.domain.sharing.poster import PosterFacts
from tests.builders.qr_codes import read_qr

__all__ = ["read_qr"]


def _facts(**changes: Any) -> PosterFacts:
    facts: dict[str, Any] = {
        "brand_name": "远途 FARWAY",
        "slogan": "轻一点，走得更远",
        "product_title": "远途 Air 登机箱 20 寸 · 雾蓝",
        "subtitle": "2.9 kg · 38 L · 静音万向轮 · 5 年质保",
        "price_text": "¥759",
        "list_price_text": "¥899",
        "price_note": "扫码专享价 · 到 11/30",
        "guide_name": "林晓芸",
        "store_name": "远途 上海静安嘉里店",
        "invite_text": "长按识别，问我也可以",
        "url": "https://yundian.example.com/s/Ab3dE5f7",
        "badge": "品牌认证导购",
        "disclosure": "导购会从成交中获得佣金",
    }
    return PosterFacts(**{**facts, **changes})


def _picture(
    *,
    box: tuple[int, int, int, int] = (300, 300, 700, 1050),
    ground: str = "#efe8d9",
    color: str = "#5d7a9c",
) -> bytes:
    """A block of `color` at `box` on plain sand, 1000 × 1250, as WebP."""
    image = Image.new("RGB", (1000, 1250), ground)
    ImageDraw.Draw(image).rectangle(box, fill=color)
    out = BytesIO()
    image.save(out, "WEBP")
    return out.getvalue()


@pytest.fixture(scope="session")
def sample_facts() -> Callable[..., PosterFacts]:
    return _facts


@pytest.fixture(scope="session")
def product_picture() -> Callable[..., bytes]:
    return _picture
