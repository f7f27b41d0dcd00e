"""What a share text may say, and how its placeholders are filled. Pure.

The advertising law forbids words that place goods above all others (广告法 第九条); brands forbid more of their own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

ABSOLUTE = (
    "国家级", "世界级", "宇宙级", "最高级", "最佳", "最好", "最优", "最强", "最大", "最先进", "最便宜", "最低价", "最高品质", "最新科技", "最受欢迎",
    "史上最", "第一", "唯一", "首选", "首个", "顶级", "极品", "极致", "巅峰", "冠军", "王牌", "之王", "独一无二", "绝无仅有", "前无古人", "万能", "永久",
    "绝对", "百分之百", "100%", "全网最低", "全国领先", "全球领先", "领导品牌", "国家领导人", "驰名商标", "特供", "专供", "免检", "零风险", "无效退款",
    "根治", "特效",
)
"""Each is looked for inside the text, whatever stands between its letters."""
HARMLESS = ("第一次", "第一时间", "第一步", "第一天", "第一眼", "唯一码")
"""What contains such a word and says something else."""
PLACEHOLDERS = ("链接", "商品", "价格", "门店", "导购")
OF_A_PRODUCT = ("商品", "价格")
TONES = ("plain", "warm", "lively", "formal")

_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Found:
    """A forbidden `word` that begins at the `at`-th letter of the text, counted from 1."""

    word: str
    at: int


def forbidden_in(text: str, own: Iterable[str] = ()) -> list[Found]:
    """Every forbidden word of the text, in order. Blanks, width, case and signs between letters do not hide one."""
    letters, places = _folded(text)
    harmless = {at for phrase in HARMLESS for start in _starts(letters, phrase) for at in range(start, start + len(phrase))}
    hits = [Found(word, places[start] + 1) for word in dict.fromkeys((*ABSOLUTE, *own)) if (folded := _folded(word)[0])
            for start in _starts(letters, folded) if start not in harmless]
    return sorted(hits, key=lambda hit: (hit.at, -len(hit.word)))


def unknown_places(text: str, *, of_product: bool) -> list[str]:
    """Placeholders nobody can fill: misspelt ones, and those of a product where there is none."""
    known = [one for one in PLACEHOLDERS if of_product or one not in OF_A_PRODUCT]
    return [name for name in dict.fromkeys(_PLACE.findall(text)) if name not in known]


def filled(text: str, values: Mapping[str, str]) -> str:
    """With every placeholder replaced; the link comes at the end where the text names none."""
    said = _PLACE.sub(lambda place: values.get(place[1], place[0]), text)
    return said if "{链接}" in text else f"{said} {values['链接']}"


def _folded(text: str) -> tuple[str, list[int]]:
    """The letters that count, all of one width and case, and where each stood."""
    letters, places = [], []
    for at, letter in enumerate(text):
        for one in unicodedata.normalize("NFKC", letter).casefold():
            if one == "%" or unicodedata.category(one)[0] in "LN":
                letters.append(one)
                places.append(at)
    return "".join(letters), places


def _starts(letters: str, word: str) -> list[int]:
    return [hit.start() for hit in re.finditer(f"(?={re.escape(word)})", letters)]
