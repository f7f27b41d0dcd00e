"""R14, R15, R31: who is paid how, who is left out and why; a negative balance is carried; each entry is paid once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.brands.models import BrandSettings
from app.domain.ledger.models import Payee
from app.domain.orders.models import OrderLine
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.models import Payout, PayoutEntry, PayoutRun
from app.domain.settlement.payout_files import cell, payout_file
from app.domain.settlement.rules import left_out, method_of
from app.flows.pay_out import approve_payout_run, cancel_payout_run, draft_payout_run, execute_payout_run
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.gateways.payouts.files import FilePayouts
from app.gateways.storage import LocalFiles
from app.kernel import sealing
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import HOLD_OVER, due_to, lines_of, received_order, whole
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

FINE = {"tax_kind": "individual", "status": "active", "verified": True, "guide_status": "active", "amount_minor": 100, "minimum_minor": 100}


@pytest.mark.parametrize(("change", "reason"), [
    ({}, None), ({"status": "suspended"}, "suspended"), ({"guide_status": "suspended"}, "suspended"), ({"guide_status": "left"}, None),
    ({"guide_status": None}, None), ({"amount_minor": 0}, "nothing_due"), ({"amount_minor": -5}, "nothing_due"), ({"amount_minor": 99}, "below_minimum"),
    ({"verified": False}, "no_bank_details"),
    ({"verified": False, "tax_kind": "company"}, "no_bank_details"), ({"verified": False, "tax_kind": "employee"}, None),
    ({"verified": False, "tax_kind": "internal"}, None)])
def test_reasons(change: dict[str, object], reason: str | None) -> None:
    assert left_out(**{**FINE, **change}) == reason  # type: ignore[arg-type]


def test_methods() -> None:
    assert [method_of(kind) for kind in ("employee", "internal", "individual", "company")] == ["payroll", "internal", "bank", "bank"]


@pytest.mark.parametrize(("value", "shown"), [
    ("=1+1", "'=1+1"), ("@x", "'@x"), ("+86", "'+86"), ("-1", "'-1"), ("\tx", "'\tx"), ("林晓芸", "林晓芸"), ("", "")])
def test_a_cell_is_no_formula(value: str, shown: str) -> None:
    assert cell(value) == shown


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """One received order of 299.00, settled: Lin 35.88, store 14.95 available."""
    shop = a_shop(session)
    received_order(shop, (shop.case, 1))
    act_as(session, command("one"))
    settle(session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER)
    session.commit()
    return shop


def draft(shop: Shop, now: object = HOLD_OVER) -> PayoutRun:
    run = draft_payout_run(shop.session, brand_id=shop.brand_id, now=now)  # type: ignore[arg-type]
    shop.session.commit()
    return run


def finish(shop: Shop, run: PayoutRun, files: LocalFiles) -> None:
    act_as(shop.session, command("two"))
    approve_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, now=HOLD_OVER)
    execute_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(files), now=HOLD_OVER)
    act_as(shop.session, command("one"))
    shop.session.commit()


@pytest.fixture
def files(tmp_path: object) -> LocalFiles:
    return LocalFiles(tmp_path)  # type: ignore[arg-type]


def test_those_passed_over_are_kept_with_the_reason_and_paid_when_it_is_gone(shop: Shop, files: LocalFiles) -> None:
    lin = shop.session.scalars(select(Payee).where(Payee.id == shop.lin.payee_id)).one()
    lin.tax_kind = "individual"
    shop.session.commit()
    run = draft(shop)
    assert (run.payout_count, run.amount_minor) == (1, 1495)
    assert shop.session.scalars(select(Payout.reason).where(Payout.payee_id == lin.id)).one() == "no_bank_details"
    finish(shop, run, files)
    lin.bank_sealed, lin.bank_verified_at = sealing.seal({"holder": "林晓芸", "bank": "招商银行", "account": "6225880212345678"}), NOON
    run = draft(shop)
    assert run.amount_minor == 3588
    finish(shop, run, files)
    text = files.get(run.file_key).decode("utf-8-sig")
    assert "林晓芸,招商银行,6225880212345678,35.88,0.00,35.88,CNY" in text
    assert payout_file(shop.session, brand_id=shop.brand_id, run_id=run.id, files=files) == files.get(run.file_key)
    whole(shop)


def test_too_little_waits(shop: Shop) -> None:
    shop.session.scalars(select(BrandSettings)).one().payout_minimum_minor = 3588
    run = draft(shop)
    assert (run.payout_count, run.amount_minor) == (1, 3588)


def test_a_cancelled_run_gives_everything_back(shop: Shop) -> None:
    before = due_to(shop, shop.lin.payee_id)
    run = draft(shop)
    assert due_to(shop, shop.lin.payee_id) == {"in_payout": 3588}
    with pytest.raises(Conflict):
        draft(shop)
    cancel_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, now=HOLD_OVER)
    shop.session.commit()
    assert due_to(shop, shop.lin.payee_id) == before
    whole(shop)
    assert draft(shop).amount_minor == 3588 + 1495
    whole(shop)


def test_a_negative_balance_is_carried_and_netted(shop: Shop, files: LocalFiles) -> None:
    finish(shop, draft(shop), files)
    first = shop.session.scalars(select(Payout.id)).all()
    old = shop.session.scalars(select(OrderLine)).one()
    refund_order(shop.session, brand_id=shop.brand_id, order_id=old.order_id, lines=[RefundAsk(old.id, quantity=1)], now=HOLD_OVER)
    shop.session.commit()
    assert due_to(shop, shop.lin.payee_id) == {"available": -3588, "paid": 3588}
    with pytest.raises(Refused, match="没有可以打款"):
        draft(shop)
    shop.session.rollback()
    received_order(shop, (shop.case, 2))
    settle(shop.session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER)
    run = draft(shop)
    assert run.amount_minor == 3588 + 1495, "twice her share, less what she owed"
    assert shop.session.scalar(select(func.count()).select_from(PayoutEntry)) == 2 + 2 * 2
    assert len(first) == 2
    finish(shop, run, files)
    whole(shop)


def test_states_are_walked_in_order_and_by_two_people(shop: Shop, files: LocalFiles) -> None:
    run = draft(shop)
    with pytest.raises(Refused, match="两个人"):
        approve_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, now=HOLD_OVER)
    with pytest.raises(Conflict):
        execute_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(files), now=HOLD_OVER)
    finish(shop, run, files)
    for again in (lambda: cancel_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, now=HOLD_OVER),
                  lambda: execute_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(files), now=HOLD_OVER)):
        with pytest.raises(Conflict):
            again()
    with pytest.raises(NotFound):
        cancel_payout_run(shop.session, brand_id=shop.brand_id, run_id=new_id(), now=HOLD_OVER)


def test_what_is_due_at_midnight_is_released_at_midnight(session: BrandSession) -> None:
    shop = a_shop(session)
    placed = received_order(shop, (shop.case, 1))
    [line] = lines_of(shop, placed)
    assert line.hold_until.isoformat() == "2026-12-06T16:00:00+00:00", "15 days after the 22nd, at midnight in Shanghai"
    assert settle(session, brand_id=shop.brand_id, as_of=line.hold_until - timedelta(microseconds=1), now=HOLD_OVER).line_count == 0
    run = settle(session, brand_id=shop.brand_id, as_of=line.hold_until, now=HOLD_OVER)
    assert (run.line_count, run.released_minor) == (1, 3588 + 1495)
