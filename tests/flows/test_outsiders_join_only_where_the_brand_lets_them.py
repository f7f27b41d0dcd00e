"""Staff only or outsiders too: one setting, asked wherever somebody becomes a guide; who is one already stays."""

from __future__ import annotations

import pytest

from app.domain.brands.actions import change_settings
from app.domain.guides.actions import create_invite_code
from app.domain.orgs.models import OrgUnit
from app.flows.enrol_guide import enrol_guide
from app.flows.import_roster import import_roster
from app.flows.join_by_code import join_by_code
from app.gateways.tables import read_table
from app.kernel.errors import Refused
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_phone, a_unit
from tests.conftest import NOON

ROSTER = "姓名,手机号,门店编码,类型\n王芳,13900001111,SH01,分销员\n林晓,13900001112,SH01,员工\n"


@pytest.fixture
def store(session: BrandSession) -> OrgUnit:
    return a_unit(session, name="静安店", code="SH01")


def test_an_outsider_invited_becomes_an_affiliate_paid_to_her_own_account(session: BrandSession, store: OrgUnit) -> None:
    code = create_invite_code(session, brand_id=store.brand_id, store_id=store.id, max_uses=1, days=7, kind="affiliate", now=NOON)
    joined = join_by_code(session, brand_id=store.brand_id, code=code.code, name="王芳", phone=a_phone(), password_hash="x", now=NOON)
    assert (joined.kind, joined.status, joined.payee.tax_kind) == ("affiliate", "pending", "individual")


def test_staff_only_refuses_them_everywhere(session: BrandSession, store: OrgUnit) -> None:
    code = create_invite_code(session, brand_id=store.brand_id, store_id=store.id, max_uses=2, days=7, kind="affiliate", now=NOON)
    before = enrol_guide(session, brand_id=store.brand_id, name="早来的", phone=a_phone(), store_id=store.id, kind="affiliate", now=NOON)
    change_settings(session, brand_id=store.brand_id, outsiders=False)
    attempts = [
        lambda: enrol_guide(session, brand_id=store.brand_id, name="王芳", phone=a_phone(), store_id=store.id, kind="affiliate", now=NOON),
        lambda: create_invite_code(session, brand_id=store.brand_id, store_id=store.id, max_uses=1, days=7, kind="affiliate", now=NOON),
        lambda: join_by_code(session, brand_id=store.brand_id, code=code.code, name="王芳", phone=a_phone(), password_hash="x", now=NOON),
    ]
    for attempt in attempts:
        with pytest.raises(Refused) as refused:
            attempt()
        assert (refused.value.code, refused.value.field) == ("staff_only", "kind")
    assert before.status == "active"


def test_a_roster_names_the_line_of_an_outsider(session: BrandSession, store: OrgUnit) -> None:
    change_settings(session, brand_id=store.brand_id, outsiders=False)
    result = import_roster(session, brand_id=store.brand_id, rows=read_table(ROSTER.encode()), skip_errors=True, now=NOON)
    assert [(error.line, error.field, error.code) for error in result.errors] == [(2, "kind", "staff_only")]
    assert result.created == 1
