"""The sample brand's people at headquarters, and its guides as the roster file lists them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

ROSTER = Path(__file__).with_name("roster.csv")


@dataclass(frozen=True)
class Person:
    """Somebody who signs in to the console; `unit` is the unit whose branch she sees, None for all."""

    name: str
    email: str
    role: str
    title: str
    unit: str | None = None


@dataclass(frozen=True)
class RosterRow:
    """One guide: name, phone, staff number, store code, kind (导购 or 分销员)."""

    name: str
    phone: str
    number: str
    store: str
    kind: str


HEADQUARTERS = (
    Person("沈知远", "owner@farway.example", "owner", "品牌负责人"),
    Person("陆青", "ops@farway.example", "operations", "云店运营"),
    Person("顾敏", "finance@farway.example", "finance", "财务主管"),
    Person("严朗", "finance2@farway.example", "finance", "财务复核"),
    Person("方舟", "east@farway.example", "region_manager", "华东大区经理", "EAST"),
    Person("许安", "sh01@farway.example", "store_manager", "静安嘉里店店长", "SH01"),
)


GENTLEMEN = frozenset(
    (
        "严朗",
        "方舟",
        "吴昊",
        "陈思齐",
        "赵一帆",
        "郑书航",
        "冯晓东",
        "蒋一鸣",
        "杨帆",
        "秦朗",
        "张弛",
        "孔维",
        "严思远",
        "金铭",
        "魏子墨",
        "陶然",
        "谢长青",
        "柏舟",
    )
)


def roster() -> list[RosterRow]:
    """The guides of roster.csv, in its order."""
    with ROSTER.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    return [RosterRow(*row) for row in rows[1:]]
