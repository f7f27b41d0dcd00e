"""Finance, a guide, a store without a sign-in, a program: each manages the accounts that are theirs, and nobody else's; without Stripe nothing is there."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, select, text

from app import create_app
from app.config import Settings, Stripe
from app.domain.brands.models import Brand
from app.domain.ledger.queries import house_payees
from app.domain.people.models import AuditEvent
from app.web.shared.application import Application
from app.web.shared.payee_accounts import page_token
from tests.builders.brands import a_brand
from tests.builders.callers import Caller, a_token
from tests.builders.people import a_colleague
from tests.builders.shoppers import signed_in_guide
from tests.builders.shops import Shop
from tests.builders.signed_in import console
from tests.builders.stripe_accounts import accounts_of, filled_in, opened, opened_there
from tests.builders.stripe_world import KEY, StripeWorld
from tests.conftest import NOON, TestClock

LINK = re.compile(r"<code>http://localhost(/console/onboarding/[^<]+)</code>")


def in_chinese(client: FlaskClient) -> FlaskClient:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    return client


@pytest.fixture
def finance(stripe_app: Application, shop: Shop) -> FlaskClient:
    account = a_colleague(shop.session, "finance")
    shop.session.commit()
    return in_chinese(console(stripe_app, account.login))


@pytest.fixture
def lin(stripe_app: Application, shop: Shop) -> FlaskClient:
    shop.session.commit()
    return in_chinese(signed_in_guide(stripe_app.test_client(), shop.lin))


@pytest.fixture
def api(stripe_app: Application, shop: Shop, brand: Brand) -> Caller:
    shop.session.commit()
    return Caller(stripe_app.test_client(), a_token(stripe_app.database, brand), brand)


def test_finance_follows_it_from_opening_to_stopping(stripe_app: Application, world: StripeWorld, shop: Shop, finance: FlaskClient) -> None:
    page = f"/console/payees/{shop.lin.payee_id}/account"
    assert finance.post(page, data={"email": "lin@example.com"}).status_code == 303
    assert "等待填资料" in finance.get(page).text
    [row] = accounts_of(shop.session, shop.lin.payee_id)
    filled_in(stripe_app, world, row)
    filled_in(stripe_app, world, row, "restrict")
    listed = {state: shop.lin.name in finance.get(f"/console/payees?account={state}").text for state in ("none", "onboarding", "ready", "restricted", "x")}
    assert listed == {"none": False, "onboarding": False, "ready": False, "restricted": True, "x": True}
    assert "暂停收款" in finance.get(page).text
    assert "1 个 Stripe 收款账户暂停" in finance.get("/console/").text
    world.does(f"accounts/{row.provider_ref}/complete")
    assert "现在：可以收款" in finance.post(page + "/check", follow_redirects=True).text
    assert "改按原来的方式付" in finance.get(page).text, "the question says what will happen"
    assert finance.post(page + "/close").status_code == 303
    assert [one.state for one in accounts_of(shop.session, shop.lin.payee_id)] == ["closed"]
    assert finance.post(page + "/close").status_code == 404
    events = shop.session.scalars(select(AuditEvent).where(AuditEvent.subject_id == str(row.id)).order_by(AuditEvent.id)).all()
    assert {(one.actor_kind, one.action) for one in events} >= {("account", "create"), ("account", "update"), ("system", "update")}


@pytest.mark.parametrize("role", ["operations", "store_manager"])
def test_who_does_not_see_money_finds_nothing(stripe_app: Application, shop: Shop, role: str) -> None:
    account = a_colleague(shop.session, role, shop.store if role == "store_manager" else None)
    shop.session.commit()
    client, page = console(stripe_app, account.login), f"/console/payees/{shop.lin.payee_id}/account"
    assert client.get(page).status_code == 404
    assert {client.post(page + part).status_code for part in ("", "/existing", "/confirm", "/check", "/close")} == {404}


def test_what_one_types_in_another_confirms(stripe_app: Application, world: StripeWorld, shop: Shop, finance: FlaskClient, brand: Brand) -> None:
    ref = opened(stripe_app, shop.brand_id, shop.he.payee_id).provider_ref
    filled_in(stripe_app, world, accounts_of(shop.session, shop.he.payee_id)[0])
    finance.post(f"/console/payees/{shop.he.payee_id}/account/close")
    page, owner = f"/console/payees/{shop.lin.payee_id}/account", in_chinese(console(stripe_app, f"owner@{brand.slug}.example"))
    assert "另一位同事核验后才会使用" in finance.post(page + "/existing", data={"ref": ref}, follow_redirects=True).text
    assert "是你填写的" in finance.get(page).text and "/console/onboarding/" not in finance.get(page).text
    assert "必须是两个人" in finance.post(page + "/confirm", follow_redirects=True).text
    assert "核验无误" in owner.get(page).text and "1 个 Stripe 收款账户待核验" in owner.get("/console/").text
    assert "现在：可以收款" in owner.post(page + "/confirm", follow_redirects=True).text


def test_the_brand_has_one_of_its_own(stripe_app: Application, shop: Shop, finance: FlaskClient) -> None:
    own = house_payees(shop.session, brand_id=shop.brand_id)
    assert f"/console/payees/{own['brand']}/account" in finance.get("/console/payees").text
    assert finance.post(f"/console/payees/{own['brand']}/account", data={"email": "brand@example.com"}).status_code == 303
    assert "等待填资料" in finance.get("/console/payees").text
    assert finance.get(f"/console/payees/{own['clearing']}/account").status_code == 404


def test_what_is_typed_wrong_is_said_at_its_field(world: StripeWorld, shop: Shop, finance: FlaskClient) -> None:
    page = f"/console/payees/{shop.lin.payee_id}/account"
    for typed, said in (({"email": "x"}, "请填写有效的邮箱"), ({"email": "x@example.com", "country": "CN"}, "（CN）没有把货款分给收款方的服务")):
        answer = finance.post(page, data=typed)
        assert answer.status_code == 422 and said in answer.text
    answer = finance.post(page + "/existing", data={"ref": "acct_0000000000000000"})
    assert answer.status_code == 422 and "没有这个账户" in answer.text
    assert opened_there(world) == 0


def test_a_store_without_a_sign_in_fills_in_by_its_page(stripe_app: Application, world: StripeWorld, shop: Shop, finance: FlaskClient) -> None:
    """The page is the key: it leads on to Stripe, believes nothing on the way back, and dies with the account."""
    page = f"/console/payees/{shop.store.payee_id}/account"
    finance.post(page, data={"email": "store@example.com"})
    found = LINK.search(finance.get(page).text)
    assert found
    link, nobody = found[1], in_chinese(stripe_app.test_client())
    shown = nobody.get(link)
    assert shop.store.name in shown.text and shown.headers["Referrer-Policy"] == "no-referrer"
    assert nobody.post(link).headers["Location"].startswith(world.url)
    assert nobody.get(link + "/again").headers["Location"].startswith(world.url)
    assert "等待填资料" in nobody.get(link + "/back", follow_redirects=True).text
    [row] = accounts_of(shop.session, shop.store.payee_id)
    world.does(f"accounts/{row.provider_ref}/complete")
    assert "可以收款" in nobody.get(link + "/back", follow_redirects=True).text
    assert nobody.get(link[:-3]).status_code == 422
    finance.post(page + "/close")
    assert {nobody.get(link).status_code, nobody.post(link).status_code, nobody.get(link + "/back").status_code} == {422}


def test_stripe_out_of_order_is_said_and_nothing_is_lost(stripe_app: Application, world: StripeWorld, shop: Shop, lin: FlaskClient) -> None:
    world.does("faults", api=[{"status": 500, "count": 3, "path": "^/v2/core/account"}])
    answer = lin.post("/guide/bank/account", data={"email": "lin@example.com"})
    assert answer.status_code == 422 and "Stripe 暂时没有回答" in answer.text and "接着开户" in answer.text
    assert [one.state for one in accounts_of(shop.session, shop.lin.payee_id)] == ["due"]
    assert lin.post("/guide/bank/account").headers["Location"].startswith(world.url)
    assert opened_there(world) == 1


IN_A_TRANSACTION = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"


@pytest.mark.parametrize("surface", ["guide", "finance", "api", "page"])
def test_no_transaction_is_held_while_stripe_is_asked(settings: Settings, stripe_app: Application, world: StripeWorld, shop: Shop, lin: FlaskClient,
                                                      finance: FlaskClient, api: Caller, surface: str) -> None:
    """Stripe takes two seconds; in the middle of them no connection of ours waits inside a transaction. The twin: one that does is seen."""
    account = opened(stripe_app, shop.brand_id, shop.store.payee_id)
    with stripe_app.app_context():
        page = f"/console/onboarding/{page_token(account)}"
    ask = {"guide": lambda: lin.post("/guide/bank/account", data={"email": "lin@example.com"}),
           "finance": lambda: finance.post(f"/console/payees/{shop.lin.payee_id}/account", data={"email": "lin@example.com"}),
           "api": lambda: api.raw("POST", f"/payees/{shop.lin.payee_id}/account", {"email": "lin@example.com"}, Idempotency_Key="slow"),
           "page": lambda: stripe_app.test_client().post(page)}[surface]
    shop.session.rollback()
    world.does("faults", api=[{"status": "timeout", "seconds": 2, "count": 1, "path": "^/v2/core/account"}])
    watcher = create_engine(make_url(settings.owner_url).set(username="postgres"), isolation_level="AUTOCOMMIT")
    with ThreadPoolExecutor(1) as pool, watcher.connect() as watch:
        asked = pool.submit(ask)
        time.sleep(1)
        assert not asked.done() and watch.scalar(text(IN_A_TRANSACTION)) == 0
        shop.session.scalar(text("SELECT 1"))
        assert watch.scalar(text(IN_A_TRANSACTION)) == 1
        shop.session.rollback()
        assert asked.result(20).status_code in (201, 303)
    watcher.dispose()


def test_she_sees_what_is_wanted_and_goes_on(stripe_app: Application, world: StripeWorld, shop: Shop, lin: FlaskClient) -> None:
    assert lin.get("/guide/bank/account/back").status_code == 404, "she has none"
    assert lin.post("/guide/bank/account", data={"email": "lin@example.com"}).headers["Location"].startswith(world.url)
    [row] = accounts_of(shop.session, shop.lin.payee_id)
    filled_in(stripe_app, world, row)
    filled_in(stripe_app, world, row, "restrict")
    assert "收款账户暂停了" in lin.get("/guide/").text and "暂停收款" in lin.get("/guide/bank").text
    assert "收款账户暂停了" in lin.get("/guide/notices").text
    assert lin.get("/guide/bank/account/again").headers["Location"].startswith(world.url)


def test_where_there_is_a_choice_of_country_she_chooses(settings: Settings, world: StripeWorld, shop: Shop) -> None:
    """A platform in France: its own country first, the neighbours by name, nobody else."""
    shop.session.commit()
    french = create_app(replace(settings, payment_provider="stripe", stripe=Stripe(KEY, world.url, country="FR")), clock=TestClock(), TESTING=True,
                        WTF_CSRF_ENABLED=False)
    french.config.update(WTF_CSRF_ENABLED=False)
    lin = in_chinese(signed_in_guide(french.test_client(), shop.lin))
    page = lin.get("/guide/bank").text
    offered = re.findall(r'<option (?:selected )?value="(..)">([^<]+)<', page)
    assert offered[0] == ("FR", "法国") and ("DE", "德国") in offered and "SG" not in dict(offered) and len(offered) == 33
    assert lin.post("/guide/bank/account", data={"email": "lin@example.com", "country": "SG"}).status_code == 422
    assert lin.post("/guide/bank/account", data={"email": "lin@example.com", "country": "DE"}).status_code == 303
    assert accounts_of(shop.session, shop.lin.payee_id)[0].asked["country"] == "DE"
    french.database.dispose()


def test_a_program_does_the_same(stripe_app: Application, world: StripeWorld, shop: Shop, api: Caller) -> None:
    path = f"/payees/{shop.lin.payee_id}/account"
    api.get(path, status=404)
    made = api.post(path, {"email": "lin@example.com"}, Idempotency_Key="once")
    again = api.post(path, {"email": "lin@example.com"}, Idempotency_Key="once")
    assert made["id"] == again["id"] and (made["state"], made["version"], made["provider"]) == ("onboarding", 1, "stripe") and opened_there(world) == 1
    assert made["problems"] and len(made["said"]) <= len(made["problems"])
    url = api.post(path + "/link", status=200)["url"]
    assert stripe_app.test_client().get(url.removeprefix("http://localhost")).status_code == 200
    world.does(f"accounts/{made['account']}/complete")
    assert api.post(path + "/check", status=200)["state"] == "ready" and api.get(path)["state"] == "ready"
    assert api.post(path + "/close", status=200)["state"] == "closed"
    api.get(path, status=404)
    linked = api.post(path, {"account": made["account"]})
    assert (linked["version"], linked["state"], linked["account"]) == (2, "due", made["account"])
    assert api.post(path + "/confirm", status=422)["code"] == "second_person" and api.post(path + "/link", status=409)["code"] == "not_confirmed"
    other_token = Caller(stripe_app.test_client(), a_token(stripe_app.database, api.brand, name="财务"), api.brand)
    assert other_token.post(path + "/confirm", status=200)["state"] == "ready"
    taken = api.post(f"/payees/{shop.he.payee_id}/account", {"account": made["account"]}, status=422)
    assert taken["code"] == "account_taken"
    assert api.post(f"/payees/{shop.he.payee_id}/account", {"email": "he@example.com", "country": "CN"}, status=422)["code"] == "country_not_offered"


def test_another_brand_and_another_guide_find_nothing(stripe_app: Application, world: StripeWorld, shop: Shop, brand: Brand) -> None:
    opened(stripe_app, shop.brand_id, shop.lin.payee_id)
    other = a_brand(stripe_app.database, slug=f"{brand.slug}-other", now=NOON)
    owner, program = console(stripe_app, f"owner@{other.slug}.example"), Caller(stripe_app.test_client(), a_token(stripe_app.database, other), other)
    page = f"/console/payees/{shop.lin.payee_id}/account"
    assert owner.get(page).status_code == 404
    assert {owner.post(page + part, data={"email": "x@example.com", "ref": "acct_1"}).status_code for part in ("", "/existing", "/confirm", "/check", "/close")} == {404}
    path = f"/payees/{shop.lin.payee_id}/account"
    program.get(path, status=404)
    for part in ("", "/confirm", "/link", "/check", "/close"):
        program.post(path + part, {"email": "x@example.com"} if not part else None, status=404)
    he = in_chinese(signed_in_guide(stripe_app.test_client(), shop.he))
    assert "去 Stripe 补资料" not in he.get("/guide/bank").text and he.get("/guide/bank/account/again").status_code == 404
    assert [one.state for one in accounts_of(shop.session, shop.lin.payee_id)] == ["onboarding"] and opened_there(world) == 1


def test_without_stripe_none_of_it_is_there(app: Application, stripe_app: Application, shop: Shop, brand: Brand) -> None:
    shop.session.commit()
    owner, program = in_chinese(console(app, f"owner@{brand.slug}.example")), Caller(app.test_client(), a_token(app.database, brand), brand)
    page = f"/console/payees/{shop.lin.payee_id}"
    assert owner.get(page + "/account").status_code == 404 and owner.post(page + "/account").status_code == 404
    assert "Stripe" not in owner.get(page).text and "Stripe" not in owner.get("/console/payees?account=ready").text
    program.get(f"/payees/{shop.lin.payee_id}/account", status=404)
    lin = in_chinese(signed_in_guide(app.test_client(), shop.lin))
    assert "Stripe" not in lin.get("/guide/bank").text and lin.post("/guide/bank/account").status_code == 404
    assert "form-action 'self';" in owner.get(page).headers["Content-Security-Policy"] + ";"
