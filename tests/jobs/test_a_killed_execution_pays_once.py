"""kill -9 in the middle: between the file and the booking, and between a delivery and its booking. Nobody is paid twice."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from app.config import Settings
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.ports import Handover, PayoutAnswer, PayoutOrder
from app.extensions import Database
from app.flows.pay_out import execute_payout_run
from app.flows.reconcile_payouts import record_answers
from app.flows.send_payouts import send_payouts
from app.gateways.payouts.files import FilePayouts
from app.gateways.storage import LocalFiles
from app.kernel import sealing
from app.kernel.errors import Conflict
from app.kernel.tenancy import BrandSession
from tests.builders.money import due_to, unguarded, whole
from tests.builders.payouts import approved, credit, executed, payouts
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@dataclass(frozen=True)
class Stalling:
    """The offline provider, after whose file nothing comes for a minute."""

    folder: Path
    name: str = "files"

    def take(self, orders: Iterable[PayoutOrder], *, brand_id: int, run_id: UUID) -> Handover:
        handover = FilePayouts(LocalFiles(self.folder)).take(orders, brand_id=brand_id, run_id=run_id)
        (self.folder / "written").touch()
        time.sleep(60)
        return handover

    def deliver(self, order: PayoutOrder) -> PayoutAnswer:
        raise AssertionError


@dataclass(frozen=True)
class BankInAFolder:
    """A bank over a network: each request is a line, each key it pays a file. Told to stall, it pays and never answers."""

    folder: Path
    stalls: bool = False
    name: str = "late"

    def take(self, orders: Iterable[PayoutOrder], *, brand_id: int, run_id: UUID) -> Handover:
        return Handover([PayoutAnswer(order.id, "sent") for order in orders])

    def deliver(self, order: PayoutOrder) -> PayoutAnswer:
        with (self.folder / "requests").open("a") as file:
            file.write(order.key + "\n")
        (self.folder / f"paid-{order.key}").write_text(str(order.net_minor))
        if self.stalls:
            time.sleep(60)
        return PayoutAnswer(order.id, "paid", f"ref-{order.id}")


def execute(settings: Settings, brand_id: int, run_id: UUID, folder: Path) -> None:
    sealing.use_secret(settings.secret_key)
    with Database(settings).transaction(brand_id) as session:
        act_as(session, command("two"))
        execute_payout_run(session, brand_id=brand_id, run_id=run_id, provider=Stalling(folder), now=NOON)


def deliver(settings: Settings, brand_id: int, run_id: UUID, folder: Path) -> None:
    sealing.use_secret(settings.secret_key)
    send_payouts(Database(settings), brand_id=brand_id, run_id=run_id, provider=BankInAFolder(folder, stalls=True), now=NOON)


def killed(work: Callable[..., None], *arguments: object, after: Callable[[], bool]) -> None:
    """A process of its own, killed as soon as `after` is true."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    deadline = time.monotonic() + 90
    while not after():
        assert time.monotonic() < deadline and process.is_alive()
        time.sleep(0.05)
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    shop = a_shop(session)
    act_as(session, command("one"))
    credit(session, shop.lin.payee_id, 10_000)
    session.commit()
    return shop


def test_between_the_file_and_the_booking(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    run = approved(shop.session)
    killed(execute, settings, shop.brand_id, run.id, tmp_path, after=lambda: (tmp_path / "written").exists())
    [written] = tmp_path.rglob(f"{run.id}.csv")
    first = written.read_bytes()
    shop.session.rollback()
    assert payouts(shop.session, run)[shop.lin.payee_id].state == "approved", "nothing was booked"
    assert due_to(shop, shop.lin.payee_id) == {"in_payout": 10_000}
    whole(shop)
    shop.session.commit()
    execute_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(LocalFiles(tmp_path)), now=NOON)
    shop.session.commit()
    assert written.read_bytes() == first, "the same file in the same place: there is only one to pay from"
    assert due_to(shop, shop.lin.payee_id) == {"paid": 10_000}
    whole(shop)
    with pytest.raises(Conflict):
        execute_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(LocalFiles(tmp_path)), now=NOON)


def test_without_the_runs_state_the_cause_still_holds_and_without_both_the_check_finds_it(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    """The twins: a run set back to 'approved' by hand is refused by the ledger; without its unique cause it would be paid twice."""
    run = executed(shop.session)
    back = (text("UPDATE payout_runs SET state = 'approved' WHERE id = :id"), text("UPDATE payouts SET state = 'approved' WHERE run_id = :id"))
    from psycopg.errors import UniqueViolation

    from app.domain.ledger.checking import check_ledger
    with unguarded(settings, shop.brand_id) as bare:
        for statement in back:
            bare.execute(statement, {"id": run.id})
        with pytest.raises(UniqueViolation):
            execute_payout_run(bare, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(LocalFiles(tmp_path)), now=NOON)
    with unguarded(settings, shop.brand_id) as bare:
        bare.execute(text("ALTER TABLE ledger_transactions DROP CONSTRAINT uq_ledger_transactions_brand_id_cause"))
        for statement in back:
            bare.execute(statement, {"id": run.id})
        execute_payout_run(bare, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(LocalFiles(tmp_path)), now=NOON)
        assert "each paid entry is in exactly one payout" in {one.rule for one in check_ledger(bare, brand_id=shop.brand_id)}
        assert bare.scalar(text("SELECT sum(amount_minor) FROM ledger_entries WHERE payee_id = :id AND phase = 'paid'"), {"id": shop.lin.payee_id}) == 20_000


def test_between_a_delivery_and_its_booking(shop: Shop, settings: Settings, database: Database, tmp_path: Path) -> None:
    run = executed(shop.session, provider=BankInAFolder(tmp_path))
    payout = payouts(shop.session, run)[shop.lin.payee_id]
    shop.session.commit()
    key = f"payout:{payout.id}"
    killed(deliver, settings, shop.brand_id, run.id, tmp_path, after=lambda: (tmp_path / f"paid-{key}").exists())
    assert payouts(shop.session, run)[shop.lin.payee_id].state == "sent"
    shop.session.commit()
    assert send_payouts(database, brand_id=shop.brand_id, run_id=run.id, provider=BankInAFolder(tmp_path), now=NOON) == 1
    assert (tmp_path / "requests").read_text().split() == [key, key], "the same key again: the bank knows it"
    assert len(list(tmp_path.glob("paid-*"))) == 1
    assert due_to(shop, shop.lin.payee_id) == {"paid": 10_000}
    whole(shop)
    record_answers(shop.session, brand_id=shop.brand_id, run_id=run.id, answers=[PayoutAnswer(payout.id, "paid")], now=NOON)
    shop.session.commit()
    whole(shop)
