"""Start one PostgreSQL for all test workers, run pytest on every core, stop it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

from app.gateways import embedded_postgres

DURABILITY_OFF = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def main() -> int:
    folder = Path(mkdtemp(prefix="yundian-test-", dir="/var/tmp"))
    server = embedded_postgres.start(folder, max_connections="300", **DURABILITY_OFF)
    try:
        workers = str(os.cpu_count() or 2)
        command = [sys.executable, "-m", "pytest", "-q", "-n", workers, "--dist", "loadfile", "--no-loadscope-reorder", *sys.argv[1:]]
        return subprocess.run(command, check=False, env={**os.environ, "TEST_POSTGRES": str(folder)}).returncode
    finally:
        embedded_postgres.stop(server)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
