"""Who serves the shopper now, said for a while after a hand-over (R21)."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext

from app.domain.care.queries import new_server
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db


def served_by(customer_id: UUID | None) -> str:
    """A sentence, '' when nothing changed for her."""
    found = new_server(db(), brand_id=brand_id(), customer_id=customer_id, now=now())
    if found is None:
        return ""
    if not found.guide_name:
        return gettext("现在由%(store)s为你服务，有事可以直接联系门店。", store=found.store_name)
    return gettext("现在由%(store)s的 %(guide)s 为你服务。", store=found.store_name, guide=found.guide_name)
