"""A guide's invitation (R19): only where two levels are on and the brand lets her; one open code; referrer once; nothing paid."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.queries import settings_of
from app.domain.guides import inviting
from app.domain.guides.actions import create_invite_code, reject_guide
from app.domain.guides.models import Guide, InviteCode
from app.domain.guides.queries import guide as guide_of
from app.extensions import Database
from app.flows.join_by_code import join_by_code
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_phone, a_unit
from tests.builders.shoppers import ZH, signed_in_guide
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    made = a_shop(session)
    settings = settings_of(session, brand_id=made.brand_id)
    settings.two_levels = settings.guides_invite = True
    session.commit()
    return made


def invitation(shop: Shop, inviter: Guide | None = None) -> InviteCode:
    made = inviting.invite_recruit(shop.session, brand_id=shop.brand_id, inviter=inviter or shop.lin, now=NOON)
    shop.session.commit()
    return made


def join(shop: Shop, code: str, phone: str = "") -> Guide:
    joined = join_by_code(shop.session, brand_id=shop.brand_id, code=code, name="周新", phone=phone or a_phone(), password_hash="x", now=NOON)
    shop.session.commit()
    return joined


def test_who_joins_has_her_as_referrer_and_waits_for_approval(shop: Shop) -> None:
    joined = join(shop, invitation(shop).code)
    assert (joined.referrer_id, joined.status, joined.store_id, joined.kind) == (shop.lin.id, "pending", shop.store.id, "staff")


def test_headquarters_code_names_no_referrer(shop: Shop) -> None:
    made = create_invite_code(shop.session, brand_id=shop.brand_id, store_id=shop.store.id, max_uses=2, days=7, now=NOON)
    assert join(shop, made.code).referrer_id is None


def test_one_code_at_a_time(shop: Shop) -> None:
    first = invitation(shop)
    assert invitation(shop).id == first.id
    inviting.take_back(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, now=NOON)
    assert invitation(shop).id != first.id
    with pytest.raises(Refused):
        join(shop, first.code)


def test_two_taps_at_once_make_one_code(shop: Shop, database: Database) -> None:
    brand_id, guide_id, made, barrier = shop.brand_id, shop.lin.id, [], threading.Barrier(2)

    def tap() -> None:
        with database.transaction(brand_id) as session:
            inviter = guide_of(session, brand_id=brand_id, guide_id=guide_id)
            barrier.wait()
            made.append(inviting.invite_recruit(session, brand_id=brand_id, inviter=inviter, now=NOON).id)

    threads = [threading.Thread(target=tap) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2 and len(set(made)) == 1


def test_without_the_lock_two_taps_would_make_two(shop: Shop, database: Database) -> None:
    """The twin: what the action does after its lock, in two transactions that both looked before either wrote."""
    with database.session(shop.brand_id) as one, database.session(shop.brand_id) as other:
        for session in (one, other):
            assert inviting.open_invitation(session, brand_id=shop.brand_id, guide_id=shop.lin.id, now=NOON) is None
        for session in (one, other):
            made = create_invite_code(session, brand_id=shop.brand_id, store_id=shop.store.id, max_uses=5, days=7, now=NOON)
            made.referrer_id = shop.lin.id
            session.commit()
    assert len(shop.session.scalars(select(InviteCode).where(InviteCode.referrer_id == shop.lin.id)).all()) == 2


@pytest.mark.parametrize("off", ["two_levels", "guides_invite"])
def test_switched_off_nobody_invites_and_open_codes_close(shop: Shop, off: str) -> None:
    code = invitation(shop).code
    setattr(settings_of(shop.session, brand_id=shop.brand_id), off, False)
    shop.session.commit()
    with pytest.raises(NotFound):
        inviting.invite_recruit(shop.session, brand_id=shop.brand_id, inviter=shop.he, now=NOON)
    with pytest.raises(Conflict) as refused:
        join(shop, code)
    assert refused.value.code == "inviter_gone"
    shop.session.rollback()
    assert shop.session.scalars(select(InviteCode).where(InviteCode.code == code)).one().used_count == 0


def test_a_leavers_code_closes(shop: Shop) -> None:
    code = invitation(shop).code
    shop.lin.status = "left"
    shop.session.commit()
    with pytest.raises(Conflict):
        join(shop, code)


def test_quota_and_expiry(shop: Shop) -> None:
    made = invitation(shop)
    assert (made.max_uses, made.expires_at - NOON) == (5, timedelta(days=7))
    for _ in range(5):
        join(shop, made.code)
    with pytest.raises(Refused):
        join(shop, made.code)


def test_the_first_referrer_stays_when_she_applies_anew(shop: Shop) -> None:
    """周 joined by 林's code, was rejected, applies by 何's: 林 stays. Who had none gets hers."""
    phone = a_phone()
    joined = join(shop, invitation(shop).code, phone)
    reject_guide(shop.session, brand_id=shop.brand_id, guide_id=joined.id)
    shop.session.commit()
    assert join(shop, invitation(shop, shop.he).code, phone).referrer_id == shop.lin.id
    assert _rejected_without(shop) == shop.he.id


def _rejected_without(shop: Shop) -> UUID | None:
    phone = a_phone()
    joined = join(shop, create_invite_code(shop.session, brand_id=shop.brand_id, store_id=shop.store.id, max_uses=1, days=1, now=NOON).code, phone)
    reject_guide(shop.session, brand_id=shop.brand_id, guide_id=joined.id)
    shop.session.commit()
    return join(shop, invitation(shop, shop.he).code, phone).referrer_id


def test_on_the_phone(client: FlaskClient, shop: Shop) -> None:
    shop.lin.store = a_unit(shop.session, "store", "徐汇店")
    shop.session.commit()
    lin = signed_in_guide(client, shop.lin)
    assert "拉人本身不给钱" in lin.get("/guide/team", headers=ZH).text
    assert lin.post("/guide/team/invite", headers=ZH).status_code == 303
    made = shop.session.scalars(select(InviteCode).where(InviteCode.referrer_id == shop.lin.id)).one()
    page = lin.get("/guide/team", headers=ZH).text
    assert f"/guide/join/{made.code}" in page and "还能加入 5 人" in page
    assert "徐汇店" in client.get(f"/guide/join/{made.code}", headers=ZH).text
    lin.post("/guide/team/invite/revoke", headers=ZH)
    assert client.get(f"/guide/join/{made.code}", headers=ZH).status_code == 410
    he = signed_in_guide(client, shop.he).get("/guide/team", headers=ZH).text
    assert "林**" in he and "林晓芸" not in he


def test_without_two_levels_there_is_no_team(client: FlaskClient, shop: Shop) -> None:
    settings_of(shop.session, brand_id=shop.brand_id).two_levels = False
    shop.session.commit()
    lin = signed_in_guide(client, shop.lin)
    assert lin.get("/guide/team", headers=ZH).status_code == 404
    assert lin.post("/guide/team/invite", headers=ZH).status_code == 404
    assert lin.post("/guide/team/invite/revoke", headers=ZH).status_code == 404
    assert "/guide/team" not in lin.get("/guide/me", headers=ZH).text
