"""Our double is believed because the same story told to both ends in the same answers, events and balances."""

from __future__ import annotations

import importlib.util
import json
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.provider.ports import ProviderProblem
from tests.builders.stripe_world import KEY, StripeWorld, contract_world, double_world
from tests.stripe.conftest import REFEREES

MARKS = {"brand_id": "1"}


def story(world: StripeWorld) -> list[Any]:
    """Two accounts, five sessions, transfers in and out of bounds, refunds that fail, a dispute won and one lost, days that pass."""
    online, told = world.provider(), list[Any]()

    def tries(what: Callable[[], Any]) -> Any:
        try:
            found = what()
        except ProviderProblem as problem:
            told.append((type(problem).__name__, problem.code))
            return None
        told.append(type(found).__name__)
        return found

    def opened(number: int, amount_minor: int = 9900, **more: Any) -> Any:
        asked = {"currency": "CNY", "lines": [{"name": "登机箱 ×1", "amount_minor": amount_minor}], "marks": MARKS, "number": f"Y{number}", "language": "zh",
                 "group": f"order_{number}", "success_url": "http://localhost/paid", "cancel_url": "http://localhost/order", "expires_at": began + 1900, **more}
        return tries(lambda: online.open_checkout(asked, key=f"pay:{number}:1"))

    def paid(number: int, amount_minor: int, method: str, outcome: str = "paid") -> Any:
        session = opened(number, amount_minor)
        world.does(f"complete_session/{session.ref}", method=method, outcome=outcome)
        found = online.read_checkout(session.ref)
        told.append((found.state, found.paid, found.charge and (found.charge.amount_minor, found.charge.method, found.charge.balance.amount_minor,
                                                               found.charge.balance.fee_minor, found.charge.balance.currency)))
        return found

    began = int(time.time())
    one, two = paid(1, 9900, "alipay"), paid(2, 12345, "card")
    paid(3, 5000, "wechat_pay", "async")
    failed = paid(4, 5000, "card", "async_failed")
    tries(lambda: online.refund(intent_ref=failed.intent_ref, amount_minor=1, marks=MARKS, key="refund:0:1"))
    opened(5, 399)
    opened(6, 100_000_000)
    opened(7, expires_at=began + 60)
    lapses = opened(9)
    declined = opened(10)
    world.does(f"complete_session/{declined.ref}", method="card", outcome="declined")
    told.append(online.read_checkout(declined.ref).state)
    tries(lambda: online.expire_checkout(declined.ref))
    tries(lambda: online.expire_checkout(one.ref))
    tries(lambda: online.read_checkout("cs_test_nobody"))

    first, second = (tries(lambda n=n: online.open_account({"email": f"{n}@example.com", "name": "林", "country": "SG", "marks": MARKS}, key=f"acct:{n}:v1"))
                     for n in (1, 2))

    def send(key: str, amount_minor: int, **more: Any) -> Any:
        asked = {"currency": "SGD", "account_ref": first.ref, "charge_ref": one.charge.ref, "group": "order_1", "marks": MARKS, **more}
        return tries(lambda: online.transfer(amount_minor=amount_minor, key=key, **asked))

    send("transfer:0:1", 100)
    for outcome in ("pending", "restrict", "complete"):
        account = world.does(f"accounts/{first.ref}/{outcome}")
        found = online.read_account(first.ref)
        told.append((account["object"], account["capabilities"], found.state))
    world.does(f"accounts/{second.ref}/complete")
    sent = send("transfer:1:1", 1000)
    send("transfer:2:1", 783)
    send("transfer:3:1", 782, account_ref=second.ref)
    send("transfer:4:1", 100, currency="CNY")
    send("transfer:5:1", 100, account_ref="acct_nobody")
    send("transfer:6:1", 99_999_999, charge_ref="")
    send("transfer:7:1", 50, charge_ref="")
    send("transfer:8:1", 0)
    tries(lambda: online.reverse(sent.ref, amount_minor=300, marks=MARKS, key="reverse:1:1"))
    tries(lambda: online.reverse(sent.ref, amount_minor=701, marks=MARKS, key="reverse:2:1"))
    world.does("debit", account=first.ref, amount=500, currency="sgd")
    tries(lambda: online.reverse(sent.ref, amount_minor=700, marks=MARKS, key="reverse:3:1"))
    tries(lambda: online.reverse(sent.ref, amount_minor=250, marks=MARKS, key="reverse:4:1"))

    refund = tries(lambda: online.refund(intent_ref=two.intent_ref, amount_minor=345, marks=MARKS, key="refund:1:1"))
    world.does(f"refunds/{refund.ref}/fail", reason="lost_or_stolen_card")
    told.append(online.read_refund(refund.ref).problem)
    tries(lambda: online.refund(intent_ref=two.intent_ref, amount_minor=12346, marks=MARKS, key="refund:2:1"))
    tries(lambda: online.refund(intent_ref=two.intent_ref, amount_minor=12345, marks=MARKS, key="refund:3:1"))
    tries(lambda: online.refund(intent_ref=two.intent_ref, amount_minor=1, marks=MARKS, key="refund:4:1"))
    world.does("debit", account="platform", amount=1500, currency="sgd")
    waiting = tries(lambda: online.refund(intent_ref=one.intent_ref, amount_minor=5000, marks=MARKS, key="refund:5:1"))
    told.append((waiting.state, waiting.problem))
    world.does("debit", account="platform", amount=-3000, currency="sgd")
    world.does("clock", advance=86400)
    told.append(online.read_refund(waiting.ref).state)

    dispute = world.does("disputes", charge=one.charge.ref, amount=500, reason="product_not_received")
    tries(lambda: online.refund(intent_ref=one.intent_ref, amount_minor=1, marks=MARKS, key="refund:6:1"))
    for key in ("evidence:1", "evidence:2"):
        tries(lambda key=key: online.answer_dispute(dispute["id"], evidence={"product_description": "登机箱"}, key=key))
    world.does(f"disputes/{dispute['id']}/won")
    found = online.read_dispute(dispute["id"])
    told += [(found.state, found.answered, found.fee_minor, found.amount_minor), online.read_checkout(lapses.ref).state]

    now = datetime.now(UTC)
    told += [one.type for one in online.events_since(now - timedelta(days=1))]
    told += [(one.kind, one.amount_minor, one.fee_minor, one.currency) for one in online.balance_lines(since=now - timedelta(days=1), until=now + timedelta(days=2))]
    told += sorted(str(balance) for balance in world.sees("state")["balances"].values())
    return told


@pytest.mark.skipif(not REFEREES, reason="the contract server is not here")
def test_the_same_story_ends_alike() -> None:
    with double_world() as double, contract_world(REFEREES) as contract:
        ours, theirs = story(double), story(contract)
        wrongs = [[(one["method"], one["path"], one["level"]) for one in world.wrongs()] for world in (double, contract)]
    assert ours == theirs
    assert wrongs[0] == wrongs[1]


@pytest.mark.skipif(not REFEREES, reason="Stripe's document is not here")
def test_its_objects_are_stripes() -> None:
    """After the story: whatever a property is called and holds, Stripe's own document knows it so. (Properties that nobody reads are left out.)"""
    folder = Path(REFEREES).resolve() / "stripe"
    reader = importlib.util.spec_from_file_location("stripes_document", folder / "contractlib" / "spec.py")
    assert reader is not None and reader.loader is not None
    module = importlib.util.module_from_spec(reader)
    reader.loader.exec_module(module)
    document, looked_at = module.Spec(str(folder / "spec3.core.json")), 0
    with double_world() as double:
        story(double)

        def look(path: str) -> Any:
            nonlocal looked_at
            request = urllib.request.Request(double.url + path, headers={"Authorization": f"Bearer {KEY}", "Stripe-Version": "2026-10-28.endive"})
            with urllib.request.urlopen(request, timeout=10) as answer:
                found = json.load(answer)
            wrong = document.check_response(document.match("GET", path.partition("?")[0])[0].response, found)
            assert [(path, one.param, one.message) for one in wrong if one.message != "is missing"] == []
            looked_at += 1
            return found

        lists = [look(f"/v1/{kind}?limit=100")["data"] for kind in ("events", "refunds", "transfers", "disputes", "balance_transactions")]
        for one in [*(event["data"]["object"] for event in lists[0]), *(row for rows in lists[1:4] for row in rows)]:
            place = {"checkout.session": "checkout/sessions"}.get(one["object"], f"{one['object']}s")
            if one["object"] not in ("account", "capability"):
                look(f"/v1/{place}/{one['id']}")
        for transfer in lists[2]:
            look(f"/v1/transfers/{transfer['id']}/reversals")
            look(f"/v2/core/accounts/{transfer['destination']}?include[0]=configuration.recipient&include[1]=requirements")
    assert looked_at > 40


def test_some_of_it_by_hand() -> None:
    """99.00 × 0.18 = 17.82, of which 2.9 % + 0.30 are 0.82; 123.45 settles as 22.22 with 0.94; a dispute costs 15.00 and keeps it when it is won."""
    with double_world() as double:
        told = story(double)
    assert ("complete", True, (9900, "alipay", 1782, 82, "SGD")) in told and ("complete", True, (12345, "card", 2222, 94, "SGD")) in told
    assert told.count(("Declined", "insufficient_capabilities_for_transfer")) == 1 and told.count(("Declined", "balance_insufficient")) == 2
    assert ("won", True, 1500, 500) in told and ("pending", "insufficient_funds") in told
