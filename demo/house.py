"""What headquarters and stores do in the story. `what` is read as its row in story.py writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.guides.actions import create_invite_code, revoke_invite_code, suspend_guide
from app.domain.guides.models import Guide, InviteCode
from app.domain.orgs.models import OrgUnit
from app.domain.settlement.models import PayoutRun
from app.domain.sharing.actions import share_link
from app.flows.join_by_code import join_by_code
from app.flows.leave_guide import leave_guide
from app.flows.pay_out import approve_payout_run, draft_payout_run, execute_payout_run
from app.flows.settle_period import settle
from app.gateways.storage import LocalFiles
from app.kernel.tenancy import BrandSession
from demo import agreeing


@dataclass(frozen=True)
class Scene:
    """What a verb gets: the brand's session, the row's last column, the moment."""

    session: BrandSession
    brand_id: int
    what: str
    files: LocalFiles
    password_hash: str
    now: datetime


def _everyone_shares(scene: Scene) -> None:
    """Each guide opens her own storefront link."""
    for guide_id in scene.session.scalars(select(Guide.id)).all():
        share_link(scene.session, brand_id=scene.brand_id, guide_id=guide_id)


def _invite(scene: Scene) -> None:
    """'store places days'"""
    store, places, days = scene.what.split()
    create_invite_code(scene.session, brand_id=scene.brand_id, store_id=_unit(scene.session, store), max_uses=int(places), days=int(days),
                       now=scene.now)


def _revoke(scene: Scene) -> None:
    revoke_invite_code(scene.session, brand_id=scene.brand_id, code_id=_code(scene.session, scene.what).id, now=scene.now)


def _join(scene: Scene) -> None:
    """'store name phone': she waits for approval."""
    store, name, phone = scene.what.split()
    join_by_code(scene.session, brand_id=scene.brand_id, now=scene.now, code=_code(scene.session, store).code, name=name, phone=phone,
                 password_hash=scene.password_hash)


def _leave(scene: Scene) -> None:
    leave_guide(scene.session, brand_id=scene.brand_id, guide_id=_guide(scene.session, scene.what), now=scene.now)


def _suspend(scene: Scene) -> None:
    suspend_guide(scene.session, brand_id=scene.brand_id, guide_id=_guide(scene.session, scene.what))


def _raise_rate(scene: Scene) -> None:
    agreeing.raise_rate(scene.session, brand_id=scene.brand_id, now=scene.now)


def _settle(scene: Scene) -> None:
    settle(scene.session, brand_id=scene.brand_id, as_of=scene.now, now=scene.now)


def _draft(scene: Scene) -> None:
    draft_payout_run(scene.session, brand_id=scene.brand_id, now=scene.now)


def _approve(scene: Scene) -> None:
    approve_payout_run(scene.session, brand_id=scene.brand_id, run_id=_open_run(scene.session), now=scene.now)


def _execute(scene: Scene) -> None:
    execute_payout_run(scene.session, brand_id=scene.brand_id, run_id=_open_run(scene.session), files=scene.files, now=scene.now)


def _unit(session: BrandSession, code: str) -> UUID:
    return session.scalars(select(OrgUnit.id).where(OrgUnit.code == code)).one()


def _code(session: BrandSession, store: str) -> InviteCode:
    return session.scalars(select(InviteCode).where(InviteCode.store_id == _unit(session, store))).one()


def _guide(session: BrandSession, number: str) -> UUID:
    return session.scalars(select(Guide.id).where(Guide.employee_no == number)).one()


def _open_run(session: BrandSession) -> UUID:
    return session.scalars(select(PayoutRun.id).where(PayoutRun.state.in_(("draft", "approved")))).one()


VERBS: dict[str, Callable[[Scene], None]] = {
    "everyone_shares": _everyone_shares, "invite": _invite, "revoke": _revoke, "join": _join, "leave": _leave, "suspend": _suspend,
    "raise_rate": _raise_rate, "settle": _settle, "draft": _draft, "approve": _approve, "execute": _execute}
