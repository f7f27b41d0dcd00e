"""brand create, token create."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.cli.running import brand_transaction, echo_json, managed
from app.domain.people.rules import normal_email
from app.domain.people.tokens import issue_token
from app.flows.open_brand import open_brand
from app.kernel.errors import Refused
from app.kernel.ids import new_code
from app.web.api.scopes import SCOPES
from app.web.shared.application import Application, app
from app.web.shared.signing_in import hash_password

brand = AppGroup("brand", help="Brands (tenants).")
token = AppGroup("token", help="API tokens.")


@brand.command("create")
@click.option("--slug", required=True)
@click.option("--name", required=True)
@click.option("--admin-email", required=True)
@click.option("--admin-password", default="")
@click.option("--currency", default="CNY", show_default=True)
@click.option("--timezone", default="Asia/Shanghai", show_default=True)
@managed
def create_brand(slug: str, name: str, admin_email: str, admin_password: str, currency: str, timezone: str) -> None:
    """An approved, working tenant with its owner; prints JSON. Without a password one is made and told once."""
    password = admin_password or new_code(14)
    with app().database.transaction(operator=True) as session:
        opened = open_brand(session, slug=slug, name=name, owner_login=normal_email(admin_email, field="admin_email"), owner_name=admin_email.split("@")[0],
                            owner_password_hash=hash_password(password), currency=currency, timezone=timezone, now=app().clock())
    echo_json({"id": opened.id, "slug": slug, "name": name, "currency": currency, "timezone": timezone, "status": opened.status,
               "admin_email": admin_email.strip().lower(), **({} if admin_password else {"admin_password": password}),
               "console": f"{app().settings.public_url}/console"})


@token.command("create")
@click.option("--brand", "slug", required=True)
@click.option("--name", required=True)
@click.option("--scope", "scopes", multiple=True, help="One of the API's scopes; all if none is named.")
@managed
def create_token(slug: str, name: str, scopes: tuple[str, ...]) -> None:
    """An API token; prints JSON {"token": …}, once."""
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise Refused("scope_unknown", "不认识权限 %(scope)s", field="scope", scope=unknown[0])
    with brand_transaction(slug, "token create") as (session, owner):
        row, secret = issue_token(session, brand_id=owner.id, name=name, scopes=scopes)
    echo_json({"token": secret, "id": str(row.id), "name": name, "scopes": list(scopes)})


def install(application: Application) -> None:
    application.cli.add_command(brand)
    application.cli.add_command(token)
