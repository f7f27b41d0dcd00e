"""Every shape by name, drawn from its size in centimetres."""

from __future__ import annotations

from collections.abc import Callable

from demo.flagship.art import bags, comforts, covers, gear, packing, packs, sacks
from demo.flagship.art.fronts import FRONTS
from demo.flagship.art.suitcase import UNIT, suitcase
from demo.flagship.art.svg import Piece, group, mix

Draw = Callable[[float, float, str], Piece]
LONG_SIDE = 300.0

FREE: dict[str, Draw] = {
    "office-pack": packs.office_pack,
    "day-pack": packs.day_pack,
    "roll-pack": packs.roll_pack,
    "trek-pack": packs.trek_pack,
    "travel-pack": packs.travel_pack,
    "small-pack": packs.small_pack,
    "school-pack": packs.school_pack,
    "duffel": bags.duffel,
    "tote": bags.tote,
    "sling": bags.sling,
    "waist": bags.waist_bag,
    "briefcase": bags.briefcase,
    "folded": sacks.folded_bag,
    "vanity": bags.vanity,
    "cubes": packing.cubes,
    "five-cubes": packing.five_cubes,
    "wash": packing.wash_bag,
    "hanging": packing.hanging_bag,
    "shoes": packing.shoe_bags,
    "cables": packing.cable_case,
    "pouch": packing.pouch,
    "laundry": packing.laundry,
    "vacuum": packing.vacuum,
    "belt": covers.belt,
    "tag": covers.tag,
    "passport": covers.passport,
    "cards": covers.card_case,
    "pillow": comforts.pillow,
    "wrap": comforts.wrap_pillow,
    "air-pillow": comforts.air_pillow,
    "mask": comforts.eye_mask,
    "blanket": comforts.blanket,
    "slippers": comforts.slippers,
    "bottle": gear.bottle,
    "umbrella": gear.umbrella,
    "padlock": gear.padlock,
    "scale": gear.scale,
    "adapter": gear.adapter,
    "wheels": gear.spare_wheels,
}
ON_A_CASE: dict[str, Draw] = {"cover": covers.cover, "clear": covers.clear_cover}


def case_pair(wide: float, high: float, deep: float, colour: str) -> Piece:
    """Mother and child: the large case behind, a cabin case in front of it."""
    large = suitcase("band", wide, high, deep, colour)
    small = suitcase("band", wide * 0.74, high * 0.73, deep * 0.82, mix(colour, "#ffffff", 0.14))
    apart = large.width * 0.34
    return Piece(
        group(large.svg, x=apart * 0.55, y=-16) + group(small.svg, x=-apart),
        large.width + apart * 1.1,
        large.height + 16,
    )


def drawn(shape: str, size: tuple[float, float, float], colour: str) -> Piece:
    """The shape of this width, height and depth in cm, in this colour."""
    wide, high, deep = size
    if shape == "pair":
        return case_pair(wide, high, deep, colour)
    if shape in FRONTS:
        return suitcase(shape, wide, high, deep, colour)
    if shape in ON_A_CASE:
        return ON_A_CASE[shape](wide * UNIT, high * UNIT, colour)
    unit = LONG_SIDE / max(wide, high)
    return FREE[shape](wide * unit, high * unit, colour)
