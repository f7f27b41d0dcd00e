"""Places by a flagship's own ids: what HQ has entered, and what the flagship's list has told before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.kernel.errors import Refused
from app.kernel.ids import new_id

from .models import FlagshipArea
from .ports import AreaBook
from .rules import named_in, part_in, place_in, same_place

Area = tuple[int, int, int, int]
NAMES = ("province", "city", "district", "town")
IDS = ("province_id", "city_id", "district_id", "town_id")
COLUMNS = (*NAMES, *IDS)
HEADS = {**{name: name for name in COLUMNS}, "省": "province", "市": "city", "区县": "district", "区": "district", "乡镇": "town", "街道": "town",
         "省编号": "province_id", "市编号": "city_id", "区县编号": "district_id", "乡镇编号": "town_id"}
BATCH = 2_000
LONGEST = {"province": 40, "city": 40, "district": 60, "town": 60}


def known_area(session: Session, *, brand_id: int, source_id: UUID, address: Mapping[str, str]) -> Area | None:
    """The ids of an order's address, as far as they are known here. A district with towns needs one of them in the street."""
    rows = [row for row in session.scalars(select(FlagshipArea).where(FlagshipArea.source_id == source_id, FlagshipArea.province.startswith(
        address.get("province", "")[:2], autoescape=True))) if all(same_place(address.get(name, ""), getattr(row, name)) for name in NAMES[:3])]
    towns = {row.town: row for row in rows}
    found = towns.get(named_in(address.get("street", ""), towns))
    return (found.province_id, found.city_id, found.district_id, found.town_id) if found else None


def look_up(book: AreaBook, address: Mapping[str, str]) -> tuple[Area, tuple[str, str, str, str]] | None:
    """(ids, names to remember them by) by the flagship's own list; None where it has no such place. Raises FlagshipUnreachable.

    Below a municipality (北京, 上海 …) the list has the district where others have the city, and parts of it below.
    """
    province, city, district, street = (address.get(name, "") for name in ("province", "city", "district", "street"))
    first = place_in(province, book.below(0, 1))
    if first is None:
        return None
    cities = book.below(first, 2)
    second, named = place_in(city, cities), ""
    if second is not None:
        third = place_in(district, book.below(second, 3))
    elif same_place(province, city) and (second := place_in(district, cities)) is not None:
        third, named = part_in(street, book.below(second, 3))
    else:
        return None
    if third is None:
        return None
    fourth, town = part_in(street, book.below(third, 4))
    return None if fourth is None else ((first, second, third, fourth), (province, city, district, town or named))


def remember_areas(session: Session, *, brand_id: int, source_id: UUID, rows: Sequence[Mapping[str, object]]) -> int:
    """Written or replaced, by name (of two of one name the later counts); how many there are."""
    rows = list({tuple(row[name] for name in NAMES): row for row in rows}.values())
    for start in range(0, len(rows), BATCH):
        values = [{"brand_id": brand_id, "id": new_id(), "source_id": source_id, **row} for row in rows[start:start + BATCH]]
        statement = insert(FlagshipArea).values(values)
        session.execute(statement.on_conflict_do_update(constraint="uq_flagship_areas_place", set_={name: statement.excluded[name] for name in IDS}))
    return len(rows)


def areas_of(*, brand_id: int, source_id: UUID) -> Select[FlagshipArea]:
    """From province down to town."""
    return (select(FlagshipArea).where(FlagshipArea.brand_id == brand_id, FlagshipArea.source_id == source_id)
            .order_by(FlagshipArea.province_id, FlagshipArea.city_id, FlagshipArea.district_id, FlagshipArea.town_id, FlagshipArea.id))


def count_areas(session: Session, *, brand_id: int, source_id: UUID) -> int:
    return session.scalar(select(func.count()).select_from(FlagshipArea).where(FlagshipArea.source_id == source_id)) or 0


def area_rows(table: Sequence[tuple[int, Sequence[str]]]) -> list[dict[str, object]]:
    """An uploaded table, (line, cells) with the column names first → rows to remember; names the first line that is wrong."""
    heads = [HEADS.get("".join(cell.split()).lower(), "") for cell in table[0][1]] if table else []
    missing = [name for name in (*NAMES[:3], *IDS[:3]) if name not in heads]
    if missing:
        raise Refused("areas_missing", "表里没有地区。第一行是列名：%(columns)s", field="file", columns=", ".join(COLUMNS))
    found: list[dict[str, object]] = []
    for line, cells in table[1:]:
        row = {head: cell for head, cell in zip(heads, cells, strict=False) if head}
        names = {name: "".join(row.get(name, "").split()) for name in NAMES}
        if not all(names[name] for name in NAMES[:3]) or any(len(names[name]) > LONGEST[name] for name in NAMES):
            raise Refused("area_row_wrong", "第 %(line)d 行要写明省、市、区县", field="file", line=line)
        found.append({**names, **{name: _number(row.get(name, ""), name, line) for name in IDS}})
    return found


def _number(text: str, name: str, line: int) -> int:
    text = text.strip()
    if name == "town_id" and not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused("area_id_wrong", "第 %(line)d 行的 %(name)s 须是编号", field="file", line=line, name=name)
    return int(text)
