"""A flagship that takes no address without its own ids of places: the table is read and entered by program, and its emptiness is told."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.builders.callers import Caller
from tests.builders.pushes import Pushing
from tests.conftest import NOON

PLACE = {"province": "北京", "city": "北京", "district": "朝阳区", "province_id": 1, "city_id": 72, "district_id": 2799}


def test_an_empty_table_is_a_warning_only_where_orders_need_it(api: Caller, selling: Pushing) -> None:
    path = f"/flagship-sources/{selling.source_id}"
    told = api.get(path)
    assert (told["areas"], [one["code"] for one in told["warnings"]]) == (0, ["areas_empty"]) and "地区编号表" in told["warnings"][0]["message"]
    assert api.patch(path, {"sends_back": "stock"})["warnings"] == []
    api.post(f"{path}/areas", {"areas": [PLACE]}, status=200)
    told = api.patch(path, {"sends_back": "orders"})
    assert (told["areas"], told["warnings"]) == (1, [])
    feed = api.post("/flagship-sources", {"kind": "spreadsheet", "name": "表", "settings": {"content": "id,title,price\nA,箱,1.00\n"}})
    assert (feed["areas"], feed["warnings"]) == (None, [])
    assert api.post(f"/flagship-sources/{feed['id']}/areas", {"areas": [PLACE]}, status=422)["code"] == "areas_not_asked"


def test_places_are_entered_replaced_and_what_waited_goes_out(api: Caller, selling: Pushing) -> None:
    path = f"/flagship-sources/{selling.source_id}/areas"
    selling.sell()
    with selling.database.transaction(selling.brand_id) as session:
        session.execute(text("""UPDATE orders SET address = '{"province": "北京市", "city": "北京市", "district": "朝阳区", "street": "建国路 1 号"}'
                                WHERE brand_id = :brand"""), {"brand": selling.brand_id})
    selling.work()
    assert selling.push().last_code == "area_unknown"
    twice = [{**PLACE, "district_id": 1}, {**PLACE, "district": " 朝 阳 区 "}]
    assert api.post(path, {"areas": twice}, status=200) == {"areas": 1, "retried": 1}
    selling.work(NOON)
    assert selling.push().state == "paid_told"
    [row] = api.get(path)["data"]
    assert {name: row[name] for name in (*PLACE, "town", "town_id")} == {**PLACE, "town": "", "town_id": 0}
    assert api.post(path, {"areas": [PLACE]}, status=200) == {"areas": 1, "retried": 0}


@pytest.mark.parametrize("wrong", [{"district": ""}, {"district": "\0"}, {"province": "京" * 41}, {"city_id": 0}, {"city_id": 2**31}, {"city_id": "72"}, {"more": 1}])
def test_a_wrong_place_is_told(api: Caller, selling: Pushing, wrong: dict[str, object]) -> None:
    before = api.get(f"/flagship-sources/{selling.source_id}/areas")["data"]
    assert api.post(f"/flagship-sources/{selling.source_id}/areas", {"areas": [{**PLACE, **wrong}]}, status=422)["errors"]
    assert api.get(f"/flagship-sources/{selling.source_id}/areas")["data"] == before
