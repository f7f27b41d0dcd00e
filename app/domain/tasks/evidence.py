"""A photo a guide hands in: any usual picture becomes a WebP of our own making, without what the camera wrote into it."""

from __future__ import annotations

import hashlib

from app.domain.catalog.pictures import sized_webps
from app.kernel.errors import Refused

MOST_BYTES = 10 * 1024 * 1024


def evidence_webp(content: bytes) -> bytes:
    """At most 1,000 pixels wide, upright. Refused for no picture, too large a file or too many pixels."""
    if len(content) > MOST_BYTES:
        raise Refused("file_too_large", "文件超过 %(most)d MB", field="picture", most=MOST_BYTES // 1024 // 1024)
    try:
        return sized_webps(content)["l"]
    except Refused as refused:
        raise Refused(refused.code, refused.message, field="picture", **refused.data) from None


def evidence_key(brand_id: int, webp: bytes) -> str:
    """Not below media/: who looks at it is asked first."""
    return f"{brand_id}/evidence/{hashlib.sha256(webp).hexdigest()[:32]}.webp"
