"""The payout file is what is handed over: a store that does not take it leaves the run as it was, and the next try pays once."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from app.config import Bucket
from app.domain.settlement.models import PayoutRun
from app.domain.settlement.payout_files import file_key
from app.flows.pay_out import execute_payout_run
from app.gateways.flagship.retrying import Patience, Retry
from app.gateways.payouts.files import FilePayouts
from app.gateways.storage import BucketFiles
from app.gateways.talking import HttpTalk
from app.kernel.files import FilesUnreachable
from app.kernel.tenancy import BrandSession
from tests.builders.money import due_to, whole
from tests.builders.payouts import approved, credit, with_account
from tests.builders.shops import a_shop
from tests.conftest import NOON
from tests.gateways.doubles.object_store import WayThere, bucket, object_store


def test_a_store_that_takes_one_file_and_then_no_more(session: BrandSession, tmp_path: Path) -> None:
    """100.00 for Lin: the first of four files is kept, then the line is cut; afterwards 100.00 leave, not 200.00."""
    shop = a_shop(session)
    session.commit()
    with_account(session, shop.lin.payee_id, holder="林晓芸")
    credit(session, shop.lin.payee_id, 10_000)
    session.commit()
    run = approved(session)
    with object_store(tmp_path) as store, (way := WayThere(store)).bucket_open() as url:
        files = BucketFiles(bucket(url), HttpTalk(allow_private=True), retry=Retry(Patience(tries=2), sleep=lambda _: None))
        way.faults = ["", *["reset"] * 20]
        with pytest.raises(FilesUnreachable):
            execute_payout_run(session, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(files), now=NOON)
        session.rollback()
        assert session.scalars(select(PayoutRun.state)).one() == "approved" and due_to(shop, shop.lin.payee_id).get("paid", 0) == 0
        way.faults = []
        execute_payout_run(session, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(files), now=NOON)
        session.commit()
        assert "林晓芸" in files.get(file_key(shop.brand_id, run.id)).decode("utf-8-sig")
    assert due_to(shop, shop.lin.payee_id)["paid"] == 10_000
    whole(shop)


def test_the_bucket_is_named_and_its_secret_is_not() -> None:
    dead = BucketFiles(Bucket("http://127.0.0.1:9/b", "id", "hush"), HttpTalk(allow_private=True), retry=Retry(Patience(tries=1)))
    with pytest.raises(FilesUnreachable) as caught:
        dead.put("7/payouts/a.csv", b"x")
    assert "http://127.0.0.1:9/b" in str(caught.value) and "hush" not in str(caught.value)
