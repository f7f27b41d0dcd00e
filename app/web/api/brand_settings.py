"""/settings: what a brand decides about itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.web.shared.serving import brand, db

from .fields import Amount, Flag, Rate, Text, Whole
from .shapes import Currency, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "settings"}
COLOR = "#[0-9a-fA-F]{6}"


class SettingsChange(Shape):
    guard_bp = Rate()
    attribution_window_days = Whole(1, 90)
    after_sale_days = Whole(0, 90)
    payment_minutes = Whole(5, 10_080)
    shipping_fee = Amount(attribute="shipping_fee_minor")
    free_shipping_from = Amount(attribute="free_shipping_from_minor", metadata={"description": "0: never free."})
    payout_minimum = Amount(attribute="payout_minimum_minor")
    two_levels = Flag(metadata={"description": "Pay the direct referrer too; never more than two levels."})
    slogan = Text(60)
    color = Text(7, pattern=COLOR)
    service_phone = Text(40)


class Settings(SettingsChange):
    platform_fee_bp = Rate()
    slug = Text(40)
    name = Text(80)
    name_en = Text(80)
    timezone = Text(40)
    currency = Currency()


def shown(settings: BrandSettings) -> dict[str, Any]:
    own = {column.key: getattr(settings, column.key) for column in BrandSettings.__table__.columns}
    return {**own, **{name: getattr(brand(), name) for name in ("slug", "name", "name_en", "timezone")}}


def _settings() -> BrandSettings:
    return db().scalars(select(BrandSettings)).one()


@v1.get("/settings", out=Settings, scope="settings:read", summary="Brand settings", **TAG)
def get_settings() -> dict[str, Any]:
    return shown(_settings())


@v1.patch("/settings", body=SettingsChange, out=Settings, scope="settings:write", summary="Change brand settings", **TAG)
def change_settings(body: dict[str, Any]) -> dict[str, Any]:
    """They hold for orders placed from now on."""
    settings = _settings()
    for name, value in body.items():
        setattr(settings, name, value)
    db().flush()
    return shown(settings)
