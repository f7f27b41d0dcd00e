"""Chat groups in the story: guides enter theirs, post links in them, say how many members there are; one is given up."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.domain.community.actions import add_group, change_group, close_group
from app.domain.community.models import CommunityGroup
from app.domain.guides.models import Guide
from app.domain.sharing.actions import share_link
from app.domain.sharing.touch_log import drain, note_touch
from app.kernel.tenancy import BrandSession
from demo.scene import Scene


def group_of(session: BrandSession, *, guide_id: UUID, name: str) -> CommunityGroup:
    return session.scalars(select(CommunityGroup).where(CommunityGroup.guide_id == guide_id, CommunityGroup.name == name)).one()


def _enter(scene: Scene) -> None:
    """'name members'"""
    name, members = scene.what.split()
    add_group(scene.session, brand_id=scene.brand_id, guide_id=_herself(scene), name=name, members=int(members), now=scene.now)


def _count(scene: Scene) -> None:
    """'name members': how many there are by now."""
    name, members = scene.what.split()
    guide_id = _herself(scene)
    known = group_of(scene.session, guide_id=guide_id, name=name)
    change_group(scene.session, brand_id=scene.brand_id, guide_id=guide_id, group_id=known.id, name=name, members=int(members), now=scene.now)


def _close(scene: Scene) -> None:
    """'name'"""
    guide_id = _herself(scene)
    known = group_of(scene.session, guide_id=guide_id, name=scene.what)
    close_group(scene.session, brand_id=scene.brand_id, guide_id=guide_id, group_id=known.id, now=scene.now)


def _post(scene: Scene) -> None:
    """'name openings': her shop's link in the group, and who opened it in the minutes before now."""
    name, openings = scene.what.split()
    guide_id = _herself(scene)
    mark = group_of(scene.session, guide_id=guide_id, name=name).mark
    link = share_link(scene.session, brand_id=scene.brand_id, guide_id=guide_id, label=mark)
    for number in range(int(openings)):
        note_touch(scene.session, brand_id=scene.brand_id, visitor=f"chat-{name}-{number:03d}", share_link_id=link.id,
                   at=scene.now - timedelta(minutes=3 * number + 1))


def _log_touches(scene: Scene) -> None:
    """As the worker does: what arrived goes into the log."""
    drain(scene.session, brand_id=scene.brand_id)


def _herself(scene: Scene) -> UUID:
    return scene.session.scalars(select(Guide.id).where(Guide.employee_no == scene.who)).one()


VERBS = {"enter_group": _enter, "count_group": _count, "close_group": _close, "post": _post, "log_touches": _log_touches}
