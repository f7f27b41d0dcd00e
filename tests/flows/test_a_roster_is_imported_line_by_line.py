"""Roster import: a dry run tells, errors name their line, the same roster again changes nothing."""

from __future__ import annotations

import io

import pytest
import xlsxwriter
from sqlalchemy import func, select

from app.domain.guides.models import Guide
from app.domain.guides.queries import guide_by_phone
from app.domain.orgs.models import OrgUnit
from app.flows.import_roster import RosterResult, import_roster
from app.flows.leave_guide import leave_guide
from app.gateways.tables import read_table
from app.kernel.errors import Refused
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_guide, a_phone, a_unit
from tests.conftest import NOON

HEADER = "姓名,手机号,工号,门店编码,类型\n"


@pytest.fixture
def store(session: BrandSession) -> OrgUnit:
    return a_unit(session, name="静安店", code="SH01")


def take(session: BrandSession, text: str | bytes, **how: object) -> RosterResult:
    content = text.encode() if isinstance(text, str) else text
    return import_roster(session, brand_id=session.info["brand_id"], rows=read_table(content), now=NOON, **how)  # type: ignore[arg-type]


def guides(session: BrandSession) -> int:
    return session.scalar(select(func.count()).select_from(Guide)) or 0


def test_a_dry_run_writes_nothing(session: BrandSession, store: OrgUnit) -> None:
    result = take(session, HEADER + "林晓,13812345678,E1,SH01,员工\n", dry_run=True)
    assert (result.created, result.applied, guides(session)) == (1, False, 0)


def test_again_changes_nothing(session: BrandSession, store: OrgUnit) -> None:
    text = HEADER + "林晓,138 1234 5678,E1,sh01,员工\n王芳,13900001111,,SH01,分销员\n"
    assert take(session, text).created == 2
    again = take(session, text)
    assert (again.created, again.updated, again.unchanged, again.errors) == (0, 0, 2, ())
    assert [guide_by_phone(session, brand_id=store.brand_id, phone=phone).kind for phone in ("+8613812345678", "+8613900001111")] == [  # type: ignore[union-attr]
        "staff", "affiliate"]


def test_new_name_and_store_are_updated_and_the_missing_stay(session: BrandSession, store: OrgUnit) -> None:
    a_unit(session, name="徐汇店", code="SH02")
    take(session, HEADER + "林晓,13812345678,E1,SH01,\n王芳,13900001111,E2,SH01,\n")
    result = take(session, HEADER + "林小晓,13812345678,,SH02,\n")
    assert (result.updated, result.unchanged, guides(session)) == (1, 0, 2)
    assert result.plans[0].changes == {"name": ("林晓", "林小晓"), "store_code": ("SH01", "SH02")}
    guide = guide_by_phone(session, brand_id=store.brand_id, phone="+8613812345678")
    assert guide is not None and (guide.name, guide.employee_no, guide.payee.name, guide.store.code) == ("林小晓", "E1", "林小晓", "SH02")


def test_each_error_names_its_line_and_nothing_is_written(session: BrandSession, store: OrgUnit) -> None:
    a_guide(session, store, "周舟", now=NOON, employee_no="E9")
    before = guides(session)
    result = take(session, HEADER + "林晓,13812345678,E1,SH01,\n,13900001111,,SH01,\n王芳,12345,,SH01,\n王芳,13812345678,,SH01,\n"
                                    "\n李雷,13900002222,,NONE,\n韩梅,13900003333,E9,SH01,\n赵六,13900004444,E1,SH01,\n钱七,13900005555,,SH01,外星人\n")
    assert [(error.line, error.field, error.code) for error in result.errors] == [
        (3, "name", "required"), (4, "phone", "phone_invalid"), (5, "phone", "phone_repeated"), (7, "store_code", "store_unknown"),
        (8, "employee_no", "employee_no_taken"), (9, "employee_no", "employee_no_repeated"), (10, "kind", "guide_kind_unknown")]
    assert (result.created, result.applied, guides(session)) == (1, False, before)
    assert result.errors[2].data == {"first": 2}


def test_bad_lines_are_skipped_when_asked(session: BrandSession, store: OrgUnit) -> None:
    result = take(session, HEADER + "林晓,13812345678,,SH01,\n王芳,x,,SH01,\n", skip_errors=True)
    assert (result.created, len(result.errors), result.applied, guides(session)) == (1, 1, True, 1)


def test_who_has_left_does_not_come_back_by_an_old_roster(session: BrandSession, store: OrgUnit) -> None:
    text = HEADER + "林晓,13812345678,,SH01,\n"
    take(session, text)
    guide = guide_by_phone(session, brand_id=store.brand_id, phone="+8613812345678")
    assert guide is not None
    leave_guide(session, brand_id=store.brand_id, guide_id=guide.id, now=NOON)
    assert [error.code for error in take(session, text).errors] == ["guide_left"]
    assert guide.status == "left"


def test_a_manager_imports_only_into_own_stores(session: BrandSession, store: OrgUnit) -> None:
    other = a_unit(session, code="BJ01")
    phone = a_phone()
    a_guide(session, other, phone=phone, now=NOON)
    text = HEADER + f"林晓,{phone},,SH01,\n王芳,13900001111,,BJ01,\n"
    assert [error.code for error in take(session, text, within=store.path).errors] == ["phone_taken", "store_unknown"]
    assert take(session, text, dry_run=True).errors == (), "without the scope both lines would pass"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding_and_english_headers(session: BrandSession, store: OrgUnit, encoding: str) -> None:
    text = "门店导购名单\nPhone Number;Full Name;Store Code\n13812345678;林晓晓;SH01\n"
    assert take(session, text.encode(encoding)).created == 1


def test_a_workbook_with_numbers_as_phones(session: BrandSession, store: OrgUnit) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for line, cells in enumerate([["姓名*", "手机", "工号", "门店编码"], ["林晓", 13812345678, 1001, "SH01"]]):
            sheet.write_row(line, 0, cells)
    take(session, file.getvalue())
    guide = guide_by_phone(session, brand_id=store.brand_id, phone="+8613812345678")
    assert guide is not None and guide.employee_no == "1001"


@pytest.mark.parametrize(("content", "code"), [
    (b"", "file_empty"), (b"a,b\n1,2\n", "roster_header"), (HEADER.encode(), "roster_empty"), (b"\xff\xfe\x00", "encoding_broken"),
    (b"PK\x03\x04broken", "broken_workbook"), ((HEADER + '"a,b\n').encode(), "broken_table"),
    ((HEADER + "林,1,,S,\n" * 5010).encode(), "roster_too_long"), (b"\x00" * 100, "roster_header")])
def test_what_is_no_roster_is_refused(session: BrandSession, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        take(session, content)
    assert refused.value.code == code
