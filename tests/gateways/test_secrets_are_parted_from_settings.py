"""What a person types into a source: what is stored, what is sealed, what may stay blank; and that a connector gets both."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from doubles.woocommerce import WooDouble
from trials_by_name import WOO, trial_of

from app.domain.catalog.ports import FlagshipUnreachable
from app.gateways.downloads import HttpDownload
from app.gateways.flagship import kinds
from app.gateways.flagship.opening import Flagships, GivenSecrets
from app.gateways.storage import LocalFiles
from app.gateways.talking import HttpTalk
from app.kernel.errors import Refused

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def flagships(folder: Path) -> Flagships:
    return Flagships(HttpDownload(allow_private=True), LocalFiles(folder), HttpTalk(allow_private=True))


def test_every_secret_is_marked_as_one() -> None:
    words = ("token", "secret", "password", "consumer_key")
    for kind in kinds().values():
        for field in kind.fields:
            assert not any(word in field.name for word in words) or field.control == "secret", (kind.kind, field.name)


def test_typed_is_parted(tmp_path: Path) -> None:
    typed = {"base_url": "https://shop.example", "consumer_key": " ck ", "consumer_secret": "cs", "webhook_secret": "", "weight_unit": None}
    assert flagships(tmp_path).divide("woocommerce", typed) == ({"base_url": "https://shop.example"}, {"consumer_key": "ck", "consumer_secret": "cs"})


def test_a_secret_at_rest_may_stay_blank(tmp_path: Path) -> None:
    gateway = flagships(tmp_path)
    typed = {"base_url": "https://shop.example", "consumer_key": "", "consumer_secret": ""}
    assert [problem.field for problem in gateway.problems("woocommerce", typed)] == ["consumer_key", "consumer_secret"]
    assert gateway.problems("woocommerce", typed, kept=("consumer_key", "consumer_secret")) == []


def test_a_kind_there_is_not(tmp_path: Path) -> None:
    gateway = flagships(tmp_path)
    assert [problem.code for problem in gateway.problems("taobao", {})] == ["kind_unknown"]
    with pytest.raises(Refused):
        gateway.open("taobao", {}, now=NOW)
    assert gateway.hear("taobao", {}, b"", secrets=GivenSecrets({})) is None
    assert gateway.hear("merchant_feed", {}, b"", secrets=GivenSecrets({})) is None


def test_typed_settings_can_be_tried_and_stored_ones_opened(tmp_path: Path) -> None:
    with trial_of("woocommerce") as trial:
        assert isinstance(trial.shop, WooDouble)
        gateway = flagships(tmp_path)
        assert gateway.open_typed("woocommerce", {**trial.settings, **WOO}, now=trial.now()).check().shop == "测试店"
        assert gateway.open("woocommerce", trial.settings, now=trial.now(), secrets=GivenSecrets(dict(WOO))).check().shop == "测试店"
        with pytest.raises(FlagshipUnreachable):
            gateway.open("woocommerce", trial.settings, now=trial.now()).check()


def test_an_upload_is_opened_from_the_file_store(tmp_path: Path) -> None:
    gateway = flagships(tmp_path)
    gateway.files.put("7/flagship/x", "SKU,名称,价格\nA,箱,1\n".encode())
    (item,) = gateway.open("spreadsheet", {"file_key": "7/flagship/x", "file_name": "a.csv", "size": 9}, now=NOW).list_items(currency="CNY")
    assert getattr(item, "external_id", "") == "A"


def test_secrets_have_no_face() -> None:
    assert repr(GivenSecrets({"token": "hush"})) == "GivenSecrets(token)"
