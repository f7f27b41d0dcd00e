"""Brands for tests, opened by the real flow."""

from __future__ import annotations

from datetime import datetime

from app.domain.brands.models import Brand
from app.extensions import Database
from app.flows.open_brand import open_brand
from app.web.shared.signing_in import hash_password

PASSWORD = "correct horse battery"
PASSWORD_HASH = hash_password(PASSWORD)


def a_brand(database: Database, *, slug: str, now: datetime) -> Brand:
    with database.transaction(operator=True) as session:
        return open_brand(session, slug=slug, name=f"品牌 {slug}", owner_login=f"owner@{slug}.example", owner_name="周衡",
                          owner_password_hash=PASSWORD_HASH, now=now)
