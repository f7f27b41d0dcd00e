"""A short video from outside becomes ours: known by what its bytes are, bounded in size, kept as it is."""

from __future__ import annotations

import hashlib

from app.kernel.errors import Refused

MAX_VIDEO_BYTES = 20 * 1024 * 1024
TYPES = {"mp4": "video/mp4", "webm": "video/webm"}

_EBML = b"\x1a\x45\xdf\xa3"


def video_kind(content: bytes) -> str:
    """mp4 or webm, whatever the file was called. Raises Refused video_too_large or video_unreadable."""
    if len(content) > MAX_VIDEO_BYTES:
        raise Refused("video_too_large", "视频超过 %(limit_mb)d MB", field="video", limit_mb=MAX_VIDEO_BYTES // 1024 // 1024)
    if len(content) > 32 and content[4:8] == b"ftyp" and content[8:12] != b"qt  ":
        return "mp4"
    if content[:4] == _EBML and b"webm" in content[:64]:
        return "webm"
    raise Refused("video_unreadable", "只收 MP4 或 WebM 视频", field="video")


def video_key(brand_id: int, content: bytes) -> str:
    """'7/media/ab12….mp4': the same video has the same key, so it is kept once."""
    return f"{brand_id}/media/{hashlib.sha256(content).hexdigest()[:32]}.{video_kind(content)}"
