"""JD's address library by levels; an application that may not ask it knows no places, and is no failure."""

from __future__ import annotations

import pytest
from jd_shops import Open

from app.domain.catalog.ports import FlagshipUnreachable
from app.gateways.jd.areas import Areas

PROVINCE, CITY = "jingdong.areas.province.get", "jingdong.areas.city.get"


def test_level_by_level_without_anybodys_permission(jd: Open) -> None:
    shop = jd()
    book = Areas(shop.gateway(merchant=False))
    provinces = book.below(0, 1)
    if not provinces:
        pytest.skip("the emulator has no address library")
    assert provinces["广东"] == 19 and book.below(19, 2) == {"深圳市": 1607} and book.below(3155, 4) == {"粤海街道": 62170, "西丽街道": 62171}
    assert book.below(62170, 4) == {}


def test_not_allowed_is_not_known(jd: Open) -> None:
    shop = jd()
    shop.fault("error", PROVINCE, code="15")
    assert Areas(shop.gateway(merchant=False)).below(0, 1) == {}


def test_away_is_away(jd: Open) -> None:
    shop = jd()
    if not Areas(shop.gateway(merchant=False)).below(0, 1):
        pytest.skip("the emulator has no address library")
    shop.fault("http", CITY, count=-1)
    with pytest.raises(FlagshipUnreachable):
        Areas(shop.gateway(merchant=False, tries=2)).below(19, 2)
