"""The operator sees which messages did not leave and why, without names or addresses, and sends them once more after mending it."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.domain.customers.ports import NotSent
from app.domain.notices.actions import Telling, tell
from app.domain.notices.models import Notice, NoticeSend
from app.domain.notices.sending import missed, plan, take_up
from app.extensions import Database
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.shops import Shop, a_shop
from tests.builders.signed_in import platform
from tests.conftest import NOON

ZH = {"Accept-Language": "zh-CN"}


@pytest.fixture
def operator(app: Application, database: Database) -> FlaskClient:
    return platform(app, database)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def failed(shop: Shop, why: NotSent, channel: str = "text") -> UUID:
    """A message of Lin's that did not leave."""
    assert shop.lin.account_id
    tell(shop.session, brand_id=shop.brand_id, kind="released", cause=f"settlement:{why.reason}", to=[Telling(shop.lin.account_id, {"amount_minor": 1})], now=NOON)
    notice_id = shop.session.scalars(select(Notice.id).where(Notice.cause == f"settlement:{why.reason}")).one()
    plan(shop.session, brand_id=shop.brand_id, notice_id=notice_id, channels=[channel], now=NOON)
    [one] = take_up(shop.session, brand_id=shop.brand_id, notice_id=notice_id, now=NOON)
    missed(shop.session, brand_id=shop.brand_id, send_id=one.id, why=why, now=NOON)
    shop.session.commit()
    return one.id


def of(shop: Shop) -> str:
    return f"/platform/messages?q={shop.session.execute(text('SELECT name FROM brands WHERE id = :id'), {'id': shop.brand_id}).scalar()}"


def test_it_is_seen_with_what_to_do_and_sent_again(operator: FlaskClient, shop: Shop) -> None:
    send_id = failed(shop, NotSent("isv.SMS_TEMPLATE_ILLEGAL", "never"))
    page = operator.get(of(shop), headers=ZH).text
    assert "短信模板不存在或没有过审" in page and "佣金解冻" in page
    assert shop.lin.phone not in page and shop.lin.name not in page
    assert operator.post(f"/platform/messages/{shop.brand_id}/{send_id}/again", headers=ZH).status_code == 303
    shop.session.rollback()
    one = shop.session.scalars(select(NoticeSend)).one()
    assert (one.state, one.tries) == ("waiting", 0)
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'send_notice' AND args->>'notice_id' = :id"
    assert shop.session.execute(text(waiting), {"id": str(one.notice_id)}).scalar() == 1


def test_what_may_have_left_cannot_be_sent_again(operator: FlaskClient, shop: Shop) -> None:
    send_id = failed(shop, NotSent("timeout", "unsure"))
    page = operator.get(of(shop), headers=ZH).text
    assert "卡住" in page and f"{send_id}/again" not in page
    assert operator.post(f"/platform/messages/{shop.brand_id}/{send_id}/again", headers=ZH).status_code == 422


def test_who_takes_none_is_not_stuck(operator: FlaskClient, shop: Shop) -> None:
    failed(shop, NotSent("wechat_43004", "gone"), "wechat")
    address = of(shop)
    assert "没有关注公众号" in operator.get(f"{address}&state=gone", headers=ZH).text
    assert "没有找到消息" in operator.get(f"{address}&state=stuck", headers=ZH).text
    assert "没有找到消息" in operator.get(f"{address}&channel=mail", headers=ZH).text


@pytest.mark.parametrize("brand_id", ["0", "99999999999999999999"])
def test_a_message_that_is_not_there_is_not_found(operator: FlaskClient, shop: Shop, brand_id: str) -> None:
    send_id = failed(shop, NotSent("isv.SMS_TEMPLATE_ILLEGAL", "never"))
    assert operator.post(f"/platform/messages/{brand_id}/{send_id}/again", headers=ZH).status_code == 404


def test_strange_filters_find_nothing(operator: FlaskClient) -> None:
    for asked in ("state=x", "channel=%27", "sort=x", "page=99999999999999999999", "q=%25"):
        assert operator.get(f"/platform/messages?{asked}", headers=ZH).status_code in (200, 404)
