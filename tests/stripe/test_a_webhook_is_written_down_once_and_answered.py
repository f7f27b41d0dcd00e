"""Intake: what the provider signed is in the inbox once, with one job that waits; everything else leaves nothing."""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.provider.inbox import JOB
from app.domain.provider.ports import EventFacts
from app.kernel.db import by_itself, gather, insert_rows
from app.kernel.errors import Refused
from app.web.shared.application import Application
from app.web.shared.safety import limiter
from tests.builders.stripe_events import an_event, body_of, deliver, inbox, signed
from tests.builders.stripe_world import CONNECT_SECRET, PLATFORM_SECRET

_numbers = itertools.count()


@pytest.fixture
def name(stripe_app: Application) -> str:
    """An event's id of this test's own."""
    return f"evt_{os.getpid()}_{next(_numbers)}"


@pytest.fixture
def hook(stripe_app: Application) -> Iterator[Any]:
    """A door nobody is slowed down at, unless a test says so."""
    before, limiter.enabled = limiter.enabled, False
    yield stripe_app.test_client()
    limiter.enabled = before


def waiting_jobs(application: Application) -> int:
    with application.database.transaction() as session:
        return int(session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :job AND status = 'todo'"), {"job": JOB}) or 0)


def test_a_signed_event_is_kept_as_it_came_and_a_job_waits(stripe_app: Application, hook: Any, name: str) -> None:
    event = an_event(name, ref="cs_kept", amount_total=9900)
    assert deliver(hook, event) == 200
    row, = inbox(stripe_app, name)
    assert (row["provider"], row["source"], row["type"], row["object_ref"], row["done_at"]) == ("stripe", "platform", event["type"], "cs_kept", None)
    assert row["payload"] == event and waiting_jobs(stripe_app) == 1


def test_the_same_event_again_is_answered_the_same_and_kept_once(stripe_app: Application, hook: Any, name: str) -> None:
    assert [deliver(hook, an_event(name)) for _ in range(3)] == [200, 200, 200]
    assert len(inbox(stripe_app, name)) == 1 and waiting_jobs(stripe_app) == 1


def test_eight_deliveries_at_the_same_time_are_one_row_and_one_job(stripe_app: Application, name: str) -> None:
    with stripe_app.database.transaction() as session:
        session.execute(text("DELETE FROM procrastinate_jobs WHERE task_name = :job"), {"job": JOB})
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: deliver(stripe_app.test_client(), an_event(name)), range(8))) == [200] * 8
    assert len(inbox(stripe_app, name)) == 1 and waiting_jobs(stripe_app) == 1


def test_the_row_and_its_job_are_one(stripe_app: Application, name: str) -> None:
    """One round trip that commits by itself: both, or where one of them fails none."""
    now = datetime.now(UTC)
    row = {"provider": "stripe", "event_id": name, "source": "platform", "type": "x", "object_ref": "y", "received_at": now, "next_try_at": now, "tries": 0, "problem": ""}
    for job, kept in (("SELECT 1 / 0", 0), ("SELECT 1", 1)):
        with suppress(Refused), stripe_app.database.session() as session:
            by_itself(session)
            gather(session, insert_rows("provider_inbox", [{**row, "account_ref": ""}]), (job, {}))
        assert len(inbox(stripe_app, name)) == kept


def test_what_happened_on_a_connected_account_has_its_own_door_and_secret(stripe_app: Application, hook: Any, name: str) -> None:
    event = an_event(name, "account.updated", "acct_1", account="acct_1")
    assert deliver(hook, event, source="connect", secret=PLATFORM_SECRET) == 400
    assert deliver(hook, event, source="connect") == 200
    assert [(row["source"], row["account_ref"]) for row in inbox(stripe_app, name)] == [("connect", "acct_1")]


def test_what_was_signed_with_another_secret_or_long_ago_leaves_nothing(stripe_app: Application, hook: Any, name: str) -> None:
    event, now = an_event(name), int(time.time())
    assert deliver(hook, event, secret="whsec_another") == 400
    assert deliver(hook, event, secret=CONNECT_SECRET) == 400
    assert deliver(hook, event, at=now - 301) == 400
    assert inbox(stripe_app, name) == []
    assert deliver(hook, event, at=now - 290) == 200, "five minutes are for slow networks"


def test_one_changed_byte_is_not_what_was_signed(stripe_app: Application, hook: Any, name: str) -> None:
    body = body_of(an_event(name, ref="cs_1"))
    forged = body.replace(b"cs_1", b"cs_2")
    answer = hook.post("/hooks/stripe", data=forged, headers={"Stripe-Signature": signed(body, PLATFORM_SECRET)})
    assert answer.status_code == 400 and inbox(stripe_app, name) == []


@pytest.mark.parametrize("signature", ["", "t=,v1=", "v1=abc", "t=99999999999999999999999,v1=x", "t=1,v1=\u00e9", "x" * 9000])
def test_no_signature_or_nonsense_is_400(hook: Any, signature: str) -> None:
    assert hook.post("/hooks/stripe", data=b"{}", headers={"Stripe-Signature": signature}).status_code == 400
    assert hook.post("/hooks/stripe", data=b"\xff\x00", headers={"Stripe-Signature": signature}).status_code == 400


@pytest.mark.parametrize("body", [
    b"[]", b"null", b"7", b'"x"', b"{}", b"{", b'{"id": "evt_x"}', b'{"object": "event", "id": "evt_x", "type": "a", "livemode": false, "created": 1e400}',
    b'{"object": "event", "id": "evt_x", "type": "a", "livemode": false, "created": 99999999999999, "data": {"object": {"id": "cs_1"}}}',
    b'{"object": "event", "id": "", "type": "a", "livemode": false, "created": 1, "data": {"object": {"id": "cs_1"}}}',
    b'{"object": "event", "id": ["x"], "type": "a", "livemode": false, "created": 1, "data": {"object": {"id": "cs_1"}}}',
    b'{"object": "event", "id": "evt_\\u0000", "type": "a", "livemode": false, "created": 1, "data": {"object": {"id": "cs_1"}}}',
    b'{"object": "event", "id": "evt_\\ud800", "type": "a", "livemode": false, "created": 1, "data": {"object": {"id": "cs_1"}}}',
    b'{"object": "event", "id": "evt_x", "type": "a", "livemode": false, "created": 1, "data": {"object": {"id": "' + b"x" * 121 + b'"}}}',
    b'{"object": "event", "id": "evt_x", "type": "a", "livemode": false, "created": 1, "data": {"object": []}}', b"[" * 100_000])
def test_signed_nonsense_is_400_and_never_a_500(hook: Any, body: bytes) -> None:
    assert hook.post("/hooks/stripe", data=body, headers={"Stripe-Signature": signed(body, PLATFORM_SECRET)}).status_code == 400


def test_letters_no_column_holds_cost_the_payload_and_not_the_event(stripe_app: Application, hook: Any, name: str) -> None:
    for number, letter in enumerate(("\x00", "\ud800")):
        event = an_event(f"{name}_{number}", note=letter)
        assert deliver(hook, event) == 200
    assert [(row["payload"], row["object_ref"]) for row in inbox(stripe_app, f"{name}_0", f"{name}_1")] == [(None, "cs_1"), (None, "cs_1")]


def test_beyond_a_megabyte_is_413_told_or_not(hook: Any) -> None:
    big = b"x" * (1024 * 1024 + 1)
    headers = {"Stripe-Signature": signed(big, PLATFORM_SECRET)}
    assert hook.post("/hooks/stripe", data=big, headers=headers).status_code == 413
    chunked = hook.post("/hooks/stripe", input_stream=BytesIO(big), headers=headers, environ_overrides={"wsgi.input_terminated": True})
    assert chunked.status_code == 413


def test_an_event_of_the_other_kind_of_money_is_kept_and_not_followed(stripe_app: Application, hook: Any, name: str) -> None:
    """Stripe sends test events of connected accounts to live endpoints too; here the key is a test key."""
    assert deliver(hook, an_event(name, live=True)) == 200
    row, = inbox(stripe_app, name)
    assert row["done_at"] is not None and row["problem"] == "other_mode"


def test_a_thin_event_of_an_account_is_heard_too(stripe_app: Application, hook: Any, name: str) -> None:
    event = {"id": name, "object": "v2.core.event", "type": "v2.core.account[configuration.recipient].capability_status_updated", "livemode": False,
             "created": "2026-11-26T02:00:00.123Z", "related_object": {"id": "acct_7", "type": "v2.core.account", "url": "/v2/core/accounts/acct_7"}}
    assert deliver(hook, event) == 200
    assert [(row["object_ref"], row["type"][:15]) for row in inbox(stripe_app, name)] == [("acct_7", "v2.core.account")]


def test_without_stripe_there_is_no_such_address(app: Application) -> None:
    for address in ("/hooks/stripe", "/hooks/stripe/connect"):
        assert app.test_client().post(address, data=b"{}").status_code == 404


def test_who_knocks_wrongly_is_slowed_down_and_who_knocks_rightly_never(stripe_app: Application, hook: Any, name: str) -> None:
    limiter.enabled = True
    limiter.reset()
    wrong = [deliver(hook, an_event(name), secret="whsec_another") for _ in range(25)]
    assert wrong == [400] * 20 + [429] * 5
    late = hook.post("/hooks/stripe", data=b"{}")
    assert late.status_code == 429 and 1 <= int(late.headers["Retry-After"]) <= 61
    assert [deliver(hook, an_event(f"{name}_{n}")) for n in range(30)] == [200] * 30, "from the same address, at the same time"


def test_the_hook_sets_no_cookie_and_redirects_nowhere(hook: Any, name: str) -> None:
    body = body_of(an_event(name))
    answer = hook.post("/hooks/stripe", data=body, headers={"Stripe-Signature": signed(body, PLATFORM_SECRET)})
    assert answer.status_code == 200 and answer.data == b"" and "Set-Cookie" not in answer.headers
    assert hook.get("/hooks/stripe").status_code == 405


def test_the_gateway_reads_what_it_names(stripe_app: Application) -> None:
    body = body_of(an_event("evt_named", "transfer.created", "tr_1"))
    heard = stripe_app.gateways.online.hear(source="platform", body=body, signature=signed(body, PLATFORM_SECRET))
    at = datetime.fromtimestamp(json.loads(body)["created"], UTC)
    assert heard == EventFacts("evt_named", "transfer.created", "tr_1", "", at, json.loads(body), False)
