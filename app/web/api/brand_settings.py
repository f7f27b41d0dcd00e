"""/settings: what a brand decides about itself."""

from __future__ import annotations

from typing import Any

from app.domain.brands.fees import as_fee_plan, fee_plan_at, fee_plans
from app.domain.brands.models import BrandSettings
from app.domain.brands.queries import settings_of
from app.domain.brands.rules import ATTRIBUTION_MODELS, FEE_PARTIES, GUIDE_LINK, SELF_PURCHASE, STOREFRONT
from app.flows.change_terms import change_terms
from app.web.shared.application import now
from app.web.shared.serving import brand, brand_id, db

from .fields import Amount, Choice, Flag, Rate, Text, When, Whole
from .shapes import Currency, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "settings"}
COLOR = "#[0-9a-fA-F]{6}"


class SettingsChange(Shape):
    guard_bp = Rate()
    commission_cap_bp = Rate(metadata={"description": "What guide and referrer together take of the base at most."})
    attribution_window_days = Whole(1, 90)
    attribution_model = Choice(*ATTRIBUTION_MODELS, metadata={"description": "Whether the last or the first touch inside the window earns."})
    self_purchase = Choice(*SELF_PURCHASE, metadata={"description": "A guide's own order pays her nothing, as any other, or her commission off the price."})
    binding_days = Whole(0, 3650, metadata={"description": "How long a customer stays bound to the guide who won her; 0: not at all."})
    binding_protection_days = Whole(0, 3650, metadata={"description": "So long no other guide takes her over; at most `binding_days`."})
    binding_exclusive = Flag(metadata={"description": "New bindings earn orders that no touch earns."})
    after_sale_days = Whole(0, 90)
    payment_minutes = Whole(5, 10_080)
    stock_ttl_hours = Whole(1, 720, allow_none=True, metadata={
        "description": "A flagship's stock that has not been confirmed for so long is not sold until it is; null: it is believed for ever."})
    shipping_fee = Amount(attribute="shipping_fee_minor")
    free_shipping_from = Amount(attribute="free_shipping_from_minor", metadata={"description": "0: never free."})
    payout_minimum = Amount(attribute="payout_minimum_minor")
    payout_schedule = Choice("none", "weekly", "monthly", metadata={"description": "When payout runs draft themselves, at 09:00; people approve them."})
    payout_day = Whole(1, 28, metadata={"description": "Weekly 1–7 (Monday is 1), monthly 1–28."})
    withdrawals = Flag(metadata={"description": "Guides may ask for their money on their phones."})
    withdrawal_minimum = Amount(attribute="withdrawal_minimum_minor")
    tax_scheme = Choice("none", "cn_labour", metadata={"description": "What is withheld from individuals: nothing, or 劳务报酬 per calendar month."})
    company_invoices = Flag(metadata={"description": "Companies are paid no more than they have invoiced."})
    outsiders = Flag(metadata={"description": "People who are not staff may be enrolled or invited as affiliates."})
    two_levels = Flag(metadata={"description": "Pay the direct referrer too; never more than two levels. Opening needs `two_levels_read`."})
    guides_invite = Flag(metadata={"description": "Guides may invite others to their own store and become their referrer; only where `two_levels` is on."})
    credit_online_bp = Rate(metadata={"description": "How much of a sale counts as credit of the online team. Credit is a KPI, not money."})
    credit_selling_bp = Rate(metadata={"description": "The same, for the store that sold."})
    credit_fulfilling_bp = Rate(metadata={"description": "The same, for the store that shipped."})
    slogan = Text(60)
    color = Text(7, pattern=COLOR)
    service_phone = Text(40)


class AskedSettings(SettingsChange):
    two_levels_read = Flag(metadata={
        "description": "You have read what the console's settings page says of paying referrers and the law (《禁止传销条例》); needed once, to open them."})


class Settings(SettingsChange):
    platform_fee_bp = Rate(metadata={"description": "What the platform takes now of orders through a guide's link; the operator sets it."})
    platform_storefront_fee_bp = Rate(metadata={"description": "The same, of all other orders."})
    provider_fee_party = Choice(*FEE_PARTIES, metadata={"description": "Who bears what the payment provider takes of new orders; the operator sets it."})
    platform_fee_free_until = When(allow_none=True, metadata={"description": "Until then the platform takes nothing."})
    slug = Text(40)
    name = Text(80)
    name_en = Text(80)
    timezone = Text(40)
    currency = Currency()


def shown(settings: BrandSettings) -> dict[str, Any]:
    own = {column.key: getattr(settings, column.key) for column in BrandSettings.__table__.columns}
    return {**own, **_fee(), **{name: getattr(brand(), name) for name in ("slug", "name", "name_en", "timezone")}}


def _fee() -> dict[str, Any]:
    moment, row = now(), fee_plan_at(fee_plans(db(), brand_id=brand_id()), now())
    plan = as_fee_plan(row) if row else None
    return {"platform_fee_bp": plan.fee_bp(GUIDE_LINK, moment) if plan else 0, "platform_storefront_fee_bp": plan.fee_bp(STOREFRONT, moment) if plan else 0,
            "provider_fee_party": plan.provider_fee_party if plan else "brand",
            "platform_fee_free_until": plan.free_until if plan and moment < plan.free_until else None}


@v1.get("/settings", out=Settings, scope="settings:read", summary="Brand settings", **TAG)
def get_settings() -> dict[str, Any]:
    return shown(settings_of(db(), brand_id=brand_id()))


@v1.patch("/settings", body=AskedSettings, out=Settings, scope="settings:write", summary="Change brand settings", **TAG)
def change_settings(body: dict[str, Any]) -> dict[str, Any]:
    """They hold for orders placed from now on. Refused if margin, cap or two levels left some order without room."""
    return shown(change_terms(db(), brand_id=brand_id(), acknowledged=body.pop("two_levels_read", False), now=now(), **body))
