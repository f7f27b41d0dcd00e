"""What every command needs: the database up, the brand by its slug, refusals as one line and exit 1."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
import orjson
from flask_babel import force_locale
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.gateways import embedded_postgres
from app.kernel.errors import Invalid, NotFound, Refused
from app.kernel.tenancy import BrandSession
from app.web.shared.application import app
from app.web.shared.errors import says


def managed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Start the embedded database for the length of a command if it is not running; turn refusals into exit 1."""

    @functools.wraps(function)
    def run(*arguments: Any, **options: Any) -> Any:
        with _database(), force_locale("en"):
            try:
                return function(*arguments, **options)
            except Invalid as error:
                sys.exit("\n".join(says(one) for one in error.errors))
            except Refused as error:
                sys.exit(says(error))
            except NotFound as error:
                sys.exit(f"not found: {error.kind} {error.key}")

    return run


@contextmanager
def _database() -> Iterator[None]:
    folder = app().settings.embedded
    if folder is None or embedded_postgres.is_running(folder):
        yield
        return
    server = embedded_postgres.start(folder)
    try:
        embedded_postgres.make_database(folder)
        yield
    finally:
        app().database.dispose()
        embedded_postgres.stop(server)


def brand_named(slug: str) -> Brand:
    with app().database.transaction() as session:
        brand = session.scalar(select(Brand).where(Brand.slug == slug))
    if brand is None:
        raise NotFound("brand", slug)
    return brand


@contextmanager
def brand_transaction(slug: str, name: str) -> Iterator[tuple[BrandSession, Brand]]:
    """A transaction on one brand, in the name of whoever runs the command."""
    brand = brand_named(slug)
    with app().database.transaction(brand.id) as session:
        act_as(session, command(name))
        yield session, brand


def echo_json(value: object) -> None:
    click.echo(orjson.dumps(value, default=str).decode())
