"""The platform's pages of the inbox: what waits, what is stuck and why, what is nobody's, and the button that tries again."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.domain.provider.inbox import JOB
from app.domain.provider.models import Stray
from app.domain.provider.ports import OnlineProvider, Unsure
from app.flows.hear_provider.following import the_object
from app.jobs import REGISTRY, provider_events
from app.jobs.worker import run_job
from app.web.shared.application import Application
from app.web.shared.safety import limiter
from tests.builders.signed_in import platform
from tests.builders.stripe_events import an_event, deliver, empty_inbox, inbox, work_all
from tests.conftest import TestClock

_numbers = itertools.count()


@pytest.fixture
def name(stripe_app: Application, wall_time: TestClock) -> Iterator[str]:
    empty_inbox(stripe_app)
    before, limiter.enabled = limiter.enabled, False
    yield f"evt_p{os.getpid()}_{next(_numbers)}"
    limiter.enabled = before


@pytest.fixture
def operator(stripe_app: Application) -> FlaskClient:
    return platform(stripe_app, stripe_app.database)


def away(database: Any, *, provider: OnlineProvider, ref: str, now: Any) -> None:
    """No answer about the stuck one, and the others are nobody's."""
    if ref.endswith("_stuck"):
        raise Unsure("no_answer")


def told(application: Application, name: str, clock: TestClock) -> dict[str, str]:
    """One of each: stuck after five tries, nobody's, of a kind nobody follows, of other money, waiting."""
    deliver(application.test_client(), an_event(f"{name}_stuck", ref=f"cs_{name}_stuck"))
    for _ in range(5):
        work_all(application, follow=(("checkout.session.", away, the_object),))
        clock.now += timedelta(minutes=16)
    deliver(application.test_client(), an_event(f"{name}_aside", ref=f"cs_{name}_aside"))
    deliver(application.test_client(), an_event(f"{name}_unknown", "customer.created", f"cus_{name}"))
    work_all(application, follow=(("checkout.session.", away, the_object),))
    deliver(application.test_client(), an_event(f"{name}_other", ref=f"cs_{name}_other", live=True))
    deliver(application.test_client(), an_event(f"{name}_waiting", ref=f"cs_{name}_waiting"))
    return {state: f"{name}_{state}" for state in ("stuck", "aside", "unknown", "other", "waiting")}


def test_each_state_is_listed_with_its_reason(stripe_app: Application, operator: FlaskClient, name: str, wall_time: TestClock) -> None:
    ids = told(stripe_app, name, wall_time)
    shown = {state: operator.get(f"/platform/payments/events?state={state}").text for state in ("waiting", "stuck", "aside", "done")}
    for state, found in shown.items():
        here = {key for key, event_id in ids.items() if event_id in found}
        assert here == {"waiting": {"waiting"}, "stuck": {"stuck"}, "aside": {"aside", "unknown", "other"}, "done": set()}[state]
    assert "渠道没有回答" in shown["stuck"] and "1 条消息试了多次" in shown["stuck"]
    assert "不属于任何品牌" in shown["aside"] and "这类消息不用处理" in shown["aside"] and "测试和真实收款不一致" in shown["aside"]
    assert "没有找到消息" in shown["done"]


def test_it_is_found_by_every_name_it_has_and_sorted(stripe_app: Application, operator: FlaskClient, name: str, wall_time: TestClock) -> None:
    ids = told(stripe_app, name, wall_time)
    for q, there in ((ids["stuck"], {"stuck"}), (f"cus_{name}", {"unknown"}), ("customer.created", {"unknown"}), ("not_ours", {"aside"}), ("no_answer", {"stuck"}), ("100%", set()), ("\u200b", set())):
        page = operator.get("/platform/payments/events", query_string={"q": q}).text
        assert {key for key, event_id in ids.items() if f">{event_id}<" in page} == there, q
    for sort in ("tries", "-tries", "received", "-received", "type", "next", "nonsense"):
        assert operator.get(f"/platform/payments/events?sort={sort}&page=99999").status_code == 200
    found = operator.get("/platform/payments/events?sort=-tries").text
    assert found.index(f">{ids['stuck']}<") < found.index(f">{ids['waiting']}<")


def test_the_button_tries_again_at_once(stripe_app: Application, operator: FlaskClient, name: str, wall_time: TestClock) -> None:
    ids = told(stripe_app, name, wall_time)
    with stripe_app.database.transaction() as session:
        session.execute(text("DELETE FROM procrastinate_jobs WHERE task_name = :job"), {"job": JOB})
    for state in ("stuck", "aside"):
        row, = inbox(stripe_app, ids[state])
        assert operator.post(f"/platform/payments/events/{row['id']}/retry").status_code == 303
        again, = inbox(stripe_app, ids[state])
        assert (again["tries"], again["problem"], again["done_at"], again["next_try_at"]) == (0, "", None, wall_time.now)
    with stripe_app.database.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :job AND status = 'todo'"), {"job": JOB}) == 1
    run_job(stripe_app, REGISTRY[provider_events.JOB], {})
    assert [row["problem"] for row in inbox(stripe_app, ids["stuck"], ids["aside"])] == ["not_there", "not_there"]


def test_nothing_in_hand_done_of_other_money_or_unknown_is_tried_again(stripe_app: Application, operator: FlaskClient, name: str, wall_time: TestClock) -> None:
    ids = told(stripe_app, name, wall_time)
    for state in ("waiting", "other", "unknown"):
        row, = inbox(stripe_app, ids[state])
        assert operator.post(f"/platform/payments/events/{row['id']}/retry").status_code == 409
        assert inbox(stripe_app, ids[state]) == [row]
    for number in (0, 2**63 - 1, 2**63, 10**30):
        assert operator.post(f"/platform/payments/events/{number}/retry").status_code == 404


def test_all_that_waits_is_tried_again_together(stripe_app: Application, operator: FlaskClient, name: str, wall_time: TestClock) -> None:
    ids = told(stripe_app, name, wall_time)
    answer = operator.post("/platform/payments/events/retry", follow_redirects=True)
    assert "1 条消息已放回队列" in answer.text
    row, = inbox(stripe_app, ids["stuck"])
    assert (row["tries"], row["problem"], row["next_try_at"]) == (0, "", wall_time.now)
    assert "没有等待重试的消息" in operator.post("/platform/payments/events/retry", follow_redirects=True).text


def test_strays_are_listed(stripe_app: Application, operator: FlaskClient, name: str, wall_time: TestClock) -> None:
    with stripe_app.database.transaction() as session:
        session.add(Stray(provider="stripe", balance_ref=f"txn_{name}", kind="payout", source_ref=f"po_{name}", amount_minor=-123456, fee_minor=0,
                          currency="SGD", at=wall_time.now, seen_at=wall_time.now))
    page = operator.get("/platform/payments/strays", query_string={"q": name}).text
    assert f"txn_{name}" in page and "1,234.56" in page
    assert "没有找到流水" in operator.get("/platform/payments/strays?q=nothing-like-it").text


def test_strangers_see_none_of_it(stripe_app: Application, name: str) -> None:
    client = stripe_app.test_client()
    for path in ("/platform/payments/events", "/platform/payments/strays"):
        assert "/platform/sign-in" in client.get(path).location
    for path in ("/platform/payments/events/1/retry", "/platform/payments/events/retry"):
        assert "/platform/sign-in" in client.post(path).location
