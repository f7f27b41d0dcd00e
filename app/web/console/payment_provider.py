"""Through whom shoppers pay, whether that money is real, what it costs the brand, and whether the provider is heard."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template

from app.domain.brands.fees import as_fee_plan, fee_plan_at, fee_plans
from app.domain.provider.heard import brand_heard, fees_paid
from app.kernel.money import FULL_BP, half_up
from app.web.shared.application import now
from app.web.shared.money_mode import provider_shown
from app.web.shared.serving import actor, brand, brand_id, db

from .blueprint import console

DAYS = 30


@console.get("/payment-provider")
def payment_provider() -> str:
    actor().require("settings:edit" if actor().may("settings:edit") else "money:view")
    plan, shown = fee_plan_at(fee_plans(db(), brand_id=brand_id()), now()), provider_shown()
    last_at, in_a_day = brand_heard(db(), brand_id=brand_id(), provider=shown.name, now=now())
    collected, fees = fees_paid(db(), brand_id=brand_id(), since=now() - timedelta(days=DAYS))
    return render_template(
        "console/payment_provider.html", shown=shown, brand=brand(), fee=as_fee_plan(plan) if plan else None, last_at=last_at, in_a_day=in_a_day,
        days=DAYS, collected=collected, fees=fees, fee_bp=half_up(fees * FULL_BP, collected) if collected else 0)
