"""mail bounced: what the mail server pipes in when a message came back."""

from __future__ import annotations

import sys

import click

from app.cli.running import managed
from app.domain.notices.sending import came_back
from app.gateways.mail.bounces import read_bounce
from app.web.shared.application import Application, app

MOST_BYTES = 1024 * 1024


@click.group("mail")
def mail() -> None:
    """Mail that comes back."""


@mail.command("bounced")
@managed
def bounced() -> None:
    """Reads one message from standard input: `bounces: "|… flask --app wsgi mail bounced"` in the server's aliases. Other mail is let be."""
    found = read_bounce(sys.stdin.buffer.read(MOST_BYTES))
    if found is None:
        click.echo("no report of a failure of ours")
        return
    with app().database.transaction(found.brand_id) as session:
        known = came_back(session, brand_id=found.brand_id, notice_id=found.notice_id, address=found.address, status=found.status, gone=found.gone,
                          now=app().clock())
    click.echo(f"{'written down' if known else 'not ours'}: {found.status}")


def install(application: Application) -> None:
    application.cli.add_command(mail)
