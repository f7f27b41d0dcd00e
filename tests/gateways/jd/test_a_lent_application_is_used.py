"""The operator lends its application at JD: a brand gives a permission and nothing else, its own application goes first, and the lent secret goes
only where the operator says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.config import BadSetting, from_env
from app.domain.catalog.ports import FlagshipUnreachable
from app.gateways.downloads import HttpDownload
from app.gateways.flagship import kinds
from app.gateways.flagship.lending import Lent
from app.gateways.flagship.opening import Flagships, GivenSecrets
from app.gateways.storage import LocalFiles
from app.gateways.talking import HttpTalk
from tests.builders.pushes import SECRETS, Jd, a_jd_shop

NOW = datetime.now(UTC)
TOKENS = {"access_token": SECRETS["access_token"], "refresh_token": SECRETS["refresh_token"]}


@pytest.fixture
def jd() -> Iterator[Jd]:
    with a_jd_shop() as shop:
        yield shop


@pytest.fixture
def elsewhere() -> Iterator[Jd]:
    """Somebody's own address, who would like to see the lent secret."""
    with a_jd_shop() as shop:
        yield shop


@pytest.fixture
def lending(jd: Jd, tmp_path: Path) -> Flagships:
    lent = Lent({"app_key": jd.double.app_key, "gateway_url": f"{jd.url}/routerjson"}, {"app_secret": SECRETS["app_secret"]})
    return Flagships(HttpDownload(allow_private=True), LocalFiles(tmp_path), HttpTalk(allow_private=True), {"jd": lent})


def test_a_permission_is_all_a_brand_gives(lending: Flagships) -> None:
    assert lending.problems("jd", {}) == []
    assert lending.divide("jd", {"app_key": "", **TOKENS}) == ({}, TOKENS)
    assert lending.open("jd", {}, now=NOW, secrets=GivenSecrets(dict(TOKENS))).check().variants
    assert lending.open_typed("jd", TOKENS, now=NOW).check().variants
    permission = lending.permission("jd", {}, now=NOW, secrets=GivenSecrets({}))
    assert permission is not None and "app_key=push-" in permission.authorise_url(redirect_uri="https://yundian.example/back", state="s")


def test_what_is_renewed_is_the_sources_and_the_lent_secret_is_not_kept(lending: Flagships, jd: Jd) -> None:
    jd.fault("error", code="19")
    own = GivenSecrets(dict(TOKENS))
    lending.open("jd", {}, now=NOW, secrets=own).check()
    assert "app_secret" not in own.read() and own.read()["refresh_token"]
    assert SECRETS["app_secret"] not in repr(lending)


@pytest.mark.parametrize(("typed", "field"), [({"gateway_url": "https://evil.example/routerjson"}, "gateway_url"), ({"app_secret": "mine"}, "app_secret")])
def test_half_an_application_of_ones_own_is_refused(lending: Flagships, typed: Mapping[str, Any], field: str) -> None:
    assert [problem.field for problem in lending.problems("jd", typed)] == [field]


def test_the_lent_secret_goes_where_the_operator_says(lending: Flagships, jd: Jd, elsewhere: Jd) -> None:
    """Also where another address was stored before."""
    settings = {"gateway_url": f"{elsewhere.url}/routerjson"}
    lending.open("jd", settings, now=NOW, secrets=GivenSecrets(dict(TOKENS))).check()
    assert elsewhere.double.log == [] and jd.double.log
    assert jd.url in lending.permission("jd", settings, now=NOW, secrets=GivenSecrets({})).authorise_url(redirect_uri="x", state="s")  # type: ignore[union-attr]


def test_ones_own_application_goes_first(lending: Flagships, jd: Jd, elsewhere: Jd) -> None:
    own = {"app_key": elsewhere.double.app_key, "gateway_url": f"{elsewhere.url}/routerjson"}
    assert [problem.field for problem in lending.problems("jd", own)] == ["app_secret"]
    lending.open("jd", own, now=NOW, secrets=GivenSecrets(dict(SECRETS))).check()
    assert jd.double.log == [] and elsewhere.double.log


def test_orders_stock_and_places_open_with_it_too(lending: Flagships, jd: Jd) -> None:
    settings = {"customer_id": "1", "channel_id": "1", "pin": "brand"}
    secrets = GivenSecrets(dict(TOKENS))
    lending.open_orders("jd", settings, now=NOW, secrets=secrets).find("none")
    with pytest.raises(FlagshipUnreachable):
        lending.open_shop("jd", settings, now=NOW, secrets=secrets).order("1")
    book = lending.open_areas("jd", settings, now=NOW, secrets=secrets)
    assert book is not None and book.below(0, 1)
    assert len(jd.double.log) >= 3


def test_without_one_each_brand_names_its_own(tmp_path: Path) -> None:
    plain = Flagships(HttpDownload(allow_private=True), LocalFiles(tmp_path), HttpTalk(allow_private=True))
    assert [problem.field for problem in plain.problems("jd", {})] == ["app_key", "app_secret"]
    assert plain.fields(kinds()["jd"]) == kinds()["jd"].fields


def test_the_pages_ask_for_less(lending: Flagships) -> None:
    required = {field.name for field in lending.fields(kinds()["jd"]) if field.required}
    assert required == set() and lending.fields(kinds()["shopify"]) == kinds()["shopify"].fields


def test_it_is_set_whole_or_not_at_all() -> None:
    settings = from_env({"JD_APP_KEY": "k", "JD_APP_SECRET": "hush"})
    assert (settings.jd_app_key, settings.jd_app_secret) == ("k", "hush") and "hush" not in repr(settings)
    for given, missing in (("JD_APP_KEY", "JD_APP_SECRET"), ("JD_APP_SECRET", "JD_APP_KEY")):
        with pytest.raises(BadSetting, match=f"^{missing}: "):
            from_env({given: "x"})
