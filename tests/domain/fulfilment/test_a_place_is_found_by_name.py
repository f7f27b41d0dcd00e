"""An address becomes the flagship's own ids of places, level by level; what is not certain is nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from app.domain.fulfilment.areas import area_rows, look_up
from app.domain.fulfilment.rules import place_in, same_place
from app.kernel.errors import Refused


@dataclass
class Book:
    """(place, level) → what lies below it."""

    asked: list[tuple[int, int]] = field(default_factory=list)

    def below(self, place_id: int, level: int) -> dict[str, int]:
        self.asked.append((place_id, level))
        return {(0, 1): {"北京": 1, "上海": 2, "广东": 19, "河北": 5}, (19, 2): {"深圳市": 1607, "广州市": 1601}, (1607, 3): {"南山区": 3155, "福田区": 3639},
                (3155, 4): {"粤海街道": 62170, "西丽街道": 62171}, (2, 2): {"静安区": 2813}, (2813, 3): {"城区": 51976}, (1, 2): {"朝阳区": 72},
                (72, 3): {"三环以内": 2799, "四环到五环之间": 2839}}.get((place_id, level), {})


def address(*parts: str) -> dict[str, str]:
    return dict(zip(("province", "city", "district", "street"), parts, strict=True))


@pytest.mark.parametrize(("place", "ids"), [
    (address("广东省", "深圳市", "南山区", "粤海街道科苑路 15 号"), (19, 1607, 3155, 62170)),
    (address("广东", "深圳", "南山", "西丽街道 1 号"), (19, 1607, 3155, 62171)),
    (address("广东省", "深圳市", "福田区", "深南大道 1 号"), (19, 1607, 3639, 0)),
    (address("上海市", "上海市", "静安区", "南京西路 1515 号"), (2, 2813, 51976, 0)),
    (address("北京市", "北京市", "朝阳区", "三环以内 建国路 1 号"), (1, 72, 2799, 0)),
])
def test_found(place: dict[str, str], ids: tuple[int, ...]) -> None:
    found = look_up(Book(), place)
    assert found is not None and found[0] == ids


@pytest.mark.parametrize("place", [
    address("广东省", "深圳市", "南山区", "科苑路 15 号"), address("北京市", "北京市", "朝阳区", "建国路 1 号"), address("海南省", "三亚市", "吉阳区", "1 号"),
    address("广东省", "珠海市", "香洲区", "1 号"), address("", "", "", ""), {},
])
def test_what_is_not_certain_is_nothing(place: dict[str, str]) -> None:
    assert look_up(Book(), place) is None


def test_the_last_word_may_be_left_off_and_nothing_else() -> None:
    assert same_place("上海", "上海市") and same_place("内蒙古自治区", "内蒙古") and same_place("浦东新区", "浦东")
    assert not same_place("", "") and not same_place("上海", "海") and not same_place("通州区", "通城县")
    assert place_in("通州", {"通州区": 1, "通州市": 2}) is None, "both could be meant"


def test_a_table_is_read_by_its_column_names() -> None:
    head = ["区县", "省", "市", "省编号", "市编号", "区县编号"]
    assert area_rows([(1, head), (2, ["南山区", "广东", "深圳市", "19", "1607", "3155"])]) == [
        {"province": "广东", "city": "深圳市", "district": "南山区", "town": "", "province_id": 19, "city_id": 1607, "district_id": 3155, "town_id": 0}]
    for table, code in (([], "areas_missing"), ([(1, ["a"])], "areas_missing"), ([(1, head), (2, ["", "广东", "深圳市", "1", "1", "1"])], "area_row_wrong"),
                        ([(1, head), (2, ["南山区", "广东", "深圳市", "1", "²", "1"])], "area_id_wrong"), ([(1, head), (2, ["x" * 61, "广东", "深圳市", "1", "1", "1"])], "area_row_wrong"),
                        ([(1, head), (2, ["南山区", "广东", "深圳市", "99999999999", "1", "1"])], "area_id_wrong")):
        with pytest.raises(Refused) as refused:
            area_rows(table)  # type: ignore[arg-type]  # rows as a table gives them
        assert refused.value.code == code
