"""A text for guides to share names no absolute of the advertising law and none of the brand's own words, unless somebody says why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.domain.people.models import AuditEvent
from app.domain.sharing.kits import allow, end_kit, forbid, kit_view, kits_for, save_kit
from app.domain.sharing.models import ShareKit
from app.domain.sharing.wording import ABSOLUTE, Found, filled, forbidden_in, unknown_places
from app.kernel.errors import Invalid, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def kit(shop: Shop, *bodies: str, because: str = "", of_product: bool = True, **more: object) -> ShareKit:
    said = {"valid_from": NOON, "valid_to": None, **more}
    return save_kit(shop.session, brand_id=shop.brand_id, product_id=shop.case_product if of_product else None, name="双十二",
                    texts=[("plain", body) for body in bodies], because=because, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "found"), [
    ("这是最佳的箱子", [Found("最佳", 3)]),
    ("全 国 第 一，也是最 好的", [Found("第一", 5), Found("最好", 11)]),
    ("最·佳", [Found("最佳", 1)]),
    ("１００％ 纯棉", [Found("100%", 1)]),
    ("国家级、世界级", [Found("国家级", 1), Found("世界级", 5)]),
    ("第一次用它，第一时间告诉你", []),
    ("第一次就是第一", [Found("第一", 6)]),
    ("静音万向轮，5 年质保", []),
    ("", []),
])
def test_words_are_found_and_placed(text: str, found: list[Found]) -> None:
    assert forbidden_in(text) == found


def test_the_brands_own_words_count_whatever_their_case() -> None:
    assert forbidden_in("比 ｒｉｍｏｗａ 轻", ["Rimowa"]) == [Found("Rimowa", 3)]
    assert forbidden_in("anything", ["", "·"]) == [], "a word without letters forbids nothing"


@given(st.text(max_size=40), st.sampled_from(ABSOLUTE), st.text(alphabet=" 　·-_*\n", max_size=3))
def test_nothing_between_its_letters_hides_a_word(around: str, word: str, gap: str) -> None:
    assert word in {one.word for one in forbidden_in(around + "。" + gap.join(word))}


def test_saving_names_the_word_and_where(shop: Shop) -> None:
    with pytest.raises(Invalid) as refused:
        kit(shop, "轻便好推", "全网最低，闭眼买")
    assert [(one.field, str(one)) for one in refused.value.errors] == [("texts.1", "有禁用词（括号里是第几个字）：“全网最低”(1)")]
    shop.session.rollback()


def test_a_reason_keeps_them_and_is_kept(shop: Shop) -> None:
    made = kit(shop, "轻便", "我们家第一款铝框箱", because="“第一款”指本品牌首发，法务已看")
    texts = kit_view(shop.session, brand_id=shop.brand_id, kit_id=made.id).texts
    assert [one.allowed_because for one in texts] == ["", "“第一款”指本品牌首发，法务已看"], "only where a word stands"
    shop.session.commit()
    told = [str(one.after) for one in shop.session.scalars(select(AuditEvent).where(AuditEvent.subject_id.in_([str(one.id) for one in texts])))]
    assert any("法务已看" in one for one in told)


def test_the_brands_list_is_looked_at_from_then_on(shop: Shop) -> None:
    made = kit(shop, "比隔壁老王家轻")
    forbid(shop.session, brand_id=shop.brand_id, word="隔壁老王")
    forbid(shop.session, brand_id=shop.brand_id, word="隔壁老王")
    with pytest.raises(Invalid):
        kit(shop, "比隔壁老王家轻", kit_id=made.id)
    allow(shop.session, brand_id=shop.brand_id, word="隔壁老王")
    kit(shop, "比隔壁老王家轻", kit_id=made.id)
    with pytest.raises(NotFound):
        allow(shop.session, brand_id=shop.brand_id, word="隔壁老王")


def test_placeholders_are_known_and_filled() -> None:
    assert unknown_places("{链接}{价钱}{}", of_product=True) == ["价钱", ""]
    assert unknown_places("{价格}", of_product=False) == ["价格"]
    values = {"链接": "https://a.cn/s/1", "价格": "¥299"}
    assert filled("{价格} 就能带走：{链接}，等你", values) == "¥299 就能带走：https://a.cn/s/1，等你"
    assert filled("{价格} 带走", values) == "¥299 带走 https://a.cn/s/1", "a text that names no link ends with it"


def test_a_misspelt_placeholder_is_refused_even_with_a_reason(shop: Shop) -> None:
    for body, of_product in (("看 {连接}", True), ("只要 {价格}", False)):
        with pytest.raises(Invalid, match="1"):
            kit(shop, body, of_product=of_product, because="就要")


def test_guides_see_it_from_to_and_no_longer(shop: Shop) -> None:
    own = kit(shop, "a", valid_to=NOON + DAY)
    every = kit(shop, "b", of_product=False, valid_from=NOON - DAY)
    kit(shop, "c", valid_from=NOON + 2 * DAY)

    def seen(product: bool, moment: timedelta) -> list[object]:
        return [one.kit.id for one in kits_for(shop.session, brand_id=shop.brand_id, product_id=shop.case_product if product else None, now=NOON + moment)]

    assert seen(True, timedelta()) == [own.id, every.id] and seen(False, timedelta()) == [every.id]
    assert seen(True, DAY) == [every.id], "the end is not included"
    end_kit(shop.session, brand_id=shop.brand_id, kit_id=every.id, now=NOON + DAY)
    assert seen(True, DAY) == []


def test_what_makes_no_sense_is_refused(shop: Shop) -> None:
    with pytest.raises(Refused, match="晚于"):
        kit(shop, "a", valid_to=NOON)
    with pytest.raises(Refused, match="最多 8 段"):
        kit(shop, *["a"] * 9)
    with pytest.raises(Refused, match="最长 500"):
        kit(shop, "长" * 501)
    with pytest.raises(NotFound):
        kit(shop, "a", kit_id=new_id())
