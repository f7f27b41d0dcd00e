"""Staff missing from a roster that is said to be whole have left: told first, never while a line is wrong, never outside the scope."""

from __future__ import annotations

import pytest

from app.domain.guides.models import Guide
from app.domain.guides.queries import guide_by_phone
from app.domain.orgs.models import OrgUnit
from app.flows.import_roster import RosterResult, import_roster
from app.gateways.tables import read_table
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_unit
from tests.conftest import NOON

HEADER = "姓名,手机号,工号,门店编码,类型\n"
LIN, WANG, OUT = "林晓,13812345678,E1,SH01,员工\n", "王芳,13900001111,E2,SH01,员工\n", "赵敏,13900002222,,SH01,分销员\n"


@pytest.fixture
def store(session: BrandSession) -> OrgUnit:
    made = a_unit(session, name="静安店", code="SH01")
    take(session, LIN + WANG + OUT)
    return made


def take(session: BrandSession, lines: str, **how: object) -> RosterResult:
    return import_roster(session, brand_id=session.info["brand_id"], rows=read_table((HEADER + lines).encode()), now=NOON, **how)  # type: ignore[arg-type]


def standing(session: BrandSession, phone: str) -> str:
    found = guide_by_phone(session, brand_id=session.info["brand_id"], phone=phone)
    assert isinstance(found, Guide)
    return found.status


def test_a_dry_run_names_them_and_lets_them_stay(session: BrandSession, store: OrgUnit) -> None:
    result = take(session, LIN, whole=True, dry_run=True)
    assert [one.name for one in result.leavers] == ["王芳"], "the outsider is on no roster"
    assert standing(session, "+8613900001111") == "active"


def test_applied_they_have_left_and_the_others_stay(session: BrandSession, store: OrgUnit) -> None:
    take(session, LIN, whole=True)
    assert [standing(session, phone) for phone in ("+8613812345678", "+8613900001111", "+8613900002222")] == ["active", "left", "active"]


def test_a_roster_that_is_not_said_to_be_whole_lets_nobody_go(session: BrandSession, store: OrgUnit) -> None:
    assert take(session, LIN).leavers == ()
    assert standing(session, "+8613900001111") == "active"


def test_a_wrong_line_may_be_hers(session: BrandSession, store: OrgUnit) -> None:
    result = take(session, LIN + "王芳,1390000111,E2,SH01,员工\n", whole=True, skip_errors=True)
    assert ({error.line for error in result.errors}, result.applied, result.leavers) == ({3}, True, ())
    assert standing(session, "+8613900001111") == "active"


def test_another_region_is_not_ones_to_let_go(session: BrandSession, store: OrgUnit) -> None:
    region = a_unit(session, kind="region", name="华南", code="SOUTH")
    theirs = a_unit(session, name="深圳店", code="SZ01", parent=region)
    result = take(session, "钱多,13900003333,,SZ01,员工\n", whole=True, within=theirs.path)
    assert result.leavers == ()
    assert standing(session, "+8613812345678") == "active"
