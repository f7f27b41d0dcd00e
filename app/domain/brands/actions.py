"""A brand's settings change; currency and time zone never do (R17, R33)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.kernel.texts import optional

from .models import BrandSettings
from .queries import settings_of
from .rules import BOUNDS, require_attribution, require_colors, require_inside, require_schedule

TEXTS = {"slogan": 60, "service_phone": 40}


def change_settings(session: Session, *, brand_id: int, **changes: int | str | bool | None) -> BrandSettings:
    """Changes the named settings; only `stock_ttl_hours` may be None. Refuses numbers out of bounds and colours that cannot be read (4.5:1).

    Amounts in minor units, rates in basis points. The platform fee is not the brand's to change.
    """
    settings = settings_of(session, brand_id=brand_id)
    for field, value in changes.items():
        if field == "stock_ttl_hours" and value is None:
            settings.stock_ttl_hours = None
        elif field in BOUNDS:
            setattr(settings, field, require_inside(field, int(value or 0)))
        elif field in TEXTS:
            setattr(settings, field, optional(value, field=field, most=TEXTS[field]))
        elif field in ("color", "tint", "sand"):
            setattr(settings, field, str(value).strip().lower())
        elif field in ("two_levels", "logo_key", "withdrawals", "company_invoices", "payout_schedule", "payout_day", "tax_scheme",
                       "attribution_model", "self_purchase", "binding_exclusive", "outsiders", "guides_invite"):
            setattr(settings, field, value)
        else:
            raise TypeError(f"no setting of a brand: {field}")
    require_schedule(settings.payout_schedule, settings.payout_day, settings.tax_scheme)
    require_attribution(settings.attribution_model, settings.self_purchase, settings.binding_days, settings.binding_protection_days)
    require_colors(settings.color, settings.tint, settings.sand)
    session.flush()
    return settings
