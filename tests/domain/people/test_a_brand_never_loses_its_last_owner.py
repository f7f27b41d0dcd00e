"""Owners end and demote each other, also at the same moment, and one always stays."""

from __future__ import annotations

from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.people.actions import change_role, end_colleague, invite_account, restore_access
from app.domain.people.models import Account
from app.domain.people.queries import colleagues_page
from app.extensions import Database
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_colleague, a_guide, a_unit
from tests.conftest import NOON


def owners(session: BrandSession) -> list[Account]:
    return list(session.scalars(select(Account).where(Account.role == "owner", Account.active)))


def test_the_last_one_stays(session: BrandSession) -> None:
    first, second = owners(session)[0], a_colleague(session, "owner")
    end_colleague(session, brand_id=first.brand_id, account_id=first.id, own_id=second.id)
    assert not first.active and first.epoch == 1
    for change in (lambda: change_role(session, brand_id=first.brand_id, account_id=second.id, role="finance"),
                   lambda: end_colleague(session, brand_id=first.brand_id, account_id=second.id, own_id=first.id)):
        with pytest.raises(Refused) as refused:
            change()
        assert refused.value.code == "last_owner"
    restore_access(session, account=first)
    assert change_role(session, brand_id=first.brand_id, account_id=second.id, role="finance").role == "finance"


def test_not_oneself(session: BrandSession) -> None:
    a_colleague(session, "owner")
    me = owners(session)[0]
    with pytest.raises(Refused, match="自己"):
        end_colleague(session, brand_id=me.brand_id, account_id=me.id, own_id=me.id)


def test_two_owners_cannot_remove_each_other_at_once(session: BrandSession, database: Database) -> None:
    pair = [owners(session)[0].id, a_colleague(session, "owner").id]
    brand_id = session.info["brand_id"]
    session.commit()
    together, said = Barrier(2), []

    def end(other: UUID, me: UUID) -> None:
        together.wait()
        try:
            with database.transaction(brand_id) as mine:
                end_colleague(mine, brand_id=brand_id, account_id=other, own_id=me)
            said.append("ended")
        except Refused as refused:
            said.append(refused.code)

    threads = [Thread(target=end, args=(pair[0], pair[1])), Thread(target=end, args=(pair[1], pair[0]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.expire_all()
    assert sorted(said) == ["ended", "last_owner"] and len(owners(session)) == 1


@pytest.mark.parametrize(("role", "kind", "code"), [
    ("store_manager", None, "role_scope"), ("store_manager", "region", "role_scope"), ("region_manager", "store", "role_scope"),
    ("finance", "store", "role_scope"), ("guide", None, "role_unknown"), ("operator", None, "role_unknown"), ("", None, "role_unknown")])
def test_a_role_stands_on_its_unit(session: BrandSession, role: str, kind: str | None, code: str) -> None:
    unit = a_unit(session, kind) if kind else None
    with pytest.raises(Refused) as refused:
        a_colleague(session, role, unit)
    assert refused.value.code == code


def test_a_login_is_used_once_in_a_brand(session: BrandSession) -> None:
    one = {"brand_id": session.info["brand_id"], "name": "陈岚", "role": "finance"}
    assert invite_account(session, login=" Chen@Farway.Example ", **one).login == "chen@farway.example"
    with pytest.raises(Conflict):
        invite_account(session, login="chen@farway.example", **one)
    for bad in ("", "chen", "a@b", "a b@c.example", "@c.example", "a@" + "b" * 250 + ".example"):
        with pytest.raises(Refused):
            invite_account(session, login=bad, **one)


def test_a_guide_is_not_reached_as_a_colleague(session: BrandSession) -> None:
    guide = a_guide(session, a_unit(session), now=NOON)
    assert guide.account_id is not None
    with pytest.raises(NotFound):
        change_role(session, brand_id=guide.brand_id, account_id=guide.account_id, role="owner")
    assert guide.account_id not in [one.id for one in colleagues_page(session, brand_id=guide.brand_id).items]
