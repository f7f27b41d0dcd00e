"""Making share links."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.brands.models import Signpost
from app.domain.catalog.models import Product
from app.domain.guides.models import Guide
from app.domain.promotions.models import Activity
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import new_code, new_id

from .models import ShareLink

LABEL_LENGTH = 60

_INSERT_LINK = text("""
    INSERT INTO share_links (brand_id, id, code, guide_id, store_id, product_id, activity_id, label)
    VALUES (:brand_id, :id, :code, :guide_id, :store_id, :product_id, :activity_id, :label)
    ON CONFLICT (brand_id, guide_id, product_id, activity_id, label) DO NOTHING RETURNING code
""")


def share_link(session: Session, *, brand_id: int, guide_id: UUID, product_id: UUID | None = None, activity_id: UUID | None = None,
               label: str = "") -> ShareLink:
    """The guide's link to a product or an activity, or to her storefront; asked again it is the same link, also by two at once.

    `label` tells apart links to the same thing (a group, a campaign). Raises NotFound for a foreign guide, product or activity; refuses both.
    """
    if product_id is not None and activity_id is not None:
        raise Refused("product_and_activity", "链接只能通向一处：商品或活动", field="activity_id")
    label = label.strip()[:LABEL_LENGTH]
    known = _find(session, guide_id, product_id, activity_id, label)
    if known is not None:
        return known
    store_id = session.scalar(select(Guide.store_id).where(Guide.id == guide_id))
    if store_id is None:
        raise NotFound("guide", guide_id)
    for kind, model, key in (("product", Product, product_id), ("activity", Activity, activity_id)):
        if key is not None and session.scalar(select(model.id).where(model.id == key)) is None:
            raise NotFound(kind, key)
    made = session.scalar(_INSERT_LINK, {"brand_id": brand_id, "id": new_id(), "code": new_code(10), "guide_id": guide_id,
                                         "store_id": store_id, "product_id": product_id, "activity_id": activity_id, "label": label})
    if made:
        session.add(Signpost(kind="share", key=made, brand_id=brand_id))
        session.flush()
    link = _find(session, guide_id, product_id, activity_id, label)
    assert link is not None
    return link


def _find(session: Session, guide_id: UUID, product_id: UUID | None, activity_id: UUID | None, label: str) -> ShareLink | None:
    return session.scalar(select(ShareLink).where(
        ShareLink.guide_id == guide_id, ShareLink.product_id.is_not_distinct_from(product_id),
        ShareLink.activity_id.is_not_distinct_from(activity_id), ShareLink.label == label))
