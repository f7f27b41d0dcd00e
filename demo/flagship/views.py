"""The views of a product: which ground, which pose."""

from __future__ import annotations

from demo.flagship.art.fronts import FRONTS
from demo.flagship.art.inside import open_case
from demo.flagship.art.measures import measured
from demo.flagship.art.scenes import PLACES
from demo.flagship.art.shapes import LONG_SIDE, ON_A_CASE, drawn
from demo.flagship.art.stage import FLOOR, disc, fitting, stage, stood, wall
from demo.flagship.art.suitcase import UNIT
from demo.flagship.art.svg import Piece
from demo.flagship.catalogue import Shot
from demo.flagship.lines import Size
from demo.flagship.palette import COLOURS


def paint(code: str) -> str:
    return COLOURS[code].paint


def _case(shot: Shot) -> bool:
    return shot.line.shape in FRONTS


def _small(shot: Shot) -> bool:
    """Accessories that are not shown on a case stand on the plinth."""
    free = shot.line.shape not in ON_A_CASE and shot.line.shape != "belt"
    return shot.line.kind.startswith("配件") and free


def _piece(shot: Shot, size: Size, colour: str) -> Piece:
    return drawn(shot.line.shape, (size.wide, size.high, size.deep), paint(colour))


def _reach(size: Size) -> float:
    return max(size.wide, size.high)


def _share(shot: Shot) -> float:
    """How much of the frame this size fills: the largest of its line fills it."""
    largest = max(_reach(size) for size in shot.line.sizes)
    return float((_reach(shot.size) / largest) ** 0.75)


def ground_of(shot: Shot) -> str:
    """The background alone; heroes of one colour share it."""
    colour = paint(shot.colour)
    if shot.view in ("hero", "group"):
        return disc(colour) if _small(shot) else stage(colour)
    if shot.view == "close":
        return wall(colour)
    return PLACES[shot.line.place].scenery() if shot.view == "scene" else ""


def hero(shot: Shot) -> str:
    piece = _piece(shot, shot.size, shot.colour)
    room = (690.0, 660.0) if _small(shot) else (720.0, 890.0)
    return stood(piece, fitting(piece, *room) * _share(shot), y=FLOOR + 10)


def close(shot: Shot) -> str:
    """Near enough to see the seams; cut by the frame on the right and below."""
    piece = _piece(shot, shot.line.sizes[0], shot.colour)
    scale = max(fitting(piece, 1000, 1500), 1060 / piece.width)
    top = 150 if _small(shot) else 90
    return stood(piece, scale, x=620, y=top + piece.height * scale)


def group(shot: Shot) -> str:
    """Up to three colours: the first in front, the others at its sides."""
    colours = shot.line.colour_codes[:3]
    size = shot.line.sizes[0]
    pieces = [_piece(shot, size, colour) for colour in colours]
    room = (430.0, 470.0) if _small(shot) else (480.0, 780.0)
    scale = fitting(pieces[0], *room)
    if len(colours) == 2:
        return stood(pieces[1], scale * 0.94, 665, FLOOR - 24) + stood(
            pieces[0], scale, 350, FLOOR + 16
        )
    apart = max(130.0, min(pieces[0].width * scale * 0.66, 285))
    sides = stood(pieces[1], scale * 0.72, 500 - apart, FLOOR - 24) + stood(
        pieces[2], scale * 0.72, 500 + apart, FLOOR - 24
    )
    return sides + stood(pieces[0], scale, 500, FLOOR + 20)


def size_drawing(shot: Shot) -> str:
    size, case = shot.size, _case(shot) or shot.line.shape in ON_A_CASE
    unit = UNIT if case else LONG_SIDE / _reach(size)
    piece = _piece(shot, size, shot.colour)
    return measured(
        piece, (size.wide, size.high, size.deep), (size.wide * unit, size.high * unit), case
    )


def scene(shot: Shot) -> str:
    place, piece = PLACES[shot.line.place], _piece(shot, shot.line.sizes[0], shot.colour)
    less = 0.62 if _small(shot) and shot.line.place != "desk" else 1.0
    return stood(piece, fitting(piece, place.wide * less, place.high * less), place.x, place.y)


def inside(shot: Shot) -> str:
    return open_case(shot.size.wide, shot.size.high, paint(shot.colour))


VIEWS = {
    "hero": hero,
    "close": close,
    "group": group,
    "size": size_drawing,
    "scene": scene,
    "open": inside,
}
