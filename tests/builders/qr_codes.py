"""A reader of QR codes that is not ours."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def read_qr(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], str]:
    """What a reader independent of ours sees in a PNG. Needs zbarimg (Debian package zbar-tools)."""
    reader = shutil.which("zbarimg")
    if reader is None:
        reason = "zbarimg is not installed (Debian package zbar-tools)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    picture: Path = tmp_path_factory.mktemp("qr") / "picture.png"

    def read(png: bytes) -> str:
        picture.write_bytes(png)
        done = subprocess.run(  # a fixed program on our own file
            [reader, "--quiet", "--raw", str(picture)], capture_output=True, check=True, timeout=30
        )
        return done.stdout.decode().removesuffix("\n")

    return read
