"""Who buys: guests with a name, a phone and an address of our invention."""

from __future__ import annotations

from dataclasses import dataclass

SURNAMES = "陈林黄周吴徐孙马朱胡郭何高罗郑梁"
GIVEN = ("予安", "清和", "知夏", "一诺", "思源", "明月", "子涵", "景行", "若水", "书言", "嘉树", "望舒", "北辰", "南风", "禾", "朗")
PLACES = (
    ("上海市", "上海市", "静安区", "远途街 12 弄 3 号 501 室"),
    ("上海市", "上海市", "浦东新区", "晴川路 88 号 2 幢 1203 室"),
    ("浙江省", "杭州市", "西湖区", "山前路 6 号 1 单元 402 室"),
    ("江苏省", "南京市", "鼓楼区", "归云巷 19 号 7 幢 301 室"),
    ("江苏省", "苏州市", "姑苏区", "长桥弄 27 号"),
    ("北京市", "北京市", "朝阳区", "望京南里 5 号楼 1808 室"),
    ("北京市", "北京市", "海淀区", "学院东路 33 号 4 单元 602 室"),
    ("天津市", "天津市", "和平区", "新津道 41 号 9 门 201 室"),
    ("广东省", "广州市", "天河区", "花城北街 16 号 2506 室"),
    ("广东省", "深圳市", "南山区", "海岸里 7 栋 A 座 1102 室"),
    ("四川省", "成都市", "锦江区", "书院西街 9 号 3 栋 804 室"),
    ("湖北省", "武汉市", "武昌区", "东湖北路 52 号 6 幢 1501 室"),
)
NOTES = ("", "", "", "", "", "", "请放门卫", "周五出差，麻烦尽快", "送人，请不要放价格单", "工作日送公司前台")


@dataclass(frozen=True)
class Buyer:
    """`number` is her browser; `person` who she is where it is another of hers; `own_phone` a real number that she gives."""

    number: int
    person: int = 0
    own_phone: str = ""

    @property
    def visitor(self) -> str:
        """Her first-party id in the browser."""
        return f"story-{self.number:04d}"

    @property
    def contact(self) -> dict[str, str]:
        who = self.person or self.number
        surname = SURNAMES[who % len(SURNAMES)]
        given = GIVEN[(who * 7 + who // 16) % len(GIVEN)]
        return {"name": surname + given, "phone": self.own_phone or f"1390000{who:04d}"}

    @property
    def address(self) -> dict[str, str]:
        return dict(zip(("province", "city", "district", "street"), PLACES[(self.person or self.number) * 5 % len(PLACES)], strict=True))

    @property
    def note(self) -> str:
        return NOTES[self.number * 3 % len(NOTES)]
