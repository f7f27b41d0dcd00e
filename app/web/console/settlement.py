"""Settlement: what is due, what unlocks when, the runs so far."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy import select

from app.domain.insights.unlocking import phase_totals, unlocks
from app.domain.settlement.models import SettlementRun
from app.flows.settle_period import due, kept_back, settle
from app.kernel.paging import numbered
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.formats import priced
from app.web.shared.serving import actor, brand, brand_id, db

from .blueprint import console


@console.get("/settlement")
def settlement() -> ResponseReturnValue:
    actor().require("money:view")
    runs = numbered(db(), select(SettlementRun).where(SettlementRun.brand_id == brand_id()).order_by(SettlementRun.number.desc()), number=page_number())
    lines, amount = due(db(), brand_id=brand_id(), as_of=now())
    return render_template("console/settlement.html", page=runs, due_lines=lines, due_minor=amount, as_of=now(), totals=phase_totals(db(), brand_id=brand_id()),
                           unlocks=unlocks(db(), brand_id=brand_id(), timezone=brand().timezone, after=now()), kept=_kept(), may_run=actor().may("money:run"))


def _kept() -> list[dict[str, str]]:
    """What is due and stays frozen, by what it waits for, with the way there."""
    ways = {"after_sale": (gettext("等售后处理完"), url_for("console.after_sales", state="open"), gettext("看售后")),
            "chargeback": (gettext("等银行裁定拒付"), url_for("console.chargebacks", state="open"), gettext("看拒付")),
            "hold": (gettext("等核查有结论"), url_for("console.holds"), gettext("看核查"))}
    return [{"kind": "warn", "title": title, "href": href, "verb": verb,
             "text": ngettext("%(num)d 行 · %(amount)s", "%(num)d 行 · %(amount)s", lines, amount=priced(amount))}
            for why, (lines, amount) in kept_back(db(), brand_id=brand_id(), as_of=now()).items() for title, href, verb in (ways[why],)]


@console.post("/settlement")
def run_settlement() -> ResponseReturnValue:
    actor().require("money:run")
    run = settle(db(), brand_id=brand_id(), as_of=now(), now=now())
    flash(gettext("第 %(number)d 次结算完成：%(lines)d 行、%(amount)s 变为可提现。", number=run.number, lines=run.line_count,
                  amount=priced(run.released_minor)), "success")
    return redirect(url_for("console.settlement"), 303)
