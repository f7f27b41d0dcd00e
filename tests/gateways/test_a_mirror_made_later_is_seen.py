"""The folder that stands for the internet may be made, and grow, after the application has started."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pytest

from app.domain.catalog.ports import FlagshipUnreachable
from app.gateways.downloads import HostFolders, MirrorDownload


def nobody(url: str, *, max_bytes: int, into: BinaryIO | None = None) -> bytes:
    raise FlagshipUnreachable("connection_failed", "连接不上旗舰店的网址")


def test_a_mirror_made_later_is_seen(tmp_path: Path) -> None:
    download = MirrorDownload(HostFolders(tmp_path / "mirror"), fallback=nobody)
    with pytest.raises(FlagshipUnreachable):
        download("https://shop.example/feed.xml", max_bytes=100)
    (tmp_path / "mirror" / "shop.example").mkdir(parents=True)
    (tmp_path / "mirror" / "shop.example" / "feed.xml").write_bytes(b"<rss/>")
    assert download("https://shop.example/feed.xml", max_bytes=100) == b"<rss/>"


@pytest.mark.parametrize("host", ["..", ".", "other.example"])
def test_a_host_is_one_of_its_folders_and_nothing_else(tmp_path: Path, host: str) -> None:
    (tmp_path / "shop.example").mkdir()
    assert host not in HostFolders(tmp_path)
