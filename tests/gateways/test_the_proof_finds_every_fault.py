"""The twin of the conformance test: connectors that each break one promise, and the claim that finds them out."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from doubles.little import TOKEN, LittleDouble

from app.domain.catalog.ports import Checkpoint, FlagshipUnreachable, ListedVariant, Read, ShopFacts
from app.gateways.downloads import HttpDownload
from app.gateways.flagship import Kind, Means, SettingsField
from app.gateways.flagship.conformance import CLAIMS, Broken, Trial
from app.gateways.flagship.prices import price_minor
from app.gateways.talking import HttpTalk


@dataclass
class Sinner:
    """Reads the little shop as many a first draft does; `sins` says what it does wrong."""

    url: str
    means: Means
    sins: frozenset[str]

    can_read_changes = False

    def __repr__(self) -> str:
        return f"Sinner({self.means.secrets.read()})" if "tells_its_secret" in self.sins else "Sinner"

    def check(self) -> ShopFacts:
        if "checks_nothing" in self.sins:
            return ShopFacts("小店")
        return ShopFacts("小店", self._goods(0, 1)["total"])

    def list_items(self, *, currency: str, cursor: str = "") -> Iterator[Read]:
        return iter(list(self._read(currency, cursor))) if "hoards" in self.sins else self._read(currency, cursor)

    def list_changes(self, *, currency: str, since: datetime) -> Iterator[Read]:
        return self.list_items(currency=currency)

    def _read(self, currency: str, cursor: str) -> Iterator[Read]:
        start = int(cursor) if cursor.isdecimal() else 0
        while True:
            try:
                answer = self._goods(start, 4)
            except FlagshipUnreachable:
                if "ends_early" in self.sins:
                    return
                raise
            for good in answer["goods"]:
                price = price_minor(good["price"], currency=currency) + (1 if "errs_by_a_fen" in self.sins else 0)
                yield ListedVariant(str(good["id"]), str(good["id"]), good["name"], price, currency, good["id"])
            start += 4
            if start >= answer["total"]:
                return
            yield Checkpoint(str(start + (1 if "skips_when_resuming" in self.sins else 0)))

    def _goods(self, offset: int, limit: int) -> dict[str, Any]:
        token = self.means.secrets.read()["token"]
        if "logs_its_secret" in self.sins:
            logging.getLogger("shop").debug("asking with %s", token)

        def attempt() -> dict[str, Any]:
            answer = self.means.talk("GET", f"{self.url}/goods?limit={limit}&offset={offset}", headers={"X-Token": token})
            if answer.status != 200:
                raise FlagshipUnreachable("http_status", "旗舰店的网址回答了 %(status)d", status=answer.status)
            try:
                return orjson.loads(answer.body)
            except orjson.JSONDecodeError:
                raise FlagshipUnreachable("broken_answer", "旗舰店的回答不完整或看不懂") from None

        return attempt()


def trial_of(double: LittleDouble, url: str, *sins: str) -> Trial:
    def connect(settings: Mapping[str, object], means: Means) -> Any:
        sinner = Sinner(str(settings["shop_url"]), means, frozenset(sins))
        if "calls_when_opened" in sins:
            sinner.check()
        return sinner

    fields = (SettingsField("shop_url", "网址", "url", required=True), SettingsField("token", "令牌", "line" if "stores_its_secret" in sins else "secret"))
    kind = Kind("sinner", "小店", "", fields, connect)
    if "takes_anything" in sins:
        kind = replace(kind, fields=tuple(replace(field, required=False) for field in fields))
    return Trial(kind, {"shop_url": url}, {"token": TOKEN}, double, HttpTalk(allow_private=True), HttpDownload(allow_private=True),
                 lambda: datetime.now(UTC), double.settle)


@pytest.mark.parametrize(("sin", "claim"), [
    ("takes_anything", "settings_are_checked"), ("stores_its_secret", "settings_are_checked"),
    ("calls_when_opened", "opening_calls_nobody"), ("checks_nothing", "a_check_succeeds_and_fails"),
    ("errs_by_a_fen", "a_shop_that_stands_still_is_read_exactly"), ("hoards", "items_come_out_while_the_reading_goes_on"),
    ("counts_pages_only", "nothing_is_missed_while_goods_move"), ("gives_up_at_once", "a_fault_that_passes_is_survived"),
    ("ends_early", "a_fault_that_stays_fails_the_reading"), ("does_not_wait", "a_busy_shop_is_given_the_time_it_asks_for"),
    ("knows_no_401", "a_dead_secret_asks_for_authorisation"), ("skips_when_resuming", "it_goes_on_from_every_checkpoint"),
    ("resumes_by_offset", "it_goes_on_though_goods_moved_meanwhile"), ("tells_its_secret", "secrets_are_told_to_nobody"),
    ("logs_its_secret", "secrets_are_told_to_nobody"),
])
def test_found_out(sin: str, claim: str) -> None:
    """The sins that name nothing in `Sinner` are those it commits anyway: no overlap, no second try, no waiting."""
    double = LittleDouble()
    with double.open() as url, pytest.raises((Broken, FlagshipUnreachable)):
        CLAIMS[claim](trial_of(double, url, sin))


@pytest.mark.parametrize("claim", ["settings_are_checked", "opening_calls_nobody", "a_check_succeeds_and_fails",
                                   "a_shop_that_stands_still_is_read_exactly", "items_come_out_while_the_reading_goes_on",
                                   "it_goes_on_from_every_checkpoint", "secrets_are_told_to_nobody"])
def test_and_only_for_that(claim: str) -> None:
    double = LittleDouble()
    with double.open() as url:
        CLAIMS[claim](trial_of(double, url))
