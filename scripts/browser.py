"""A browser for the tests: Debian's chromium with Chinese fonts and zbarimg, installed where root may install."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

PACKAGES = {"/usr/bin/chromium": "chromium", "/usr/share/fonts/opentype/noto": "fonts-noto-cjk", "/usr/bin/zbarimg": "zbar-tools"}


def main() -> int:
    missing = [package for path, package in PACKAGES.items() if not os.path.exists(path)]
    if not missing:
        return 0
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"browser tests need {', '.join(missing)}: install them and run again", file=sys.stderr)
        return 1
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], check=True, env=environment, stdout=subprocess.DEVNULL)
    return subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing], check=False, env=environment,
                          stdout=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
