"""settle and payout."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from app.cli.running import brand_named, brand_transaction, echo_json, managed
from app.flows.pay_out import SCOPES, draft_payout_run, payouts_of
from app.flows.settle_period import settle
from app.kernel.errors import Refused
from app.web.shared.application import Application, app


@click.command("settle")
@click.option("--brand", "slug", required=True)
@click.option("--as-of", default="", help="ISO 8601; without an offset, in the brand's time zone. Default: now.")
@managed
def settle_command(slug: str, as_of: str) -> None:
    """Releases what is due; prints JSON. Running it again releases only what has become due since."""
    now = app().clock()
    moment = _moment(as_of, brand_named(slug).timezone) if as_of else now
    if moment > now and app().settings.production:
        raise Refused("as_of_future", "生产环境不能按未来的时间结算", field="as_of")
    with brand_transaction(slug, "settle") as (session, brand):
        run = settle(session, brand_id=brand.id, as_of=moment, now=now)
    echo_json({"id": str(run.id), "number": run.number, "as_of": moment.astimezone(UTC).isoformat(), "lines": run.line_count,
               "released": run.released_minor, "currency": brand.currency})


@click.command("payout")
@click.option("--brand", "slug", required=True)
@click.option("--scope", type=click.Choice(SCOPES), default="all", show_default=True, help="All that is available, or what was asked for by withdrawals.")
@click.option("--dry-run", is_flag=True, help="Show what a draft would hold, and write nothing.")
@managed
def payout_command(slug: str, scope: str, dry_run: bool) -> None:
    """Drafts a payout run; prints JSON. Someone else approves it in the console or by the API."""
    with brand_transaction(slug, "payout") as (session, brand):
        run = draft_payout_run(session, brand_id=brand.id, scope=scope, now=app().clock())
        payouts = [{"payee_id": str(payout.payee_id), "amount": payout.amount_minor, "tax_withheld": payout.tax_withheld_minor,
                     "state": payout.state, "reason": payout.reason}
                   for payout in payouts_of(session, run.id)]
        if dry_run:
            session.rollback()
    echo_json({"id": None if dry_run else str(run.id), "number": run.number, "state": "dry_run" if dry_run else run.state,
               "amount": run.amount_minor, "currency": brand.currency, "payouts": payouts})


def _moment(text: str, timezone: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("moment_invalid", "“%(text)s”不是 ISO 8601 时间", field="as_of", text=text[:40]) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).astimezone(UTC)


def install(application: Application) -> None:
    application.cli.add_command(settle_command)
    application.cli.add_command(payout_command)
