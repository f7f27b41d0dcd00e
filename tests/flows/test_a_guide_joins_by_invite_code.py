"""One place of the quota per guide; expired, revoked, full and unknown codes say so; nobody takes over an account."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest

from app.domain.guides.actions import approve_guide, create_invite_code, reject_guide, revoke_invite_code, suspend_guide
from app.domain.guides.models import Guide, InviteCode
from app.domain.guides.queries import brand_of_invite, invite_code
from app.extensions import Database
from app.flows.join_by_code import join_by_code
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_guide, a_phone, a_unit
from tests.conftest import NOON


@pytest.fixture
def invite(session: BrandSession) -> InviteCode:
    return code_for(session, 2)


def code_for(session: BrandSession, places: int) -> InviteCode:
    store = a_unit(session)
    return create_invite_code(session, brand_id=store.brand_id, store_id=store.id, max_uses=places, days=7, now=NOON)


def join(session: BrandSession, invite: InviteCode, phone: str = "", **more: object) -> Guide:
    return join_by_code(session, brand_id=invite.brand_id, code=invite.code, name="林晓", phone=phone or a_phone(),
                        password_hash="hash", **{"now": NOON, **more})  # type: ignore[arg-type]


def test_she_waits_for_approval_in_the_codes_store(session: BrandSession, invite: InviteCode) -> None:
    guide = join(session, invite)
    assert (guide.status, guide.store_id, guide.invite_code_id, guide.joined_at) == ("pending", invite.store_id, invite.id, None)
    assert invite.used_count == 1
    assert approve_guide(session, brand_id=guide.brand_id, guide_id=guide.id, now=NOON).joined_at == NOON


def test_full_expired_revoked_and_unknown(session: BrandSession, invite: InviteCode) -> None:
    with pytest.raises(Refused) as expired:
        join(session, invite, now=invite.expires_at)
    join(session, invite, now=invite.expires_at - timedelta(seconds=1))
    join(session, invite)
    with pytest.raises(Refused) as full:
        join(session, invite)
    other = code_for(session, 1)
    revoke_invite_code(session, brand_id=other.brand_id, code_id=other.id, now=NOON)
    with pytest.raises(Refused) as revoked:
        join(session, other)
    assert [error.value.code for error in (expired, full, revoked)] == ["invite_expired", "invite_full", "invite_revoked"]
    other.code = "nosuchcode"
    with pytest.raises(NotFound):
        join_by_code(session, brand_id=invite.brand_id, code="nosuch", name="x", phone=a_phone(), password_hash="", now=NOON)


def test_a_code_that_fails_keeps_its_place(session: BrandSession, invite: InviteCode, database: Database) -> None:
    session.commit()
    with pytest.raises(Refused), database.transaction(invite.brand_id) as other:
        join(other, invite, phone="123")
    with database.transaction(invite.brand_id) as other:
        assert invite_code(other, brand_id=invite.brand_id, code_id=invite.id).used_count == 0


def test_a_rostered_guide_is_sent_to_her_activation_link(session: BrandSession, invite: InviteCode) -> None:
    guide = a_guide(session, invite.store, now=NOON)
    with pytest.raises(Conflict) as conflict:
        join(session, invite, phone=guide.phone)
    assert conflict.value.code == "already_rostered"
    assert guide.account is not None and guide.account.password_hash == "", "otherwise a stranger with the code signs in as her"


def test_every_other_known_phone_is_refused(session: BrandSession, invite: InviteCode) -> None:
    active = a_guide(session, invite.store, now=NOON, password=True)
    suspended = a_guide(session, invite.store, now=NOON)
    suspend_guide(session, brand_id=invite.brand_id, guide_id=suspended.id)
    waiting = join(session, invite)
    codes = []
    for guide in (active, suspended, waiting):
        with pytest.raises(Conflict) as conflict, session.begin_nested():
            join(session, invite, phone=guide.phone)
        codes.append(conflict.value.code)
    assert codes == ["phone_taken", "phone_blocked", "already_waiting"]


def test_who_was_rejected_may_ask_again(session: BrandSession, invite: InviteCode) -> None:
    guide = join(session, invite)
    reject_guide(session, brand_id=guide.brand_id, guide_id=guide.id)
    assert join(session, invite, phone=guide.phone) is guide
    assert guide.status == "pending"


def test_the_last_place_is_taken_once(session: BrandSession, database: Database) -> None:
    invite = code_for(session, 1)
    session.commit()
    said: list[str] = []

    def one(phone: str) -> None:
        try:
            with database.transaction(invite.brand_id) as other:
                join(other, invite, phone=phone)
            said.append("in")
        except Refused as refused:
            said.append(refused.code)

    threads = [Thread(target=one, args=(a_phone(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["in", "invite_full", "invite_full", "invite_full"]


def test_the_signpost_leads_to_the_brand(session: BrandSession, invite: InviteCode, database: Database) -> None:
    session.commit()
    with database.session() as nobody:
        assert brand_of_invite(nobody, code=invite.code) == invite.brand_id
        assert brand_of_invite(nobody, code="nosuchcode") is None


@pytest.mark.parametrize(("places", "days"), [(0, 7), (-1, 7), (10**12, 7), (1, 0), (1, 91)])
def test_quota_and_days_have_bounds(session: BrandSession, places: int, days: int) -> None:
    store = a_unit(session)
    with pytest.raises(Refused):
        create_invite_code(session, brand_id=store.brand_id, store_id=store.id, max_uses=places, days=days, now=NOON)
