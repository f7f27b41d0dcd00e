"""Migrations, run from empty, make exactly the tables the models describe."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import mkdtemp

from alembic import command
from alembic.util import CommandError

from app.config import socket_url
from app.gateways import embedded_postgres
from scripts.migrate import configuration, migrate


def main() -> int:
    folder = Path(mkdtemp(prefix="yundian-check-", dir="/var/tmp"))
    server = embedded_postgres.start(folder, fsync="off")
    try:
        embedded_postgres.make_database(folder)
        url = socket_url(folder, "yundian_owner")
        migrate(url)
        command.check(configuration(url))
        return 0
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        embedded_postgres.stop(server)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
