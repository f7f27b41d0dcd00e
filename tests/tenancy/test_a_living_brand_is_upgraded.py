"""A brand with orders, money under way and payouts comes up from the former release, whichever revision it last wrote at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from sqlalchemy import create_engine, func, select

from app import create_app
from app.config import Settings
from app.domain.brands.models import Brand, PlatformFeePlan
from app.domain.catalog.models import Variant
from app.domain.ledger.checking import check_ledger
from app.domain.ledger.models import Payee
from app.domain.orders.baskets import Basket, BasketLine
from app.domain.orders.models import Order, OrderLine
from app.domain.people.actors import command as person
from app.domain.people.audit import act_as
from app.domain.settlement.models import PayoutRun
from app.domain.sharing.models import ShareLink
from app.flows.cancel_order import cancel_order
from app.flows.deliver_order import deliver_order
from app.flows.pay_out import approve_payout_run, execute_payout_run
from app.flows.place_order import place_order
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.flows.ship_order import ship_order
from app.gateways import embedded_postgres
from app.web.shared.application import Application
from scripts.migrate import configuration
from tests.builders.databases import url
from tests.builders.shops import ADDRESS, CONTACT
from tests.conftest import NOON
from tests.tenancy.test_migrations_equal_the_models import PARTS, TRIGGERS, seen

WRITTEN = Path(__file__).with_name("former_release.sql")
BRAND = 1
WALLS = (
    "SELECT relname, format('%s %s %s', relrowsecurity, relforcerowsecurity, relacl) FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    "SELECT tablename || '.' || policyname, format('%s %s %s %s', roles, cmd, qual, with_check) FROM pg_policies WHERE schemaname = 'public'",
)
LOGINS = {"database_url": "yundian_app", "owner_url": "yundian_owner", "operator_url": "yundian_operator"}


@pytest.fixture(params=["0004", "0005"])
def upgraded(request: pytest.FixtureRequest, postgres: Path, settings: Settings) -> Iterator[Application]:
    """The former release's rows, written at this revision (0005: it still ran while the new one came up), then to the head."""
    name = f"former_{request.param}_{os.getpid()}"
    embedded_postgres.make_database(postgres, name)
    history = configuration(url(postgres, "yundian_owner", name))
    command.upgrade(history, request.param)
    with psycopg.connect(host=str(postgres), user="postgres", dbname=name) as connection:
        connection.execute(WRITTEN.read_text())
    command.upgrade(history, "head")
    app = create_app(replace(settings, **{field: url(postgres, login, name) for field, login in LOGINS.items()}), TESTING=True)
    yield app
    app.database.dispose()
    with psycopg.connect(host=str(postgres), user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_its_books_balance(upgraded: Application) -> None:
    with upgraded.database.session(BRAND) as session:
        assert check_ledger(session, brand_id=BRAND) == []
    answer = upgraded.test_cli_runner().invoke(args=["ledger", "check"])
    assert (answer.exit_code, answer.output) == (0, "ledger balances: 1 brand(s)\n")


def test_what_the_new_release_needs_is_filled_in(upgraded: Application) -> None:
    with upgraded.database.session(BRAND) as session:
        [plan] = session.scalars(select(PlatformFeePlan))
        assert (plan.number, plan.rate_bp, plan.storefront_bp, plan.free_days) == (1, 150, 150, 0), "the fee it had"
        assert plan.effective_from == session.scalar(select(Brand.created_at).where(Brand.id == BRAND))
        assert session.scalars(select(Payee.tax_kind).where(Payee.party == "fulfilment")).all() == ["internal"]
        assert session.scalar(select(func.count()).select_from(OrderLine).where(OrderLine.list_price_minor != OrderLine.unit_price_minor)) == 0
        assert session.scalar(select(func.count()).select_from(Payee).where(Payee.bank_verified_at.is_not(None))) == 1, "a verified account stays so"


def test_its_life_goes_on(upgraded: Application) -> None:
    """What it had under way is paid out, settled, refunded and sent by the new release, and it sells again."""
    names: dict[str, Any] = {"brand_id": BRAND, "now": NOON + timedelta(days=60)}
    with upgraded.database.session(BRAND) as session:
        act_as(session, person("three"))
        run = session.scalars(select(PayoutRun).where(PayoutRun.state == "draft")).one()
        approve_payout_run(session, run_id=run.id, **names)
        execute_payout_run(session, run_id=run.id, provider=upgraded.gateways.payouts, **names)
        assert settle(session, as_of=names["now"], **names).line_count == 2
        by_state = {order.state: order for order in session.scalars(select(Order).order_by(Order.placed_at))}
        ship_order(session, order_id=by_state["partly_shipped"].id, **names)
        deliver_order(session, order_id=by_state["partly_shipped"].id, **names)
        refund_order(session, order_id=by_state["completed"].id, lines=[RefundAsk(by_state["completed"].lines[0].id, amount_minor=1)], **names)
        cancel_order(session, order_id=by_state["pending_payment"].id, **names)
        variant_id, link = session.scalars(select(Variant.id)).first(), session.scalars(select(ShareLink.code)).first()
        placed = place_order(session, basket=Basket((BasketLine(variant_id, 1),), share_code=link), contact=CONTACT, address=ADDRESS, **names)
        assert session.scalars(select(Order.platform_fee_bp).where(Order.id == placed.order_id)).one() == 150
        session.commit()
        assert check_ledger(session, brand_id=BRAND) == []


def test_it_is_the_database_a_new_one_would_be(upgraded: Application, settings: Settings) -> None:
    """Walls, grants, triggers and constraints included."""
    ours, fresh = create_engine(upgraded.settings.owner_url), create_engine(settings.owner_url)
    with ours.connect() as one, fresh.connect() as other:
        for sql in (*PARTS.values(), TRIGGERS, *WALLS):
            assert seen(one, sql) == seen(other, sql)
    ours.dispose()
    fresh.dispose()
