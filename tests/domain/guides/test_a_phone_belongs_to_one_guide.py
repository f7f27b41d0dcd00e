"""Phones are kept as E.164 and are unique in the brand; another brand may enrol the same person."""

from __future__ import annotations

import pytest

from app.domain.brands.models import Signpost
from app.domain.guides.actions import edit_guide
from app.domain.guides.rules import normal_phone
from app.domain.ledger.models import Payee
from app.extensions import Database
from app.kernel.errors import Conflict, Refused
from app.kernel.tenancy import BrandSession
from tests.builders.brands import a_brand
from tests.builders.people import a_guide, a_phone, a_unit
from tests.conftest import NOON


@pytest.mark.parametrize("typed", ["13812345678", "138 1234 5678", "138-1234-5678", "+86 138 1234 5678", "0086 13812345678", "１３８１２３４５６７８"])
def test_one_spelling(typed: str) -> None:
    assert normal_phone(typed) == "+8613812345678"


def test_foreign_numbers_keep_their_country() -> None:
    assert normal_phone("+852 6123 4567") == "+85261234567"


@pytest.mark.parametrize("typed", ["", "abc", "1381234567", "138123456789", "13812345678 转 5", "1" * 400, "\ud800", "0x7f", "１"])
def test_what_is_no_phone_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        normal_phone(typed)
    assert (refused.value.code, refused.value.field) == ("phone_invalid", "phone")


def test_the_second_guide_is_told_whose_phone_it_is(session: BrandSession) -> None:
    store, phone = a_unit(session), a_phone()
    a_guide(session, store, "林晓", phone=phone, now=NOON)
    with pytest.raises(Conflict) as conflict:
        a_guide(session, store, "王芳", phone=phone, now=NOON)
    assert conflict.value.data["name"] == "林晓"


def test_payee_follows_her_kind(session: BrandSession) -> None:
    store = a_unit(session)
    staff, outsider = a_guide(session, store, now=NOON), a_guide(session, store, now=NOON, kind="affiliate")
    assert [session.get_one(Payee, (store.brand_id, guide.payee_id)).tax_kind for guide in (staff, outsider)] == ["employee", "individual"]


def test_an_employee_number_is_hers_alone(session: BrandSession) -> None:
    store = a_unit(session)
    a_guide(session, store, now=NOON, employee_no="E1")
    with pytest.raises(Conflict):
        a_guide(session, store, now=NOON, employee_no="E1")
    a_guide(session, store, now=NOON)
    a_guide(session, store, now=NOON)


def test_only_into_an_open_store(session: BrandSession) -> None:
    region, store = a_unit(session, "region"), a_unit(session)
    store.status = "closed"
    for unit, code in ((region, "not_a_store"), (store, "store_closed")):
        with pytest.raises(Refused) as refused:
            a_guide(session, unit, now=NOON)
        assert refused.value.code == code


def test_a_new_phone_is_her_new_sign_in(session: BrandSession) -> None:
    guide, phone = a_guide(session, a_unit(session), now=NOON), a_phone()
    old = guide.phone
    edit_guide(session, brand_id=guide.brand_id, guide_id=guide.id, name="林小", phone=phone)
    assert guide.account is not None and (guide.account.login, guide.account.name) == (phone, "林小")
    assert session.get(Signpost, ("login", old, guide.brand_id)) is None
    assert session.get(Signpost, ("login", phone, guide.brand_id)) is not None


def test_another_brand_may_enrol_the_same_phone(session: BrandSession, database: Database) -> None:
    phone = a_phone()
    a_guide(session, a_unit(session), phone=phone, now=NOON)
    session.commit()
    other = a_brand(database, slug=f"other-{session.info['brand_id']}", now=NOON)
    with database.transaction(other.id) as elsewhere:
        assert a_guide(elsewhere, a_unit(elsewhere), phone=phone, now=NOON).phone == phone
