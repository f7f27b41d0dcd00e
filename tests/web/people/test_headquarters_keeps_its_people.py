"""Stores, guides, roster, invite codes, colleagues, settings and the audit log, as HQ uses them in the console."""

from __future__ import annotations

import io
import re

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from app.domain.brands.fees import fee_plans
from app.domain.brands.queries import settings_of
from app.domain.guides.models import Guide, InviteCode
from app.domain.guides.queries import guide_by_phone
from app.domain.orgs.models import OrgUnit
from app.domain.people.models import Account, AuditEvent
from app.domain.people.queries import account_by_login
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.people import a_colleague, a_guide, a_unit
from tests.builders.signed_in import console
from tests.conftest import NOON

SETTINGS = {"attribution_window_days": "20", "after_sale_days": "7", "payment_minutes": "30", "guard_bp": "12.5", "shipping_fee_minor": "12.00",
            "free_shipping_from_minor": "299", "payout_minimum_minor": "1", "slogan": "走远一点", "service_phone": "400", "color": "#1f3d36",
            "tint": "#eef3f0", "sand": "#f3eee4", "binding_days": "365", "binding_protection_days": "30",
            "attribution_model": "last_touch", "self_purchase": "none"}


@pytest.fixture
def store(session: BrandSession) -> OrgUnit:
    store = a_unit(session, name="静安店", code="SH01")
    session.commit()
    return store


@pytest.fixture
def owner(app: Application, session: BrandSession) -> FlaskClient:
    account = a_colleague(session, "owner", name="周衡")
    session.commit()
    return console(app, account.login)


def test_a_store_is_added_edited_and_closed(owner: FlaskClient, session: BrandSession) -> None:
    region = owner.post("/console/orgs/new", data={"kind": "region", "name": "华东", "code": "R1"})
    region_id = region.location.rsplit("/", 1)[1]
    form = {"kind": "store", "name": "徐汇店", "code": "SH02", "parent_id": region_id, "city": "上海"}
    made = owner.post("/console/orgs/new", data=form)
    assert made.status_code == 303 and "上海" in owner.get(made.location).text
    taken = owner.post("/console/orgs/new", data=form)
    assert taken.status_code == 422 and "已被“徐汇店”使用" in taken.text and 'aria-invalid="true"' in taken.text
    assert owner.post(made.location + "/edit", data={**form, "name": "徐家汇店", "parent_id": ""}).status_code == 303
    session.expire_all()
    unit = session.scalar(select(OrgUnit).where(OrgUnit.code == "SH02"))
    assert unit is not None and (unit.name, unit.parent_id) == ("徐家汇店", None)
    assert owner.post(made.location + "/close").status_code == 303
    assert "已关闭" in owner.get(made.location).text


def test_a_guide_is_enrolled_moved_and_leaves(owner: FlaskClient, session: BrandSession, store: OrgUnit) -> None:
    other = a_unit(session, name="徐汇店")
    session.commit()
    form = {"name": "林晓", "phone": "13812345678", "employee_no": "E1", "store_id": str(store.id), "kind": "staff"}
    made = owner.post("/console/guides/new", data=form)
    assert made.status_code == 303
    twice = owner.post("/console/guides/new", data=form)
    assert twice.status_code == 422 and "已属于导购“林晓”" in twice.text
    for field, value in (("phone", "123"), ("store_id", ""), ("name", " "), ("kind", "alien")):
        assert owner.post("/console/guides/new", data={**form, "phone": "13812345679", field: value}).status_code == 422, field
    assert owner.post(made.location + "/move", data={"store_id": str(other.id)}).status_code == 303
    assert owner.post(made.location + "/leave").status_code == 303
    assert owner.post(made.location + "/leave").status_code == 409
    guide = guide_by_phone(session, brand_id=store.brand_id, phone="+8613812345678")
    assert guide is not None and (guide.status, guide.store_id) == ("left", other.id)


def test_search_filter_sort_and_page(owner: FlaskClient, session: BrandSession, store: OrgUnit) -> None:
    for number in range(23):
        a_guide(session, store, f"导购{number:02d}", now=NOON)
    session.commit()
    first = owner.get("/console/guides?sort=name").text
    assert "导购00" in first and "导购22" not in first and "第 1 / 2 页" in first
    assert "导购22" in owner.get("/console/guides?sort=name&page=2").text
    assert "导购22" in owner.get("/console/guides?sort=-name&page=-1").text
    assert "导购07" in owner.get("/console/guides?q=导购07").text
    assert "没有符合的导购" in owner.get("/console/guides?q=nobody").text
    assert "没有符合的导购" in owner.get("/console/guides?status=left").text
    assert "没有符合的导购" in owner.get("/console/guides?store=x").text
    assert owner.get("/console/guides?page=999999999999999999&sort=;drop").status_code == 200


def test_a_roster_is_previewed_then_applied(owner: FlaskClient, session: BrandSession, store: OrgUnit) -> None:
    def upload(text: str) -> str:
        answer = owner.post("/console/guides/roster", data={"file": (io.BytesIO(text.encode("gb18030")), "名单.csv")})
        assert answer.status_code == 200
        return answer.text

    bad = upload("姓名,手机号,门店编码\n林晓,13812345678,SH01\n王芳,13812345678,NOPE\n")
    assert "与第 2 行重复" in bad and "没有编码为“NOPE”的门店" in bad
    token = re.search(r'name="token" value="([^"]+)"', bad)[1]  # type: ignore[index]
    assert owner.post("/console/guides/roster/apply", data={"token": token}).status_code == 422
    assert session.scalar(select(Guide)) is None, "all or nothing, unless bad lines are skipped"
    page = upload("姓名,手机号,门店编码\n林晓,13812345678,SH01\n")
    token = re.search(r'name="token" value="([^"]+)"', page)[1]  # type: ignore[index]
    assert session.scalar(select(Guide)) is None
    assert owner.post("/console/guides/roster/apply", data={"token": token}).status_code == 303
    session.rollback()
    assert guide_by_phone(session, brand_id=store.brand_id, phone="+8613812345678") is not None
    assert owner.post("/console/guides/roster/apply", data={"token": token}).status_code == 303, "twice is once"
    assert "完全一致" in upload("姓名,手机号,门店编码\n林晓,13812345678,SH01\n")


def test_a_preview_of_another_account_is_not_applied(app: Application, owner: FlaskClient, session: BrandSession, store: OrgUnit) -> None:
    page = owner.post("/console/guides/roster", data={"file": (io.BytesIO("姓名,手机号,门店编码\n林,13812345678,SH01\n".encode()), "a.csv")}).text
    token = re.search(r'name="token" value="([^"]+)"', page)[1]  # type: ignore[index]
    colleague = a_colleague(session, "operations")
    session.commit()
    assert console(app, colleague.login).post("/console/guides/roster/apply", data={"token": token}).status_code == 422
    assert owner.post("/console/guides/roster/apply", data={"token": "junk"}).status_code == 422


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 50, b"PK\x03\x04x", b"just words"])
def test_a_bad_file_is_told_at_the_field(owner: FlaskClient, content: bytes) -> None:
    answer = owner.post("/console/guides/roster", data={"file": (io.BytesIO(content), "x.bin")})
    assert answer.status_code == 422 and 'id="file-err"' in answer.text


def test_who_joins_by_code_waits_and_is_approved(app: Application, owner: FlaskClient, session: BrandSession, store: OrgUnit) -> None:
    made = owner.post("/console/invites/new", data={"store_id": str(store.id), "max_uses": "1", "days": "7"})
    assert made.status_code == 303 and "data:image/svg+xml" in owner.get(made.location).text
    code = session.scalar(select(InviteCode.code))
    phone = app.test_client()
    form = {"name": "林晓", "phone": "13812345678", "password": "my own secret", "again": "my own secret"}
    assert "静安店" in phone.get(f"/guide/join/{code}").text
    for field, value in (("phone", "1"), ("name", ""), ("password", "short"), ("again", "else")):
        assert phone.post(f"/guide/join/{code}", data={**form, field: value}).status_code == 422, field
    assert phone.post(f"/guide/join/{code}", data=form).location == "/guide/waiting"
    assert "正在等待审核" in phone.get("/guide/waiting").text
    assert phone.get("/guide/password").location == "/guide/waiting", "she sees nothing else"
    assert phone.get(f"/guide/join/{code}").status_code == 410 and "名额已用完" in phone.get(f"/guide/join/{code}").text
    guide = session.scalar(select(Guide))
    assert guide is not None and "林晓" in owner.get("/console/guides/waiting").text
    assert owner.post(f"/console/guides/{guide.id}/approve", data={"back": "waiting"}).location == "/console/guides/waiting"
    assert phone.get("/guide/password").status_code == 200
    assert owner.post(f"/console/guides/{guide.id}/reject").status_code == 409


def test_revoked_and_unknown_codes(app: Application, owner: FlaskClient, session: BrandSession, store: OrgUnit) -> None:
    made = owner.post("/console/invites/new", data={"store_id": str(store.id), "max_uses": "5", "days": "7"})
    owner.post(made.location + "/revoke")
    code = session.scalar(select(InviteCode.code))
    client = app.test_client()
    assert client.get(f"/guide/join/{code}").status_code == 410 and "已被收回" in client.get(f"/guide/join/{code}").text
    form = {"name": "x", "phone": "13812345678", "password": "my own secret", "again": "my own secret"}
    assert client.post(f"/guide/join/{code}", data=form).status_code == 410
    assert client.get("/guide/join/nosuchcode").status_code == 404
    for field, value in (("max_uses", "0"), ("max_uses", "-1"), ("max_uses", "1000000000000"), ("days", "x"), ("days", "1e999"), ("store_id", "")):
        bad = {"store_id": str(store.id), "max_uses": "1", "days": "7", field: value}
        assert owner.post("/console/invites/new", data=bad).status_code == 422, value


def test_the_last_owner_stays(owner: FlaskClient, session: BrandSession, store: OrgUnit) -> None:
    brand_id = session.info["brand_id"]
    colleagues = {account.login: account for account in session.scalars(select(Account))}
    first = next(account for login, account in colleagues.items() if login.startswith("owner@"))
    assert owner.post(f"/console/accounts/{first.id}/end").status_code == 303
    second = next(account for login, account in colleagues.items() if not login.startswith("owner@"))
    assert owner.post(f"/console/accounts/{second.id}/end").status_code == 422, "not oneself"
    last = owner.post(f"/console/accounts/{second.id}/role", data={"role": "finance"})
    assert last.status_code == 422 and "至少要保留一名负责人" in last.text
    bad = owner.post("/console/accounts/new", data={"login": "a@b.example", "name": "x", "role": "store_manager", "org_unit_id": ""})
    assert bad.status_code == 422 and account_by_login(session, brand_id=brand_id, login="a@b.example") is None


def test_settings_are_checked_and_written_down(owner: FlaskClient, session: BrandSession) -> None:
    assert owner.post("/console/settings", data=SETTINGS).status_code == 303
    row = settings_of(session, brand_id=session.info["brand_id"])
    assert (row.attribution_window_days, row.guard_bp, row.shipping_fee_minor, row.free_shipping_from_minor) == (20, 1250, 1200, 29900)
    event = session.scalar(select(AuditEvent).where(AuditEvent.subject_kind == "brand_settings", AuditEvent.action == "update"))
    assert event is not None and event.before is not None and event.after is not None
    assert (event.before["guard_bp"], event.after["guard_bp"], event.actor_name) == (0, 1250, "周衡")
    page = owner.get("/console/audit?kind=brand_settings").text
    assert "品牌保底" in page and "12.5%" in page and "周衡" in page


@pytest.mark.parametrize(("field", "value"), [
    ("color", "#ffff00"), ("color", "red"), ("tint", "#123456"), ("sand", "#333333"), ("attribution_window_days", "0"),
    ("attribution_window_days", "91"), ("after_sale_days", "-1"), ("after_sale_days", "9" * 50), ("guard_bp", "100.01"), ("guard_bp", "1e999"),
    ("shipping_fee_minor", "-1"), ("shipping_fee_minor", "1.001"), ("shipping_fee_minor", "1e999"), ("slogan", "长" * 61)])
def test_bad_settings_are_told_at_the_field(owner: FlaskClient, session: BrandSession, field: str, value: str) -> None:
    answer = owner.post("/console/settings", data={**SETTINGS, field: value})
    assert answer.status_code == 422 and f'id="{field}-err"' in answer.text
    assert settings_of(session, brand_id=session.info["brand_id"]).attribution_window_days == 15


def test_the_platform_fee_is_not_the_brands_to_change(owner: FlaskClient, session: BrandSession) -> None:
    owner.post("/console/settings", data={**SETTINGS, "platform_fee_bp": "0", "rate_bp": "0"})
    assert [plan.rate_bp for plan in fee_plans(session, brand_id=session.info["brand_id"])] == [100]
    assert "1%" in owner.get("/console/settings").text


def test_a_logo_is_drawn_anew(owner: FlaskClient, session: BrandSession) -> None:
    file = io.BytesIO()
    Image.new("RGB", (900, 300), "red").save(file, "PNG")
    assert owner.post("/console/settings/logo", data={"logo": (io.BytesIO(file.getvalue()), "../../x.png")}).status_code == 303
    page = owner.get("/console/settings").text
    shown = re.search(r'src="(/media/[^"]+)" width="96"', page)
    assert shown and owner.get(shown[1]).mimetype == "image/webp"
    assert shown[1] in owner.get("/console/guides").text, "it stands in the corner of every page"
    for content in (b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", file.getvalue()[:100], b"GIF89a" + b"\0" * 50):
        assert owner.post("/console/settings/logo", data={"logo": (io.BytesIO(content), "x.png")}).status_code == 422


def test_audit_filters(owner: FlaskClient, store: OrgUnit) -> None:
    assert "静安店" in owner.get("/console/audit?kind=org_units&action=create").text
    assert "静安店" not in owner.get("/console/audit?kind=org_units&action=delete").text
    assert "没有符合的记录" in owner.get("/console/audit?from=2999-01-01").text
    assert owner.get("/console/audit?from=x&to=9999-12-31&page=0").status_code == 200
