"""A phone is proved by a code of six digits: ten minutes, five tries, once; a stranger learns nothing by asking for one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.domain.brands.models import Brand
from app.domain.customers.actions import issue_code, spend_code
from app.domain.customers.models import Customer, SignInCode
from app.domain.customers.queries import phone_of
from app.extensions import Database
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.money import paid_order
from tests.builders.races import Race
from tests.builders.shoppers import ZH
from tests.builders.shops import CONTACT, Shop
from tests.builders.signed_in_shopper import asked, sign_in_shopper_on, typed
from tests.conftest import NOON, TestClock

PHONE = CONTACT["phone"]
WRONG = "?wrong=1"


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_she_sees_the_orders_of_her_phone_and_signs_out(client: FlaskClient, app: Application, brand: Brand, shop: Shop) -> None:
    mine = paid_order(shop, (shop.case, 1))
    assert client.get(f"/b/{brand.slug}/mine").location.endswith("/sign-in")
    sign_in_shopper_on(client, app, brand, PHONE)
    page = client.get(f"/b/{brand.slug}/mine", headers=ZH).text
    assert mine.number in page
    assert "138****8000" in page
    assert f"/b/{brand.slug}/orders/{mine.number}?token=" in page
    assert client.get(f"/b/{brand.slug}/checkout?share={shop.link.code}&v={shop.case}", headers=ZH).text.count("+8613800138000") == 1
    client.post(f"/b/{brand.slug}/sign-out")
    assert client.get_cookie("yd_v") is None
    assert client.get(f"/b/{brand.slug}/mine").location.endswith("/sign-in")


def test_another_phone_sees_none_of_them(client: FlaskClient, app: Application, brand: Brand, shop: Shop) -> None:
    mine = paid_order(shop, (shop.case, 1))
    sign_in_shopper_on(client, app, brand, "13911112222")
    page = client.get(f"/b/{brand.slug}/mine", headers=ZH).text
    assert mine.number not in page
    assert "还没有订单" in page


def test_known_and_unknown_phones_get_the_same_answer(app: Application, brand: Brand, shop: Shop) -> None:
    paid_order(shop, (shop.case, 1))
    answers = []
    for phone in (PHONE, "13911112222"):
        device = app.test_client()
        answer = device.post(f"/b/{brand.slug}/sign-in", data={"phone": phone}, headers=ZH)
        answers.append((answer.status_code, answer.location, device.get(answer.location, headers=ZH).text.replace("138****8000", "139****2222")))
    assert answers[0] == answers[1]


def test_five_wrong_tries_spend_the_code(client: FlaskClient, app: Application, brand: Brand, shop: Shop) -> None:
    code = asked(client, app, brand, PHONE)
    for _ in range(5):
        answer = typed(client, brand, other(code))
        assert answer.location.endswith(WRONG)
        assert "验证码不对" in client.get(answer.location, headers=ZH).text
    assert typed(client, brand, code).location.endswith(WRONG)


def test_four_wrong_tries_do_not(client: FlaskClient, app: Application, brand: Brand, shop: Shop) -> None:
    code = asked(client, app, brand, PHONE)
    for _ in range(4):
        typed(client, brand, other(code))
    assert typed(client, brand, code).location.endswith("/mine")


@pytest.mark.parametrize(("after", "good"), [(timedelta(minutes=10, microseconds=-1), True), (timedelta(minutes=10), False)])
def test_ten_minutes_and_no_more(client: FlaskClient, app: Application, brand: Brand, clock: TestClock, after: timedelta, good: bool, shop: Shop) -> None:
    code = asked(client, app, brand, PHONE)
    clock.now = NOON + after
    assert typed(client, brand, code).location.endswith("/mine" if good else WRONG)


def test_a_code_is_good_once_and_only_the_newest(client: FlaskClient, app: Application, brand: Brand, clock: TestClock, shop: Shop) -> None:
    first = asked(client, app, brand, PHONE)
    clock.now += timedelta(seconds=61)
    second = asked(client, app, brand, PHONE)
    if first != second:
        assert typed(client, brand, first).location.endswith(WRONG)
    assert typed(client, brand, second).location.endswith("/mine")
    client.post(f"/b/{brand.slug}/sign-out")
    with client.session_transaction() as cookie:
        cookie["shopper_asked"] = {"brand": brand.id, "phone": PHONE, "next": ""}
    assert typed(client, brand, second).location.endswith(WRONG)


def test_asked_again_at_once_sends_nothing_and_leads_on(client: FlaskClient, app: Application, brand: Brand, session: BrandSession, shop: Shop) -> None:
    code = asked(client, app, brand, PHONE)
    again = client.post(f"/b/{brand.slug}/sign-in", data={"phone": PHONE}, headers=ZH)
    assert again.location.endswith("/sign-in/code")
    assert "刚刚发过验证码" in client.get(again.location, headers=ZH).text
    assert len(session.scalars(select(SignInCode)).all()) == 1
    assert typed(client, brand, code).location.endswith("/mine")


def test_six_an_hour_are_too_many(client: FlaskClient, app: Application, brand: Brand, clock: TestClock, session: BrandSession, shop: Shop) -> None:
    for minute in range(6):
        clock.now = NOON + timedelta(minutes=2 * minute)
        client.post(f"/b/{brand.slug}/sign-in", data={"phone": PHONE}, headers=ZH)
    assert len(session.scalars(select(SignInCode)).all()) == 5


@pytest.mark.parametrize("phone", ["", "12", "电话", "1" * 60, "+" * 24])
def test_what_is_no_phone_is_told_at_the_field(client: FlaskClient, brand: Brand, phone: str, shop: Shop) -> None:
    answer = client.post(f"/b/{brand.slug}/sign-in", data={"phone": phone}, headers=ZH)
    assert answer.status_code == 422
    assert "手机号不对" in answer.text


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/console/", "/b/other/", "/b/{slug}/\\evil", "/b/{slug}//evil.example"])
def test_it_leads_nowhere_but_into_this_shop(client: FlaskClient, app: Application, brand: Brand, address: str, shop: Shop) -> None:
    data = {"phone": PHONE, "next": address.replace("{slug}", brand.slug)}
    client.post(f"/b/{brand.slug}/sign-in", data=data, headers=ZH)
    with client.session_transaction() as cookie:
        assert cookie["shopper_asked"]["next"] == f"/b/{brand.slug}/mine"


def test_it_leads_back_to_the_checkout(client: FlaskClient, brand: Brand, shop: Shop) -> None:
    back = f"/b/{brand.slug}/checkout?share={shop.link.code}&v={shop.case}&q=1"
    client.post(f"/b/{brand.slug}/sign-in", data={"phone": PHONE, "next": back}, headers=ZH)
    with client.session_transaction() as cookie:
        assert cookie["shopper_asked"]["next"] == back


def test_neither_phone_nor_code_lies_open(client: FlaskClient, app: Application, brand: Brand, session: BrandSession, shop: Shop) -> None:
    code = asked(client, app, brand, PHONE)
    typed(client, brand, code)
    sent, customer = session.scalars(select(SignInCode)).one(), session.scalars(select(Customer)).one()
    assert code not in sent.code_digest
    assert PHONE not in customer.phone_digest + customer.phone_sealed.decode()
    assert phone_of(customer) == "+86" + PHONE


def test_in_another_brands_shop_she_is_not_signed_in(client: FlaskClient, app: Application, brand: Brand, database: Database, shop: Shop) -> None:
    foreign = a_brand(database, slug=f"other-{brand.slug}", now=NOON)
    sign_in_shopper_on(client, app, brand, PHONE)
    assert client.get(f"/b/{foreign.slug}/mine").location == f"/b/{foreign.slug}/sign-in"


def test_tries_at_the_same_moment_all_count(shop: Shop, database: Database, brand: Brand) -> None:
    code = issue_code(shop.session, brand_id=brand.id, phone="+8613800138000", now=NOON)
    shop.session.commit()
    guess = lambda session: spend_code(session, brand_id=brand.id, phone="+8613800138000", code=other(code), now=NOON)  # noqa: E731
    assert Race(database, brand.id).run(*[guess] * 6) == [False] * 6
    assert shop.session.scalars(select(SignInCode.attempts)).one() == 5
    shop.session.rollback()
    assert not spend_code(shop.session, brand_id=brand.id, phone="+8613800138000", code=code, now=NOON)
    shop.session.execute(update(SignInCode).values(attempts=0))
    assert spend_code(shop.session, brand_id=brand.id, phone="+8613800138000", code=code, now=NOON), "without the count it would have been good"
