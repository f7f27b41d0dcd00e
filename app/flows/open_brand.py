"""A brand opens: tenant, settings, its house payees, and an owner who can sign in."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.models import Brand, BrandSettings, PlatformFeePlan, Signpost
from app.domain.ledger.models import Payee
from app.domain.people.models import Account
from app.kernel.errors import Conflict, Refused
from app.kernel.money import CURRENCIES
from app.kernel.tenancy import SET_BRAND

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
HOUSE = (("brand", "internal"), ("platform", "company"), ("clearing", "internal"), ("fulfilment", "internal"))
FIRST_FEE_BP = 100
"""1 % of the base until the operator sets another plan."""


def open_brand(session: Session, *, slug: str, name: str, owner_login: str, owner_name: str, owner_password_hash: str,
               currency: str = "CNY", timezone: str = "Asia/Shanghai", status: str = "approved", now: datetime) -> Brand:
    """Opens a tenant on the operator's session. Refuses a taken or malformed slug, unknown currency or time zone (R17, R33)."""
    _refuse_bad(session, slug, currency, timezone)
    brand = Brand(slug=slug, name=name, currency=currency, timezone=timezone, status=status,
                  contact_name=owner_name, approved_at=now if status == "approved" else None)
    session.add(brand)
    session.flush()
    session.execute(SET_BRAND, {"brand_id": str(brand.id)})
    session.info["across_brands"] = True
    session.add(BrandSettings(brand_id=brand.id, tax_scheme="cn_labour" if currency == "CNY" else "none"))
    session.add(PlatformFeePlan(brand_id=brand.id, number=1, rate_bp=FIRST_FEE_BP, storefront_bp=FIRST_FEE_BP, effective_from=now))
    session.add_all(Payee(brand_id=brand.id, party=party, tax_kind=tax_kind, name=_house_name(party, name)) for party, tax_kind in HOUSE)
    login = owner_login.strip().lower()
    session.add(Account(brand_id=brand.id, login=login, name=owner_name, role="owner", password_hash=owner_password_hash))
    session.add(Signpost(kind="login", key=login, brand_id=brand.id))
    session.flush()
    return brand


def _refuse_bad(session: Session, slug: str, currency: str, timezone: str) -> None:
    if not SLUG.fullmatch(slug):
        raise Refused("slug_invalid", "短名只能用小写字母、数字和连字符，最长 40 位", field="slug")
    if currency not in CURRENCIES:
        raise Refused("currency_unknown", "不认识币种 %(currency)s", field="currency", currency=currency[:10])
    if timezone not in available_timezones():
        raise Refused("timezone_unknown", "不认识时区 %(timezone)s", field="timezone", timezone=timezone[:40])
    if session.scalar(select(Brand.id).where(Brand.slug == slug)):
        raise Conflict("slug_taken", "短名 %(slug)s 已被使用", field="slug", slug=slug)


def _house_name(party: str, brand_name: str) -> str:
    return {"brand": brand_name, "platform": "云店平台", "clearing": "收款清算", "fulfilment": "发货方待定"}[party]
