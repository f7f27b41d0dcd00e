"""Idempotency-Key (R18): same key and body replays, another body conflicts, at the same time is still once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select, text

from app.domain.guides.models import InviteCode
from app.domain.orders.models import Order
from app.domain.people.models import IdempotencyKey
from tests.builders.callers import Caller, order_body

THREADS = 4


def count(session, model):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


def an_invitation(shop):
    return {"store_id": shop.store["id"], "expires_at": "2026-12-01T00:00:00Z"}


def together(work, times=THREADS):
    start = Barrier(times)

    def one(number):
        start.wait()
        return work(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_the_answer_is_replayed(shop, session):
    first = shop.api.raw("POST", "/invite-codes", an_invitation(shop), Idempotency_Key="k1")
    again = shop.api.raw("POST", "/invite-codes", an_invitation(shop), Idempotency_Key="k1")
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    assert again.headers["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
    assert count(session, InviteCode) == 1


def test_order_of_fields_does_not_matter(shop, session):
    shop.api.post("/invite-codes", an_invitation(shop), Idempotency_Key="k1")
    shop.api.post("/invite-codes", dict(reversed(an_invitation(shop).items())), Idempotency_Key="k1")
    assert count(session, InviteCode) == 1


def test_another_body_conflicts(shop, session):
    shop.api.post("/invite-codes", an_invitation(shop), Idempotency_Key="k1")
    problem = shop.api.post("/invite-codes", {**an_invitation(shop), "max_uses": 3}, status=409, Idempotency_Key="k1")
    assert problem["code"] == "idempotency_conflict" and count(session, InviteCode) == 1


def test_another_address_conflicts(shop):
    shop.api.post("/org-units", {"kind": "region", "name": "华北", "code": "R2"}, Idempotency_Key="k1")
    shop.api.post("/webhook-endpoints", {"url": "https://example.com/x"}, status=409, Idempotency_Key="k1")


def test_a_refusal_leaves_no_key(shop, session):
    shop.api.post("/org-units", {"kind": "nonsense", "name": "x", "code": "X"}, status=422, Idempotency_Key="k1")
    before = count(session, IdempotencyKey)
    shop.api.post("/org-units", {"kind": "region", "name": "华北", "code": "R1"}, status=409, Idempotency_Key="k1")
    assert count(session, IdempotencyKey) == before
    shop.api.post("/org-units", {"kind": "region", "name": "华北", "code": "R2"}, Idempotency_Key="k1")


def test_two_tokens_do_not_share_keys(shop, database, brand, session):
    from tests.builders.callers import a_token
    other = Caller(shop.api.client, a_token(database, brand, name="another"), brand)
    shop.api.post("/invite-codes", an_invitation(shop), Idempotency_Key="k1")
    other.post("/invite-codes", an_invitation(shop), Idempotency_Key="k1")
    assert count(session, InviteCode) == 2


def test_a_key_that_is_no_key(shop):
    for key in ("x" * 201, "schlüssel"):
        assert shop.api.raw("POST", "/invite-codes", an_invitation(shop), Idempotency_Key=key).status_code == 422, key


def test_stored_answers_are_sealed(shop, session):
    secret = shop.api.post("/webhook-endpoints", {"url": "https://example.com/x"}, Idempotency_Key="k1")["secret"]
    assert not session.scalar(text("SELECT count(*) FROM idempotency_keys WHERE body LIKE :secret"), {"secret": f"%{secret}%"})


def test_an_order_needs_a_key(shop):
    answer = shop.api.client.post(f"/api/storefront/v1/{shop.api.brand.slug}/orders", json=order_body(shop.variant["id"]))
    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_missing")


def checkout(app, shop, key):
    return app.test_client().post(f"/api/storefront/v1/{shop.api.brand.slug}/orders", json=order_body(shop.variant["id"]),
                                  headers={"Idempotency-Key": key})


def test_at_the_same_time_it_is_one_order(app, shop, session):
    answers = together(lambda _: checkout(app, shop, "one key"))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["order"]["number"] for answer in answers}) == 1
    assert count(session, Order) == 1


def test_without_a_common_key_it_is_as_many_orders(app, shop, session):
    """The twin: the same requests, told apart, do happen as often as they are sent, so it is the key that stops them."""
    answers = together(lambda number: checkout(app, shop, f"key {number}"))
    assert {answer.status_code for answer in answers} == {201}
    assert count(session, Order) == THREADS


def test_a_key_in_other_hands_is_busy_after_a_while(app, shop, database, brand):
    """Another transaction holds the key and does not end: the caller is told to come back, not left hanging."""
    shop.api.post("/invite-codes", an_invitation(shop), Idempotency_Key="warm")
    with database.session(brand.id) as holder:
        holder.execute(text("""INSERT INTO idempotency_keys (brand_id, id, principal, key, fingerprint)
                               VALUES (:brand, gen_random_uuid(), 'storefront', 'held', '')"""), {"brand": brand.id})
        answer = checkout(app, shop, "held")
        assert (answer.status_code, answer.json["code"]) == (409, "busy")
        holder.rollback()
    assert checkout(app, shop, "held").status_code == 201
