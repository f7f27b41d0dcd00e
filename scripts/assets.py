"""Copy the browser assets that pages load, with their licences, from node_modules to static/vendor.

Run after `npm ci --ignore-scripts`. The folder static/vendor is made anew each time and is not kept in git.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "node_modules"
TARGET = ROOT / "static" / "vendor"

# Package → files below it that pages load. Each lands in static/vendor under its own name.
FILES: dict[str, tuple[str, ...]] = {
    "@tabler/core": ("dist/css/tabler.min.css",),
    "htmx.org": ("dist/htmx.min.js",),
    "swagger-ui-dist": ("swagger-ui.css", "swagger-ui-bundle.js"),
}
LICENCES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "NOTICE")


def copy_package(package: str, files: tuple[str, ...]) -> list[Path]:
    """Copy one package's files and licence texts; a missing file raises FileNotFoundError."""
    home = SOURCE / package
    copied = [TARGET / Path(name).name for name in files]
    for name, target in zip(files, copied, strict=True):
        shutil.copyfile(home / name, target)
    for name in LICENCES:
        if (home / name).is_file():
            licence = TARGET / "licences" / f"{package.replace('/', '_')}.{Path(name).stem}.txt"
            shutil.copyfile(home / name, licence)
    return copied


def main() -> int:
    """Rebuild static/vendor; exit 1 with the missing name when npm has not been run."""
    if not SOURCE.is_dir():
        print("node_modules is missing: run npm ci --ignore-scripts first", file=sys.stderr)
        return 1
    shutil.rmtree(TARGET, ignore_errors=True)
    (TARGET / "licences").mkdir(parents=True)
    for package, files in FILES.items():
        for path in copy_package(package, files):
            print(f"{path.relative_to(ROOT)}  {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
