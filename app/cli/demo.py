"""demo load, demo sign-ins."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli.running import managed
from app.domain.ledger.checking import check_ledger
from app.kernel.errors import Refused
from app.web.shared.application import Application, app
from app.web.shared.signing_in import hash_password

demo = AppGroup("demo", help="The sample brand 远途 FARWAY.")


@demo.command("load")
@click.option("--quiet", is_flag=True, help="Say only what takes long and what goes wrong.")
@managed
def load(quiet: bool) -> None:
    """Loads the sample brand; again, it changes nothing. Ends with exit 1 if the ledger does not balance."""
    mirror = app().settings.mirror
    if mirror is None:
        raise Refused("production", "生产环境不装载示例品牌")
    summary = importlib.import_module("demo.summary")
    known = summary.finished(app().database)
    if known is not None:
        _tell(quiet, "the sample brand is there already; nothing was changed")
    brand_id = known if known is not None else _load(mirror)
    with app().database.transaction(brand_id) as session:
        for line in summary.summary(session, brand_id=brand_id):
            _tell(quiet, line)
        broken = check_ledger(session, brand_id=brand_id)
    if broken:
        sys.exit("\n".join(f"ledger: {violation.rule}: {violation.text}" for violation in broken))
    _tell(quiet, "ledger   balances")
    if not quiet:
        _show_sign_ins(app().settings.public_url)


@demo.command("sign-ins")
@click.option("--address", default="", help="Default: PUBLIC_URL.")
def sign_ins(address: str) -> None:
    """Who may sign in where."""
    _show_sign_ins(address or app().settings.public_url)


def _load(mirror: Path) -> int:
    """The loader draws pictures, so it is imported here and not by every process that knows the commands."""
    click.echo("loading the sample brand (about a minute, once)")
    password_hash = hash_password(importlib.import_module("demo.brand").PASSWORD)
    loader = importlib.import_module("demo.load").Loader
    return int(loader(app().database, app().gateways, mirror, app().clock(), password_hash, click.echo).load())


def _tell(quiet: bool, line: str) -> None:
    if not quiet:
        click.echo(line)


def _show_sign_ins(address: str) -> None:
    for line in importlib.import_module("demo.sign_ins").sign_ins(address):
        click.echo(line)


def install(application: Application) -> None:
    application.cli.add_command(demo)
