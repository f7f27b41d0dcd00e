"""What headquarters and stores do in the story. `what` is read as its row in story.py writes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.domain.guides.actions import create_invite_code, revoke_invite_code, suspend_guide
from app.domain.guides.models import Guide, InviteCode
from app.domain.orgs.models import OrgUnit
from app.domain.sharing.actions import share_link
from app.flows.approve_guide import approve_guide
from app.flows.hand_over import hand_over_all
from app.flows.join_by_code import join_by_code
from app.flows.leave_guide import leave_guide
from app.flows.set_fee import set_fee
from app.kernel.clock import day_start, local_day
from app.kernel.tenancy import BrandSession
from demo import agreeing, caring, equipping, groups, paying, watching, working
from demo.brand import TIMEZONE
from demo.scene import Scene
from demo.terms import ACTIVITIES


def _everyone_shares(scene: Scene) -> None:
    """Each guide opens her own storefront link."""
    for guide_id in scene.session.scalars(select(Guide.id)).all():
        share_link(scene.session, brand_id=scene.brand_id, guide_id=guide_id)


def _invite(scene: Scene) -> None:
    """'store places days', and 'affiliate' for outsiders"""
    store, places, days, *kind = scene.what.split()
    create_invite_code(scene.session, brand_id=scene.brand_id, store_id=_unit(scene.session, store), max_uses=int(places), days=int(days),
                       kind=kind[0] if kind else "staff", now=scene.now)


def _revoke(scene: Scene) -> None:
    revoke_invite_code(scene.session, brand_id=scene.brand_id, code_id=_code(scene.session, scene.what).id, now=scene.now)


def _join(scene: Scene) -> None:
    """'store name phone': she waits for approval."""
    store, name, phone = scene.what.split()
    join_by_code(scene.session, brand_id=scene.brand_id, now=scene.now, code=_code(scene.session, store).code, name=name, phone=phone,
                 password_hash=scene.password_hash)


def _welcome(scene: Scene) -> None:
    """'name': who waited is approved."""
    waiting = scene.session.scalars(select(Guide.id).where(Guide.name == scene.what, Guide.status == "pending")).one()
    approve_guide(scene.session, brand_id=scene.brand_id, guide_id=waiting, now=scene.now)


def _leave(scene: Scene) -> None:
    leave_guide(scene.session, brand_id=scene.brand_id, guide_id=_guide(scene.session, scene.what), now=scene.now)


def _hand_over(scene: Scene) -> None:
    """'leaver successor': the customers whom the store serves since go to a colleague."""
    leaver, successor = (_guide(scene.session, number) for number in scene.what.split())
    hand_over_all(scene.session, brand_id=scene.brand_id, guide_id=leaver, successor_id=successor, now=scene.now)


def _suspend(scene: Scene) -> None:
    suspend_guide(scene.session, brand_id=scene.brand_id, guide_id=_guide(scene.session, scene.what))


def _raise_rate(scene: Scene) -> None:
    agreeing.raise_rate(scene.session, brand_id=scene.brand_id, now=scene.now)


def _set_fee(scene: Scene) -> None:
    """'link storefront free-days note', rates in basis points"""
    rate, storefront, days, note = scene.what.split(maxsplit=3)
    set_fee(scene.session, brand_id=scene.brand_id, rate_bp=int(rate), storefront_bp=int(storefront), free_days=int(days), note=note, now=scene.now)


def _pay_shippers(scene: Scene) -> None:
    agreeing.pay_shippers(scene.session, brand_id=scene.brand_id, now=scene.now)


def _open_activity(scene: Scene) -> None:
    """'name'"""
    special = next(special for special in ACTIVITIES if special.name == scene.what)
    ends_at = day_start(local_day(scene.now, TIMEZONE) + timedelta(days=special.last_day - special.first_day + 1), TIMEZONE)
    agreeing.open_activity(scene.session, special, brand_id=scene.brand_id, ends_at=ends_at, now=scene.now)


def _unit(session: BrandSession, code: str) -> UUID:
    return session.scalars(select(OrgUnit.id).where(OrgUnit.code == code)).one()


def _code(session: BrandSession, store: str) -> InviteCode:
    return session.scalars(select(InviteCode).where(InviteCode.store_id == _unit(session, store))).one()


def _guide(session: BrandSession, number: str) -> UUID:
    return session.scalars(select(Guide.id).where(Guide.employee_no == number)).one()


VERBS: dict[str, Callable[[Scene], None]] = {
    "everyone_shares": _everyone_shares, "invite": _invite, "revoke": _revoke, "join": _join, "leave": _leave, "suspend": _suspend,
    "raise_rate": _raise_rate, "set_fee": _set_fee, "pay_shippers": _pay_shippers, "open_activity": _open_activity, "welcome": _welcome, "hand_over": _hand_over,
    **paying.VERBS, **groups.VERBS, **caring.VERBS, **working.VERBS, **equipping.VERBS, **watching.VERBS}
