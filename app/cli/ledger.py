"""ledger check."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app.cli.running import brand_named, managed
from app.domain.brands.models import Brand
from app.domain.ledger.checking import check_ledger
from app.web.shared.application import Application, app

ledger = AppGroup("ledger", help="The ledger.")


@ledger.command("check")
@click.option("--brand", "slug", default="", help="One brand; all if none is named.")
@managed
def check(slug: str) -> None:
    """Verifies R34; one line per violation; exit 1 on any."""
    if slug:
        brands = [(brand_named(slug).id, slug)]
    else:
        with app().database.transaction() as session:
            brands = [(row[0], row[1]) for row in session.execute(select(Brand.id, Brand.slug).order_by(Brand.id))]
    broken = 0
    for brand_id, name in brands:
        with app().database.transaction(brand_id) as session:
            for violation in check_ledger(session, brand_id=brand_id):
                broken += 1
                click.echo(f"{name}: {violation.rule}: {violation.text}")
    if broken:
        sys.exit(1)
    click.echo(f"ledger balances: {len(brands)} brand(s)")


def install(application: Application) -> None:
    application.cli.add_command(ledger)
