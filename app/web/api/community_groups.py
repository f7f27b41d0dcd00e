"""/community-groups: the chat groups guides sell in, with what their links brought in the last thirty days."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.community.models import CommunityGroup
from app.domain.insights.communities import GroupRow, group_row
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "guides"}
COLUMNS = ("id", "guide_id", "name", "members", "counted_at", "closed_at", "opened", "visitors", "orders")


class GroupOut(Shape):
    id = Ref("community group")
    guide_id = Ref("guide")
    name = Text(40)
    members = Whole(metadata={"description": "As the guide said last, at `counted_at`."})
    counted_at = When()
    closed_at = When(allow_none=True)
    health = Choice("earning", "growing", "quiet", "dead", metadata={"description": "Quiet after 7 days without an opening, dead after 30."})
    last_opened_at = When(metadata={"description": "When a link of it was opened last, or else when it was entered."})
    opened = Whole()
    visitors = Whole()
    orders = Whole()
    sales = Amount(attribute="sales_minor")
    currency = Currency()


class GroupQuery(Paging):
    guide_id = Ref("guide", load_default=None)


@v1.get("/community-groups", listed=GroupOut, query=GroupQuery, scope="guides:read", summary="Community groups", **TAG)
def list_community_groups(query: dict[str, Any]) -> Rows:
    statement = select(CommunityGroup)
    if query["guide_id"]:
        statement = statement.where(CommunityGroup.guide_id == query["guide_id"])
    page = listed(statement, CommunityGroup, query)
    return Rows([_shown(one) for one in page.items], page.next_cursor)


@v1.get("/community-groups/<id>", out=GroupOut, scope="guides:read", summary="One community group", **TAG)
def get_community_group(id: str) -> dict[str, Any]:
    return _shown(found(CommunityGroup, id))


def _shown(one: CommunityGroup) -> dict[str, Any]:
    row = group_row(db(), brand_id=brand_id(), guide_id=one.guide_id, group_id=one.id, now=now())
    assert isinstance(row, GroupRow)
    plain = {name: getattr(row, name) for name in (*COLUMNS, "sales_minor")}
    return {**plain, "health": row.health(now()), "last_opened_at": row.last}
