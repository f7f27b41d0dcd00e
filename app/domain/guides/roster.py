"""A roster (花名册): which column is which, and what a row says, before anything is looked up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.kernel.errors import Refused
from app.kernel.sheets import HEADER_WITHIN, Row, RowError, sheet

from .rules import normal_phone

COLUMNS = {
    "name": ("姓名", "导购姓名", "员工姓名", "名字", "name", "full name", "guide", "guide name", "employee name"),
    "phone": ("手机号", "手机", "手机号码", "电话", "联系电话", "phone", "mobile", "phone number", "mobile number", "tel"),
    "employee_no": ("工号", "员工号", "员工编号", "员工工号", "employee no", "employee number", "employee id", "staff no", "staff id"),
    "store_code": ("门店编码", "门店编号", "门店代码", "店铺编码", "所属门店", "门店", "store code", "store", "store no", "store id", "shop code"),
    "kind": ("类型", "人员类型", "身份", "kind", "type"),
    "referrer_phone": ("推荐人手机号", "推荐人手机", "推荐人电话", "推荐人", "referrer phone", "referrer"),
}
NEEDED = {"name": "姓名", "phone": "手机号", "store_code": "门店编码"}
KINDS = {"": "", "员工": "staff", "正式": "staff", "导购": "staff", "在职": "staff", "staff": "staff", "employee": "staff",
         "分销员": "affiliate", "外部": "affiliate", "外部分销员": "affiliate", "affiliate": "affiliate", "outsider": "affiliate"}
MAX_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class RosterRow:
    """Phones are E.164, '' if unreadable; `employee_no`, `kind` and `referrer_phone` are None without such a column or with an empty cell."""

    line: int
    name: str
    phone: str
    employee_no: str | None
    store_code: str
    kind: str | None
    referrer_phone: str | None = None


def read_roster(rows: Iterable[Row]) -> tuple[list[RosterRow], list[RowError]]:
    """Every line and what is wrong with some, in the order of the file; line numbers are those the spreadsheet shows.

    Refuses a roster without header, without rows or with more than 5000.
    """
    table = sheet(_limited(rows), columns=COLUMNS, needed=NEEDED)
    if table.missing:
        raise Refused("roster_header", "花名册缺少这些列：%(columns)s", field="file", columns="、".join(table.missing))
    if not table.lines:
        raise Refused("roster_empty", "花名册里没有人", field="file")
    people: list[RosterRow] = []
    errors: list[RowError] = []
    seen: dict[tuple[str, str], int] = {}
    for line, cells in table.told():
        row, wrong = _read(line, cells)
        errors += wrong + _repeated(row, seen)
        people.append(row)
    return people, errors


def _limited(rows: Iterable[Row]) -> list[Row]:
    kept: list[Row] = []
    for row in rows:
        kept.append(row)
        if len(kept) > MAX_ROWS + HEADER_WITHIN:
            raise Refused("roster_too_long", "一次最多导入 %(most)d 人，请分成几份", field="file", most=MAX_ROWS)
    return kept


def _read(line: int, cells: dict[str, str]) -> tuple[RosterRow, list[RowError]]:
    errors: list[RowError] = []
    for column, most in (("name", 40), ("employee_no", 40), ("store_code", 40)):
        if column in NEEDED and not cells[column]:
            errors.append(RowError(line, column, "required", "这一项必须填写"))
        elif len(cells.get(column, "")) > most:
            errors.append(RowError(line, column, "too_long", "最长 %(most)d 个字", {"most": most}))
    phone, kind = _phone(line, "phone", cells["phone"], errors), KINDS.get(cells.get("kind", "").lower())
    referrer = _phone(line, "referrer_phone", cells["referrer_phone"], errors) if cells.get("referrer_phone") else ""
    if kind is None:
        errors.append(RowError(line, "kind", "guide_kind_unknown", "不认识类型“%(kind)s”，可填员工或分销员", {"kind": cells["kind"][:20]}))
    return RosterRow(line, cells["name"], phone, cells.get("employee_no") or None, cells["store_code"], kind or None, referrer or None), errors


def _phone(line: int, column: str, typed: str, errors: list[RowError]) -> str:
    """As E.164, '' when it is none; what is wrong is added to the errors."""
    if not typed:
        errors.append(RowError(line, column, "required", "这一项必须填写"))
        return ""
    try:
        return normal_phone(typed)
    except Refused as refused:
        errors.append(RowError(line, column, refused.code, refused.message, refused.data))
        return ""


def _repeated(row: RosterRow, seen: dict[tuple[str, str], int]) -> list[RowError]:
    """The second line with the same phone or employee number is wrong and says where the first is."""
    errors = []
    for column, code, value in (("phone", "phone_repeated", row.phone), ("employee_no", "employee_no_repeated", row.employee_no or "")):
        first = seen.setdefault((column, value), row.line) if value else row.line
        if first != row.line:
            errors.append(RowError(row.line, column, code, "与第 %(first)d 行重复", {"first": first}))
    return errors
