"""By program: withdrawals, invoices, runs of one scope, and what the bank says of payouts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.domain.ledger.checking import check_ledger
from tests.builders.callers import Caller, Shop, a_token
from tests.conftest import TestClock


@pytest.fixture
def second(api: Caller, database: Any, brand: Any) -> Caller:
    return Caller(api.client, a_token(database, brand, name="财务"), brand)


@pytest.fixture
def earned(api: Caller, shop: Shop, clock: TestClock) -> str:
    """The guide's payee, with 29.90 available."""
    api.post("/commission-rules", {"scope": {}, "rate_bp": 1000})
    placed = shop.order()
    api.client.post(placed["payment"]["url"].removeprefix("http://localhost"), json={"outcome": "succeed"})
    api.post(f"/orders/{placed['order']['id']}/ship")
    api.post(f"/orders/{placed['order']['id']}/deliver", status=200)
    clock.now += timedelta(days=20)
    api.post("/settlement-runs")
    return str(shop.guide["payee_id"])


def balances(api: Caller, payee: str) -> dict[str, int]:
    return {phase: amount for phase, amount in api.get(f"/payees/{payee}")["balances"].items() if amount}


def test_a_withdrawal_by_program(api: Caller, second: Caller, earned: str, database: Any) -> None:
    assert api.post("/withdrawals", {"payee_id": earned, "amount": 2991}, status=422)["code"] == "not_available"
    for wrong in ({"amount": 0}, {"amount": -1}, {"amount": 1.5}, {"amount": "1"}, {"amount": None}, {}):
        api.post("/withdrawals", {"payee_id": earned, **wrong}, status=422)
    row = api.post("/withdrawals", {"payee_id": earned, "amount": 1000})
    assert (row["state"], row["amount"], row["currency"], row["payee_id"]) == ("requested", 1000, "CNY", earned)
    assert api.post("/withdrawals", {"payee_id": earned, "amount": 1}, status=409)["code"] == "withdrawal_open"
    assert balances(api, earned) == {"available": 1990, "requested": 1000}
    assert [one["id"] for one in api.get(f"/withdrawals?state=requested&payee_id={earned}")["data"]] == [row["id"]]
    run = api.post("/payout-runs", {"scope": "withdrawals"})
    assert (run["scope"], run["amount"]) == ("withdrawals", 1000)
    assert api.get(f"/withdrawals/{row['id']}")["state"] == "paying"
    assert api.post(f"/withdrawals/{row['id']}/cancel", status=409)["code"] == "withdrawal_paying"
    second.post(f"/payout-runs/{run['id']}/approve", status=200)
    done = api.post(f"/payout-runs/{run['id']}/execute", status=200)
    assert done["state"] == "executed" and {one["state"] for one in done["payouts"]} == {"paid"}
    assert api.get(f"/withdrawals/{row['id']}")["state"] == "paid"
    assert balances(api, earned) == {"available": 1990, "paid": 1000}
    order = api.get("/orders")["data"][0]["id"]
    told = api.get(f"/orders/{order}/standings")["shares"]
    assert [(one["payee_id"], one["role"], one["amount"]) for one in told] == [(earned, "guide", 2990)]
    assert told[0]["parts"] == [{"place": "available", "amount": 1990, "payout_run_id": None, "payout_run_number": None},
                                {"place": "paid", "amount": 1000, "payout_run_id": run["id"], "payout_run_number": 1}]
    with database.session(api.brand.id) as session:
        assert check_ledger(session, brand_id=api.brand.id) == []


def test_cancelled_and_rejected(api: Caller, earned: str) -> None:
    for way, body in (("cancel", {}), ("reject", {"reason": "请先补签协议"})):
        row = api.post("/withdrawals", {"payee_id": earned, "amount": 1000})
        if way == "reject":
            api.post(f"/withdrawals/{row['id']}/reject", {}, status=422)
        ended = api.post(f"/withdrawals/{row['id']}/{way}", body, status=200)
        assert ended["state"] == {"cancel": "cancelled", "reject": "rejected"}[way] and ended["reason"] == body.get("reason", "")
        assert balances(api, earned) == {"available": 2990}


def test_what_the_bank_says(api: Caller, second: Caller, earned: str) -> None:
    run = api.post("/payout-runs")
    second.post(f"/payout-runs/{run['id']}/approve", status=200)
    payouts = api.post(f"/payout-runs/{run['id']}/execute", status=200)["payouts"]
    hers = next(one for one in payouts if one["payee_id"] == earned)
    assert hers["provider_ref"] == f"payout:{hers['id']}" and hers["tax_withheld"] == 0
    listed = api.get(f"/payout-runs/{run['id']}/payouts?state=paid&limit=1")["data"]
    assert len(listed) == 1
    assert api.post(f"/payout-runs/{run['id']}/payouts/{hers['id']}/confirm", status=200)["confirmed_at"]
    api.post(f"/payout-runs/{run['id']}/payouts/{hers['id']}/confirm", status=409)
    api.post(f"/payout-runs/{run['id']}/payouts/{hers['id']}/fail", {}, status=422)
    failed = api.post(f"/payout-runs/{run['id']}/payouts/{hers['id']}/fail", {"reason": "退汇"}, status=200)
    assert (failed["state"], failed["reason"]) == ("failed", "退汇")
    assert balances(api, earned) == {"available": 2990}
    api.post(f"/payout-runs/{run['id']}/payouts/{run['id']}/fail", {"reason": "x"}, status=404)


def test_the_result_file(api: Caller, second: Caller, earned: str) -> None:
    run = api.post("/payout-runs")
    second.post(f"/payout-runs/{run['id']}/approve", status=200)
    [hers] = api.post(f"/payout-runs/{run['id']}/execute", status=200)["payouts"]
    path = f"/api/v1/payout-runs/{run['id']}/results"
    headers = {"Authorization": f"Bearer {api.token}"}

    def send(content: str, query: str = "", mimetype: str = "text/csv") -> Any:
        return api.client.post(path + query, data=content.encode("gbk"), content_type=mimetype, headers=headers)

    good = f"打款编号,结果,原因\n{hers['id']},失败,账户冻结\n"
    assert send("").status_code == 422 and send(good, mimetype="image/png").status_code == 415
    assert send(good, "?dry_run=1").json == {"applied": False, "confirmed": 0, "failed": 1, "unchanged": 0, "errors": []}
    bad = send(good + "x,成功,\n").json
    assert not bad["applied"] and bad["errors"][0]["line"] == 3 and bad["errors"][0]["code"] == "payout_unknown"
    assert send(good).json["applied"] and send(good).json["unchanged"] == 1
    assert balances(api, earned) == {"available": 2990}
    assert api.get(f"/payout-runs/{run['id']}")["reconciled_at"]


def test_invoices_by_program(api: Caller, shop: Shop) -> None:
    payee = shop.region["payee_id"]
    body = {"payee_id": payee, "number": "25442000000000000001", "amount": 100, "issued_on": "2026-11-01"}
    assert api.post("/invoices", body, status=422)["code"] == "no_company"
    api.patch(f"/payees/{payee}", {"tax_kind": "company"})
    for wrong in ({"issued_on": "2026-13-01"}, {"issued_on": "01.11.2026"}, {"issued_on": "2027-01-01"}, {"amount": 0}, {"number": ""}, {"more": 1}):
        api.post("/invoices", {**body, **wrong}, status=422)
    row = api.post("/invoices", body)
    assert (row["issued_on"], row["voided_at"], row["amount"]) == ("2026-11-01", None, 100)
    assert api.post("/invoices", body, status=409)["code"] == "invoice_known"
    assert api.get(f"/invoices?payee_id={payee}")["data"] == [row]
    assert api.post(f"/invoices/{row['id']}/void", status=200)["voided_at"]
    api.post(f"/invoices/{row['id']}/void", status=409)


def test_settings_of_payouts(api: Caller) -> None:
    changed = api.patch("/settings", {"payout_schedule": "weekly", "payout_day": 5, "withdrawals": False, "withdrawal_minimum": 100, "tax_scheme": "cn_labour",
                                      "company_invoices": False})
    assert (changed["payout_schedule"], changed["payout_day"], changed["withdrawals"], changed["withdrawal_minimum"], changed["tax_scheme"]) == (
        "weekly", 5, False, 100, "cn_labour")
    for wrong in ({"payout_day": 8}, {"payout_day": 0}, {"payout_schedule": "daily"}, {"tax_scheme": "flat"}, {"payout_schedule": "monthly", "payout_day": 29}):
        api.patch("/settings", wrong, status=422)
