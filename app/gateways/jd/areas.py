"""JD's own list of places (京东地址库): the order channel takes no address without their ids. Public calls, no shop's permission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .gateway import Gateway
from .reactions import METHOD, RIGHTS, JdRefused
from .replies import Body, objects, part, text, whole_number

METHODS = {1: "jingdong.areas.province.get", 2: "jingdong.areas.city.get", 3: "jingdong.areas.county.get", 4: "jingdong.areas.town.get"}


@dataclass(frozen=True, slots=True)
class Areas:
    """An AreaBook. Names of methods and fields as public clients use them (areaId, areaName, parent_id)."""

    gateway: Gateway

    def below(self, place_id: int, level: int) -> Mapping[str, int]:
        """Nothing where the application may not ask: then a person has to know."""
        try:
            return self.gateway.call(METHODS[level], {"parent_id": place_id} if level > 1 else {}, _places)
        except JdRefused as refusal:
            if refusal.code in (METHOD.code, RIGHTS.code):
                return {}
            raise


def _places(body: Body) -> dict[str, int]:
    rows = objects(part(body, "baseAreaServiceResponse").get("data"))
    found = {text(row.get("areaName")).strip(): whole_number(row.get("areaId")) for row in rows}
    return {name: key for name, key in found.items() if name and key > 0}
