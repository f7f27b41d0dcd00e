"""A program signs a shopper in as the pages do: what she did before is hers, her token opens her orders and nobody else's, and it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.domain.brands.models import Brand
from app.domain.customers.models import Customer, CustomerBinding, ShopperToken, VisitorLogin
from app.domain.customers.rules import MOST_TOKENS, TOKEN_LIFE
from app.extensions import Database
from app.jobs.housekeeping import find_old_codes
from app.kernel.ids import digest
from app.web.shared.application import Application
from app.web.shared.safety import limiter
from tests.builders.brands import a_brand
from tests.builders.callers import Caller, Shop, order_body, work
from tests.conftest import NOON, TestClock

PHONE = "13912345678"
PHONE_BROWSER = {"User-Agent": "Mozilla/5.0 (iPhone) MicroMessenger/8.0"}


class Program:
    """A mini-programme on one device: it keeps what it is told to keep."""

    def __init__(self, app: Application, brand: Brand) -> None:
        self.app, self.brand, self.client = app, brand, app.test_client()
        self.token, self.visitor, self.keys = "", "", iter(range(1000))

    def ask(self, method: str, path: str, body: Any = None, status: int = 200, key: str = "", token: str | None = None) -> Any:
        token = self.token if token is None else token
        headers = {**PHONE_BROWSER, "Accept-Language": "zh-CN", **({"Authorization": f"Bearer {token}"} if token else {})}
        if method == "POST":
            headers["Idempotency-Key"] = key or f"{id(self)} {next(self.keys)}"
        answer = self.client.open(f"/api/storefront/v1/{self.brand.slug}{path}", method=method, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def get(self, path: str, status: int = 200, **more: Any) -> Any:
        return self.ask("GET", path, status=status, **more)

    def post(self, path: str, body: Any, status: int = 200, **more: Any) -> Any:
        return self.ask("POST", path, body, status, **more)

    def code(self, phone: str = PHONE) -> str:
        sent = self.post("/sign-in-codes", {"phone": phone}, 202)
        work(self.app, self.brand, only=["send_sign_in_code"])
        found = re.search(r"[0-9]{6}", self.client.get(f"/api/storefront/v1/{self.brand.slug}/sandbox/texts", query_string={"phone": sent["phone"]}).json["text"])
        assert found
        return found[0]

    def sign_in(self, phone: str = PHONE) -> Any:
        signed = self.post("/sign-ins", {"phone": phone, "code": self.code(phone), "visitor": self.visitor}, 201, token="")
        self.token, self.visitor = signed["token"], signed["visitor"]
        return signed

    def touch(self, code: str) -> None:
        self.visitor = self.post(f"/shares/{code}/touches", {"visitor": self.visitor})["visitor"]

    def order(self, shop: Shop, **more: Any) -> Any:
        return self.post("/orders", order_body(shop.variant["id"], visitor=self.visitor, **more), 201)


@pytest.fixture
def program(app: Application, brand: Brand, shop: Shop) -> Program:
    return Program(app, brand)


def later(clock: TestClock) -> None:
    """A phone is sent one code a minute."""
    clock.now += timedelta(minutes=2)


def link_of(api: Caller, guide: Any) -> str:
    return str(api.post("/share-links", {"guide_id": guide["id"]})["code"])


def attribution(api: Caller, placed: Any) -> Any:
    return api.get(f"/orders/{placed['order']['id']}")["attribution"]


def test_she_signs_in_and_sees_who_she_is(program: Program, database: Database, brand: Brand) -> None:
    signed = program.sign_in()
    assert signed["token"].startswith("ys_") and signed["expires_at"] == (NOON + TOKEN_LIFE).isoformat().replace("+00:00", "Z")
    me = program.get("/me")
    assert me == signed["customer"] and me["phone"] == "+8613912345678"
    with database.session(brand.id) as session:
        kept = session.scalars(select(ShopperToken)).one()
        assert kept.digest == digest(signed["token"]) and signed["token"] not in str(session.execute(text("SELECT t.*::text FROM shopper_tokens t")).all())


def test_a_wrong_code_counts_and_the_fifth_spends_it(program: Program, clock: TestClock) -> None:
    code = program.code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    first = program.post("/sign-ins", {"phone": PHONE, "code": wrong}, 422, key="same")
    assert (first["code"], first["errors"][0]["field"]) == ("code_wrong", "code")
    assert program.post("/sign-ins", {"phone": PHONE, "code": wrong}, 422, key="same") == first, "the same press is one try"
    for _ in range(4):
        assert program.post("/sign-ins", {"phone": PHONE, "code": wrong}, 422)["code"] == "code_wrong"
    program.post("/sign-ins", {"phone": PHONE, "code": code}, 422)
    later(clock)
    program.sign_in()


def test_a_code_is_good_once_and_for_ten_minutes(program: Program, clock: TestClock) -> None:
    code = program.code()
    program.post("/sign-ins", {"phone": PHONE, "code": code}, 201)
    program.post("/sign-ins", {"phone": PHONE, "code": code}, 422)
    later(clock)
    code = program.code()
    clock.now += timedelta(minutes=10)
    program.post("/sign-ins", {"phone": PHONE, "code": code}, 422)


def test_every_phone_gets_the_same_answer_and_no_second_code_within_a_minute(program: Program, shop: Shop) -> None:
    program.order(shop)
    known, unknown = (program.post("/sign-in-codes", {"phone": phone}, 202) for phone in (PHONE, "13911112222"))
    assert {**known, "phone": ""} == {**unknown, "phone": ""} == {"phone": "", "expires_in": 600, "again_in": 60}
    assert program.post("/sign-in-codes", {"phone": PHONE}, 422)["code"] == "code_too_soon"


@pytest.mark.parametrize("body", [{}, {"phone": ""}, {"phone": "12"}, {"phone": "\x00"}, {"phone": 139}, {"phone": "1" * 41}, {"phone": PHONE, "more": 1}])
def test_bad_input_is_told_at_the_field(program: Program, body: Any) -> None:
    assert program.post("/sign-in-codes", body, 422)["errors"][0]["field"] in ("phone", "more")
    assert program.post("/sign-ins", {"code": "1", **body}, 422)["errors"][0]["field"] in ("phone", "more")


def test_without_a_good_token_nothing_of_hers_opens(program: Program, app: Application, database: Database, shop: Shop, clock: TestClock) -> None:
    program.sign_in()
    strange = a_brand(database, slug=f"strange-{program.brand.id}", now=NOON)
    elsewhere = Program(app, strange)
    for token in ("x", "ys_" + "x" * 43, program.token + "x", "\u00e9" * 20, "x" * 300):
        for path in ("/me", "/orders", "/after-sales", "/orders/1"):
            assert program.get(path, 401, token=token)["code"] == "unauthorized"
    assert elsewhere.get("/me", 401, token=program.token)["code"] == "unauthorized", "a token is of one shop"
    for path in ("/me", "/orders", "/after-sales"):
        program.get(path, 401, token="")
    program.post("/orders", order_body(shop.variant["id"]), 401, token="nobody's token")
    clock.now = NOON + TOKEN_LIFE - timedelta(microseconds=1)
    program.get("/me")
    clock.now = NOON + TOKEN_LIFE
    program.get("/me", 401)


def test_signing_out_ends_one_token_or_all(program: Program, app: Application, brand: Brand, clock: TestClock) -> None:
    program.sign_in()
    later(clock)
    other = Program(app, brand)
    other.sign_in()
    program.ask("POST", "/sign-out", {}, 204)
    program.get("/me", 401)
    other.get("/me")
    later(clock)
    program.sign_in()
    other.ask("POST", "/sign-out", {"everywhere": True}, 204)
    program.get("/me", 401)


def test_the_oldest_of_too_many_is_signed_out_and_the_dead_are_forgotten(
        program: Program, app: Application, brand: Brand, database: Database, clock: TestClock) -> None:
    tokens = []
    for _ in range(MOST_TOKENS + 1):
        clock.now += timedelta(minutes=15)
        tokens.append(program.sign_in()["token"])
    program.get("/me", 401, token=tokens[0])
    for token in tokens[1:]:
        program.get("/me", token=token)
    clock.now += TOKEN_LIFE
    find_old_codes(database, now=clock.now, gateways=app.gateways)
    work(app, brand, only=["forget_codes"])
    with database.session(brand.id) as session:
        assert session.scalars(select(ShopperToken)).all() == []


def test_what_she_opened_before_is_hers_and_competes_on_every_device(program: Program, app: Application, brand: Brand, api: Caller, shop: Shop, clock: TestClock) -> None:
    """Guide A's link on one phone, guide B's later on another; the order on the first is B's once she signed in on both (R9)."""
    second = api.post("/guides", {"name": "何敏", "phone": "13812345679", "employee_no": "E2", "store_id": shop.store["id"]})
    tablet = Program(app, brand)
    program.touch(link_of(api, shop.guide))
    clock.now += timedelta(hours=1)
    tablet.touch(link_of(api, second))
    assert attribution(api, program.order(shop))["guide_id"] == shop.guide["id"], "two devices are two people until she says otherwise"
    program.sign_in()
    later(clock)
    tablet.sign_in()
    placed = program.order(shop)
    assert attribution(api, placed) | {"candidates": []} == {"guide_id": second["id"], "store_id": shop.store["id"], "reason": "last_touch", "candidates": []}


def test_signing_in_after_a_guides_link_ties_her_to_the_guide(program: Program, api: Caller, shop: Shop, database: Database, brand: Brand) -> None:
    program.touch(link_of(api, shop.guide))
    program.sign_in()
    with database.session(brand.id) as session:
        bound = session.scalars(select(CustomerBinding)).one()
        assert (str(bound.guide_id), bound.via) == (shop.guide["id"], "sign_in")


def test_a_device_is_one_persons(program: Program, api: Caller, shop: Shop, database: Database, brand: Brand) -> None:
    """Who signs in second is somebody else from then on, and cannot take the first one's touches by sending her mark."""
    program.touch(link_of(api, shop.guide))
    program.sign_in()
    first = program.visitor
    program.sign_in("13911112222")
    assert program.visitor != first
    program.visitor = first
    program.touch(link_of(api, shop.guide))
    assert program.visitor != first
    with database.session(brand.id) as session:
        assert len({row.visitor for row in session.scalars(select(VisitorLogin))}) == 3


@pytest.mark.parametrize("forged", ["", "x", "x" * 200, "InYi.aaa.bbb", "\u96fe"])
def test_a_mark_that_is_not_ours_is_a_new_device(program: Program, api: Caller, shop: Shop, forged: str) -> None:
    program.visitor = forged
    program.touch(link_of(api, shop.guide))
    assert program.visitor != forged


def test_a_program_is_no_shopper(program: Program, api: Caller, shop: Shop) -> None:
    code = link_of(api, shop.guide)
    answer = program.client.post(f"/api/storefront/v1/{program.brand.slug}/shares/{code}/touches", json={}, headers={"User-Agent": "curl/8"})
    program.visitor = answer.json["visitor"]
    assert attribution(api, program.order(shop))["guide_id"] is None
    program.post("/shares/nothing/touches", {}, 404)


def test_her_orders_are_hers_whatever_phone_the_parcel_needs(program: Program, app: Application, brand: Brand, shop: Shop) -> None:
    before = program.order(shop)
    program.sign_in()
    gift = program.order(shop, contact={"name": "妈妈", "phone": "13700001111"})
    shown = program.get("/orders")["data"]
    assert [one["number"] for one in shown] == [gift["order"]["number"], before["order"]["number"]]
    assert [line["quantity"] for line in shown[0]["lines"]] == [1]
    first = program.get("/orders?limit=1")
    assert program.get(f"/orders?limit=1&cursor={first['next_cursor']}")["data"] == shown[1:]
    one = program.get(f"/orders/{gift['order']['number']}")
    assert one["payment"]["url"] == gift["payment"]["url"]
    mother = Program(app, brand)
    mother.sign_in("13700001111")
    assert mother.get("/orders")["data"] == []
    mother.get(f"/orders/{gift['order']['number']}", 404)


def test_a_key_of_hers_replays_to_nobody_else(program: Program, app: Application, brand: Brand, shop: Shop) -> None:
    program.sign_in()
    body = order_body(shop.variant["id"])
    hers = program.post("/orders", body, 201, key="one")
    assert program.post("/orders", body, 201, key="one") == hers
    other = Program(app, brand)
    other.sign_in("13911112222")
    assert other.post("/orders", body, 201, key="one")["order"]["number"] != hers["order"]["number"]


def test_after_the_sale_by_her_token(program: Program, app: Application, brand: Brand, api: Caller, shop: Shop) -> None:
    """Asked, seen, taken back; and none of it by another shopper, nor of another's order."""
    program.sign_in()
    placed = program.order(shop)
    program.client.post(placed["payment"]["url"].removeprefix("http://localhost"), json={"outcome": "succeed"})
    api.post(f"/orders/{placed['order']['id']}/ship", {"carrier": "顺丰"})
    api.post(f"/orders/{placed['order']['id']}/deliver", status=200)
    home = f"/orders/{placed['order']['number']}"
    line = program.get(home)["lines"][0]["id"]
    assert program.get(f"{home}/after-sales/ways")["data"]
    case = program.post(f"{home}/after-sales", {"kind": "return_refund", "lines": [{"line_id": line, "quantity": 1}]}, 201)
    [told] = program.get("/after-sales")["data"]
    assert told == case and told["order_number"] == placed["order"]["number"]
    assert program.get(f"{home}/after-sales")["data"] == [case]

    other = Program(app, brand)
    other.sign_in("13911112222")
    assert other.get("/after-sales")["data"] == []
    own = f"/orders/{other.order(shop)['order']['number']}"
    for path in (home, f"{home}/after-sales", f"{home}/after-sales/ways"):
        other.get(path, 404)
    other.post(f"{home}/after-sales", {"kind": "refund_only", "reason": "x", "lines": [{"line_id": line, "quantity": 1}]}, 404)
    parcel = {"carrier": "a", "tracking_no": "b"}
    for tail, body in (("cancel", {}), ("return-parcel", parcel)):
        other.post(f"{home}/after-sales/{case['id']}/{tail}", body, 404)
        other.post(f"{own}/after-sales/{case['id']}/{tail}", body, 404)
    assert program.post(f"{home}/after-sales/{case['id']}/cancel", {})["state"] == "cancelled"


def test_what_is_hers_is_kept_by_nobody_on_the_way(program: Program) -> None:
    program.sign_in()
    answer = program.client.get(f"/api/storefront/v1/{program.brand.slug}/me", headers={"Authorization": f"Bearer {program.token}"})
    assert answer.headers["Cache-Control"] == "no-store"
    allowed = program.client.options(f"/api/storefront/v1/{program.brand.slug}/me").headers["Access-Control-Allow-Headers"]
    assert "Authorization" in allowed


@pytest.fixture
def limited() -> Iterator[None]:
    before, limiter.enabled = limiter.enabled, True
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = before


def test_an_address_asks_sixty_times_an_hour(program: Program, limited: None) -> None:
    """Whatever phones it names; and another sixty guesses."""
    for number in range(60):
        program.post("/sign-in-codes", {"phone": f"1390000{number:04d}"}, 202)
        program.post("/sign-ins", {"phone": PHONE, "code": "000000"}, 422)
    assert program.post("/sign-in-codes", {"phone": "13900009999"}, 429)["code"] == "too_many_requests"
    assert program.post("/sign-ins", {"phone": PHONE, "code": "000000"}, 429)["code"] == "too_many_requests"


def test_only_where_texts_are_played_are_they_shown(program: Program, app: Application, database: Database, brand: Brand) -> None:
    program.code()
    with database.session(brand.id) as session:
        assert session.scalars(select(Customer)).all() == [], "asking makes nobody known"
    assert program.get("/sandbox/texts?phone=nobody") == {"text": ""}
