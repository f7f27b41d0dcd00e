"""Region and store managers reach their units and what is below; everything else is not found."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from app.domain.guides.actions import create_invite_code
from app.domain.guides.models import Guide, InviteCode
from app.domain.orgs.models import OrgUnit
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.people import a_colleague, a_guide, a_unit
from tests.builders.signed_in import console
from tests.conftest import NOON


@dataclass
class Cast:
    """East with 静安 and Lin, west with 成都 and Wang."""

    east: OrgUnit
    jing: OrgUnit
    chengdu: OrgUnit
    lin: Guide
    wang: Guide
    codes: tuple[InviteCode, InviteCode]


@pytest.fixture
def cast(session: BrandSession) -> Cast:
    east, west = a_unit(session, "region", "华东"), a_unit(session, "region", "华西")
    jing, chengdu = a_unit(session, "store", "静安店", east), a_unit(session, "store", "成都店", west)
    codes = [create_invite_code(session, brand_id=east.brand_id, store_id=store.id, max_uses=1, days=1, now=NOON) for store in (jing, chengdu)]
    made = Cast(east, jing, chengdu, a_guide(session, jing, "林晓", now=NOON), a_guide(session, chengdu, "王芳", now=NOON), (codes[0], codes[1]))
    session.commit()
    return made


@pytest.fixture
def manager(app: Application, session: BrandSession, cast: Cast) -> FlaskClient:
    account = a_colleague(session, "region_manager", cast.east)
    session.commit()
    return console(app, account.login)


def test_lists(manager: FlaskClient, cast: Cast) -> None:
    for path in ("/console/orgs", "/console/orgs/tree", "/console/guides", "/console/invites", "/console/guides/new"):
        page = manager.get(path).text
        assert "静安店" in page and "成都店" not in page, path
    assert "林晓" in manager.get("/console/guides").text and "王芳" not in manager.get("/console/guides").text


def test_single_pages(manager: FlaskClient, cast: Cast) -> None:
    for mine, theirs in ((f"/console/orgs/{cast.jing.id}", f"/console/orgs/{cast.chengdu.id}"),
                         (f"/console/guides/{cast.lin.id}", f"/console/guides/{cast.wang.id}"),
                         (f"/console/guides/{cast.lin.id}/edit", f"/console/guides/{cast.wang.id}/edit"),
                         (f"/console/invites/{cast.codes[0].id}", f"/console/invites/{cast.codes[1].id}")):
        assert (manager.get(mine).status_code, manager.get(theirs).status_code) == (200, 404), theirs


def test_deeds(manager: FlaskClient, cast: Cast, session: BrandSession) -> None:
    theirs = f"/console/guides/{cast.wang.id}"
    for path in (f"{theirs}/suspend", f"{theirs}/leave", f"{theirs}/activation", f"{theirs}/edit", f"/console/invites/{cast.codes[1].id}/revoke"):
        assert manager.post(path, data={"name": "x"}).status_code == 404, path
    assert manager.post(f"{theirs}/move", data={"store_id": str(cast.jing.id)}).status_code == 404
    assert manager.post(f"/console/guides/{cast.lin.id}/move", data={"store_id": str(cast.chengdu.id)}).status_code == 404
    form = {"name": "新人", "phone": "13700001111", "store_id": str(cast.chengdu.id), "kind": "staff"}
    assert manager.post("/console/guides/new", data=form).status_code == 404
    session.expire_all()
    assert (cast.wang.status, cast.codes[1].revoked_at, cast.lin.store_id) == ("active", None, cast.jing.id)
    assert manager.post(f"/console/guides/{cast.lin.id}/suspend").status_code == 303


def test_what_the_role_may_not_do(manager: FlaskClient, cast: Cast) -> None:
    for path in ("/console/accounts", "/console/settings", "/console/audit", "/console/orgs/new", f"/console/orgs/{cast.jing.id}/edit"):
        assert manager.get(path).status_code == 404, path
    assert manager.post(f"/console/orgs/{cast.jing.id}/close").status_code == 404
    side = manager.get("/console/guides").text
    assert "/console/accounts" not in side and "/console/audit" not in side


def test_nonsense_ids_are_not_found(manager: FlaskClient) -> None:
    for path in ("/console/orgs/1", "/console/guides/x", "/console/invites/00000000-0000-0000-0000-000000000000", "/console/guides/%F0%9F%98%80"):
        assert manager.get(path).status_code == 404, path
