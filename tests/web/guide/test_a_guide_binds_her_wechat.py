"""A guide's WeChat is bound through WeChat's own page: once, by a state only her browser holds, and hers alone; she can undo it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.config import from_env
from app.domain.notices.actions import bind_wechat
from app.domain.notices.models import NoticeWish
from app.domain.notices.templates import read_templates
from app.extensions import Database
from app.gateways.talking import HttpTalk
from app.gateways.wechat.js_sdk import WeChat
from app.gateways.wechat.messages import TemplateMessages
from app.gateways.wiring import Gateways
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from app.web.shared.safety import policy
from tests.builders.money import unguarded
from tests.builders.races import Race, Work
from tests.builders.shoppers import ZH, signed_in_guide
from tests.builders.shops import Shop, a_shop
from tests.gateways.doubles.wechat import WeChatDouble

BROWSER = {"Accept-Language": "zh-CN", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0"}
SETTINGS = "/guide/notices/settings"
BACK = "/guide/notices/wechat/back"


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


@pytest.fixture
def double(app: Application) -> Iterator[WeChatDouble]:
    """The house has a public account, played on a socket."""
    double, before = WeChatDouble(), app.gateways
    with double.open():
        account = WeChat(HttpTalk(allow_private=True), double.app_id, double.secret, double.url)
        app.gateways = replace(app.gateways, wechat_messages=TemplateMessages(account, read_templates("*=TM-any:thing1=title")))
        yield double
        app.gateways = before


def wished(shop: Shop) -> dict[str, tuple[str, bool]]:
    """Login → (openid, whether messages go there)."""
    shop.session.rollback()
    names = {shop.lin.account_id: "lin", shop.he.account_id: "he"}
    found = {names[one.account_id]: (one.openid, one.by_wechat) for one in shop.session.scalars(select(NoticeWish))}
    shop.session.rollback()
    return found


def gone_to(client: FlaskClient) -> str:
    """The state she goes to WeChat with."""
    answer = client.post("/guide/notices/wechat", headers=ZH)
    assert answer.status_code == 303
    return parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]


def back(client: FlaskClient, **asked: str) -> str:
    """What she is told then."""
    answer = client.get(BACK, query_string=asked, headers=ZH)
    assert (answer.status_code, answer.headers["Location"]) == (303, SETTINGS)
    return client.get(SETTINGS, headers=ZH).text


def test_she_goes_to_wechats_page_and_comes_back_bound(client: FlaskClient, shop: Shop, double: WeChatDouble) -> None:
    """The address is the documented one, its parameters in the documented order."""
    signed_in_guide(client, shop.lin)
    assert "未绑定" in client.get(SETTINGS, headers=ZH).text
    address = client.post("/guide/notices/wechat", headers=ZH).headers["Location"]
    parts = urlsplit(address)
    assert (parts.netloc, parts.path, parts.fragment) == ("open.weixin.qq.com", "/connect/oauth2/authorize", "wechat_redirect")
    asked = parse_qs(parts.query)
    assert list(asked) == ["appid", "redirect_uri", "response_type", "scope", "state"]
    assert (asked["appid"], asked["response_type"], asked["scope"]) == ([double.app_id], ["code"], ["snsapi_base"])
    assert urlsplit(asked["redirect_uri"][0]).path == BACK
    page = back(client, code="code-of-lin", state=asked["state"][0])
    assert "微信绑好了" in page and "已绑定" in page and 'name="by_wechat" value="1" checked' in page
    assert wished(shop) == {"lin": ("oLin", True)}


@pytest.mark.parametrize("state", ["", "another", "\x00", "中"])
def test_a_state_that_is_not_hers_binds_nobody(client: FlaskClient, shop: Shop, double: WeChatDouble, state: str) -> None:
    """Else a stranger could lead her to an address with his own code, and read her notices."""
    signed_in_guide(client, shop.lin)
    gone_to(client)
    client.get(BACK, query_string={"code": "code-of-lin", "state": state}, headers=ZH)
    assert (wished(shop), double.asked) == ({}, [])


def test_a_state_is_good_once_and_only_for_who_asked(client: FlaskClient, shop: Shop, double: WeChatDouble) -> None:
    signed_in_guide(client, shop.lin)
    state = gone_to(client)
    assert "已经过期" in back(client, code="x", state="wrong")
    assert "已经过期" in back(client, code="code-of-lin", state=state)
    state = gone_to(client)
    signed_in_guide(client, shop.he)
    assert "已经过期" in back(client, code="code-of-lin", state=state)
    assert (wished(shop), double.asked) == ({}, [])


def test_who_does_not_agree_is_not_bound(client: FlaskClient, shop: Shop, double: WeChatDouble) -> None:
    signed_in_guide(client, shop.lin)
    assert "没有同意" in back(client, state=gone_to(client))
    assert double.asked == []


@pytest.mark.parametrize("code", ["spent", "x" * 3000, "中"])
def test_a_code_wechat_does_not_know_is_told(client: FlaskClient, shop: Shop, double: WeChatDouble, code: str) -> None:
    signed_in_guide(client, shop.lin)
    assert "没有认出" in back(client, code=code, state=gone_to(client))
    assert wished(shop) == {}


@pytest.mark.parametrize("fault", ["reset", "html", "half_json", "garbage", "empty", "error"])
def test_no_answer_is_a_crash(client: FlaskClient, shop: Shop, double: WeChatDouble, fault: str) -> None:
    signed_in_guide(client, shop.lin)
    double.faults = [fault]
    assert "没有认出" in back(client, code="code-of-lin", state=gone_to(client))


def test_one_wechat_is_one_persons(client: FlaskClient, shop: Shop, double: WeChatDouble, app: Application) -> None:
    signed_in_guide(client, shop.lin)
    back(client, code="code-of-lin", state=gone_to(client))
    double.codes_given = {"again": "oLin", "other": "oOther"}
    assert "先解绑再换" in back(client, code="other", state=gone_to(client))
    signed_in_guide(client, shop.he)
    assert "已经绑定了别的账号" in back(client, code="again", state=gone_to(client))
    assert wished(shop) == {"lin": ("oLin", True)}
    taken = text("UPDATE notice_wishes SET openid = 'oLin', wechat_app_id = :app WHERE brand_id = :brand")
    values, he = {"brand": shop.brand_id, "app": double.app_id}, shop.he.account_id
    shop.session.rollback()
    for guarded in (True, False):
        with unguarded(app.settings, shop.brand_id) as bare:
            bare.execute(text("INSERT INTO notice_wishes (brand_id, id, account_id) VALUES (:brand, gen_random_uuid(), :he)"),
                         {"brand": shop.brand_id, "he": he})
            if guarded:
                with pytest.raises(IntegrityError):
                    bare.execute(taken, values)
            else:
                bare.execute(text("DROP INDEX uq_notice_wishes_wechat"))
                bare.execute(taken, values)


def test_she_can_undo_it_and_bind_another(client: FlaskClient, shop: Shop, double: WeChatDouble) -> None:
    signed_in_guide(client, shop.lin)
    back(client, code="code-of-lin", state=gone_to(client))
    client.post("/guide/notices/wechat/unbind", headers=ZH)
    assert wished(shop) == {"lin": ("", False)}
    double.codes_given = {"other": "oOther"}
    back(client, code="other", state=gone_to(client))
    assert wished(shop) == {"lin": ("oOther", True)}


def test_outside_wechat_she_is_told_to_open_it_there(client: FlaskClient, shop: Shop, double: WeChatDouble) -> None:
    signed_in_guide(client, shop.lin)
    page = client.get(SETTINGS, headers=BROWSER).text
    assert "请在微信里打开这个应用" in page and "绑定微信" not in page


def test_the_page_offers_what_there_is(client: FlaskClient, shop: Shop, app: Application) -> None:
    """No account that sends messages: nothing of WeChat; what she said of a channel that is away for a while stays said."""
    before = app.gateways
    signed_in_guide(client, shop.lin)
    client.post(SETTINGS, data={"by_text": "1", "by_mail": "1", "email": "lin@farway.example"}, headers=ZH)
    try:
        app.gateways = replace(before, wechat_messages=None)
        page = client.get(SETTINGS, headers=ZH).text
        assert "微信" not in page.split("<main")[1] and 'name="by_text" value="1" checked' in page
        assert client.get("/guide/notices/wechat/played", headers=ZH).status_code == 404
        assert client.post("/guide/notices/wechat", headers=ZH).status_code == 404
        app.gateways = replace(app.gateways, texts=replace(Gateways.from_settings(app.settings).texts, ready=False))
        client.post(SETTINGS, data={"email": "lin@farway.example"}, headers=ZH)
    finally:
        app.gateways = before
    shop.session.rollback()
    one = shop.session.scalars(select(NoticeWish)).one()
    assert (one.by_text, one.by_mail) == (True, False)


def test_the_played_wechat_does_as_the_real_one(client: FlaskClient, shop: Shop) -> None:
    signed_in_guide(client, shop.lin)
    played = client.get(client.post("/guide/notices/wechat", headers=ZH).headers["Location"], headers=ZH).text
    agree = played.split('class="btn brand" href="')[1].split('"')[0].replace("&amp;", "&")
    client.get(agree, headers=ZH)
    assert wished(shop)["lin"][1] is True
    assert "还没有发过消息" in client.get("/guide/notices/wechat/played", headers=ZH).text


def test_forms_may_lead_to_wechat_only_where_it_is_set_up() -> None:
    account = {"WECHAT_APP_ID": "wx1", "WECHAT_APP_SECRET": "s"}
    assert policy(from_env(account))["form-action"] == "'self'"
    assert policy(from_env({**account, "WECHAT_TEMPLATES": "*=T:thing1=title"}))["form-action"] == "'self' https://open.weixin.qq.com"


def test_two_who_bind_one_wechat_at_once(shop: Shop, database: Database) -> None:
    """One of them is refused, with words and not with a fault."""
    def binds(account_id: UUID | None) -> Work:
        assert account_id
        return lambda session: bind_wechat(session, brand_id=shop.brand_id, account_id=account_id, app_id="wx1", openid="oOne")

    answers = Race(database, shop.brand_id).run(*[binds(account_id) for account_id in (shop.lin.account_id, shop.he.account_id)])
    assert sorted(map(str, answers)) == ["None", "wechat_taken"]
    assert sorted(wished(shop).values()) == [("oOne", True)]
