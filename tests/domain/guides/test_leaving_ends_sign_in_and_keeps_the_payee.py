"""R21, R35: who leaves is out at once; what she earned is still owed to her."""

from __future__ import annotations

import pytest

from app.domain.guides.actions import approve_guide, move_guide, reinstate_guide, reject_guide, suspend_guide
from app.domain.guides.models import Guide
from app.flows.close_store import close_store
from app.flows.leave_guide import leave_guide, rehire_guide
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_guide, a_unit
from tests.conftest import NOON


@pytest.fixture
def guide(session: BrandSession) -> Guide:
    return a_guide(session, a_unit(session), now=NOON, password=True)


def test_leaving(session: BrandSession, guide: Guide) -> None:
    assert guide.account is not None
    payee_id, epoch = guide.payee_id, guide.account.epoch
    leave_guide(session, brand_id=guide.brand_id, guide_id=guide.id, now=NOON)
    assert (guide.status, guide.left_at, guide.account.active, guide.account.epoch > epoch) == ("left", NOON, False, True)
    assert (guide.payee_id, guide.payee.status) == (payee_id, "active")
    with pytest.raises(Conflict):
        leave_guide(session, brand_id=guide.brand_id, guide_id=guide.id, now=NOON)


def test_coming_back_keeps_the_payee_and_needs_a_new_password(session: BrandSession, guide: Guide) -> None:
    payee_id = guide.payee_id
    leave_guide(session, brand_id=guide.brand_id, guide_id=guide.id, now=NOON)
    rehire_guide(session, brand_id=guide.brand_id, guide_id=guide.id, now=NOON)
    assert guide.account is not None and guide.account.active and not guide.account.password_hash
    assert (guide.status, guide.left_at, guide.payee_id) == ("active", None, payee_id)


def test_suspended_may_return_or_leave(session: BrandSession, guide: Guide) -> None:
    ids = {"brand_id": guide.brand_id, "guide_id": guide.id}
    suspend_guide(session, **ids)
    with pytest.raises(Conflict):
        suspend_guide(session, **ids)
    reinstate_guide(session, **ids)
    suspend_guide(session, **ids)
    assert leave_guide(session, **ids, now=NOON).status == "left"


def test_only_who_waits_is_approved_or_rejected(session: BrandSession, guide: Guide) -> None:
    for decide in (lambda: approve_guide(session, brand_id=guide.brand_id, guide_id=guide.id, now=NOON),
                   lambda: reject_guide(session, brand_id=guide.brand_id, guide_id=guide.id)):
        with pytest.raises(Conflict):
            decide()


def test_a_store_with_guides_stays_open(session: BrandSession, guide: Guide) -> None:
    store_id, other = guide.store_id, a_unit(session)
    with pytest.raises(Refused, match="1 名导购"):
        close_store(session, brand_id=guide.brand_id, unit_id=store_id, now=NOON)
    move_guide(session, brand_id=guide.brand_id, guide_id=guide.id, store_id=other.id)
    assert guide.store_id == other.id
    assert close_store(session, brand_id=guide.brand_id, unit_id=store_id, now=NOON).status == "closed"


def test_a_manager_reaches_only_the_guides_below(session: BrandSession, guide: Guide) -> None:
    elsewhere = a_unit(session)
    with pytest.raises(NotFound):
        suspend_guide(session, brand_id=guide.brand_id, guide_id=guide.id, within=elsewhere.path)
    with pytest.raises(NotFound):
        move_guide(session, brand_id=guide.brand_id, guide_id=guide.id, store_id=elsewhere.id, within=guide.store.path)
    assert guide.status == "active"
