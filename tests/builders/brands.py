"""Brands for tests, opened by the real flow."""

from __future__ import annotations

from datetime import datetime

from argon2 import PasswordHasher

from app.domain.brands.models import Brand
from app.extensions import Database
from app.flows.open_brand import open_brand

PASSWORD = "correct horse battery"
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""A hash says itself how much work it is: this one is little, so that thousands of sign-ins are."""


def a_brand(database: Database, *, slug: str, now: datetime) -> Brand:
    with database.transaction(operator=True) as session:
        return open_brand(session, slug=slug, name=f"品牌 {slug}", owner_login=f"owner@{slug}.example", owner_name="周衡",
                          owner_password_hash=PASSWORD_HASH, now=now)
